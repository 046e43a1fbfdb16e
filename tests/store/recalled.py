"""Whether a lineage that loads what it is asked for answers as the replayed one does."""

from __future__ import annotations

from orchestrator.budget import Allowance, ledger, scopes
from orchestrator.lineage import Lineage, Take
from orchestrator.plan import Limits
from orchestrator.store import Reader, RecalledLedger, RecalledLineage

_SAID = (
    "word",
    "spoken",
    "retried",
    "picks",
    "rejected",
    "wanted",
    "approved",
    "began",
    "stops",
    "stopped_at",
    "stopped_accounts",
)
_SELDOM = ("roots", "steps", "echoes", "flying", "unclear")


def compare(reader: Reader, lineage: Lineage) -> None:
    """Every question there is, about everything there is."""
    found = RecalledLineage(reader)
    for name in ("position", *_SAID, "refusals"):
        assert getattr(found, name) == getattr(lineage, name), name
    assert list(found.plans.items()) == list(lineage.plans.items())
    assert set(found.open) == set(lineage.open)
    assert set(found.unkept) == set(lineage.unkept)
    for take in lineage.takes.values():
        _compare_take(found, lineage, take)
    for task in lineage.tasks:
        assert found.tasks.get(task) == lineage.tasks[task]
    for sort, times in lineage.durations.items():
        assert found.durations.get(sort) == times
        assert found.usual(*sort[:2]) == lineage.usual(*sort[:2])
    for model, gains in lineage.increments.items():
        assert found.increments.get(model) == gains[-200:]
    for plan in lineage.plans:
        assert found.made_for(plan) == lineage.made_for(plan)
    _compare_money(RecalledLedger(reader, found), lineage)
    for name in _SELDOM:
        assert getattr(found, name) == getattr(lineage, name), name
    assert list(found.takes) == list(lineage.takes)
    assert len(found.children) == len(lineage.children)


def _compare_take(found: RecalledLineage, lineage: Lineage, take: Take) -> None:
    assert found.take(take.key) == take
    assert found.children.get(take.key) == (tuple(lineage.children.get(take.key, ())) or None)
    assert found.drifts.get(take.key) == lineage.drifts.get(take.key)
    assert found.root(take.key) == lineage.root(take.key)
    assert found.path(take.key) == lineage.path(take.key)
    for attempt in take.attempts:
        begun = attempt.begun
        assert found.begun_at(begun.place) == lineage.begun_at(begun.place)
        assert found.begun_for(begun.plan, begun.chain) == tuple(lineage.begun_for(begun.plan, begun.chain))
    if take.video is not None:
        assert found.take_of(take.video.account, take.video.video_id) is not None
    ids = {take.key, take.video.task_id if take.video else None}
    for each in filter(None, ids):
        assert found.named(each) == lineage.named(each)
        assert found.named(each[:5]) == lineage.named(each[:5])


def _compare_money(found: RecalledLedger, lineage: Lineage) -> None:
    book = ledger(lineage)
    assert found.by_currency() == book.by_currency()
    for each in book.entries.values():
        for plan, chain, run in scopes(each.begun):
            allowance = Allowance(Limits(), plan or "p", chain, run)
            assert found.spent(allowance) == book.spent(allowance)
    assert found.entries == book.entries

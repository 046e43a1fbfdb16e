"""What a run does with a plan when nothing fails: what was foretold, and each equal beginning once.

Most plans here are drawn plain: every pick is written down and nothing depends on a length, so that
what has to be paid for follows from the words alone. `needed` counts it without any key.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import strategies as st

from orchestrator.facts import AttemptBegun, VideoAdopted
from orchestrator.identity import TakeKey
from orchestrator.plan import Branch, Chain, Existing, Generation, Kind, Limits, Pick, Plan, Step
from orchestrator.planner import Adopt, Run
from tests.histories import History
from tests.scenarios.drawn import (
    HOSTS,
    PLAIN_SOURCES,
    WORDS,
    Draft,
    Edit,
    Palette,
    Word,
    chapters,
    steps,
    told,
)
from tests.scenarios.life import Life

HOST = HOSTS["ids and list"]


def _plain(prompt: str, cfg_scale: Decimal | None, repeat: int, takes: int, pick: int) -> Step:
    rule = Pick.FIRST if takes == 1 else (pick - 1) % takes + 1
    return Step("", prompt, cfg_scale=cfg_scale, repeat=repeat, takes=takes, pick=rule)


PLAIN = Palette(
    steps=st.builds(
        _plain,
        prompt=st.sampled_from(("a", "b", "c")),
        cfg_scale=st.sampled_from((None, None, Decimal(0))),
        repeat=st.sampled_from((1, 1, 2)),
        takes=st.sampled_from((1, 1, 2, 3)),
        pick=st.integers(1, 3),
    ),
    sources=PLAIN_SOURCES,
    until=(None,),
    budgets=(Limits(),),
)
PLAIN_ACTS = ("change", "insert", "remove", "swap", "source", "beside", "beside", "drop")


@pytest.mark.parametrize("chapter", chapters(3))
def test_a_run_does_what_was_foretold_and_makes_equal_beginnings_once(chapter: int) -> None:
    """For any plan and any edits, submitted is what the planner foretold and what the words need, once."""
    told(
        chapter,
        plain_lives,
        draft=PLAIN.drafts(),
        edits=st.lists(PLAIN.edits(*PLAIN_ACTS), min_size=2, max_size=3),
        copy=PLAIN.edits(*PLAIN_ACTS),
    )


def plain_lives(draft: Draft, edits: list[Edit], copy: Edit) -> None:
    plan, wanted = draft.plan, list[Plan]()
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder), HOST)
        for edit in (None, *edits):
            plan = plan if edit is None else edit.of(plan)
            wanted.append(plan)
            as_foretold(life, plan)
            assert paid(life) == needed(wanted)
        # Another plan that begins in the same way, beside the first as it was in the beginning.
        wanted.append(other := copy.of(replace(plan, name="q")))
        life.run(other, draft.plan)
        assert paid(life) == needed(wanted)
        life.run(plan, other)
        assert paid(life) == needed(wanted)


def as_foretold(life: Life, plan: Plan) -> None:
    """Run it: the submissions are those that the planner and the forecast said before."""
    before, forecast = len(life.book().lines), life.foreseen(plan)
    takes = foretold(life, plan)
    life.run(plan)
    begun = [line.begun.take for line in life.book().lines.values()][before:]
    assert sorted(begun) == sorted(takes)
    assert forecast.high.calls == len(begun)
    # Where the length of a source is not known yet, nobody can say that anything at all fits.
    if all(chain.length is not None for chain in forecast.chains):
        assert forecast.low.calls == len(begun)


def foretold(life: Life, plan: Plan) -> list[TakeKey]:
    """The takes that would be submitted if every submission made a video of 4.5 s more."""
    plan = life.placed(plan)
    facts = list(life.recorded())
    history = History(plan, facts, life.now(), Run("foretold", len(facts), life.now()))
    while adoptions := [each for each in history.actions() if isinstance(each, Adopt)]:
        for each in adoptions:
            source = each.source
            history.write(
                VideoAdopted(
                    history.now, each.take, each.account, source.task_id, source.video_id,
                    kind=Kind.TEXT, duration=Decimal("5.1"), created_at=history.now,
                )
            )  # fmt: skip
    while history.submits():
        history.make()
    new = history.facts[len(life.recorded()) :]
    return [each.fact.take for each in new if isinstance(each.fact, AttemptBegun)]


# ---- what the words need

Said = tuple[str, float | None]
Line = tuple[tuple[Said, int | None], ...]
"""From the source on: what was said at each step, and which take was gone on from; None at its end."""


def needed(plans: Iterable[Plan]) -> Counter[Line]:
    """How many films each line needs, over all plans there ever were: equal beginnings once."""
    takes: dict[Line, int] = {}
    for plan in plans:
        ends: dict[tuple[str, str | None], Line] = {}
        for chain in plan.chains:
            _walk(chain, ends, takes)
    return Counter(takes)


def _walk(chain: Chain, ends: dict[tuple[str, str | None], Line], takes: dict[Line, int]) -> None:
    line = _root(chain, ends, takes)
    for step in chain.steps:
        for _ in range(int(step.repeat)):
            said = (step.prompt or "", None if step.cfg_scale is None else float(step.cfg_scale))
            made = (*line, (said, None))
            takes[made] = max(takes.get(made, 0), step.takes)
            line = (*line, (said, step.pick if isinstance(step.pick, int) else 1))
        ends[chain.name, step.id] = line
    ends[chain.name, None] = line


def _root(chain: Chain, ends: dict[tuple[str, str | None], Line], takes: dict[Line, int]) -> Line:
    source = chain.source
    if isinstance(source, Existing):
        return (((source.video_id, None), 1),)
    if isinstance(source, Branch):
        line = ends[source.chain, source.step]
        said, pick = line[-1]
        return (*line[:-1], (said, source.take or pick))
    assert isinstance(source, Generation)
    said = (source.step.prompt or "", None)
    takes[((said, None),)] = 1
    return ((said, 1),)


def paid(life: Life) -> Counter[Line]:
    """How many films each line has at the provider."""
    world, lineage = life.stage.sandbox.account.world, life.lineage()
    before: dict[str, Line] = {"": ()}
    found: Counter[Line] = Counter()
    for task in world.tasks():
        line = before[task.parent_id]
        if not task.paid:
            before[task.id] = (((task.video_id, None), 1),)
            continue
        said = (task.submission.prompt, task.submission.cfg_scale)
        found[*line, (said, None)] += 1
        made = lineage.takes[lineage.tasks[task.id]].attempts[0].begun
        before[task.id] = (*line, (said, made.take_number))
    return found


# ---- where lengths and a person decide

GENTLE = Palette(steps=steps(prompts=("a", "b", "c"), fallbacks=((),)), budgets=(Limits(),))


@pytest.mark.parametrize("chapter", chapters(1))
def test_a_run_stays_between_the_least_and_the_most_foretold(chapter: int) -> None:
    """Whatever lengths come out and a person has said, the forecast holds while nothing fails."""
    told(
        chapter,
        gentle_lives,
        draft=GENTLE.drafts(),
        rounds=st.lists(st.tuples(WORDS, GENTLE.edits()), min_size=3, max_size=4),
    )


def gentle_lives(draft: Draft, rounds: list[tuple[Word, Edit]]) -> None:
    plan = draft.plan
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder), HOST)
        for word, edit in rounds:
            life.word(word, plan)
            before, forecast = len(life.payments()), life.foreseen(plan)
            life.run(plan)
            made = len(life.payments()) - before
            assert forecast.low.calls <= made <= forecast.high.calls, (made, Draft(plan))
            assert made <= forecast.ceiling.calls
            assert 0 <= forecast.after.low <= forecast.after.high
            plan = edit.of(plan)


@pytest.mark.parametrize("chapter", chapters(1))
def test_a_changed_pick_moves_what_follows_and_reuses_what_exists(chapter: int) -> None:
    """What follows is made once for each take that was ever picked, and grows out of the picked one."""
    told(
        chapter,
        picky_lives,
        takes=st.integers(2, 3),
        rule=st.sampled_from((*Pick, 1, 2)),
        tail=st.lists(st.sampled_from(("a", "b", "c")), min_size=1, max_size=2),
        picks=st.lists(st.integers(1, 2), min_size=2, max_size=4),
    )


def picky_lives(takes: int, rule: Pick | int, tail: list[str], picks: list[int]) -> None:
    wanted = (
        Step("1", "first", takes=takes, pick=rule),
        *(Step(str(n), each) for n, each in enumerate(tail, 2)),
    )
    plan = Plan("p", HOST.settings, (Chain("c", PLAIN_SOURCES[0], wanted),))
    gone_on: set[int] = set()
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder), HOST)
        for pick in (None, *picks):
            if pick is not None:
                life.word(Word("pick", which=0, number=pick), plan)
            result = life.run(plan)
            assert result is not None
            (view,) = result.views
            picked = view.steps[0].picked
            if picked is None:
                assert (pick, rule) == (None, Pick.ASK)
                continue
            assert pick in (None, picked.number)
            gone_on.add(picked.number)
            assert len(life.payments()) == takes + len(gone_on) * len(tail)
            assert view.tip is not None
            assert picked.key in {video.take for video in life.lineage().path(view.tip.take)}

"""How a chain goes on from a video: by extending it, or by a generation from its last frame."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from orchestrator.identity import step_key, take_key
from orchestrator.lineage import Take, Video, refuses_source
from orchestrator.plan import CAP, LONGEST, By, Chain, Kind, Step
from orchestrator.planner.actions import Ending, Finish, Keep, Wait
from orchestrator.planner.known import Known, Onward
from orchestrator.planner.picking import wanted_takes

MARGIN = timedelta(hours=1)
"""Nothing is extended in the last hour of its 30 days: the task must find its parent."""

_ENOUGH = 20
"""So many increments make a percentile worth trusting."""

_RECENT = 200
"""So many tell how a model extends today."""


def onward(known: Known, parent: Video, step: Step) -> Onward:
    """How the step goes on from `parent`, whose length is known.

    Under `auto` what was made first stands, and then what is in the air: nothing that is paid for is made
    once more in the other way. Only where neither is begun do cap, age and refusals decide.
    """
    match step.continuation.by:
        case By.EXTEND:
            return Onward(Kind.EXTEND)
        case By.FRAME:
            return Onward(Kind.IMAGE)
    takes = {kind: _takes(known, parent, step, kind) for kind in (Kind.EXTEND, Kind.IMAGE)}
    if (kind := _begun(takes)) is not None:
        return Onward(kind)
    refusal = _refused(known, parent, takes[Kind.EXTEND])
    because = over_the_cap(known, parent) or _expired(known, parent) or refusal
    return Onward(Kind.EXTEND) if because is None else Onward(Kind.IMAGE, because)


def over_the_cap(known: Known, parent: Video) -> str | None:
    """Why there is no room for one more extension; None while there is."""
    length = parent.length
    assert length is not None, "nothing is extended before its length is known"
    if length + _margin(known, parent) <= CAP:
        return None
    return f"{length} s, and one more extension could pass the cap of {CAP} s"


def _expired(known: Known, parent: Video) -> str | None:
    """Why the provider may not find its parent any more; None while it does."""
    if parent.expires is None or known.now < parent.expires - MARGIN:
        return None
    return f"its parent, task {parent.task_id}, is purged at {parent.expires:%Y-%m-%d %H:%M} UTC"


def bar(known: Known, parent: Video, kind: Kind) -> Wait | Keep | Finish | None:
    """What stands between a parent and what is to be made of it in this way; None when nothing does."""
    if kind is Kind.IMAGE:
        return _without_file(parent)
    because = _expired(known, parent)
    return None if because is None else Finish(Ending.EXPIRED, because)


def reached(chain: Chain, video: Video) -> Decimal | None:
    """The length that counts against the goal: the film's, but the segment's where only the cap bounds it."""
    return video.length if chain.until is None and not chain.by_frame else video.film


def _without_file(parent: Video) -> Wait | Keep | Finish | None:
    """What comes before a frame can be taken from the video's file; None when the file is here."""
    if parent.kept is not None:
        return None
    if parent.wants_keeping:
        return Wait("its last frame is taken from a file that is not here yet", parent.take)
    if parent.seen and parent.lost is None:
        return Keep(parent.take, parent, "its file was removed, and its last frame is wanted")
    because = f"the file of task {parent.task_id}, whose last frame is wanted, cannot be had any more"
    return Finish(Ending.EXPIRED, because)


def _begun(takes: Mapping[Kind, list[Take]]) -> Kind | None:
    made = [(take.video.at, kind) for kind, those in takes.items() for take in those if take.video]
    if made:
        return min(made)[1]
    return next((kind for kind, those in takes.items() if any(take.open for take in those)), None)


def _takes(known: Known, parent: Video, step: Step, kind: Kind) -> list[Take]:
    """What is known of the step made in this way, whatever its prompt and however many takes."""
    keys = [step_key(parent.take, kind, step, prompt) for prompt in step.prompts]
    number = wanted_takes(step, known.lineage, (known.plan.name, known.chain.name, keys[0]))
    found = [take_key(key, each) for key in keys for each in range(1, number + 1)]
    known.consulted.extend(found)
    return [known.lineage.take(take) for take in found]


def _refused(known: Known, parent: Video, takes: list[Take]) -> str | None:
    """What the provider has said: the last word on the parent, and on each of these since the run began."""
    refusal = known.lineage.refusal(parent)
    for last in (take.last for take in takes if take.last and take.last.position > take.retried):
        if last.position > known.run.began and refuses_source(last.end):
            refusal = refusal or last.end
    return None if refusal is None else f"the provider does not extend it: {refusal.message}"


def _margin(known: Known, parent: Video) -> Decimal:
    sort = (parent.account, parent.model_name)
    seen = known.lineage.increments.get(sort, ())
    assert parent.length is not None, "its length was asked for before"
    if len(seen) < _ENOUGH or parent.length + max(known.memory.widest(sort, seen, _RECENT), LONGEST) <= CAP:
        return LONGEST  # so far from the cap no margin matters, and it need not be worked out
    return max(LONGEST, statistics.quantiles(seen[-_RECENT:], n=20, method="inclusive")[-1])

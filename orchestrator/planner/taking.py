"""What is next for one take: the table of the design page, as a pure function of what is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestrator.facts import AttemptBegun, AttemptDeclined, Reason, TaskFailed
from orchestrator.lineage import Attempt, Lineage, Take
from orchestrator.plan import Limits, ProviderSettings
from orchestrator.planner.actions import Ending, Finish, Hold, Keep, Need, Place, Reconcile, Watch
from orchestrator.planner.reach import Reach
from orchestrator.planner.remedies import failure, refusal
from orchestrator.watching import USUAL, Expectation, expectation

FRESH = timedelta(minutes=10)
"""A suspended task is asked after for this long by every new run."""

LOST = timedelta(hours=24)
"""A task the provider does not know for this long is taken to be lost."""

_ABSENCES = 5
"""So many submissions that never arrived, in a row, are not bad luck any more."""


@dataclass(frozen=True, slots=True)
class Run:
    """The run that asks: when and where in the journal it began, its own limits, and how far it goes."""

    id: str
    began: int
    at: datetime
    limits: Limits = field(default_factory=Limits)
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True)
class Clear:
    """Nothing stands in the way of beginning attempt `number`, as far as this take is concerned."""

    number: int
    because: str


def expected(lineage: Lineage, provider: ProviderSettings, begun: AttemptBegun) -> Expectation:
    """How long such a task takes on this account."""
    history = lineage.durations.get(lineage.sort_of(begun), ())
    return expectation(history, USUAL[begun.kind] / provider.speed)


def tend(
    lineage: Lineage, provider: ProviderSettings, take: Take, now: datetime, run: Run
) -> tuple[Reconcile | Watch | Hold | Keep, ...]:
    """What every open attempt and unkept video of a take needs, whether a plan wants it or not."""
    tending: list[Reconcile | Watch | Hold | Keep] = [
        _tend_attempt(lineage, provider, attempt, now, run) for attempt in take.open
    ]
    if take.video is not None and take.video.wants_keeping:
        tending.append(Keep(take.key, take.video, "the file is not here yet"))
    return tuple(tending)


def _tend_attempt(
    lineage: Lineage, provider: ProviderSettings, attempt: Attempt, now: datetime, run: Run
) -> Reconcile | Watch | Hold:
    begun = attempt.begun
    if attempt.task_id is None:
        if attempt.unclear is not None and attempt.position > run.began:
            return Hold(Need.UNCLEAR, attempt.unclear.message, place_of(attempt), begun.take)
        return Reconcile(begun.take, begun, "begun, and nothing is known of a task")
    assert attempt.tasked_at is not None
    suspect = timedelta(seconds=expected(lineage, provider, begun).suspect)
    until = max(attempt.tasked_at + suspect, run.at + FRESH)
    if now < until:
        return Watch(begun.take, attempt, until, "accepted")
    if attempt.missed is not None and now - attempt.missed.at >= LOST:
        because = (
            f"the provider has not known task {attempt.task_id} since {attempt.missed.at:%Y-%m-%d %H:%M} UTC"
        )
        return Hold(Need.LOST, because, place_of(attempt), begun.take)
    hours = (now - attempt.tasked_at).total_seconds() / 3600
    because = f"task {attempt.task_id} has not ended after {hours:.1f} hours"
    return Hold(Need.SUSPENDED, because, place_of(attempt), begun.take)


def place_of(attempt: Attempt) -> Place:
    """Where the attempt was wanted when it was begun."""
    begun = attempt.begun
    chain_step = begun.place.split(":", 1)[1].split("@")[0]
    step, _, repeat = chain_step.rpartition(".")[2].partition("#")
    number = begun.take_number if "@" in begun.place else None
    return Place(begun.plan, begun.chain, step, int(repeat) if repeat else None, number)


def untaken(take: Take, attempts: int, run: Run, where: str) -> Clear | Finish:
    """What follows from the attempts that ended without a video; none of them is open."""
    last = take.last
    if last is None:
        return Clear(1, "new")
    number = last.begun.number + 1
    fresh = [attempt for attempt in take.attempts if attempt.position > take.retried]
    if not fresh:
        return Clear(number, "asked for again")
    match last.end:
        case None:
            return Clear(number, "a person let the attempt before go")
        case AttemptDeclined(reason=Reason.MODERATION) | TaskFailed(reason=Reason.MODERATION):
            return Finish(
                Ending.REFUSED, f"moderation refused the prompt ({last.end.message}); change it at {where}"
            )
        case AttemptDeclined(reason=Reason.REFUSED | Reason.OTHER) if last.position > run.began:
            return Finish(Ending.REFUSED, refusal(last.begun, last.end))
        case AttemptDeclined(reason=Reason.ABSENT) if _absences(fresh) >= _ABSENCES:
            return Finish(
                Ending.FAILED, f"{_ABSENCES} submissions never arrived; look at the network, then retry"
            )
        case AttemptDeclined(reason=reason):
            return Clear(number, f"declined before: {reason.value}")
        case TaskFailed(message=message):
            failures = sum(isinstance(attempt.end, TaskFailed) for attempt in fresh)
            if failures >= attempts:
                return Finish(Ending.FAILED, failure(last.begun, failures, message))
            return Clear(number, f"attempt failed earlier: {message}")
        case _:
            raise AssertionError("a take that succeeded has a video")


def moderated(take: Take) -> bool:
    """Whether moderation has the last word on this take: the next fallback stands for it."""
    if take.video is not None:
        return False
    last = take.last
    if last is None or last.position <= take.retried:
        return False
    return isinstance(last.end, AttemptDeclined | TaskFailed) and last.end.reason is Reason.MODERATION


def _absences(attempts: list[Attempt]) -> int:
    return sum(
        isinstance(each.end, AttemptDeclined) and each.end.reason is Reason.ABSENT for each in attempts
    )

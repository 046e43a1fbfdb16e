"""Exit statuses: what they mean, which error has which, and which one a run ends with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING

from orchestrator.errors import (
    CredentialsError,
    MediaError,
    OrchestratorError,
    PaymentError,
    PlanError,
    ProviderError,
    StateError,
    UnreachableError,
)

if TYPE_CHECKING:
    from orchestrator.planner import Action, ChainView
    from orchestrator.runner import Result


class Exit(IntEnum):
    """Exit statuses; 129, 130 and 143 are deaths by signal."""

    DONE = 0
    BUG = 1
    USAGE = 2
    PARTIAL = 3
    BUDGET = 4
    PERSON = 5
    ACCOUNT = 6
    UNREACHABLE = 7
    STATE = 8
    PENDING = 10


_GRAVEST = (
    *(Exit.BUG, Exit.STATE, Exit.ACCOUNT, Exit.UNREACHABLE, Exit.PERSON, Exit.BUDGET, Exit.PARTIAL),
    *(Exit.USAGE, Exit.PENDING, Exit.DONE),
)
"""When several hold, the first of these; signals come after our own bugs and before all the rest."""

_ERRORS: tuple[tuple[type[OrchestratorError], Exit], ...] = (
    (PlanError, Exit.USAGE),
    (CredentialsError, Exit.ACCOUNT),
    (PaymentError, Exit.ACCOUNT),
    (UnreachableError, Exit.UNREACHABLE),
    (ProviderError, Exit.UNREACHABLE),
    (StateError, Exit.STATE),
    (MediaError, Exit.PARTIAL),
)


def status_of(error: OrchestratorError) -> Exit:
    """The status of an error, by its class."""
    return status_of_kind(type(error))


def status_of_kind(kind: type[OrchestratorError]) -> Exit:
    """The status of every error of that class."""
    return next((status for known, status in _ERRORS if issubclass(kind, known)), Exit.BUG)


def gravest(statuses: Iterable[Exit]) -> Exit:
    """The one that a script must see first."""
    return min(statuses, key=_GRAVEST.index, default=Exit.DONE)


def exit_status(result: Result) -> Exit:
    """How a run ended; a run that a signal drained dies by that signal instead."""
    found = [status for view in result.views for status in _of_view(view)]
    found += [_of_action(hold) for hold in result.strays]
    if result.unkept:
        found.append(Exit.PARTIAL)
    if result.error is not None:
        found.append(status_of(result.error))
    return gravest(found)


def _of_view(view: ChainView) -> Iterator[Exit]:
    return (_of_action(action) for action in view.next)


def _of_action(action: Action) -> Exit:
    from orchestrator.planner import Ending, Finish, Hold, Need

    match action:
        case Finish(ending=Ending.DONE | Ending.PAUSED):
            return Exit.DONE
        case Hold(need=Need.BUDGET):
            return Exit.BUDGET
        case Hold(need=Need.CREDENTIALS | Need.PAYMENT):
            return Exit.ACCOUNT
        case Hold():
            return Exit.PERSON
        case _:
            return Exit.PARTIAL  # ended early, or something of it was not made

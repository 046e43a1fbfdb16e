"""Judges from what the provider shows whether an attempt of unclear outcome became a task; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from orchestrator.plan import Kind
from orchestrator.ports import Absent, CannotTell, Finding, Found, Inquiry
from orchestrator.provider.fields import items
from orchestrator.provider.tasks import Shown, shown

BOUND = 1000
"""Tasks of a list that are looked at."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What has been seen of the provider's list of tasks of one kind.

    `complete`: it was read to its end, or back past the intent. `over`: reading on is useless. `offered` is
    false where there is no list.
    """

    tasks: tuple[Shown, ...] = ()
    complete: bool = False
    over: bool = False
    offered: bool = True


NO_LIST = Listing(over=True, offered=False)


def turned(listing: Listing, data: object, since: datetime) -> Listing:
    """The listing with one more page.

    Only an empty array is its end: hosts cap the page size as they like, so that a short page proves
    nothing, and anything but an array is a host that does not know lists. A page seen before is a host that
    does not know page numbers. Past the intent is past it only in a list that is in order, newest first.
    """
    if not isinstance(data, list):
        return Listing(listing.tasks, over=True)
    if not data:
        return Listing(listing.tasks, complete=True, over=True)
    known = {task.task_id for task in listing.tasks}
    fresh = tuple(task for task in map(shown, items(data)) if task.task_id not in known)
    tasks = listing.tasks + fresh
    past = bool(fresh) and _newest_first(tasks) and min(filter(None, (t.created_at for t in fresh))) < since
    return Listing(tasks, complete=past, over=past or not fresh or len(tasks) >= BOUND)


def _newest_first(tasks: tuple[Shown, ...]) -> bool:
    """The tasks show that the list is in this order; a single one, or one without a time, does not."""
    times = [task.created_at for task in tasks if task.created_at is not None]
    whole = len(times) == len(tasks) and times[0] > times[-1]
    return whole and all(newer >= older for newer, older in pairwise(times))


def by_listing(inquiry: Inquiry, listing: Listing, gateway: bool) -> Finding:
    """What a list of tasks says about the attempt.

    Only our own id proves anything. Parent and time make candidates, and one becomes the attempt's task
    only for an extension, when it is the only one and the person promised to be alone. A gateway owns many
    vendor accounts: its list proves an absence only if it shows a task that is known to be ours.
    """
    ours = inquiry.begun.external_id
    if not listing.offered:
        return CannotTell("the provider offers no list of tasks", final=ours is None)
    for task in listing.tasks:
        if ours is not None and task.external_id == ours and task.task_id is not None:
            return Found(task.task_id, echoed=True)
    fitting = [] if _keeps_ids(inquiry, listing) else [task for task in listing.tasks if _fits(task, inquiry)]
    named = tuple(task.task_id for task in fitting if task.task_id is not None)
    if len(fitting) == 1 and named and listing.complete and _adoptable(fitting[0], inquiry):
        return Found(named[0], echoed=False)
    if named:
        return CannotTell(f"{len(named)} tasks fit by parent and time, which proves nothing", named)
    if not listing.complete:
        return CannotTell("the provider's list does not reach back to the time of sending")
    seen = any(task.task_id in inquiry.known for task in listing.tasks)
    if gateway and inquiry.known and not seen:
        return CannotTell("the gateway's list shows none of our tasks, so that it proves nothing")
    return Absent("the provider's list, read back past the time of sending, has no such task")


def _keeps_ids(inquiry: Inquiry, listing: Listing) -> bool:
    """The list shows another attempt with the id we gave it: what has none of our ids is not ours."""
    ours, echo = inquiry.begun.external_id, inquiry.echo
    if ours is None or echo is None:
        return False
    return any(task.external_id == echo.external_id for task in listing.tasks)


def _fits(task: Shown, inquiry: Inquiry) -> bool:
    """It may be the attempt's task, for all that is shown; what is not shown rules nothing out."""
    if task.task_id is None or task.task_id in inquiry.known or task.external_id is not None:
        return False
    if task.created_at is not None and not inquiry.since <= task.created_at <= inquiry.until:
        return False
    return task.parent_video is None or task.parent_video == inquiry.begun.parent_video


def _adoptable(task: Shown, inquiry: Inquiry) -> bool:
    begun = inquiry.begun
    extends = begun.kind is Kind.EXTEND and begun.parent_video is not None
    shown_whole = task.created_at is not None and task.parent_video == begun.parent_video
    return inquiry.alone and extends and shown_whole

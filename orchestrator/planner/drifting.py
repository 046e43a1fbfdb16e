"""Whether a paid step may grow out of a video: how far that has drifted, where the plan minds."""

from __future__ import annotations

from orchestrator.drift import percent
from orchestrator.lineage import Lineage, Video, comparison, drift_of
from orchestrator.plan import Chain
from orchestrator.planner.actions import Hold, Measure, Need, Place, Submit
from orchestrator.planner.known import Wanted


def drifted(chain: Chain, lineage: Lineage, next_one: Wanted, submit: Submit) -> Hold | Measure | None:
    """What stands before a paid step because of the drift of what it grows out of; None for nothing.

    A video that no step of the plan made is taken as it is. Who approved a step has looked at it, and is
    not asked again.
    """
    stop, video, made = chain.drift_stop, next_one.parent, next_one.made
    if stop is None or video is None or made is None or made.parent is None:
        return None
    place = made.place
    if (place.plan, place.chain, made.wish) in lineage.approved:
        return None
    measured = lineage.drifts.get(video.take)
    if measured is None:
        return _to_measure(lineage, video, submit, place)
    found = drift_of(measured)
    if found is None:
        because = f"its drift cannot be measured ({measured.because}): orchestrate approve {place}"
        return Hold(Need.DRIFT, because, place, video.take)
    if found.amount <= stop:
        return None
    largest = f"{found.largest} {percent(found.parts[found.largest]):+d} %"
    because = f"drifted by {found.amount}, beyond {stop} ({largest}): orchestrate approve {place}"
    return Hold(Need.DRIFT, because, place, video.take)


def _to_measure(lineage: Lineage, video: Video, submit: Submit, place: Place) -> Hold | Measure:
    if video.wants_keeping:
        because = f"the drift of {place} is measured once its file is here"
        return Measure(video.take, None, submit, because)
    wanted = comparison(lineage, video.take)
    if wanted is None:
        because = f"nothing of it is here to measure its drift by: orchestrate approve {place}"
        return Hold(Need.DRIFT, because, place, video.take)
    because = f"the drift of {place} is measured before anything is paid beyond it"
    return Measure(video.take, wanted, submit, because)

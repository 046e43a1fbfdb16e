"""One film of several chains as an OpenTimelineIO timeline: where each step lies in the kept files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from orchestrator.media import Span
from orchestrator.report.films import Part

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shot:
    """What one step shows: pictures `begins` to `ends` of a film, numbered from 0 at its beginning."""

    title: str
    part: Part
    span: Span
    begins: int
    ends: int

    @property
    def rate(self) -> Fraction:
        """Pictures a second."""
        return self.span.fps


def timeline(name: str, those: Sequence[Part], measured: Sequence[Span], fade: Decimal = Decimal(0)) -> Json:
    """The parts in order, a shot a step, dissolving into one another within `fade` seconds between parts.

    The format is that of OpenTimelineIO, of which readers since 2020 understand every schema used here.
    """
    reels = [_shots(part, span) for part, span in zip(those, measured, strict=True)]
    half = Fraction(fade) / 2 if len(reels) > 1 else Fraction(0)
    tracks = [_track("Video", reels, half)]
    if any(span.sound for span in measured):
        tracks.append(_track("Audio", reels, half))
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", **_item(None), "children": tracks}
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": name,
        "global_start_time": None,
        "metadata": {},
        "tracks": stack,
    }


def _shots(part: Part, span: Span) -> list[Shot]:
    """The part from its beginning to its end, cut where a step begins; a step without a picture has none."""
    first, last = round(span.since * span.fps), round((span.since + span.length) * span.fps)
    begins = [min(max(round(Fraction(mark.at) * span.fps), first), last) for mark in part.marks]
    bounds = pairwise([first, *begins[1:], last])
    return [
        Shot(mark.title, part, span, begin, end)
        for mark, (begin, end) in zip(part.marks, bounds, strict=True)
        if end > begin
    ]


def _track(kind: str, reels: Sequence[Sequence[Shot]], half: Fraction) -> Json:
    children: list[Json] = []
    for number, shots in enumerate(reels):
        if number and half:
            children.append(_dissolve(shots[0].rate, half))
        cut = (half if number else Fraction(0), half if number < len(reels) - 1 else Fraction(0))
        children += _trimmed(shots, cut, kind)
    return {"OTIO_SCHEMA": "Track.1", "name": kind, "kind": kind, **_item(None), "children": children}


def _trimmed(shots: Sequence[Shot], cut: tuple[Fraction, Fraction], kind: str) -> Iterator[Json]:
    """A dissolve plays half of itself before the cut and half after it: both sides lend it their pictures."""
    first = shots[0].begins + round(cut[0] * shots[0].rate)
    last = shots[-1].ends - round(cut[1] * shots[0].rate)
    for shot in shots:
        begins, ends = max(shot.begins, first), min(shot.ends, last)
        if ends <= begins:
            continue
        if kind == "Audio" and not shot.span.sound:
            yield {"OTIO_SCHEMA": "Gap.1", "name": "", **_item(_range(0, ends - begins, shot.rate))}
        else:
            yield _shot(shot, begins, ends)


def _shot(shot: Shot, begins: int, ends: int) -> Json:
    film, view = shot.part.film, shot.part.view
    origin = {"plan": view.plan, "chain": view.chain.name, "film": film.take, "video_id": film.video_id}
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": shot.span.piece.path.name,
        "target_url": shot.span.piece.path.absolute().as_uri(),
        "available_range": _range(0, round(shot.span.whole * shot.rate), shot.rate),
        "metadata": {},
    }
    return {
        # The older of two schemas: readers of the newer one understand it too.
        "OTIO_SCHEMA": "Clip.1",
        "name": shot.title,
        **_item(_range(begins, ends - begins, shot.rate), {"orchestrate": origin}),
        "media_reference": reference,
    }


def _dissolve(rate: Fraction, half: Fraction) -> Json:
    offset = _time(round(half * rate), rate)
    return {
        "OTIO_SCHEMA": "Transition.1",
        "name": "cross-fade",
        "transition_type": "SMPTE_Dissolve",
        "in_offset": offset,
        "out_offset": offset,
        "metadata": {},
    }


def _item(source_range: Json | None, metadata: Json | None = None) -> Json:
    return {"source_range": source_range, "effects": [], "markers": [], "metadata": metadata or {}}


def _range(begins: int, count: int, rate: Fraction) -> Json:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(begins, rate),
        "duration": _time(count, rate),
    }


def _time(pictures: int, rate: Fraction) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(pictures)}

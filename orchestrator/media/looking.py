"""Looks at a piece of a film before it is joined: how it was encoded, how long it is, where it can be cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from orchestrator.media.chapters import Piece
from orchestrator.media.colours import Colours, colours_of
from orchestrator.media.encoding import OF_THE_CONTAINER, kind_of
from orchestrator.media.errors import broken
from orchestrator.media.labels import LABEL, label_in
from orchestrator.media.libav import Film, opened

Times = Sequence[tuple[int, bool, int]]
"""Of every packet of the picture, as the file has them: when it is shown, a key frame or not, how long."""

_FPS, _MOST_FPS = Fraction(24), 120


@dataclass(frozen=True, slots=True)
class Look:
    """`start` is the time of the film's first picture, `cut` that of the key frame where the piece begins
    and `end` that of the first picture after it, in units of `base`; without such a key frame, or where a
    picture of the piece leans on one behind it, `cut` is None and it cannot be copied. `length` is the
    piece's and `whole` the film's."""

    piece: Piece
    kind: tuple[object, ...]
    base: Fraction
    start: int
    cut: int | None
    end: int
    length: Fraction
    whole: Fraction
    size: tuple[int, int]
    fps: Fraction
    colours: Colours
    sound: int | None
    metadata: Mapping[str, str]

    @property
    def ticks(self) -> int:
        """Its length in units of `base`."""
        return round(self.length / self.base)

    @property
    def since(self) -> Fraction:
        """Seconds of the film before the piece."""
        return Fraction(self.piece.since) if self.cut is None else (self.cut - self.start) * self.base


def look(piece: Piece) -> Look:
    """Read every packet of the picture; raises BrokenVideoError, also where nothing is left after `since`."""
    with opened(piece.path) as film:
        times = [
            (packet.pts, packet.is_keyframe, packet.duration or 0)
            for packet in film.packets(film.video)
            if packet.pts is not None
        ]
        if not times:
            raise broken(film.name, "there is no picture in it")
        base, fps = film.time_base, _fps(film)
        half = 1 / fps / base / 2
        start, last = min(pts for pts, _, _ in times), max(pts + duration for pts, _, duration in times)
        end = _end(times, start, last, piece.until, base, half)
        wanted = Fraction(piece.since)
        cut = _cut(times, start, wanted / base, end, half)
        since = wanted if cut is None else (cut - start) * base
        length = (end - start) * base - since
        if length <= 0:
            raise broken(film.name, f"it ends before {piece.since} s, where its new part should begin")
        sounds = film.container.streams.audio
        return Look(
            piece=piece,
            kind=kind_of(film),
            base=base,
            start=start,
            cut=cut,
            end=end,
            length=length,
            whole=(last - start) * base,
            size=(film.video.width, film.video.height),
            fps=fps,
            colours=colours_of(film),
            sound=sounds[0].rate if sounds else None,
            metadata=_metadata(film.container.metadata, piece),
        )


def _metadata(metadata: Mapping[str, str], piece: Piece) -> dict[str, str]:
    """What somebody wrote into the file; a label that stands elsewhere in it stands under its key here."""
    said = {key: value for key, value in metadata.items() if key not in OF_THE_CONTAINER}
    label = label_in(metadata, piece.path)
    return said if label is None else {**said, LABEL: label}


def _fps(film: Film) -> Fraction:
    rate = film.video.average_rate
    return Fraction(rate) if rate and 1 <= rate <= _MOST_FPS else _FPS


def _end(times: Times, start: int, last: int, until: Decimal | None, base: Fraction, half: Fraction) -> int:
    """The time of the first picture that is not wanted any more; else the end of the last one."""
    if until is None:
        return last
    beyond = Fraction(until) / base - half
    return min((pts for pts, _, _ in times if pts - start >= beyond), default=last)


def _cut(times: Times, start: int, wanted: Fraction, end: int, half: Fraction) -> int | None:
    """The key frame within half a picture of the wanted time, if nothing behind it is shown before it.

    None as well when a picture before `end` comes in the file after one that is left out.
    """
    for number, (pts, key, _) in enumerate(times):
        if key and abs(pts - start - wanted) <= half:
            shown = [later for later, _, _ in times[number:]]
            kept = sum(later < end for later in shown)
            closed = all(pts <= later < end for later in shown[:kept]) and all(
                later >= end for later in shown[kept:]
            )
            return pts if closed else None
    return None

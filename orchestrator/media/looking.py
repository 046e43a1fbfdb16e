"""Looks at a piece of a film before it is joined: how it was encoded, how long it is, where it can be cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from orchestrator.media.chapters import Piece
from orchestrator.media.encoding import OF_THE_CONTAINER, kind_of
from orchestrator.media.errors import broken
from orchestrator.media.libav import Film, opened

_FPS, _MOST_FPS = Fraction(24), 120


@dataclass(frozen=True, slots=True)
class Look:
    """`start` is the time of the film's first picture and `cut` that of the key frame where the piece
    begins, in units of `base`; without such a key frame, `cut` is None and it cannot be copied."""

    piece: Piece
    kind: tuple[object, ...]
    base: Fraction
    start: int
    cut: int | None
    length: Fraction
    size: tuple[int, int]
    fps: Fraction
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
        start = min(pts for pts, _, _ in times)
        base, fps = film.time_base, _fps(film)
        whole = (max(pts + duration for pts, _, duration in times) - start) * base
        wanted = Fraction(piece.since)
        cut = _cut(times, start, wanted / base, 1 / fps / base / 2)
        since = wanted if cut is None else (cut - start) * base
        if whole <= since:
            raise broken(film.name, f"it ends before {piece.since} s, where its new part should begin")
        sounds = film.container.streams.audio
        return Look(
            piece=piece,
            kind=kind_of(film),
            base=base,
            start=start,
            cut=cut,
            length=whole - since,
            size=(film.video.width, film.video.height),
            fps=fps,
            sound=sounds[0].rate if sounds else None,
            metadata={k: v for k, v in film.container.metadata.items() if k not in OF_THE_CONTAINER},
        )


def _fps(film: Film) -> Fraction:
    rate = film.video.average_rate
    return Fraction(rate) if rate and 1 <= rate <= _MOST_FPS else _FPS


def _cut(times: list[tuple[int, bool, int]], start: int, wanted: Fraction, half: Fraction) -> int | None:
    """The key frame within half a picture of the wanted time, if nothing behind it is shown before it."""
    for number, (pts, key, _) in enumerate(times):
        if key and abs(pts - start - wanted) <= half:
            closed = all(later >= pts for later, _, _ in times[number:])
            return pts if closed else None
    return None

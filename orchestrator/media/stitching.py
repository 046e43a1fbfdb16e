"""Joins pieces of films into one: pictures copied where they share a stream, else encoded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.errors import PlanError
from orchestrator.media.chapters import Chapter, Piece, in_milliseconds, laid_out, spread
from orchestrator.media.errors import BrokenVideoError, UnlikeVideoError, broken
from orchestrator.media.loading import load
from orchestrator.media.probe import check
from orchestrator.media.writing import replacing

if TYPE_CHECKING:
    from orchestrator.media.looking import Look

Progress = Callable[[float], None]
"""Is told how much is done, from 0 to 1."""

Finish = Callable[[Path], None]
"""Does the last thing to the film at this path, in its place: what changes it afterwards is an edit."""


@dataclass(frozen=True, slots=True)
class Stitched:
    """What came of it; `copied`: no picture was encoded again."""

    seconds: Decimal
    copied: bool
    sound: bool
    chapters: tuple[Chapter, ...]


def stitch(
    pieces: Sequence[Piece],
    out: Path,
    progress: Progress = lambda _: None,
    *,
    fade: Decimal = Decimal(0),
    finish: Finish = lambda _: None,
) -> Stitched:
    """Write the pieces one after another as one MP4 with chapters and all their metadata.

    Each piece fades into the next one within `fade` seconds, by which the film gets shorter. It is decoded
    from beginning to end, and `finish` has done the last thing to it, before it takes its name; otherwise
    `out` is as it was. Sound is encoded anew wherever there is any, because copied sound does not meet
    without a gap. Raises BrokenVideoError for a piece that does not decode, PlanError for one too short to
    fade, DiskError.
    """
    load()
    from orchestrator.media.looking import look

    looks = [look(piece) for piece in pieces]
    first = looks[0]
    overlap = Fraction(fade) if len(looks) > 1 else Fraction(0)
    _require_long_enough(looks, overlap)
    if not overlap and all(each.kind == first.kind and each.cut is not None for each in looks):
        try:
            return _stitched(looks, out, progress, finish, overlap, copied=True)
        except (UnlikeVideoError, BrokenVideoError):
            pass  # headers that agree can hide streams that do not: decoding has the last word
    return _stitched(looks, out, progress, finish, overlap, copied=False)


def _require_long_enough(looks: Sequence[Look], fade: Fraction) -> None:
    for number, look in enumerate(looks):
        sides = (number > 0) + (number < len(looks) - 1)
        if fade and look.length < fade * sides:
            seconds = in_milliseconds(look.length)
            raise PlanError(
                f"{look.piece.path}: its {seconds} s are too short to fade for {in_milliseconds(fade)} s "
                "on each side; choose a shorter fade"
            )


def _stitched(
    looks: Sequence[Look], out: Path, progress: Progress, finish: Finish, fade: Fraction, *, copied: bool
) -> Stitched:
    load()
    from orchestrator.media.joining import labels, write

    lengths = [each.length for each in looks]
    times = spread(lengths, fade)
    total = times[-1][1]
    chapters = laid_out([each.piece for each in looks], lengths, fade)
    metadata = labels([each.metadata for each in looks])
    with replacing(out) as temporary:
        write(looks, times, metadata, chapters, temporary, progress, copied=copied)
        probed = check(temporary, thorough=True)
        off = abs(probed.seconds - in_milliseconds(total))
        if off > in_milliseconds(1 / looks[0].fps) * 2:
            raise broken(str(out), f"it is {off} s off its length")
        progress(1)
        finish(temporary)
    return Stitched(probed.seconds, copied, probed.audio, chapters)

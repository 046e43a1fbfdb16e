"""Joins pieces of films into one: pictures copied where they share a stream, else encoded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.media.chapters import Chapter, Piece, in_milliseconds, laid_out
from orchestrator.media.errors import BrokenVideoError, UnlikeVideoError, broken
from orchestrator.media.probe import check
from orchestrator.media.writing import replacing

if TYPE_CHECKING:
    from orchestrator.media.looking import Look

Progress = Callable[[float], None]
"""Is told how much is done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Stitched:
    """What came of it; `copied`: no picture was encoded again."""

    seconds: Decimal
    copied: bool
    sound: bool
    chapters: tuple[Chapter, ...]


def stitch(pieces: Sequence[Piece], out: Path, progress: Progress = lambda _: None) -> Stitched:
    """Write the pieces one after another as one MP4 with chapters and all their metadata.

    It is decoded from beginning to end before it takes its name; otherwise `out` is as it was. Sound is
    encoded anew wherever there is any, because copied sound does not meet without a gap. Raises
    BrokenVideoError for a piece that does not decode, DiskError.
    """
    from orchestrator.media.looking import look

    looks = [look(piece) for piece in pieces]
    first = looks[0]
    if all(each.kind == first.kind and each.cut is not None for each in looks):
        try:
            return _stitched(looks, out, progress, copied=True)
        except (UnlikeVideoError, BrokenVideoError):
            pass  # headers that agree can hide streams that do not: decoding has the last word
    return _stitched(looks, out, progress, copied=False)


def _stitched(looks: Sequence[Look], out: Path, progress: Progress, *, copied: bool) -> Stitched:
    from orchestrator.media.joining import labels, write

    total = sum((each.length for each in looks), Fraction(0))
    chapters = laid_out([each.piece for each in looks], [each.length for each in looks])
    with replacing(out) as temporary:
        write(looks, labels([each.metadata for each in looks]), chapters, temporary, progress, copied=copied)
        probed = check(temporary, thorough=True)
        off = abs(probed.seconds - in_milliseconds(total))
        if off > in_milliseconds(1 / looks[0].fps) * 2:
            raise broken(str(out), f"it is {off} s off its length")
    return Stitched(probed.seconds, copied, probed.audio, chapters)

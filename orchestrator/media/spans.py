"""How long pieces of films are to the picture, for those who cut elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from orchestrator.media.chapters import Piece
from orchestrator.media.loading import load


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a film: pictures a second, where it begins in its film, its length, and the film's."""

    piece: Piece
    fps: Fraction
    since: Fraction
    length: Fraction
    whole: Fraction
    sound: bool


def spans(pieces: Sequence[Piece]) -> tuple[Span, ...]:
    """Read every packet of the pieces' pictures; raises BrokenVideoError."""
    load()
    from orchestrator.media.looking import look

    looks = [look(piece) for piece in pieces]
    return tuple(
        Span(each.piece, each.fps, each.since, each.length, each.whole, each.sound is not None)
        for each in looks
    )

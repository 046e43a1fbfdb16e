"""A video as drawings show it: what it was asked for, where it begins and ends, what it added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from orchestrator.identity import TakeKey
from orchestrator.lineage.fold import Lineage
from orchestrator.lineage.lettering import label_text, minutes, shortened


@dataclass(frozen=True, slots=True)
class Node:
    """One video; `begins` and `ends` are the seconds of the film that its step added."""

    key: TakeKey
    parent: TakeKey | None
    name: str
    prompt: str | None
    begins: Decimal | None
    ends: Decimal | None
    by_frame: bool = False

    @property
    def gain(self) -> str:
        """What its step added: `+4.5 s`; empty where a length is not known."""
        if self.begins is None or self.ends is None:
            return ""
        return f"+{self.ends - self.begins:f} s{' by frame' if self.by_frame else ''}"

    @property
    def reach(self) -> str:
        """Its name and its running length: `koi:pond.2 · 0:09.6`."""
        return self.name if self.ends is None else f"{self.name} · {minutes(float(self.ends))}"

    def lines(self, every: int, most: int) -> list[str]:
        """Its prompt in at most so many lines of about so many characters."""
        words = label_text(self.prompt or "(no prompt)").split()
        lines = [""]
        for piece in _pieces(words, every):
            if lines[-1] and len(lines[-1]) + len(piece) >= every:
                lines.append("")
            lines[-1] = f"{lines[-1]} {piece}".strip()
        return lines if len(lines) <= most else [*lines[: most - 1], shortened(lines[most - 1], every) + " …"]


def nodes(lineage: Lineage, only: Iterable[TakeKey] | None = None) -> tuple[Node, ...]:
    """Every video, or those among `only`, parents before children."""
    wanted = None if only is None else frozenset(only)
    return tuple(
        node_of(lineage, video.take) for video in lineage.videos() if wanted is None or video.take in wanted
    )


def node_of(lineage: Lineage, key: TakeKey) -> Node:
    """The node of a take that has a video."""
    take = lineage.take(key)
    assert take.video is not None
    begun = take.attempts[0].begun if take.attempts else None
    return Node(
        key,
        take.parent,
        begun.place if begun else take.video.video_id,
        begun.prompt if begun else "(made elsewhere)",
        lineage.begins(key),
        take.video.film,
        take.video.by_frame,
    )


def _pieces(words: list[str], every: int) -> list[str]:
    # Chinese has no spaces: what is too long for a line is cut where the line ends.
    return [word[at : at + every] for word in words for at in range(0, len(word), every)]

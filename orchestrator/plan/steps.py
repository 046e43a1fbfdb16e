"""A step that is wanted: its texts, how it goes on, who chooses among its takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """What a task does, by the name its path has at the provider (protocol page, §1)."""

    EXTEND = "video-extend"
    TEXT = "text2video"
    IMAGE = "image2video"


class Pick(StrEnum):
    """Who chooses among the takes of a step; a number chooses that take."""

    ASK = "ask"
    FIRST = "first"
    LONGEST = "longest"


class By(StrEnum):
    """What makes the next video: an extension, a generation from the last frame, or whichever is possible."""

    EXTEND = "extend"
    FRAME = "frame"
    AUTO = "auto"


FILL: Literal["fill"] = "fill"
"""`repeat: fill`: again and again until `until` or the cap."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where something stands in the plan file, or in the file of prompts at `path`; both from 1."""

    line: int
    column: int
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Continuation:
    """How a step goes on; the rest is what a generation from the last frame is asked for."""

    by: By = By.EXTEND
    model_name: str | None = None
    mode: str | None = None
    duration: str | None = None

    @property
    def gain(self) -> Decimal:
        """The seconds that a generation from the last frame adds."""
        return Decimal(self.duration or 5)


@dataclass(frozen=True, slots=True)
class Step:
    """One extension wanted, or (as step 0) the options of a generated source.

    Texts are as sent: outer white space stripped, empty means absent.
    """

    id: str
    prompt: str | None = None
    negative_prompt: str | None = None
    cfg_scale: Decimal | None = None
    repeat: int | Literal["fill"] = 1
    takes: int = 1
    pick: Pick | int = Pick.FIRST
    review: bool = False
    fallbacks: tuple[str, ...] = ()
    attempts: int = 2
    continuation: Continuation = Continuation()
    position: Position | None = field(default=None, compare=False)

    @property
    def prompts(self) -> tuple[str | None, ...]:
        """The prompt and what is tried in its place when moderation refuses it, in turn."""
        return (self.prompt, *self.fallbacks)

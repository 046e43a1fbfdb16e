"""What a chain can begin with."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from orchestrator.plan.steps import Kind, Position, Step


@dataclass(frozen=True, slots=True)
class Image:
    """A picture to start from: a URL, sent as it is, or a local file, known by its content."""

    url: str | None = None
    path: str | None = None
    digest: str | None = None

    @property
    def identity(self) -> str:
        """The URL as text, or the SHA-256 of the file's content."""
        return self.url if self.url is not None else f"sha256:{self.digest}"


@dataclass(frozen=True, slots=True)
class Existing:
    """A video that somebody made before: the pair that extends it, and what is known of it."""

    task_id: str
    video_id: str
    kind: Kind | None = None
    model_name: str | None = None
    mode: str | None = None
    duration: Decimal | None = None
    created_at: int | None = None
    position: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Generation:
    """A text or image generation: step 0 of its chain, with the API's own parameters."""

    kind: Kind
    step: Step
    model_name: str | None = None
    mode: str | None = None
    duration: str | None = None
    aspect_ratio: str | None = None
    image: Image | None = None
    image_tail: Image | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """Another chain's step: its tip without `step`, the picked take without `take`."""

    chain: str
    step: str | None = None
    take: int | None = None
    position: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Grown:
    """A video of the journal, whoever wanted it: `node` is its take key, in full."""

    node: str
    position: Position | None = field(default=None, compare=False)


Source = Existing | Generation | Branch | Grown

"""What the author wants: chains of steps, their sources, limits and prices; frozen once loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal

CAP = Decimal(180)
"""A whole video is at most three minutes long, in seconds (protocol page, §6)."""

SHORTEST, LONGEST = Decimal(4), Decimal(5)
"""One extension adds 4–5 s, in seconds (protocol page, §3); never assumed, only for forecasts."""


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


SOURCE_STEP = "0"
"""The name of a chain's source where a step is meant: a generated source is its step 0."""

AS_WRITTEN: Literal["as-written"] = "as-written"
"""`order: as-written`: the first chain of the plan that can go on goes on first."""

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


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent; `None` is no limit. Calls are POSTs that may be paid."""

    calls: int | None = None
    units: Decimal | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """What the author pays per call, by kind of task; an absent price is unknown, never 0."""

    currency: str | None = None
    extension: Decimal | None = None
    text: Decimal | None = None
    image: Decimal | None = None

    def of(self, kind: Kind) -> Decimal | None:
        """The price of one call of this kind, in `currency`, or None when it is unknown."""
        return {Kind.EXTEND: self.extension, Kind.TEXT: self.text, Kind.IMAGE: self.image}[kind]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an intent lives, in seconds: sent within `send`, answered within `answer`.

    Whoever reconciles waits both and `grace` on top before believing "not there".
    """

    send: float = 30
    answer: float = 60
    grace: float = 300

    @property
    def total(self) -> float:
        """Seconds after which an absent task can be believed to be absent."""
        return self.send + self.answer + self.grace


@dataclass(frozen=True, slots=True)
class Downloads:
    """How films are fetched: so many at once, and at most so many MB (10^6 bytes) a second together."""

    parallel: int = 4
    rate: Decimal | None = None

    @classmethod
    def tightest(cls, those: Iterable[Downloads]) -> Downloads:
        """What suits all of several plans that are run together."""
        each = tuple(those) or (cls(),)
        rates = [one.rate for one in each if one.rate is not None]
        return cls(min(one.parallel for one in each), min(rates, default=None))


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Which provider, under which account, and how it is asked.

    `external_task_id` and `exclusive` are promises about the provider and the person; see §7.
    """

    name: Literal["dmxapi", "kling", "sandbox"] = "dmxapi"
    account_label: str | None = None
    base_url: str | None = None
    concurrency: int = 5
    external_task_id: Literal["always", "never"] = "never"
    exclusive: bool = False
    patience: Patience = Patience()
    speed: float = 1

    @property
    def account(self) -> str:
        """Provider kind and optional label: what slots, pace and source keys belong to."""
        return self.name if self.account_label is None else f"{self.name}/{self.account_label}"


class Occasion(StrEnum):
    """When somebody who does not look on is told."""

    FINISHED = "finished"
    DECISION = "decision"
    BUDGET = "budget"
    EXPIRING = "expiring"


@dataclass(frozen=True, slots=True)
class Notify:
    """What is run, as a program and its arguments, and what is posted to, on which occasions.

    Nothing of it is done before the person who runs the plan has agreed to it.
    """

    command: tuple[str, ...] = ()
    url: str | None = None
    on: tuple[Occasion, ...] = tuple(Occasion)


@dataclass(frozen=True, slots=True)
class Chain:
    """A line of steps that grows out of one source, until a length in seconds.

    Nothing is paid for beyond a step that has drifted by more than `drift_stop`, before a person looked.
    """

    name: str
    source: Source
    steps: tuple[Step, ...] = ()
    until: Decimal | None = None
    budget: Limits = Limits()
    drift_stop: Decimal | None = None
    position: Position | None = field(default=None, compare=False)
    by_frame: bool = field(init=False, compare=False, repr=False)
    """Whether any step may go on from a last frame, and so beyond the cap."""
    goal: Decimal = field(init=False, compare=False, repr=False)
    """The length in seconds at which the chain is done: `until`, else the cap.

    Without `until`, steps that are counted out and may pass the cap are all made: then it is infinite.
    """

    def __post_init__(self) -> None:
        # Once, because both are asked for at every step.
        by_frame = any(step.continuation.by is not By.EXTEND for step in self.steps)
        counted = all(step.repeat != FILL for step in self.steps)
        goal = Decimal("Infinity") if by_frame and counted else CAP
        object.__setattr__(self, "by_frame", by_frame)
        object.__setattr__(self, "goal", goal if self.until is None else self.until)

    def index(self, step: str) -> int | None:
        """Where a step of that name stands, from 0; -1 is the source, None when there is no such step."""
        generated = self.source.step.id if isinstance(self.source, Generation) else SOURCE_STEP
        if step in (SOURCE_STEP, generated):
            return -1
        return next((index for index, each in enumerate(self.steps) if each.id == step), None)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Plan:
    """What the author wants, as one value; `chains` in the order written."""

    name: str
    provider: ProviderSettings
    chains: tuple[Chain, ...]
    prices: Prices = Prices()
    budget: Limits = Limits()
    output: str | None = None
    order: Literal["fastest", "as-written"] = "fastest"
    notify: Notify | None = None
    archive: str | None = None
    downloads: Downloads = Downloads()
    path: str | None = field(default=None, compare=False)
    text: str = field(default="", compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def digest(self) -> str:
        """The SHA-256 of the plan's text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def chain(self, name: str) -> Chain:
        """The chain of that name; KeyError when there is none."""
        for chain in self.chains:
            if chain.name == name:
                return chain
        raise KeyError(name)

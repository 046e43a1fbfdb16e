"""One guess of how a chain goes on: its film so far, its last segment, and what makes the next video."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from orchestrator.plan import CAP, LONGEST, By, Chain, Existing, Generation, Kind, Source, Step

UNKNOWN = Decimal(5), CAP
"""A length that nobody has said yet: no video of this API is shorter than 5 s or longer than the cap."""

Model = tuple[str | None, str | None]
"""Name and mode of a model; None is unknown."""


@dataclass(frozen=True, slots=True)
class Line:
    """The seconds of film before the last segment, and of that segment; model and mode are the segment's.

    `refused`: the provider is known not to extend that segment.
    """

    length: Decimal
    before: Decimal = Decimal(0)
    model: Model = (None, None)
    refused: bool = False

    @property
    def film(self) -> Decimal:
        """The running length."""
        return self.before + self.length

    def stopped(self, film: Decimal) -> Line:
        """With so many seconds of film in all."""
        return replace(self, length=film - self.before)

    @property
    def has_room(self) -> bool:
        """Whether one more extension surely stays below the cap."""
        return self.length + LONGEST <= CAP

    def reached(self, chain: Chain) -> bool:
        """Whether the chain's goal is; where only the cap bounds it, the segment's length counts."""
        length = self.length if chain.until is None and not chain.by_frame else self.film
        return length >= chain.goal

    def goes_on(self, chain: Chain, step: Step) -> bool:
        """Whether one more of this step is made."""
        room = self.has_room or step.continuation.by is not By.EXTEND
        return room and not self.reached(chain)

    def kind(self, step: Step) -> Kind:
        """What makes the next one, as far as cap and refusals decide."""
        by = step.continuation.by
        if by is By.EXTEND or (by is By.AUTO and self.has_room and not self.refused):
            return Kind.EXTEND
        return Kind.IMAGE

    def grown(self, step: Step, kind: Kind, gain: Decimal, refuses: Callable[[str | None], bool]) -> Line:
        """After one more of this kind; an extension adds so much."""
        if kind is Kind.EXTEND:
            return Line(self.length + gain, self.before, self.model, self.refused)
        how = step.continuation
        return Line(how.gain, self.film, (how.model_name, how.mode), refuses(how.model_name))


def generated(source: Source) -> tuple[Line, Line]:
    """As far as a generated source will go, at least and at most."""
    assert isinstance(source, Generation), "only a generation begins without a video"
    line = Line(Decimal(source.duration or 5), model=(source.model_name, source.mode))
    return line, line


def told(source: Existing) -> tuple[Line, Line]:
    """As far as the plan says of a video that is not looked up yet."""
    low, high = UNKNOWN if source.duration is None else (source.duration, source.duration)
    model = source.model_name, source.mode
    return Line(low, model=model), Line(high, model=model)

"""What holds in a world, and what a script of faults may decide about one task."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orchestrator.sandbox.rules import Character, Extends


@dataclass(frozen=True, slots=True)
class Laws:
    """What holds in a world. `units` is what the account may spend, None without limit.

    `extends`: whether videos are extended at all, or how the vendor says that they are not.

    A prompt that contains `refuse_marker` is refused at once (1301), one with `risk_marker` makes a
    task that fails risk control, one with `fail_marker` a task that fails for no good reason; one with
    `drift_marker` makes seconds whose look is further from the first video's than their parent's.
    """

    character: Character = "strict"
    seed: str = "sandbox"
    speed: float = 1.0
    slots: int = 5
    units: Decimal | None = None
    external_ids: bool = True
    discontinued: frozenset[str] = frozenset()
    extends: Extends = "yes"
    refuse_marker: str = "[refuse]"
    risk_marker: str = "[risk]"
    fail_marker: str = "[fail]"
    drift_marker: str = "[drift]"


@dataclass(frozen=True, slots=True)
class Fate:
    """What a script of faults decided about a task before it was accepted."""

    failure: str = ""
    slow: float = 1.0
    stuck: bool = False
    drift: float = 0.0

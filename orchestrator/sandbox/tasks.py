"""One task of the imitated API: everything that will become of it is settled when it is accepted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

from orchestrator.sandbox.rules import FPS, PURGED_AFTER_MS, Kind
from orchestrator.sandbox.submission import Submission

Status = Literal["submitted", "processing", "succeed", "failed"]
# A stuck task ends later than any test or person waits, and still fits a JSON number.
NEVER_MS = 9_000_000_000_000


@dataclass(frozen=True, slots=True)
class Task:
    """An accepted task; its status is a function of this value and the time.

    Times are Unix milliseconds. `ends_at` is when it ends at the earliest: a task whose video is not
    rendered yet (`rendered_at` is None) goes on `processing`. `failure` is the text it will fail with,
    or empty. `frames` and `seconds` are those of the whole resulting video, parent included; `drift` is
    how far the look of its new ones is from the first video's.
    """

    number: int
    id: str
    video_id: str
    submission: Submission
    parent_id: str
    model: str
    mode: str
    aspect_ratio: str
    frames: int
    seconds: str
    units: str
    accepted_at: int
    starts_at: int
    ends_at: int
    failure: str = ""
    rendered_at: int | None = None
    paid: bool = True
    drift: float = 0

    @property
    def kind(self) -> Kind:
        return self.submission.kind

    def ended_at(self) -> int | None:
        """When it ends, or None as long as that waits for its video."""
        if self.failure:
            return self.ends_at
        return None if self.rendered_at is None else max(self.ends_at, self.rendered_at)

    def status(self, now: int) -> Status:
        ended = self.ended_at()
        if ended is not None and ended <= now:
            return "failed" if self.failure else "succeed"
        return "processing" if self.starts_at <= now else "submitted"

    def updated_at(self, now: int) -> int:
        """When its status last changed, as of `now`."""
        match self.status(now):
            case "submitted":
                return self.accepted_at
            case "processing":
                return self.starts_at
            case "succeed" | "failed":
                return self.ended_at() or self.ends_at

    def is_purged(self, now: int) -> bool:
        """Video and id are deleted 30 days after the task was created."""
        return now >= self.accepted_at + PURGED_AFTER_MS

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def task_from_json(record: dict[str, Any]) -> Task:
    """The inverse of `Task.to_json`."""
    return Task(**{**record, "submission": Submission(**record["submission"])})


def seconds_of(frames: int) -> str:
    """The length as the API writes it: a decimal string such as "9.667", to the millisecond."""
    exact = (Decimal(frames) / FPS).quantize(Decimal("0.001"))
    return format(exact.normalize(), "f")

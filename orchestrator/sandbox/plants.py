"""Videos that exist in a world without having been paid for there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orchestrator.sandbox.rules import FPS, Kind
from orchestrator.sandbox.submission import Submission
from orchestrator.sandbox.tasks import Task


@dataclass(frozen=True, slots=True)
class Plant:
    """A video that exists without having been paid for here."""

    task_id: str
    video_id: str
    kind: Kind = "text2video"
    model_name: str = "kling-v1-6"
    mode: str = "std"
    seconds: str = "5.1"
    prompt: str = ""
    aspect_ratio: str = "16:9"


# The pair of the gateway's own documentation, so that its sample runs here unchanged.
EXAMPLE = Plant(
    task_id="CjhDaWgU7GAAAAAAAb1QfA",
    video_id="bc17f1e8-6c7b-440c-bd30-e47fb1c82932",
    prompt="一只小动物在草地上散步 / an animal walking",
)


def planted(plant: Plant, number: int, now: int) -> Task:
    """The finished, unpaid task that is said to have made this video, as of `now`."""
    return Task(
        number=number,
        id=plant.task_id,
        video_id=plant.video_id,
        submission=Submission(
            kind=plant.kind, prompt=plant.prompt, model_name=plant.model_name, mode=plant.mode
        ),
        parent_id="",
        model=plant.model_name,
        mode=plant.mode,
        aspect_ratio=plant.aspect_ratio,
        frames=round(Decimal(plant.seconds) * FPS),
        seconds=plant.seconds,
        units="0",
        accepted_at=now,
        starts_at=now,
        ends_at=now,
        paid=False,
    )

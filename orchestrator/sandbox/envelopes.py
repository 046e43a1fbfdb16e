"""Tasks and refusals as JSON values, in the vendor's envelope and in the gateways' two others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from orchestrator.sandbox.links import Links
from orchestrator.sandbox.rules import Refusal
from orchestrator.sandbox.tasks import Status, Task

Style = Literal["vendor", "flat", "nested"]
STYLES: tuple[Style, ...] = ("vendor", "flat", "nested")
Json = dict[str, Any]

_REFRESHED_EVERY_MS = 15_000
_GATEWAY_STATUS: dict[Status, str] = {
    "submitted": "SUBMITTED",
    "processing": "IN_PROGRESS",
    "succeed": "SUCCESS",
    "failed": "FAILURE",
}
_GATEWAY_PROGRESS: dict[Status, str] = {
    "submitted": "10%",
    "processing": "50%",
    "succeed": "100%",
    "failed": "100%",
}
_GATEWAY_BUSY = "当前分组上游负载已饱和，请稍后再试"


@dataclass(frozen=True, slots=True)
class Envelopes:
    """Writes answers in one style.

    `vendor`: everything as the vendor documents it. `flat`: a submission is answered by a flat object.
    `nested`: that, and a query is answered by the gateway's own view of the task, refreshed every 15 s
    (divided by `speed`), with the vendor's envelope inside. In both gateway styles every upstream 429
    becomes one text with a string code.
    """

    style: Style
    links: Links
    parent_of: Callable[[Task], Task | None]
    speed: float = 1.0

    def accepted(self, task: Task, now: int, request_id: str) -> Json:
        """The answer to a submission that was accepted."""
        if self.style != "vendor":
            return {
                "id": task.id,
                "task_id": task.id,
                "object": "video",
                "model": task.model,
                "status": "",
                "progress": 0,
                "created_at": task.accepted_at // 1000,
            }
        return success(
            request_id,
            {
                "task_id": task.id,
                "task_status": task.status(now),
                "created_at": task.accepted_at,
                "updated_at": task.updated_at(now),
            },
        )

    def one(self, task: Task, now: int, request_id: str) -> Json:
        """The answer to a query for one task."""
        if self.style == "nested":
            return self._nested(task, now, request_id)
        return success(request_id, self.task_object(task, now))

    def many(self, tasks: Iterable[Task], now: int, request_id: str) -> Json:
        """The answer to a list."""
        return success(request_id, [self.task_object(task, now) for task in tasks])

    def refused(self, refusal: Refusal, request_id: str) -> tuple[int, Json]:
        """HTTP status and body of a refusal."""
        if self.style != "vendor" and refusal.http == 429:
            return 429, {"code": "upstream_error", "message": _GATEWAY_BUSY, "request_id": request_id}
        body = {"code": refusal.code, "message": refusal.message, "request_id": request_id}
        return refusal.http, body

    def unknown_task(self, refusal: Refusal, request_id: str) -> tuple[int, Json]:
        """HTTP status and body when the task of a query is not there."""
        if self.style == "nested":
            return 400, {"code": "task_not_exist", "message": "task_not_exist", "data": None}
        return self.refused(refusal, request_id)

    def task_object(self, task: Task, now: int) -> Json:
        """The bare task, as in `data` of a query and as the body of a callback."""
        status = task.status(now)
        answer: Json = {
            "task_id": task.id,
            "task_status": status,
            "task_status_msg": task.failure if status == "failed" else "",
            "task_info": self._info(task, now),
        }
        if status == "succeed":
            answer["task_result"] = {"videos": [self._video(task, now)]}
            answer["final_unit_deduction"] = task.units
        return answer | {"created_at": task.accepted_at, "updated_at": task.updated_at(now)}

    def _info(self, task: Task, now: int) -> Json:
        parent = self.parent_of(task)
        info: Json = {}
        if parent is not None:
            url = self.links.url(parent, now)
            info["parent_video"] = {"id": parent.video_id, "url": url, "duration": parent.seconds}
        if task.submission.external_task_id:
            info["external_task_id"] = task.submission.external_task_id
        return info

    def _video(self, task: Task, now: int) -> Json:
        video = {"id": task.video_id, "url": self.links.url(task, now)}
        if task.submission.watermark:
            video["watermark_url"] = self.links.url(task, now, watermark=True)
        return video | {"duration": task.seconds}

    def _nested(self, task: Task, now: int, request_id: str) -> Json:
        step = max(1, round(_REFRESHED_EVERY_MS / self.speed))
        seen_at = task.accepted_at + (now - task.accepted_at) // step * step
        status = task.status(seen_at)
        is_fresh = seen_at <= task.accepted_at
        # Until its first refresh the gateway knows the task's name and nothing else of it.
        inner = {} if is_fresh else success(request_id, self.task_object(task, seen_at))
        view = {
            "task_id": task.id,
            "status": "NOT_START" if is_fresh else _GATEWAY_STATUS[status],
            "progress": "0%" if is_fresh else _GATEWAY_PROGRESS[status],
            "fail_reason": task.failure if status == "failed" else "",
            "data": inner,
        }
        return {"code": "success", "message": "", "data": view}


def success(request_id: str, data: object) -> Json:
    """The vendor's envelope around an answer."""
    return {"code": 0, "message": "SUCCEED", "request_id": request_id, "data": data}

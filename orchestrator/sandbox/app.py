"""The HTTP side as an ASGI application: the API on one origin, the files on another."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

import anyio

from orchestrator.sandbox.account import Account
from orchestrator.sandbox.callbacks import Callbacks
from orchestrator.sandbox.credentials import Credentials
from orchestrator.sandbox.envelopes import Envelopes, Json, success
from orchestrator.sandbox.faults import Call, Effects
from orchestrator.sandbox.files import FileOrigin
from orchestrator.sandbox.replies import Reply, deliver, distorted, disturbed, json_reply, made_up, page_reply
from orchestrator.sandbox.routes import Ask, Costs, Inside, Unoffered, resolve
from orchestrator.sandbox.rules import NOT_JSON, TOO_LARGE, Refusal, bad_parameter
from orchestrator.sandbox.submission import posted_picture, read_submission
from orchestrator.sandbox.tasks import Task
from orchestrator.web import ClientGoneError, DroppedError, Request, read_body

if TYPE_CHECKING:
    from orchestrator.web import Receive, Scope, Send

# An image of 10 MB, the most the vendor takes, has 13.4 MB in base64.
_LARGEST_BODY = 16 * 1024 * 1024
_PACK_UNITS = Decimal(1000)
_YEAR_MS = 365 * 24 * 3600 * 1000
_NO_EFFECTS = Effects()


@dataclass(frozen=True, slots=True)
class Door:
    """How the API presents itself."""

    credentials: Credentials
    envelopes: Envelopes
    offers_list: bool
    is_file_origin: Callable[[tuple[str, int | None]], bool]


class App:
    """Every answer of the API is JSON with the vendor's pair of status and code, whatever is asked."""

    def __init__(self, account: Account, door: Door, files: FileOrigin, callbacks: Callbacks) -> None:
        self.account = account
        self._door = door
        self._files = files
        self._callbacks = callbacks

    async def run(self) -> None:
        """Render videos and send callbacks, until cancelled; nothing else needs to run beside the app."""
        async with anyio.create_task_group() as group:
            group.start_soon(self.account.shelf.run)
            group.start_soon(self._callbacks.run)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "served without websockets and lifespan"
        request = Request(scope, receive)
        try:
            if self._door.is_file_origin(tuple(scope["server"])):
                reply, effects = await self._files.answer(request)
            else:
                reply, effects = await self._answer(request)
        except ClientGoneError:
            return
        if effects.delay:
            await anyio.sleep(effects.delay)
        if effects.drop_after:
            raise DroppedError("dropped before the answer")
        await deliver(reply, effects, receive, send)

    async def _answer(self, request: Request) -> tuple[Reply, Effects]:
        request_id = str(uuid.uuid4())
        character = self.account.world.laws.character
        # Not `request.url`, which is built from the Host header and raises for a hostile one.
        path = request.scope["path"]
        route = resolve(request.method, path, character, offers_list=self._door.offers_list)
        if isinstance(route, Refusal):
            return self._refused(route, request_id), _NO_EFFECTS
        if isinstance(route, Inside):
            return self._inside(route), _NO_EFFECTS
        objection = self._door.credentials.objection(request.headers.get("authorization"), self.account.now())
        if objection is not None:
            return self._refused(objection, request_id), _NO_EFFECTS
        match route:
            case Ask():
                return await self._asked(route, request, request_id)
            case Costs():
                return json_reply(200, self._costs(request_id)), _NO_EFFECTS
            case Unoffered():
                return page_reply(), _NO_EFFECTS
            case _:
                assert_never(route)

    async def _asked(self, ask: Ask, request: Request, request_id: str) -> tuple[Reply, Effects]:
        body = await self._body(request) if ask.action == "submit" else None
        if isinstance(body, Refusal):
            return self._refused(body, request_id), _NO_EFFECTS
        effects = self.account.strike(self._call(ask, body))
        if effects.drop_before:
            raise DroppedError("dropped before doing anything")
        if effects.status is not None:
            return made_up(effects.status, request_id), effects
        status, value = self._done(ask, request, body, effects, request_id)
        reply = json_reply(status, distorted(value, effects) if status == 200 else value)
        return disturbed(reply, effects, request_id), effects

    async def _body(self, request: Request) -> object:
        raw = await read_body(request, _LARGEST_BODY)
        if raw is None:
            return TOO_LARGE
        try:
            return json.loads(raw)
        # Too deep a nesting ends in a RecursionError, a number of 5,000 digits in a ValueError.
        except (ValueError, RecursionError):
            return NOT_JSON

    def _call(self, ask: Ask, body: object) -> Call:
        if ask.action != "query":
            prompt = body.get("prompt") if isinstance(body, dict) else None
            return Call(ask.action, ask.kind, prompt=prompt if isinstance(prompt, str) else "")
        task = self.account.world.look_up(ask.kind, ask.task, self.account.now())
        if isinstance(task, Refusal):
            return Call("query", ask.kind, ask.task)
        return Call("query", ask.kind, task.id, task.submission.prompt)

    def _done(
        self, ask: Ask, request: Request, body: object, effects: Effects, request_id: str
    ) -> tuple[int, Json]:
        match ask.action:
            case "submit":
                return self._submitted(ask, body, effects, request_id)
            case "query":
                return self._queried(ask, request_id)
            case "list":
                return self._listed(ask, request, request_id)
            case _:
                assert_never(ask.action)

    def _submitted(self, ask: Ask, body: object, effects: Effects, request_id: str) -> tuple[int, Json]:
        submission = read_submission(ask.kind, body, self.account.world.laws.character)
        if isinstance(submission, Refusal):
            return self._door.envelopes.refused(submission, request_id)
        picture = posted_picture(ask.kind, body)
        outcome = self.account.submit(submission, effects.fate, picture)
        if isinstance(outcome, Refusal):
            return self._door.envelopes.refused(outcome, request_id)
        self._callbacks.follow(outcome)
        return 200, self._door.envelopes.accepted(outcome, outcome.accepted_at, request_id)

    def _queried(self, ask: Ask, request_id: str) -> tuple[int, Json]:
        now = self.account.now()
        found = self.account.world.look_up(ask.kind, ask.task, now)
        if isinstance(found, Task):
            return 200, self._door.envelopes.one(found, now, request_id)
        return self._door.envelopes.unknown_task(found, request_id)

    def _listed(self, ask: Ask, request: Request, request_id: str) -> tuple[int, Json]:
        number = _whole(request.query_params.get("pageNum"), 1)
        size = _whole(request.query_params.get("pageSize"), 30)
        if number is None or size is None:
            refusal = bad_parameter("pageNum and pageSize must be whole numbers")
            return self._door.envelopes.refused(refusal, request_id)
        now = self.account.now()
        page = self.account.world.page(ask.kind, number, size, now)
        if isinstance(page, Refusal):
            return self._door.envelopes.refused(page, request_id)
        return 200, self._door.envelopes.many(page, now, request_id)

    def _refused(self, refusal: Refusal, request_id: str) -> Reply:
        return json_reply(*self._door.envelopes.refused(refusal, request_id))

    def _inside(self, route: Inside) -> Reply:
        if route.page == "leaks":
            return json_reply(200, {"leaks": [asdict(leak) for leak in self._files.leaks]})
        payments = self.account.world.payments(self.account.now())
        return json_reply(200, {"payments": [asdict(payment) for payment in payments]})

    def _costs(self, request_id: str) -> Json:
        now, world = self.account.now(), self.account.world
        total = world.laws.units if world.laws.units is not None else _PACK_UNITS
        left = max(Decimal(0), total - world.used_units(now))
        pack = {
            "resource_pack_name": "Video Generation - sandbox",
            "resource_pack_id": "509f3fd3d4f4a3fe9eaca07504fbb63c",
            "resource_pack_type": "decreasing_total",
            "total_quantity": float(total),
            "remaining_quantity": float(left),
            "purchase_time": now - _YEAR_MS,
            "effective_time": now - _YEAR_MS,
            "invalid_time": now + _YEAR_MS,
            "status": "online" if left else "runOut",
        }
        return success(request_id, {"code": 0, "msg": "SUCCEED", "resource_pack_subscribe_infos": [pack]})


def _whole(text: str | None, default: int) -> int | None:
    if not text:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

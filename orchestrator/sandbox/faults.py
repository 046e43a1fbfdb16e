"""A script of faults: rules that say at which call the sandbox misbehaves, and how.

A script is a JSON list of `{"when": {...}, "do": ...}`. Every call is shown to every rule; the first
rule that fires decides. `when` may hold:

    action           submit | query | list | fetch (a file). Required
    kind             text2video | image2video | video-extend
    prompt_contains  a part of the task's prompt
    task             the task's id
    nth              fires at the nth matching call (from 1), and then once unless `times` says more
    times            how often it fires; without `nth` and `times`: always

`do` is the name of one effect, or an object of several:

    drop_before      the connection is closed before anything is done
    drop_after       everything is done, then the connection is closed without an answer
    delay            seconds between doing and answering
    status           {"http", "code", "message", "retry_after"} instead of doing; without code: no JSON body
    status_after     the same, after doing
    html             an HTML page with status 200
    garbage          200 and bytes that are no JSON
    redirect         302 to this URL
    truncate         the answer is cut in the middle
    endless          the answer never ends
    gzip_bomb        a megabyte that unpacks to a gigabyte
    empty_data       `data` is empty
    videos_null      `"videos": null` (query, list)
    data_list        `data` is a one-element list
    string_code      `code` is a string
    no_task_id       the task is made, its id is not told (submit)
    fail             the task fails with this message (submit)
    slow             the task takes this many times as long (submit)
    stuck            the task never ends (submit)
    drift            its new seconds have 2 to the power of this times more colour than what they grow out of,
                     and half of that in contrast (submit)
    not_video        an HTML page where the file should be (fetch)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from orchestrator.errors import PlanError
from orchestrator.sandbox.laws import Fate
from orchestrator.sandbox.rules import KINDS, Kind

Action = Literal["submit", "query", "list", "fetch"]
_ACTIONS = get_args(Action)


class FaultsError(PlanError):
    """The script of faults does not hold; it names the rule and what to write instead."""


@dataclass(frozen=True, slots=True)
class Status:
    """An answer that is made up: a code makes it the vendor's JSON, none an empty or plain body."""

    http: int
    code: int | str | None = None
    message: str = ""
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class Effects:
    """What goes wrong with one call; nothing, as it stands."""

    drop_before: bool = False
    drop_after: bool = False
    delay: float = 0
    status: Status | None = None
    status_after: Status | None = None
    html: bool = False
    garbage: bool = False
    redirect: str = ""
    truncate: bool = False
    endless: bool = False
    gzip_bomb: bool = False
    empty_data: bool = False
    videos_null: bool = False
    data_list: bool = False
    string_code: bool = False
    no_task_id: bool = False
    fail: str = ""
    slow: float = 1
    stuck: bool = False
    drift: float = 0
    not_video: bool = False

    @property
    def fate(self) -> Fate:
        return Fate(failure=self.fail, slow=self.slow, stuck=self.stuck, drift=self.drift)


_ONLY: dict[str, tuple[Action, ...]] = {
    "empty_data": ("submit", "query", "list"),
    "videos_null": ("query", "list"),
    "data_list": ("submit", "query"),
    "string_code": ("submit", "query", "list"),
    "no_task_id": ("submit",),
    "fail": ("submit",),
    "slow": ("submit",),
    "stuck": ("submit",),
    "drift": ("submit",),
    "not_video": ("fetch",),
}
_TAKING_NUMBERS = ("delay", "slow", "drift")
_TAKING_TEXTS = ("redirect", "fail")
_TAKING_STATUS = ("status", "status_after")
# 204 and 304 have no body, which the servers below us insist on.
_STATUSES = frozenset(range(200, 600)) - {204, 304}
_NO_EFFECTS = Effects()


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the rules see it; for a query or a fetch the prompt is that of its task."""

    action: Action
    kind: Kind
    task: str = ""
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class When:
    action: Action
    kind: Kind | None = None
    prompt_contains: str = ""
    task: str = ""
    nth: int | None = None
    times: int | None = None

    def concerns(self, call: Call) -> bool:
        return (
            call.action == self.action
            and self.kind in (None, call.kind)
            and self.prompt_contains in call.prompt
            and self.task in ("", call.task)
        )

    def fires_at(self, count: int) -> bool:
        """Whether it fires at the matching call of this number."""
        first = self.nth or 1
        times = self.times if self.times is not None else (1 if self.nth is not None else None)
        return first <= count and (times is None or count < first + times)


@dataclass(frozen=True, slots=True)
class Rule:
    when: When
    do: Effects


class Faults:
    """A script being played; `counts`, of matching calls per rule, outlive a restart with the world."""

    def __init__(self, rules: tuple[Rule, ...] = (), counts: tuple[int, ...] = ()) -> None:
        self.rules = rules
        self.counts = list(counts) if len(counts) == len(rules) else [0] * len(rules)

    def strike(self, call: Call) -> Effects:
        """Count this call and say what goes wrong with it."""
        chosen = _NO_EFFECTS
        for index, rule in enumerate(self.rules):
            if not rule.when.concerns(call):
                continue
            self.counts[index] += 1
            if chosen is _NO_EFFECTS and rule.when.fires_at(self.counts[index]):
                chosen = rule.do
        return chosen


def load_faults(path: Path) -> tuple[Rule, ...]:
    """Read a script from a JSON file; raises FaultsError naming the file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FaultsError(f"{path}: cannot be read: {error}") from error
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FaultsError(f"{path}: is not JSON: {error}") from error
    try:
        return read_faults(value)
    except FaultsError as error:
        raise FaultsError(f"{path}: {error}") from error


def read_faults(value: object) -> tuple[Rule, ...]:
    """Check a script given as plain values; raises FaultsError."""
    if not isinstance(value, list):
        raise FaultsError('a script is a list of {"when": {...}, "do": ...}')
    return tuple(_rule(f"rule {number}", item) for number, item in enumerate(value, 1))


def _rule(where: str, item: object) -> Rule:
    rule = _object(where, item, ("when", "do"))
    when = _when(f"{where}: when", rule.get("when"))
    return Rule(when, _effects(f"{where}: do", rule.get("do"), when.action))


def _object(where: str, value: object, allowed: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FaultsError(f"{where}: must be an object of {', '.join(allowed)}")
    for key in value:
        if key not in allowed:
            raise FaultsError(f"{where}: {key!r} is unknown; write one of {', '.join(allowed)}")
    return value


def _when(where: str, value: object) -> When:
    when = _object(where, value, tuple(field.name for field in fields(When)))
    if when.get("action") not in _ACTIONS:
        raise FaultsError(f"{where}: action must be one of {', '.join(_ACTIONS)}")
    if when.get("kind") not in (None, *KINDS):
        raise FaultsError(f"{where}: kind must be one of {', '.join(KINDS)}")
    for name in ("prompt_contains", "task"):
        if not isinstance(when.get(name, ""), str):
            raise FaultsError(f"{where}: {name} must be a text")
    for name in ("nth", "times"):
        number = when.get(name, 1)
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise FaultsError(f"{where}: {name} must be a whole number from 1")
    return When(**when)


def _effects(where: str, value: object, action: Action) -> Effects:
    names = tuple(field.name for field in fields(Effects))
    effects = _object(where, {value: True} if isinstance(value, str) else value, names)
    if not effects:
        raise FaultsError(f"{where}: names no effect; write one of {', '.join(names)}")
    for name in effects:
        if action not in _ONLY.get(name, _ACTIONS):
            raise FaultsError(f"{where}: {name} is for {' or '.join(_ONLY[name])}, not for {action}")
    return Effects(**{name: _argument(f"{where}: {name}", name, given) for name, given in effects.items()})


def _argument(where: str, name: str, given: object) -> Any:
    if name in _TAKING_STATUS:
        return _status(where, given)
    if name in _TAKING_TEXTS:
        if not isinstance(given, str) or not given:
            raise FaultsError(f"{where}: wants a text")
    elif name in _TAKING_NUMBERS:
        if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < 1e9:
            raise FaultsError(f"{where}: wants a number above 0")
    elif given is not True:
        raise FaultsError(f"{where}: takes nothing but true")
    return given


def _status(where: str, given: object) -> Status:
    status = _object(where, given, tuple(field.name for field in fields(Status)))
    http = status.get("http")
    if isinstance(http, bool) or not isinstance(http, int) or http not in _STATUSES:
        raise FaultsError(f"{where}: http must be a status from 200 to 599 that may have a body")
    code = status.get("code")
    if isinstance(code, bool) or not isinstance(code, int | str | None):
        raise FaultsError(f"{where}: code must be a number or a text")
    message, retry_after = status.get("message", ""), status.get("retry_after", "")
    return Status(http, code, str(message), str(retry_after))

"""Tells somebody who does not look on: runs a command or posts a message, once that is agreed to."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import anyio
import click
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from orchestrator.cli.logs import talk
from orchestrator.errors import PlanError
from orchestrator.facts import ChainStopped
from orchestrator.lineage import Lineage
from orchestrator.plan import Notify, Plan
from orchestrator.planner import ChainView
from orchestrator.ports import Clock
from orchestrator.report import Bulletin, Bulletins, clean, expiring_bulletins, json_line, passing, with_place

COMMAND, URL, SECRET = (f"ORCHESTRATE_NOTIFY_{each}" for each in ("COMMAND", "URL", "SECRET"))
_PATIENCE, _FAREWELL = 30.0, 10.0
"""Seconds that one command may take, and that a run which is over waits for what is untold."""

_SOON = timedelta(days=3)

_UNTOLD = 1000
_KEPT_BACK = ("_API_KEY", "_ACCESS_KEY", "_SECRET_KEY", "_SECRET")


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to somebody; `plan` None: for all plans. Commands run in `folder`."""

    notify: Notify
    plan: str | None = None
    folder: Path | None = None


def channels_of(plans: Sequence[Plan], allowed: bool | None, *, asks: bool) -> tuple[Channel, ...]:
    """The environment's channel, and those of plans that the person agrees to.

    A plan may come from elsewhere: what it wants to run or to post to is asked about, unless `allowed`
    says it; where nobody can be asked it is left alone, which is said.
    """
    found = [*of_environment(os.environ)]
    for plan in plans:
        if plan.notify is None or not (plan.notify.command or plan.notify.url):
            continue
        if allowed is None and not asks:
            talk(f"Plan {plan.name} would {_deeds(plan.notify)}: left alone, --notify allows it.")
        if allowed or (allowed is None and asks and _agreed(plan, plan.notify)):
            folder = Path(plan.path).resolve().parent if plan.path else None
            found.append(Channel(plan.notify, plan.name, folder))
    return tuple(found)


def of_environment(environ: Mapping[str, str]) -> Iterator[Channel]:
    """The person's own channel, for all plans, where there is one; PlanError for a command that is none."""
    try:
        command = tuple(shlex.split(environ.get(COMMAND, "")))
    except ValueError as error:
        raise PlanError(f"{COMMAND} cannot be read as a command: {error}") from error
    url = environ.get(URL, "").strip() or None
    if command or url:
        yield Channel(Notify(command, url))


def _agreed(plan: Plan, notify: Notify) -> bool:
    occasions = ", ".join(notify.on)
    return click.confirm(f"Plan {plan.name} wants to {_deeds(notify)}, on: {occasions}. Allow it?", err=True)


def _deeds(notify: Notify) -> str:
    deeds = []
    if notify.command:
        deeds.append(f"run `{clean(shlex.join(notify.command))}`")
    if notify.url:
        deeds.append(f"post to {clean(notify.url)}")
    return " and ".join(deeds)


@dataclass(frozen=True, slots=True)
class Herald:
    """Told how chains look and what expires; passes the news on beside the run, and never disturbs it."""

    bulletins: Bulletins
    clock: Clock
    said: Callable[[str], None]
    place: Sequence[str]
    _out: MemoryObjectSendStream[Bulletin]
    _failures: set[str] = field(default_factory=set)

    def planned(self, view: ChainView) -> None:
        """A chain was planned anew."""
        for bulletin in self.bulletins.news_of(view, self.clock.now()):
            self.put(bulletin)

    def put(self, bulletin: Bulletin) -> None:
        """Pass it on; with a thousand untold ones it is not, which is said."""
        how = tuple(with_place(command, self.place) for command in bulletin.how)
        try:
            self._out.send_nowait(replace(bulletin, how=how))
        except anyio.WouldBlock:
            self.failed("too much news at once, some of it is not passed on")

    def failed(self, words: str) -> None:
        """Said once each, however often it happens."""
        if words not in self._failures:
            self._failures.add(words)
            self.said(f"notify: {words}")


@dataclass(frozen=True, slots=True)
class Notifying:
    """Who is told of a run, what is known to them already, and what they are told first.

    `place` is the option that commands need to find its journal, if any.
    """

    channels: tuple[Channel, ...] = ()
    stops: Mapping[tuple[str, str], ChainStopped] = field(default_factory=dict)
    first: tuple[Bulletin, ...] = ()
    secret: bytes | None = None
    place: tuple[str, ...] = ()

    @asynccontextmanager
    async def heralded(
        self, clock: Clock, said: Callable[[str], None]
    ) -> AsyncIterator[Callable[[ChainView], None]]:
        """Within the block, tell what it yields how chains look.

        What is untold when the block ends is told in what time is left then; of the rest it is said.
        """
        if not self.channels:
            yield lambda _view: None
            return
        out, untold = anyio.create_memory_object_stream[Bulletin](_UNTOLD)
        herald = Herald(Bulletins(self.stops), clock, said, self.place, out)
        with out, untold:
            async with anyio.create_task_group() as beside:
                beside.start_soon(self._pass_on, untold, herald)
                for bulletin in self.first:
                    herald.put(bulletin)
                yield herald.planned
                out.close()
                beside.cancel_scope.deadline = anyio.current_time() + _FAREWELL
            if beside.cancel_scope.cancelled_caught:
                herald.failed("not everything was passed on before the run ended")

    async def _pass_on(self, untold: MemoryObjectReceiveStream[Bulletin], herald: Herald) -> None:
        async for bulletin in untold:
            for channel in self.channels:
                if channel.plan in (None, bulletin.plan) and bulletin.event in channel.notify.on:
                    await _tell(channel, bulletin, herald, self.secret)


def notifying(
    plans: Sequence[Plan],
    lineage: Lineage,
    views: Sequence[ChainView],
    now: datetime,
    *,
    allowed: bool | None,
    asks: bool,
) -> Notifying:
    """Who is to be told of a run of these plans; asks for what plans want. PlanError, CredentialsError."""
    from orchestrator.provider import secret_of

    secret = secret_of(os.environ, SECRET)
    channels = channels_of(plans, allowed, asks=asks)
    first = expiring_bulletins(passing(lineage, views, now, _SOON), now) if channels else ()
    return Notifying(channels, dict(lineage.stops), first, secret)


def notifying_of_all(stops: Mapping[tuple[str, str], ChainStopped]) -> Notifying:
    """The environment's own channel for whatever plans come; PlanError, CredentialsError."""
    from orchestrator.provider import secret_of

    return Notifying(tuple(of_environment(os.environ)), stops, secret=secret_of(os.environ, SECRET))


async def _tell(channel: Channel, bulletin: Bulletin, herald: Herald, secret: bytes | None) -> None:
    from orchestrator.provider import post_message

    body = json_line(bulletin).encode() + b"\n"
    command, url = channel.notify.command, channel.notify.url
    if command:
        trouble = await _run(command, body, bulletin, channel.folder)
        if trouble is not None:
            herald.failed(f"the command {clean(command[0])} {trouble}")
    if url is not None:
        trouble = await post_message(url, body, herald.clock, secret)
        if trouble is not None:
            herald.failed(f"{clean(url)} was not reached: {trouble}")


async def _run(command: Sequence[str], body: bytes, bulletin: Bulletin, folder: Path | None) -> str | None:
    """Run it with the message on its stdin; what went wrong, or None."""
    with tempfile.TemporaryFile() as complaints:
        try:
            with anyio.move_on_after(_PATIENCE) as late:
                done = await anyio.run_process(
                    command,
                    input=body,
                    stdout=subprocess.DEVNULL,
                    stderr=complaints,
                    check=False,
                    cwd=folder,
                    env=_environment(bulletin),
                    # Ctrl-C in the terminal is for the run, which waits for answers still.
                    start_new_session=True,
                )
        except (OSError, anyio.BrokenResourceError) as error:
            return f"was not run to its end: {getattr(error, 'strerror', None) or type(error).__name__}"
        if late.cancelled_caught:
            return f"was stopped: it took over {_PATIENCE:.0f} s"
        if done.returncode == 0:
            return None
        complaints.seek(0)
        last = complaints.read(4096).decode(errors="replace").strip().rpartition("\n")[2]
        return f"failed with status {done.returncode}" + (f": {clean(last)[:200]}" if last else "")


def _environment(bulletin: Bulletin) -> dict[str, str]:
    """Ours without keys and secrets, and the message: foreign text is data there, never part of a command."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith(_KEPT_BACK)}
    message = {
        "EVENT": bulletin.event.value,
        "PLAN": bulletin.plan,
        "CHAIN": bulletin.chain or "",
        "PLACE": bulletin.place or "",
        "STATE": bulletin.state or "",
        "TEXT": bulletin.text,
    }
    return kept | {f"ORCHESTRATE_{name}": clean(value) for name, value in message.items()}

"""Receives the provider's notices beside a run: bound before anything is paid, gone with the run."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

from orchestrator.cli.logs import talk
from orchestrator.errors import PlanError
from orchestrator.plan import Plan

if TYPE_CHECKING:
    from orchestrator.provider import Notices

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class CallbackWishes:
    """What `--callback-url` and `--callback-listen` say."""

    url: str | None = None
    listen: str | None = None


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Where the provider is to post its notices, if anywhere, and the socket that waits for them, if any."""

    url: str | None = None
    socket: socket.socket | None = None

    @asynccontextmanager
    async def heard(self, hint: Callable[[str], None], said: Callable[[str], None]) -> AsyncIterator[None]:
        """Within the block every notice that is believed is a hint; why others are not is said once each."""
        if self.socket is None:
            yield
            return
        from orchestrator.provider import Notices, secret_of
        from orchestrator.runner import SystemClock
        from orchestrator.web import LetterBox, serving

        ear = _Ear(Notices(secret_of(os.environ), SystemClock()), hint, said, set())
        async with serving(LetterBox(ear.take), [self.socket]):
            yield


@dataclass(frozen=True, slots=True)
class _Ear:
    notices: Notices
    hint: Callable[[str], None]
    said: Callable[[str], None]
    told: set[str]

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status that the sender gets."""
        heard = self.notices.hear(headers, body)
        if heard.task_id is not None:
            self.hint(heard.task_id)
        if heard.refused is not None and heard.refused not in self.told:
            self.told.add(heard.refused)
            self.said(f"a notice was not believed: {heard.refused}; asking goes on as without it")
        return heard.status


@contextmanager
def receiving(wishes: CallbackWishes, plans: Sequence[Plan], base_url: str | None) -> Iterator[Callbacks]:
    """Bind what is to be listened on, and settle the address to send; PlanError before anything is asked."""
    from orchestrator.provider import secret_of
    from orchestrator.web import is_loopback, listen

    if wishes.url is not None:
        _require_reachable(wishes.url)
    if wishes.listen is None:
        yield Callbacks(wishes.url)
        return
    secret = secret_of(os.environ)
    host, port = address_of(wishes.listen, "--callback-listen")
    if wishes.url is None:
        _require_near(host, plans, base_url)
    with listen(host, port, "--callback-listen") as bound:
        here = f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}/"
        signed = "signed ones only" if secret else "unsigned ones too: each only makes us ask"
        reach = "" if is_loopback(host) else ", for whoever reaches that address"
        talk(f"Notices are received at {here}{reach}, {signed}.")
        yield Callbacks(wishes.url or here, bound)


def address_of(text: str, option: str) -> tuple[str, int]:
    """HOST:PORT, or a port alone, which is for this machine only; PlanError naming the option."""
    host, colon, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not (port.isascii() and port.isdigit() and int(port) <= 65535) or (not colon and not port):
        raise PlanError(
            f"{option} {text!r} is no address: write HOST:PORT, like 127.0.0.1:8770 (port 0: any free one)"
        )
    return host, int(port)


def _require_reachable(url: str) -> None:
    """What a provider may be told: https, or http to this machine, where only a sandbox can be."""
    from orchestrator.provider import is_local

    try:
        parts = urlsplit(url)
        name, _ = parts.hostname or "", parts.port
    except ValueError:
        name, parts = "", urlsplit("")
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_local(name))
    if not name or not secure or "@" in parts.netloc or parts.fragment or not url.isprintable() or " " in url:
        raise PlanError(
            "--callback-url is no address that a provider can post to: "
            "write https://HOST/PATH, without user name and password (http only to this machine)"
        )


def _require_near(host: str, plans: Sequence[Plan], base_url: str | None) -> None:
    from orchestrator.cli.opening import own_sandbox
    from orchestrator.provider import host_for
    from orchestrator.web import is_loopback

    for settings in (plan.provider for plan in plans):
        near = own_sandbox(settings, base_url) or host_for(settings, base_url, os.environ).local
        if not (near and is_loopback(host)):
            raise PlanError(
                "--callback-listen alone is for a sandbox on this machine: say --callback-url https://… too, "
                f"the address under which {settings.name} reaches what listens here"
            )


def callback_options(command: F) -> F:
    """`--callback-url` and `--callback-listen`."""
    for option in (
        click.option(
            "--callback-listen",
            metavar="HOST:PORT",
            help="Receive the provider's notices there, so that it is asked as soon as a task ends.",
        ),
        click.option(
            "--callback-url", metavar="URL", help="The address at which the provider reaches what listens."
        ),
    ):
        command = option(command)
    return command

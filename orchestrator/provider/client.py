"""The provider's client: submits, looks up, finds and fetches, in the dialect of its host."""

from __future__ import annotations

from collections.abc import Container
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from urllib.parse import quote

from orchestrator.errors import CredentialsError, PaymentError, ProviderError
from orchestrator.facts import Reason
from orchestrator.plan import Kind, ProviderSettings
from orchestrator.ports import (
    Absent,
    Answer,
    Declined,
    Download,
    Finding,
    Found,
    Inquiry,
    Missing,
    Outcome,
    Page,
    Part,
    Submission,
)
from orchestrator.provider.answers import NotOfferedError, judged, opened
from orchestrator.provider.asking import Asker
from orchestrator.provider.codes import EXPIRED
from orchestrator.provider.files import Fetcher
from orchestrator.provider.finding import NO_LIST, Listing, by_listing, turned
from orchestrator.provider.hosts import Host
from orchestrator.provider.leafing import page_of
from orchestrator.provider.outcomes import outcome
from orchestrator.provider.reply import Reply
from orchestrator.provider.requests import body
from orchestrator.provider.sending import Sender
from orchestrator.provider.tasks import shown
from orchestrator.provider.verbatim import verbatim

_FLOOR, _FLOOR_NESTED = 5.0, 15.0
_PAGE = 100


class Client:
    """`ports.Provider` over HTTP; holds no state that matters beyond the connections."""

    def __init__(
        self,
        settings: ProviderSettings,
        host: Host,
        sender: Sender,
        asker: Asker,
        fetcher: Fetcher,
        callback_url: str | None = None,
    ) -> None:
        self._settings, self._host = settings, host
        self._sender, self._asker, self._fetcher = sender, asker, fetcher
        self._callback_url = callback_url
        self._refreshes_slowly = False
        self._listless: set[Kind] = set()

    @property
    def floor(self) -> float:
        """15 s at a gateway that was seen to refresh only that often (protocol page, §3), else 5 s."""
        if self._settings.name == "sandbox":
            return max(0.1, _FLOOR / self._settings.speed)
        return _FLOOR_NESTED if self._refreshes_slowly else _FLOOR

    async def submit(self, submission: Submission, deadline: float) -> Outcome:
        """Send it once before `deadline`, or never; nothing the network does is raised."""
        written = body(submission, self._host.gateway, self._callback_url)
        if isinstance(written, Declined):
            return written
        key = self._sender.key
        bearer = key.bearer()
        reply = await self._sender.post(self._host.route(submission.kind), bearer, written, deadline)
        if not isinstance(reply, Reply):
            return reply
        found = outcome(reply, submission)
        if isinstance(found, Declined) and _expired(reply) and key.renew(bearer):
            # Surely declined, so trying again is safe; but every POST is an attempt of its own.
            return replace(found, reason=Reason.UNREACHABLE, message=f"{found.message}; it was signed afresh")
        return found

    async def look_up(self, kind: Kind, task_id: str) -> Answer:
        """What became of the task: UnreachableError, CredentialsError, PaymentError, ProviderError."""
        reply = await self._asker.ask(f"{self._host.route(kind)}/{quote(task_id, safe='')}")
        said = opened(reply)
        if isinstance(said, Missing):
            return said
        task = shown(said.data)
        self._refreshes_slowly |= task.nested
        return judged(task, task_id, verbatim(reply.text))

    async def look_over(self, kind: Kind, wanted: Container[str], number: int, size: int) -> Page | None:
        """One page of the list of tasks, None where there is none: UnreachableError, ProviderError."""
        query = {"pageNum": number, "pageSize": size}
        try:
            said = opened(await self._asker.ask(self._host.route(kind), query))
        except (NotOfferedError, CredentialsError, PaymentError):
            # A key may be good for its tasks and not for the list: the tasks' own answers say whether it is.
            return None
        if isinstance(said, Missing) or not isinstance(said.data, list):
            return None
        return page_of(said.data, wanted)

    async def find(self, inquiry: Inquiry) -> Finding:
        """By our own id, then by the list; raises as `look_up` does."""
        finding = await self._find_by_id(inquiry)
        if finding is not None:
            return finding
        kind = inquiry.begun.kind
        listing = NO_LIST if kind in self._listless else await self._list(inquiry)
        if not listing.offered:
            self._listless.add(kind)
        return by_listing(inquiry, listing, self._settings.name == "dmxapi")

    def fetch(self, url: str, part: Part | None = None) -> AbstractAsyncContextManager[Download]:
        """A file, without any credential: UnreachableError, ProviderError."""
        return self._fetcher.fetch(url, part)

    async def _find_by_id(self, inquiry: Inquiry) -> Found | Absent | None:
        """None when asking by our own id proves nothing: a host may have dropped the field."""
        ours, echo, kind = inquiry.begun.external_id, inquiry.echo, inquiry.begun.kind
        if ours is None:
            return None
        answer = await self._ask_by_id(kind, ours)
        if isinstance(answer, Found):
            return answer
        # The control question: a host that echoes our ids may still be unable to find anything by them.
        if answer is None or echo is None:
            return None
        control = await self._ask_by_id(kind, echo.external_id)
        finds = isinstance(control, Found) and control.task_id == echo.task_id
        return Absent(f"{answer.message}, asked for by our own id") if finds else None

    async def _ask_by_id(self, kind: Kind, external_id: str) -> Found | Missing | None:
        """What the host shows under an id of ours; None when it does not take it for one."""
        try:
            reply = await self._asker.ask(f"{self._host.route(kind)}/{quote(external_id, safe='')}")
            said = opened(reply)
        except ProviderError:
            return None  # whatever it says to an id that it does not take for one
        if isinstance(said, Missing):
            return said
        task = shown(said.data)
        if task.task_id is None or task.external_id != external_id:
            return None
        return Found(task.task_id, echoed=True, raw=verbatim(reply.text))

    async def _list(self, inquiry: Inquiry) -> Listing:
        """The list of tasks, read back past the intent as far as it goes."""
        listing, page = Listing(), 1
        while not listing.over:
            query = {"pageNum": page, "pageSize": _PAGE}
            try:
                said = opened(await self._asker.ask(self._host.route(inquiry.begun.kind), query))
            except NotOfferedError:
                return NO_LIST if page == 1 else listing
            except ProviderError:
                return listing  # incomplete, so that it denies nothing
            if isinstance(said, Missing):
                return NO_LIST if page == 1 else listing
            listing, page = turned(listing, said.data, inquiry.since), page + 1
        return listing


def _expired(reply: Reply) -> bool:
    said = reply.said
    return said is not None and said.code in EXPIRED

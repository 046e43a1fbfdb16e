"""The remote API, as a run needs it."""

from __future__ import annotations

from collections.abc import Container
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from orchestrator.plan import Kind
from orchestrator.ports.answers import Answer, Finding, Inquiry, Outcome, Page, Submission
from orchestrator.ports.downloads import Download, Part


class Provider(Protocol):
    """The remote API; every failure is one of our errors, with its cause kept."""

    @property
    def floor(self) -> float:
        """Seconds between two questions for one task below which asking is useless."""
        ...

    async def submit(self, submission: Submission, deadline: float) -> Outcome:
        """Send it once, with its first byte before `deadline` (by `Clock.monotonic`), or never.

        Never raises for anything the provider or the network does; never sends twice.
        """
        ...

    async def look_up(self, kind: Kind, task_id: str) -> Answer:
        """What became of the task: UnreachableError, CredentialsError, PaymentError, ProviderError."""
        ...

    async def look_over(self, kind: Kind, wanted: Container[str], number: int, size: int) -> Page | None:
        """Page `number` (from 1) of the list of tasks, newest first as a rule; None where none is offered.

        UnreachableError, ProviderError. Of a task that is not on it nothing is known.
        """
        ...

    async def find(self, inquiry: Inquiry) -> Finding:
        """Whether an attempt of unclear outcome became a task; raises as `look_up` does."""
        ...

    def fetch(self, url: str, part: Part | None = None) -> AbstractAsyncContextManager[Download]:
        """A file, after the part that is here where that can be: UnreachableError, ProviderError.

        No credential goes along.
        """
        ...

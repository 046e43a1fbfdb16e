"""The remote API, as a run needs it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from orchestrator.plan import Kind
from orchestrator.ports.answers import Answer, Finding, Inquiry, Outcome, Submission
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

    async def find(self, inquiry: Inquiry) -> Finding:
        """Whether an attempt of unclear outcome became a task; raises as `look_up` does."""
        ...

    def fetch(self, url: str, part: Part | None = None) -> AbstractAsyncContextManager[Download]:
        """A file, after the part that is here where that can be: UnreachableError, ProviderError.

        No credential goes along.
        """
        ...

"""The desks of a run, one for each account that its plans name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from orchestrator.lineage import Lineage
from orchestrator.plan import ProviderSettings
from orchestrator.planner import Run
from orchestrator.runner.desk import Desk
from orchestrator.runner.gate import Gate
from orchestrator.runner.hints import Hints
from orchestrator.runner.outside import Outside


class Desks(dict[str, Desk]):
    """By account; what all of them share is given once."""

    def __init__(
        self, outside: Outside, lineage: Lineage, record: Callable[..., Awaitable[None]], hints: Hints
    ) -> None:
        super().__init__()
        self._outside = outside
        self._lineage = lineage
        self._record = record
        self._hints = hints

    def open(self, settings: ProviderSettings, run: Run, *, busy: bool) -> None:
        """Have one for this account; where it is `busy`, others work with it as it is."""
        account = settings.account
        desk = self.get(account)
        if desk is not None and busy:
            if settings.concurrency < desk.gate.declared:
                # Plans that share an account share the smallest number of slots.
                desk.gate = Gate(settings.concurrency)
            return
        if desk is not None and desk.settings == settings:
            return
        self[account] = Desk(
            settings=settings,
            provider=self._outside.providers[account],
            gate=Gate(settings.concurrency),
            archive=self._outside.archive,
            clock=self._outside.clock,
            reporter=self._outside.reporter,
            lineage=self._lineage,
            run=run,
            record=self._record,
            hints=self._hints,
        )

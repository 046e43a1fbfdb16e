"""A ledger that answers from the sums that the journal keeps, as the replayed one would."""

from __future__ import annotations

from orchestrator.budget import Allowance, Ledger, Spent, ledger
from orchestrator.lineage import Lineage
from orchestrator.store.reader import Reader


class RecalledLedger(Ledger):
    """The sums that the journal keeps; its entries only when somebody wants each of them."""

    def __init__(self, reader: Reader, lineage: Lineage) -> None:
        self._reader = reader
        self._lineage = lineage

    def __getattr__(self, name: str) -> object:
        if name != "entries":
            raise AttributeError(name)
        self.entries = ledger(self._lineage).entries
        return self.entries

    def spent(self, allowance: Allowance) -> Spent:
        """What is spent or reserved of this allowance."""
        return self._reader.spent(allowance.scope)

    def by_currency(self) -> dict[str | None, Spent]:
        """What is spent or reserved in all, by the currency of its cost."""
        return self._reader.spent_by_currency()

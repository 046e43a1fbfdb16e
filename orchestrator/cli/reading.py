"""What every reading command begins with: the journal, what it adds up to, and how it looks now."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import click

from orchestrator.budget import Ledger, ledger
from orchestrator.cli.kept import KeptPlan
from orchestrator.errors import PlanError
from orchestrator.facts import ChainStopped, RunBegan
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.planner import ChainView, Place, Run, chains_from, ended, signs
from orchestrator.report import PlanKnown, find, named_chain, places_of
from orchestrator.store import Home, RecalledLedger, RecalledLineage, open_reader


@dataclass(frozen=True)
class Known:
    """What a journal adds up to; `run` is the newest one in it.

    Chains look as they did to the newest run, so that what it held for a person is still held. Each is
    walked when somebody asks for it.
    """

    home: Home
    lineage: Lineage
    ledger: Ledger
    run: Run
    now: datetime

    @cached_property
    def plans(self) -> tuple[PlanKnown, ...]:
        """All plans, with those of their chains that have not ended for certain."""
        return tuple(self._plan(name) for name in self.lineage.plans)

    def plans_within(self, takes: int) -> tuple[PlanKnown, ...]:
        """The same, but once chains of so many takes were looked at, the others stay unseen.

        Those come first for which nothing is in the air: they may wait for a person.
        """
        names = (name for name in self.lineage.plans if self.lineage.settled(name) is None)
        pending = [(plan, chain) for plan in self._kept(names) for chain in self._pending(plan)]
        pending.sort(key=lambda each: (each[0].name, each[1]) in self.lineage.under_way)
        seen: set[tuple[str, str]] = set()
        for plan, chain in pending:
            if takes <= 0:
                break
            seen.add((plan.name, chain))
            takes -= sum(len(view.consulted) for view in self._walked(plan, [chain]))
        return tuple(self._plan(name, seen) for name in self.lineage.plans)

    @cached_property
    def views(self) -> tuple[ChainView, ...]:
        """All chains of all plans whose text still holds."""
        return tuple(view for name in self.lineage.plans for view in self.of_plan(name))

    @property
    def readable(self) -> bool:
        """Whether the text of every plan still holds."""
        return len(list(self._kept(self.lineage.plans))) == len(self.lineage.plans)

    @property
    def archives(self) -> tuple[str, ...]:
        """Where the plans whose text still holds want their films sent to, each place once."""
        found = (each.archive for each in self._kept(self.lineage.plans))
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def of_plan(self, name: str) -> tuple[ChainView, ...]:
        """All chains of one plan; none where its text no longer holds."""
        return tuple(view for plan in self._kept([name]) for view in self._walked(plan, plan.grows))

    def placed(self, keys: Iterable[TakeKey]) -> Mapping[TakeKey, tuple[Place, ...]]:
        """Where the plans want takes, these at least."""
        return places_of(self.wanting(keys))

    def called(self, node: str) -> tuple[ChainView, ...]:
        """The chains that the name of a node can speak of."""
        plan, chain = named_chain(node)
        if chain is None:
            return ()
        names = self.lineage.plans_with(chain)
        return tuple(
            view
            for each in self._kept(name for name in names if plan in (None, name))
            for view in self._walked(each, [chain] if chain in each.grows else [])
        )

    def wanting(self, keys: Iterable[TakeKey]) -> tuple[ChainView, ...]:
        """The chains that can want any of these takes."""
        known_by = signs(self.lineage, keys)
        those = self.lineage.plans_from(known_by)
        return tuple(
            view
            for plan in self._kept(those)
            for view in self._walked(
                plan, _those(plan, those[plan.name]) or chains_from(plan.whole, known_by)
            )
        )

    def find(self, node: str) -> TakeKey:
        """The take that a person means: PlanError when nothing is called so, or several are."""
        return find(node, self.lineage, self.called(node), self.placed)

    def _kept(self, names: Iterable[str]) -> Iterator[KeptPlan]:
        """Those of these plans whose text still holds, in order of their first runs."""
        wanted = frozenset(names)
        found = (self._read(name) for name in self.lineage.plans if name in wanted)
        return (plan for plan in found if isinstance(plan, KeptPlan))

    def _read(self, name: str) -> KeptPlan | PlanError:
        """The plan as its newest run had it, or why its text no longer holds; read once."""
        if name not in self._known:
            try:
                self._known[name] = KeptPlan(self.lineage.plans[name])
            except PlanError as error:
                self._known[name] = error
        return self._known[name]

    @cached_property
    def _known(self) -> dict[str, KeptPlan | PlanError]:
        return {}

    @cached_property
    def _views(self) -> dict[tuple[str, str], ChainView]:
        return {}

    def _plan(self, name: str, seen: Container[tuple[str, str]] | None = None) -> PlanKnown:
        left = self.lineage.settled(name)
        if left is not None:
            return PlanKnown(name, None, (), ended={each.chain: each for each in left})
        plan = self._read(name)
        if isinstance(plan, PlanError):
            return PlanKnown(name, None, (), str(plan))
        pending = self._pending(plan)
        looked = [each for each in pending if seen is None or (name, each) in seen]
        views = self._walked(plan, looked)
        if isinstance(error := self._read(name), PlanError):
            return PlanKnown(name, None, (), str(error))
        unseen = [each for each in pending if seen is not None and (name, each) not in seen]
        return PlanKnown(name, plan.provider, views, ended=self._over(plan), unseen=unseen)

    def _pending(self, plan: KeptPlan) -> list[str]:
        """Its chains that have not ended for certain."""
        return [chain for chain in plan.grows if chain not in self._over(plan)]

    def _over(self, plan: KeptPlan) -> Mapping[str, ChainStopped]:
        if plan.name not in self._ended:
            self._ended[plan.name] = ended(plan.name, plan.digest, plan.grows, self.lineage)
        return self._ended[plan.name]

    @cached_property
    def _ended(self) -> dict[str, Mapping[str, ChainStopped]]:
        return {}

    def _walked(self, plan: KeptPlan, chains: Iterable[str]) -> tuple[ChainView, ...]:
        """These chains; none where they have words that this version does not know, which is remembered."""
        try:
            return tuple(self._view(plan, each) for each in chains)
        except PlanError as error:
            self._known[plan.name] = error
            return ()

    def _view(self, plan: KeptPlan, chain: str) -> ChainView:
        name = plan.name, chain
        if name not in self._views:
            planner = plan.planner(chain)
            self._views[name] = planner.view(chain, self.lineage, self.ledger, self.now, self.run)
        return self._views[name]


def _those(plan: KeptPlan, chains: Collection[str]) -> list[str]:
    """The chains in the order written."""
    wanted = frozenset(chains)
    return [chain for chain in plan.grows if chain in wanted]


@contextmanager
def reading(home: Home) -> Iterator[Known]:
    """The journal there, as of one moment, loaded as it is asked for; nothing where there is none.

    Not to be kept open while a run goes on: what it writes could not be tidied up.
    """
    if not home.exists:
        yield read(home)
        return
    with open_reader(home, still=True) as reader:
        lineage = RecalledLineage(reader)
        yield _known(home, lineage, RecalledLedger(reader, lineage))


def read(home: Home) -> Known:
    """Everything the journal there says, and nothing stays open; nothing at all where there is none."""
    lineage = Lineage()
    if home.exists:
        with open_reader(home) as reader:
            lineage = Lineage(reader.facts())
    return _known(home, lineage, ledger(lineage))


def _known(home: Home, lineage: Lineage, book: Ledger) -> Known:
    now, began = datetime.now(UTC), lineage.began
    if began is None:
        return Known(home, lineage, book, Run("", 0, now), now)
    assert isinstance(began.fact, RunBegan)
    return Known(home, lineage, book, Run(began.fact.run, began.position - 1, began.fact.at), now)


def columns() -> int:
    """How wide text may be: the terminal's width, and room enough where there is none."""
    if not sys.stdout.isatty():
        return 100
    try:
        return max(40, int(os.environ.get("COLUMNS", 0)) or os.get_terminal_size().columns)
    except (OSError, ValueError):
        return 80


def nothing_yet(home: Home, *, as_json: bool, empty: Mapping[str, object] | list[object]) -> None:
    """Said kindly where no journal is: on stderr, so that scripts read an empty answer."""
    from orchestrator.report import json_text

    say_no_journal(home)
    if as_json:
        click.echo(json_text(empty))


def say_no_journal(home: Home) -> None:
    """On stderr."""
    click.echo(f"There is no journal in {home.place} yet: nothing has been run from here.", err=True)

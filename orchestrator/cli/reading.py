"""What every reading command begins with: the journal, what it adds up to, and how it looks now."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import click

from orchestrator.budget import Ledger, ledger
from orchestrator.errors import PlanError
from orchestrator.facts import RunBegan
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.plan import Plan
from orchestrator.planner import ChainView, Place, Planner, Run, chains_from, ended, signs
from orchestrator.report import PlanKnown, find, named_chain, places_of
from orchestrator.resolved import read_resolved
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

    @cached_property
    def views(self) -> tuple[ChainView, ...]:
        """All chains of all plans whose text still holds."""
        return tuple(view for name in self.lineage.plans for view in self.of_plan(name))

    @property
    def readable(self) -> bool:
        """Whether the text of every plan still holds."""
        return all(self._planner(name) for name in self.lineage.plans)

    @property
    def archives(self) -> tuple[str, ...]:
        """Where the plans whose text still holds want their films sent to, each place once."""
        planners = (self._planner(name) for name in self.lineage.plans)
        found = (each.plan.archive for each in planners if each)
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def of_plan(self, name: str) -> tuple[ChainView, ...]:
        """All chains of one plan; none where its text no longer holds."""
        planner = self._planner(name)
        return tuple(self._walked(planner, each.name) for each in planner.plan.chains) if planner else ()

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
            self._walked(planner, chain)
            for planner in self._planners(name for name in names if plan in (None, name))
            if planner.has(chain)
        )

    def wanting(self, keys: Iterable[TakeKey]) -> tuple[ChainView, ...]:
        """The chains that can want any of these takes."""
        known_by = signs(self.lineage, keys)
        return tuple(
            self._walked(planner, chain)
            for planner in self._planners(self.lineage.plans_from(known_by))
            for chain in chains_from(planner.plan, known_by)
        )

    def find(self, node: str) -> TakeKey:
        """The take that a person means: PlanError when nothing is called so, or several are."""
        return find(node, self.lineage, self.called(node), self.placed)

    def _planners(self, names: Iterable[str]) -> Iterator[Planner]:
        """Those of these plans whose text still holds, in order of their first runs."""
        wanted = frozenset(names)
        found = (self._planner(name) for name in self.lineage.plans if name in wanted)
        return (planner for planner in found if planner)

    def _planner(self, name: str) -> Planner | None:
        """The plan ready to be walked; None where its text no longer holds, which is remembered."""
        if name not in self._read:
            try:
                self._read[name] = Planner(parsed(self.lineage.plans[name]))
            except PlanError as error:
                self._read[name] = error
        found = self._read[name]
        return found if isinstance(found, Planner) else None

    @cached_property
    def _read(self) -> dict[str, Planner | PlanError]:
        return {}

    @cached_property
    def _views(self) -> dict[tuple[str, str], ChainView]:
        return {}

    def _plan(self, name: str) -> PlanKnown:
        left = self.lineage.settled(name)
        if left is not None:
            return PlanKnown(name, None, (), ended={each.chain: each for each in left})
        planner = self._planner(name)
        if planner is None:
            return PlanKnown(name, None, (), str(self._read[name]))
        over = ended(planner.plan, self.lineage)
        names = (chain.name for chain in planner.plan.chains if chain.name not in over)
        views = tuple(self._walked(planner, each) for each in names)
        return PlanKnown(name, planner.plan.provider, views, ended=over)

    def _walked(self, planner: Planner, chain: str) -> ChainView:
        name = planner.plan.name, chain
        if name not in self._views:
            self._views[name] = planner.view(chain, self.lineage, self.ledger, self.now, self.run)
        return self._views[name]


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


def parsed(began: RunBegan) -> Plan:
    """The plan as it was when its newest run began: PlanError where its text no longer holds."""
    if began.resolved is not None:
        # One that another version wrote, with words that this one does not know, is read from its text.
        with suppress(LookupError, TypeError, ValueError, ArithmeticError):
            return replace(read_resolved(began.resolved, began.path), text=began.text)
    from orchestrator.planfile import parse

    return parse(began.text.encode(), began.path or f"{began.plan}.yaml")


def columns() -> int:
    """How wide text may be: the terminal's width, and room enough where there is none."""
    if not sys.stdout.isatty():
        return 100
    return max(40, shutil.get_terminal_size().columns)


def nothing_yet(home: Home, *, as_json: bool, empty: Mapping[str, object] | list[object]) -> None:
    """Said kindly where no journal is: on stderr, so that scripts read an empty answer."""
    from orchestrator.report import json_text

    click.echo(f"There is no journal in {home.place} yet: nothing has been run from here.", err=True)
    if as_json:
        click.echo(json_text(empty))

"""What a run has come to, kept up event by event: chains, what is in the air, money, time left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from orchestrator.budget import Allowance, Ledger, Spent, entry, ledger
from orchestrator.facts import Recorded, RunBegan, VideoFact
from orchestrator.lineage import Attempt, Lineage
from orchestrator.plan import CAP, Chain, Limits, Plan, ProviderSettings
from orchestrator.planner import (
    ChainForecast,
    ChainView,
    Finish,
    Hold,
    Keep,
    Range,
    Reconcile,
    Submit,
    Wait,
    Watch,
    expected,
    forecast,
)
from orchestrator.report.amounts import spent_text
from orchestrator.report.text import clean
from orchestrator.report.times import span, span_range

_FORESEEN_FOR = timedelta(seconds=10)
"""A forecast walks every chain to its end, 2 ms each: not for every frame, and never for too many."""

_TOO_MANY = 300

ChainName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ChainLine:
    """One chain at one moment: `goal` and `length` in seconds, `urgency` for what is shown first."""

    name: str
    state: str
    doing: str
    length: Decimal | None
    goal: Decimal
    made: int
    wanted: Range[int] | None
    units: Decimal | None
    urgency: int


class Progress:
    """Told what a reporter is told; asked for lines and sums."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self.plans = {plan.name: plan for plan in plans}
        self.views: dict[ChainName, ChainView] = {}
        self.lineage = Lineage()
        self.run = ""
        self._ledger: Ledger | None = None
        self._foreseen: dict[ChainName, ChainForecast] = {}
        self._left: Range[float] | None = None
        self._foreseen_at: datetime | None = None

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """Take in a fact."""
        self.lineage = lineage
        fact = recorded.fact
        if isinstance(fact, RunBegan):
            self.run = fact.run
        if self._ledger is None:
            self._ledger = ledger(lineage)
        key = getattr(fact, "take", None)
        if key is not None and not isinstance(fact, VideoFact):
            for attempt in lineage.take(key).attempts:
                self._ledger.put(entry(attempt))

    def planned(self, view: ChainView) -> bool:
        """Take in how a chain looks; whether it stands differently from before."""
        name = (view.plan, view.chain.name)
        before = self.views.get(name)
        self.views[name] = view
        return before is None or _stand(before) != _stand(view)

    def foresee(self, now: datetime) -> None:
        """Forecast anew, if the last one is old; with hundreds of chains nobody is told how long it takes."""
        if self._foreseen_at is not None and now - self._foreseen_at < _FORESEEN_FOR:
            return
        chains = sum(len(plan.chains) for plan in self.plans.values())
        if len(self.views) < chains or chains > _TOO_MANY:
            return  # the first round of planning is not over, or the run would stand still meanwhile
        self._foreseen_at = now
        times = []
        for plan in self.plans.values():
            views = {name: view for (owner, name), view in self.views.items() if owner == plan.name}
            seen = forecast(plan, views, self.lineage, self._ledger or Ledger(), now)
            times.append(seen.seconds)
            self._foreseen |= {(plan.name, chain.name): chain for chain in seen.chains}
        self._left = Range(
            max((each.low for each in times), default=0.0), max((each.high for each in times), default=0.0)
        )

    # ---- sums

    @property
    def in_the_air(self) -> tuple[Attempt, ...]:
        """The attempts that may be running now."""
        return tuple(attempt for key in self.lineage.open for attempt in self.lineage.takes[key].open)

    @property
    def spent(self) -> Spent:
        """What this run has spent or reserved."""
        return (self._ledger or Ledger()).spent(Allowance(Limits(), "", run=self.run))

    @property
    def currency(self) -> str | None:
        """The plans' currency, where they agree on one."""
        found = {plan.prices.currency for plan in self.plans.values()}
        return found.pop() if len(found) == 1 else None

    @property
    def slots(self) -> int:
        """Those of all accounts of the run."""
        accounts: dict[str, int] = {}
        for plan in self.plans.values():
            provider = plan.provider
            accounts[provider.account] = min(
                accounts.get(provider.account, provider.concurrency), provider.concurrency
            )
        return sum(accounts.values())

    def headline(self) -> str:
        """Slots, chains, money and time left, in one line."""
        states = Counter(view.standing[0] for view in self.views.values())
        parts = [f"{len(self.in_the_air)}/{self.slots} slots"]
        if len(self.views) > 1:
            parts.append(f"{states.get('done', 0)}/{len(self.views)} chains done")
        if self._left is not None and self._left.high > 0:
            parts.append(f"{span_range(self._left)} left")
        parts.append(spent_text(self.spent, self.currency))
        return " · ".join(parts)

    # ---- chains

    def lines(self, now: datetime) -> list[ChainLine]:
        """One a chain, those where most happens first, as written where that ties."""
        lines = [self._line(name, view, now) for name, view in self.views.items()]
        return sorted(lines, key=lambda line: line.urgency)

    def _line(self, name: ChainName, view: ChainView, now: datetime) -> ChainLine:
        foreseen = self._foreseen.get(name)
        spent = (self._ledger or Ledger()).spent(Allowance(Limits(), name[0], name[1]))
        chain: Chain = view.chain
        urgency, doing = self._doing(view, now)
        return ChainLine(
            name=clean(name[1] if len(self.plans) == 1 else f"{name[0]}:{name[1]}"),
            state=view.standing[0],
            doing=clean(doing),
            length=view.length,
            goal=_goal(chain),
            made=view.made,
            wanted=foreseen.extensions if foreseen else None,
            units=None if spent.unknown_units else spent.units,
            urgency=urgency,
        )

    def _doing(self, view: ChainView, now: datetime) -> tuple[int, str]:
        """What the chain does, or waits for; smaller numbers are more worth seeing."""
        flying = [each for each in view.next if isinstance(each, Watch)]
        if flying:
            others = f", {len(flying) - 1} more" if len(flying) > 1 else ""
            return 0, self._flight(flying[0].attempt, view, now) + others
        for each in view.next:
            match each:
                case Submit():
                    return 2, f"step {_step(str(each.place))} waits for a slot"
                case Reconcile():
                    return 1, "finding out what became of a submission"
                case Keep():
                    return 1, "fetching the file"
        for each in view.next:
            match each:
                case Hold(need=need, because=because):
                    return 3, f"{need.value}: {because}"
                case Finish(ending=ending, because=because):
                    return (5 if ending.value == "done" else 4), because
                case Wait(because=because):
                    return 4, because
        return 1, view.standing[1]

    def _flight(self, attempt: Attempt, view: ChainView, now: datetime) -> str:
        plan = self.plans.get(view.plan)
        usual = expected(self.lineage, plan.provider if plan else ProviderSettings(), attempt.begun).mean
        age = (now - (attempt.tasked_at or attempt.begun.at)).total_seconds()
        return f"step {_step(attempt.begun.place)}: {span(age)} of about {span(usual)}"


def _goal(chain: Chain) -> Decimal:
    """The seconds that a chain is shown against; without a goal of its own, those of the cap."""
    bounded = chain.by_frame and chain.goal.is_finite()
    return chain.goal if bounded else min(chain.goal, CAP)


def _stand(view: ChainView) -> tuple[str, str]:
    state, because = view.standing
    return state, because if view.end is not None else ""


def _step(place: str) -> str:
    """The step alone: the line names the chain already."""
    return place.rpartition(".")[2] if "." in place else place

"""A journal's figures for Prometheus: tasks in the air, slots, refusals, money, and how long who waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.budget import Spent, entry
from orchestrator.facts import AttemptDeclined, RunBegan, TaskFailed, TaskSucceeded
from orchestrator.lineage import Attempt, Lineage
from orchestrator.planner import ChainView, Finish, Submit

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with its samples by their labels."""

    name: str
    type: str
    help: str
    samples: Mapping[Labels, float]

    def lines(self) -> Iterator[str]:
        """As the format writes it; a family without samples still says that it exists."""
        yield f"# HELP orchestrate_{self.name} {self.help}"
        yield f"# TYPE orchestrate_{self.name} {self.type}"
        for labels, value in sorted(self.samples.items()):
            inner = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            yield (
                f"orchestrate_{self.name}{{{inner}}} {value:.15g}"
                if inner
                else f"orchestrate_{self.name} {value:.15g}"
            )


def metrics_text(families: Iterable[Family]) -> str:
    """The whole answer to a scrape."""
    return "\n".join(line for family in families for line in family.lines()) + "\n"


def figures_of(
    lineage: Lineage, views: Iterable[ChainView], slots: Mapping[str, int], now: datetime
) -> tuple[Family, ...]:
    """Everything, from facts and from how chains look now; `slots` by account."""
    counted, chains = _Counted(now), _Chains(lineage, now)
    for take in lineage.takes.values():
        for attempt in take.attempts:
            counted.count(attempt)
    for view in views:
        chains.count(view)
    held = {account: lineage.in_the_air(account, now) for account in {*counted.accounts, *slots}}
    return (
        _by_account(
            "tasks_in_the_air", "Attempts that hold a slot: sent, and not known to have ended.", held
        ),
        _by_account("slots", "Tasks at once that the plans allow on the account.", slots),
        *counted.families(),
        *chains.families(),
        Family("journal_position", "gauge", "Number of the newest fact.", {(): lineage.position}),
    )


@dataclass(slots=True)
class _Counted:
    """The attempts of a journal, counted one by one."""

    now: datetime
    accounts: set[str] = field(default_factory=set)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)
    spent: dict[tuple[str, str], Spent] = field(default_factory=dict)
    oldest: dict[str, float] = field(default_factory=dict)

    def count(self, attempt: Attempt) -> None:
        """One more."""
        begun, end = attempt.begun, attempt.end
        account = begun.account
        self.accounts.add(account)
        self.unclear[account] += attempt.open and attempt.loosely
        match end:
            case TaskSucceeded():
                self.outcomes[account, "succeeded"] += 1
            case TaskFailed():
                self.outcomes[account, "failed"] += 1
                self.refusals[account, end.reason.value] += 1
            case AttemptDeclined():
                self.outcomes[account, "declined"] += 1
                self.refusals[account, end.reason.value] += 1
            case None if attempt.open:
                age = (self.now - begun.at).total_seconds()
                self.oldest[account] = max(self.oldest.get(account, 0.0), age)
        money = (account, begun.currency or "")
        self.spent[money] = self.spent.get(money, Spent()).plus(entry(attempt))

    def families(self) -> Iterator[Family]:
        """What it came to."""
        yield Family(
            "attempts_total",
            "counter",
            "Submissions that came to an end, by how.",
            _pairs("outcome", self.outcomes),
        )
        yield Family(
            "refused_total",
            "counter",
            "Submissions declined and tasks failed, by the reason.",
            _pairs("reason", self.refusals),
        )
        yield _by_account(
            "unclear", "Submissions of which nobody knows whether they became a task.", self.unclear
        )
        yield _by_account(
            "oldest_task_seconds", "Age of the oldest submission that has not ended.", self.oldest
        )
        calls, units = Counter[str](), dict[str, float]()
        for (account, _), spent in self.spent.items():
            calls[account] += spent.calls
            units[account] = units.get(account, 0.0) + float(spent.units)
        yield _by_account("spent_calls", "Submissions that were or may be paid for.", calls)
        yield _by_account("spent_units", "The provider's units spent or reserved, as far as known.", units)
        costs: dict[Labels, float] = {
            (("account", account), ("currency", currency)): float(spent.cost)
            for (account, currency), spent in self.spent.items()
            if currency or spent.cost
        }
        yield Family("spent_cost", "gauge", "Money spent or reserved, as far as known.", costs)


@dataclass(slots=True)
class _Chains:
    """How chains stand, and how long the longest waiting of them waits for a slot."""

    lineage: Lineage
    now: datetime
    states: Counter[str] = field(default_factory=Counter)
    ready: int = 0
    oldest: float = 0.0

    def count(self, view: ChainView) -> None:
        """One more."""
        self.states[_state(view)] += 1
        for action in view.next:
            if isinstance(action, Submit):
                self.ready += 1
                since = _ready_since(self.lineage, view, action)
                self.oldest = max(self.oldest, (self.now - since).total_seconds() if since else 0.0)

    def families(self) -> Iterator[Family]:
        """What it came to."""
        states: dict[Labels, float] = {
            (("state", state),): float(count) for state, count in self.states.items()
        }
        yield Family("chains", "gauge", "Chains by how they stand.", states)
        yield Family(
            "waiting_submissions", "gauge", "Submissions that are ready to be sent.", {(): self.ready}
        )
        text = "How long the submission that has been ready for longest waits for a slot."
        yield Family("oldest_wait_seconds", "gauge", text, {(): self.oldest})


def _state(view: ChainView) -> str:
    """Under way, waiting for a person, or how it ended."""
    end = view.end
    if end is None:
        return "under way"
    return end.ending.value if isinstance(end, Finish) else f"needs {end.need.value}"


def _ready_since(lineage: Lineage, view: ChainView, submit: Submit) -> datetime | None:
    """When the last thing became known that it had to wait for."""
    began = lineage.plans.get(view.plan)
    last = lineage.take(submit.take).last
    parent = lineage.take(submit.parent.take).last if submit.parent is not None else None
    ends = [each.end.at for each in (last, parent) if each is not None and each.end is not None]
    return max([*ends, *([began.at] if isinstance(began, RunBegan) else [])], default=None)


def _by_account(name: str, text: str, values: Mapping[str, float]) -> Family:
    return Family(name, "gauge", text, {(("account", account),): value for account, value in values.items()})


def _pairs(name: str, counts: Mapping[tuple[str, str], int]) -> dict[Labels, float]:
    return {(("account", account), (name, each)): count for (account, each), count in counts.items()}


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

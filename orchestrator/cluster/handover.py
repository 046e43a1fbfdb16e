"""What is handed to the workers: a share of a plan whose text the journal keeps, under one run; as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from orchestrator.errors import PlanError
from orchestrator.identity import TakeKey
from orchestrator.plan import Chain, Generation, Limits, Plan
from orchestrator.planner import Reach, Run
from orchestrator.shares import connected


@dataclass(frozen=True, slots=True)
class Handover:
    """These chains of the plan of that name and digest, or `strays` of its account that nobody tends."""

    plan: str
    digest: str
    account: str
    run: Run
    chains: tuple[str, ...] = ()
    strays: tuple[TakeKey, ...] = field(default=())
    steps: int = 0

    @property
    def lock(self) -> str:
        """What no two workers may hold at once."""
        return f"strays of {self.account}" if self.strays else f"{self.plan}:{self.chains[0]}"

    def to_json(self) -> dict[str, Any]:
        """All of it but `steps`, which only says who is handed out first."""
        run, limits, reach = self.run, self.run.limits, self.run.reach
        ends = None if reach.ends is None else _own(reach.ends, self.plan, self.chains)
        return {
            "plan": self.plan,
            "digest": self.digest,
            "account": self.account,
            "chains": list(self.chains),
            "strays": list(self.strays),
            "run": {"id": run.id, "began": run.began, "at": run.at.isoformat()},
            "limits": {"calls": limits.calls, "units": _text(limits.units), "cost": _text(limits.cost)},
            "reach": {"ends": ends, "steps": reach.steps},
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Handover:
        """What `to_json` said."""
        run, limits, reach = found["run"], found["limits"], found["reach"]
        ends = reach["ends"]
        within = None if ends is None else {(found["plan"], name): end for name, end in ends.items()}
        return cls(
            plan=found["plan"],
            digest=found["digest"],
            account=found["account"],
            chains=tuple(found["chains"]),
            strays=tuple(TakeKey(each) for each in found["strays"]),
            run=Run(
                run["id"],
                run["began"],
                datetime.fromisoformat(run["at"]),
                Limits(limits["calls"], _number(limits["units"]), _number(limits["cost"])),
                Reach(within, reach["steps"]),
            ),
        )


def handovers(plan: Plan, run: Run) -> tuple[Handover, ...]:
    """The shares of a plan: PlanError where it needs what only this machine has."""
    _require_movable(plan)
    account, digest = plan.provider.account, plan.digest
    steps = {chain.name: len(chain.steps) for chain in plan.chains}
    return tuple(
        Handover(plan.name, digest, account, run, chains, steps=max(steps[each] for each in chains))
        for chains in connected(plan)
    )


def _require_movable(plan: Plan) -> None:
    """Workers elsewhere have the plan's text and nothing else of this machine."""
    for chain in plan.chains:
        for needed in _files(chain):
            raise PlanError(
                f"{plan.path or plan.name}: chain {chain.name} needs {needed}, which only this machine has: "
                "workers have the plan's text and no more. Write a URL, or the prompts, into the plan; or "
                "run it here, without --detach."
            )


def _files(chain: Chain) -> Iterator[str]:
    if isinstance(chain.source, Generation):
        for image in (chain.source.image, chain.source.image_tail):
            if image is not None and image.path is not None:
                yield image.path
    for step in chain.steps:
        if step.position is not None and step.position.path is not None:
            yield step.position.path


def _own(ends: Mapping[tuple[str, str], int], plan: str, chains: tuple[str, ...]) -> dict[str, int]:
    return {chain: ends[plan, chain] for chain in chains if (plan, chain) in ends}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)

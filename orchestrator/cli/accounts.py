"""How an account is reached: as the newest plan for it says, else with the defaults of its provider."""

from __future__ import annotations

import json
from contextlib import suppress

from orchestrator.cli.kept import parsed
from orchestrator.errors import PlanError
from orchestrator.lineage import Lineage
from orchestrator.plan import Plan
from orchestrator.planfile import parse


def plan_for(account: str, lineage: Lineage) -> Plan:
    """The newest plan of the journal for this account; without one, any with the provider's defaults."""
    found = None
    for began in sorted(lineage.plans.values(), key=lambda began: began.at):
        with suppress(PlanError):  # its text no longer holds; another one may say it
            plan = parsed(began)
            found = plan if plan.provider.account == account else found
    if found is not None:
        return found
    name, _, label = account.partition("/")
    provider = {"name": name, "account": label} if label else {"name": name}
    anything = {"any": {"source": {"task_id": "any", "video_id": "any"}}}
    return parse(json.dumps({"version": 1, "provider": provider, "chains": anything}).encode(), "any.yaml")

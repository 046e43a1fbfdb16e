"""Decides what is next, purely: plan, lineage, ledger, time and run in; actions with reasons out.

| what is known of a wanted take | next |
|---|---|
| nothing begun; cap, budget and the parent's age allow | `Submit` from the parent's pair |
| nothing begun; otherwise | `Finish(done, capped, expired)`, `Hold(budget, pick, review)` |
| begun, nothing known of a task | `Reconcile`; if nobody can tell, `Hold(unclear)` |
| declined: busy, unreachable, unsent, absent | `Submit` a new attempt; the gate waits |
| declined: credentials, payment (since this run began) | `Hold`, everything on this account |
| declined: refused (since this run began) | `Finish(refused)`, this chain |
| declined or failed: moderation | the next fallback, else `Finish(refused)`; persists until `retry` |
| failed otherwise | `Submit` while `attempts` allow, else `Finish(failed)`; persists until `retry` |
| accepted | `Watch`; after max(2 h, 6 x usual) `Hold(suspended)`, unknown for 24 h `Hold(lost)` |
| succeeded, file not kept | `Keep`, beside going on with the chain |
| succeeded, a plan that stops at a drift | `Measure` before anything is paid beyond it; `Hold(drift)` |

Everything that decides is here; nothing here knows how it is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.doors import door

if TYPE_CHECKING:
    from orchestrator.planner.actions import (
        Action,
        Adopt,
        Ending,
        Finish,
        Hold,
        Keep,
        Measure,
        Need,
        Place,
        Reconcile,
        Submit,
        Wait,
        Watch,
    )
    from orchestrator.planner.beginnings import chains_from, origins, signs
    from orchestrator.planner.forecasting import forecast, views_of
    from orchestrator.planner.foreseen import Bill, ChainForecast, Fate, Forecast, Range, StepForecast
    from orchestrator.planner.plans import Planner, in_order, next_actions, tending
    from orchestrator.planner.reach import Reach, reach_of
    from orchestrator.planner.settling import ended, settled
    from orchestrator.planner.sparing import Keeping, Thinning, thinning
    from orchestrator.planner.taking import Run, expected, place_of, tend
    from orchestrator.planner.views import ChainView, StepView, TakeView

__all__ = [
    "Action",
    "Adopt",
    "Bill",
    "ChainForecast",
    "ChainView",
    "Ending",
    "Fate",
    "Finish",
    "Forecast",
    "Hold",
    "Keep",
    "Keeping",
    "Measure",
    "Need",
    "Place",
    "Planner",
    "Range",
    "Reach",
    "Reconcile",
    "Run",
    "StepForecast",
    "StepView",
    "Submit",
    "TakeView",
    "Thinning",
    "Wait",
    "Watch",
    "chains_from",
    "ended",
    "expected",
    "forecast",
    "in_order",
    "next_actions",
    "origins",
    "place_of",
    "reach_of",
    "settled",
    "signs",
    "tend",
    "tending",
    "thinning",
    "views_of",
]

__getattr__ = door(
    __name__,
    {
        "actions": "Action Adopt Ending Finish Hold Keep Measure Need Place Reconcile Submit Wait Watch",
        "settling": "ended settled",
        "foreseen": "Bill ChainForecast Fate Forecast Range StepForecast",
        "forecasting": "forecast views_of",
        "beginnings": "chains_from origins signs",
        "plans": "Planner in_order next_actions tending",
        "reach": "Reach reach_of",
        "taking": "Run expected place_of tend",
        "sparing": "Keeping Thinning thinning",
        "views": "ChainView StepView TakeView",
    },
)

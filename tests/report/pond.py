"""A pond with everything in it: made, picked for, failed, unclear; Chinese names and hostile prompts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from orchestrator.facts import RunBegan, VideoAdopted
from orchestrator.identity import existing_key
from orchestrator.plan import FILL, Branch, Chain, Kind, Pick, Plan, Prices, ProviderSettings, Step
from orchestrator.planner import ChainView, views_of
from orchestrator.report import Facing, PlanKnown, places_of
from tests.histories import NOW, SOURCE, History

HOSTILE = "锦鲤跃出水面 [/red]\x1b[2J\x9b1m\u202e"
OTHER = replace(SOURCE, task_id="task-9", video_id="video-9")


def pond_plan() -> Plan:
    """Three chains: one asks for a pick, one fails, one branches and is unclear."""
    koi = (
        Step("1", "锦鲤缓缓游过荷叶"),
        Step("leap", HOSTILE, takes=3, pick=Pick.ASK),
        Step("3", "涟漪", repeat=FILL),
    )
    chains = (
        Chain("锦鲤", SOURCE, koi, until=Decimal(60)),
        Chain("夜", OTHER, (Step("1", "夜幕降临"), Step("2", "萤火虫亮起", attempts=1))),
        Chain("雨", Branch("锦鲤", "1"), (Step("1", "下雨"), Step("2", "停"))),
    )
    prices = Prices("CNY", Decimal(2))
    return Plan("pond", ProviderSettings(), chains, prices=prices, path="pond.yaml")


def pond() -> History:
    """Its history, up to where nothing but people can go on."""
    plan = pond_plan()
    history = History(plan)
    history.write(RunBegan(NOW, "run-1", "pond", "pond.yaml", plan.digest, ""))
    history.adopt(age_days=26)
    adopted = VideoAdopted(
        history.now, existing_key("dmxapi", OTHER), "dmxapi", "task-9", "video-9",
        kind=Kind.TEXT, model_name="kling-v1-6", mode="std", duration=Decimal("5.1"), created_at=history.now,
    )  # fmt: skip
    history.write(adopted)
    history.make(at(history, "锦鲤缓缓游过荷叶"))
    history.make(at(history, "夜幕降临"))
    history.make(at(history, HOSTILE))
    history.make(at(history, HOSTILE))
    history.succeed(history.start(at(history, HOSTILE)))
    history.fail(history.start(at(history, "萤火虫亮起")), message="任务失败，请稍后重试\x1b[31m")
    history.unclear(history.begin(at(history, "下雨")), "task-cand1", "task-cand2")
    return history


def at(history: History, prompt: str) -> int:
    """The submission for that prompt, among those that are next."""
    return next(index for index, each in enumerate(history.submits()) if each.prompt == prompt)


def views(history: History) -> tuple[ChainView, ...]:
    """The chains of a history's plan as they look at its end."""
    lineage, ledger = history.lineage, history.ledger
    return tuple(views_of(history.plan, lineage, ledger, history.now, history.run).values())


def facing(history: History) -> Facing:
    """What a status is made from."""
    plan = history.plan
    known = PlanKnown(plan.name, plan.provider, views(history))
    spent = history.ledger.by_currency()
    chains = views(history)
    return Facing(
        ".orchestrate",
        None,
        history.lineage,
        spent,
        (known,),
        history.run,
        history.now,
        lambda keys: places_of(chains),
    )

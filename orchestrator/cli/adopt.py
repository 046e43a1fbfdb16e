"""`orchestrate adopt`: brings a video that was made elsewhere into the lineage; free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
import click

from orchestrator.cli.options import base_url_option, state_option

if TYPE_CHECKING:
    from orchestrator.facts import Recorded, VideoAdopted
    from orchestrator.identity import TakeKey
    from orchestrator.lineage import Lineage
    from orchestrator.plan import Kind, Plan
    from orchestrator.planner import ChainView
    from orchestrator.ports import Succeeded
    from orchestrator.runner import Outside
    from orchestrator.store import Home

KINDS = ("text2video", "image2video", "video-extend")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be adopted, and what is known of it beside what the provider tells."""

    task_id: str
    kinds: tuple[str, ...]
    model_name: str | None
    mode: str | None


@click.command()
@click.argument("task_id")
@click.option("--kind", type=click.Choice(KINDS), help="How it was made; default: all three are asked.")
@click.option(
    "--provider", type=click.Choice(["dmxapi", "kling", "sandbox"]), default="dmxapi", show_default=True
)
@click.option("--account", metavar="LABEL", help="The account's label, where you have several.")
@click.option("--model-name", metavar="MODEL", help="Its model, which the provider does not tell.")
@click.option("--mode", type=click.Choice(["std", "pro"]), help="Its mode, which the provider does not tell.")
@base_url_option
@state_option
def adopt(
    task_id: str,
    kind: str | None,
    provider: str,
    account: str | None,
    model_name: str | None,
    mode: str | None,
    base_url: str | None,
    state: str | None,
) -> None:
    """Bring a video that was made elsewhere into the lineage.

    It is looked up, which is free. Where it extends a video that the journal knows, it is hung below it:
    adopt a chain from its first task on. Not while a run is going on.
    """
    from orchestrator.cli.accounts import plan_for
    from orchestrator.cli.reading import read
    from orchestrator.store import find_home

    home = find_home(state)
    plan = plan_for(f"{provider}/{account}" if account else provider, read(home).lineage)
    order = Order(task_id, (kind,) if kind else KINDS, model_name, mode)
    anyio.run(_adopt, order, plan, home, base_url)


async def _adopt(order: Order, plan: Plan, home: Home, base_url: str | None) -> None:
    from orchestrator.cli.opening import opened
    from orchestrator.lineage import Lineage

    async with opened((plan,), home, base_url, _Silent()) as outside:
        lineage = Lineage(await outside.journal.read(0))
        known = lineage.tasks.get(order.task_id)
        if known is not None:
            click.echo(f"task {order.task_id} is known already, as {_named(known, lineage)}", err=True)
            return
        kind, answer = await _looked_up(order, plan, outside)
        fact = _fact(order, plan, outside, lineage, kind, answer)
        await outside.journal.append([fact])
    _tell(fact)


async def _looked_up(order: Order, plan: Plan, outside: Outside) -> tuple[Kind, Succeeded]:
    """Under the first kind that knows it: PlanError when it is not there, not finished, or failed."""
    from orchestrator.errors import PlanError
    from orchestrator.plan import Kind
    from orchestrator.ports import Failed, Running, Succeeded

    account = plan.provider.account
    provider = outside.providers[account]
    for name in order.kinds:
        match await provider.look_up(Kind(name), order.task_id):
            case Succeeded() as answer:
                return Kind(name), answer
            case Running():
                raise PlanError(f"task {order.task_id} is not finished yet: adopt it once it is")
            case Failed(message=message):
                raise PlanError(f"task {order.task_id} failed, there is no video: {message}")
    raise PlanError(
        f"{account} knows no such task as {order.task_id}: look at the id, the account and the kind; "
        "everything is purged after 30 days"
    )


def _fact(
    order: Order, plan: Plan, outside: Outside, lineage: Lineage, kind: Kind, answer: Succeeded
) -> VideoAdopted:
    from orchestrator.facts import VideoAdopted
    from orchestrator.identity import existing_key
    from orchestrator.plan import Existing

    account, parent = plan.provider.account, answer.parent_video
    return VideoAdopted(
        at=outside.clock.now(),
        take=existing_key(account, Existing(order.task_id, answer.video_id)),
        account=account,
        task_id=order.task_id,
        video_id=answer.video_id,
        kind=kind,
        model_name=order.model_name,
        mode=order.mode,
        duration=answer.duration,
        created_at=answer.created_at,
        raw=answer.raw,
        parent_video=parent,
        parent=lineage.take_of(account, parent) if parent else None,
    )


def _named(key: TakeKey, lineage: Lineage) -> str:
    from orchestrator.report import name_of

    return name_of(key, lineage, {})


def _tell(fact: VideoAdopted) -> None:
    from orchestrator.report import clean

    node = fact.take[:8]
    click.echo(f"adopted as {node}: video {clean(fact.video_id)}, {fact.duration or '?'} s long")
    if fact.parent is not None:
        click.echo(f"it extends {fact.parent[:8]}", err=True)
    elif fact.parent_video is not None:
        click.echo(
            f"it extends video {clean(fact.parent_video)}, which this journal does not know: the provider "
            "tells no task for it, so adopt that task first where the two are to hang together",
            err=True,
        )
    click.echo(
        f'Next: orchestrate fetch {node}   its file\n      orchestrate extend {node} "…"   one step more',
        err=True,
    )


class _Silent:
    """Nothing is watched here."""

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """Said at the end."""

    def planned(self, view: ChainView) -> None:
        """Nothing is planned here."""

    def said(self, message: str) -> None:
        """A line for people."""
        click.echo(message, err=True)

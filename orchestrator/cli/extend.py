"""`orchestrate extend`: one step more of any video, outside of every plan, recorded like all others."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli.callbacks import CallbackWishes, callback_options
from orchestrator.cli.options import AMOUNT, base_url_option, json_option, state_option, yes_option

if TYPE_CHECKING:
    from orchestrator.lineage import Lineage, Video
    from orchestrator.plan import Plan, ProviderSettings, Step


@click.command()
@click.argument("node")
@click.argument("prompt")
@click.option("--negative-prompt", metavar="TEXT", help="What is not to be seen.")
@click.option("--cfg-scale", type=AMOUNT, metavar="X", help="How closely to follow the prompt, 0 to 1.")
@click.option(
    "--by",
    type=click.Choice(["extend", "frame", "auto"]),
    default="extend",
    show_default=True,
    help="Extend it, go on from its last frame, or by frame where it cannot be extended.",
)
@click.option("--model-name", metavar="MODEL", help="What goes on by frame; default: as the video.")
@click.option("--mode", type=click.Choice(["std", "pro"]), help="Its quality; default: as the video's.")
@yes_option
@callback_options
@json_option("One JSON event a line on stdout.")
@state_option
@base_url_option
def extend(
    node: str,
    prompt: str,
    negative_prompt: str | None,
    cfg_scale: Decimal | None,
    by: str,
    model_name: str | None,
    mode: str | None,
    yes: bool,
    callback_url: str | None,
    callback_listen: str | None,
    as_json: bool,
    state: str | None,
    base_url: str | None,
) -> None:
    """Pay for one step more of a video, outside of every plan.

    NODE is a place, a chain (its tip), or four letters or more of a take, task or video id. The step is
    foreseen, asked about, run and recorded as if a plan wanted it: saying it again pays nothing, and a plan
    that asks for the same step of the same video finds it made.

    With --by frame or auto the step may be a generation from the video's last frame.
    """
    from orchestrator.cli.paying import Wishes, pay
    from orchestrator.cli.reading import read
    from orchestrator.errors import PlanError
    from orchestrator.plan import By, Continuation, Step
    from orchestrator.report import find
    from orchestrator.store import find_home

    home = find_home(state)
    known = read(home)
    video = known.lineage.video(find(node, known.lineage, known.views))
    if video is None:
        raise PlanError(f"{node} is not made yet: only a video can be extended")
    how = Continuation()
    if by != By.EXTEND:
        how = Continuation(By(by), model_name or video.model_name, mode or video.mode)
    step = Step(
        "1", prompt.strip() or None, (negative_prompt or "").strip() or None, cfg_scale, continuation=how
    )
    wishes = Wishes(base_url, yes, as_json, callbacks=CallbackWishes(callback_url, callback_listen))
    raise SystemExit(pay((one_step(video, step, known.lineage),), home, wishes))


def one_step(video: Video, step: Step, lineage: Lineage) -> Plan:
    """A plan of its own for one step of a video; its name and its text tell it from all others."""
    from dataclasses import replace

    from orchestrator.cli.accounts import plan_for
    from orchestrator.identity import step_key, take_key
    from orchestrator.plan import By, Kind
    from orchestrator.planfile import literal, parse

    last, how = lineage.take(video.take).last, step.continuation
    kind = Kind.IMAGE if how.by is By.FRAME else Kind.EXTEND
    key = take_key(step_key(video.take, kind, step, step.prompt), 1)
    name = f"{how.by.value}-{key[:8]}"
    onward = {"by": how.by.value, "model_name": how.model_name, "mode": how.mode}
    wanted = {
        "prompt": literal(step.prompt or "") or None,
        "negative_prompt": literal(step.negative_prompt or "") or None,
        "cfg_scale": step.cfg_scale,
        "continue": None if how.by is By.EXTEND else _present(onward),
    }
    account = plan_for(video.account, lineage)
    text = {
        "version": 1,
        "name": name,
        "provider": provider_text(account.provider),
        "prices": _present(
            {name: getattr(account.prices, name) for name in ("currency", "extension", "text", "image")}
        ),
        "chains": {
            last.begun.chain if last else "adopted": {
                "source": {"node": video.take},
                "steps": [_present(wanted)],
            }
        },
    }
    # JSON is YAML, and every text survives in it.
    written = json.dumps(text, ensure_ascii=False, default=float, indent=2)
    return replace(parse(written.encode(), f"{name}.yaml"), path=None)


def provider_text(settings: ProviderSettings) -> dict[str, Any]:
    """The settings as a plan writes them."""
    patience = settings.patience
    return _present(
        {
            "name": settings.name,
            "account": settings.account_label,
            "base_url": settings.base_url,
            "concurrency": settings.concurrency,
            "external_task_id": settings.external_task_id,
            "exclusive": settings.exclusive,
            "patience": {"send": patience.send, "answer": patience.answer, "grace": patience.grace},
            "speed": settings.speed if settings.name == "sandbox" else None,
        }
    )


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}

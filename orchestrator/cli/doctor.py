"""`orchestrate doctor`: looks at everything a run needs, for nothing, and says what to do about it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli.options import base_url_option, json_option, state_option, yes_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.checkup import Check
    from orchestrator.cli.reading import Known
    from orchestrator.lineage import Echo
    from orchestrator.plan import ProviderSettings
    from orchestrator.store import Home

PROVIDERS = ("dmxapi", "kling", "sandbox")


@click.command()
@click.argument("plan", required=False, metavar="[PLAN]")
@click.option("--provider", type=click.Choice(PROVIDERS), help="Default: the plan's, else the newest run's.")
@click.option("--probe", metavar="VIDEO", help="Extend this NODE or TASK_ID:VIDEO_ID once. This is paid for.")
@click.option("--prompt", metavar="TEXT", help="The prompt of that extension.")
@yes_option
@base_url_option
@state_option
@json_option()
def doctor(
    plan: str | None,
    provider: str | None,
    probe: str | None,
    prompt: str | None,
    yes: bool,
    base_url: str | None,
    state: str | None,
    as_json: bool,
) -> int:
    """Look at key, provider, disk and tools before paying.

    Everything is free to ask. Only --probe pays: one extension of a video you name settles whether this
    account can still extend. It goes through the journal like every other, so saying it again pays
    nothing, and the next run keeps its file.
    """
    from orchestrator.cli.probing import Probing, probed
    from orchestrator.cli.reading import columns
    from orchestrator.report import check_lines, checks_json, checks_text, json_text
    from orchestrator.store import find_home

    if prompt is not None and probe is None:
        raise click.UsageError("--prompt is the prompt of --probe VIDEO: name a video too")
    home = find_home(state, [Path(plan)] if plan else [])
    known = _known(home)
    settings = _settings(plan, provider, probe, known)
    checks = _looked(settings, base_url, home, known)
    if not as_json:
        click.echo(checks_text(checks, columns()))
    if probe is not None:
        asking = Probing(probe, prompt, settings, base_url, yes)
        answer = probed(asking, home, checks)
        checks = (*checks, answer)
        if not as_json:
            click.echo("\n" + check_lines((answer,), columns()))
    if as_json:
        click.echo(json_text(checks_json(checks)))
    return _status(checks)


def _status(checks: Sequence[Check]) -> int:
    """The gravest of what a run would meet; what is no matter of account, provider or state is partial."""
    from orchestrator.cli.exits import Exit, gravest, status_of_kind

    own = (Exit.ACCOUNT, Exit.UNREACHABLE, Exit.STATE)
    found = [status_of_kind(each.blame) for each in checks if each.blame is not None]
    return gravest(each if each in own else Exit.PARTIAL for each in found)


def _known(home: Home) -> Known | None:
    """The journal, where it can be read: that it cannot is for a check to say."""
    from orchestrator.cli.reading import read
    from orchestrator.errors import StateError

    try:
        return read(home)
    except StateError:
        return None


def _settings(
    plan: str | None, provider: str | None, probe: str | None, known: Known | None
) -> ProviderSettings:
    """The plan's, with the provider that was named; else the video's to probe, or the newest run's."""
    from orchestrator.cli.accounts import plan_for
    from orchestrator.cli.probing import account_of
    from orchestrator.lineage import Lineage
    from orchestrator.planfile import load

    if plan is not None:
        settings = load(plan).provider
        if provider in (None, settings.name):
            return settings
    if provider is not None:
        return plan_for(provider, known.lineage if known else Lineage()).provider
    if known is not None and probe is not None and (found := account_of(probe, known)) is not None:
        return found
    newest = [each.provider for each in known.plans if each.provider is not None] if known else []
    return newest[-1] if newest else plan_for("dmxapi", Lineage()).provider


def _looked(
    settings: ProviderSettings, base_url: str | None, home: Home, known: Known | None
) -> tuple[Check, ...]:
    import os

    import anyio

    from orchestrator.cli.equipment import browser, python, room, telling
    from orchestrator.media import examine as examine_media
    from orchestrator.plan import Kind
    from orchestrator.store import examine as examine_state

    echo = known.lineage.echoes.get((settings.account, Kind.EXTEND)) if known else None
    asked = anyio.run(_asked, settings, base_url, echo)
    machine = (room(home), *examine_media(), browser(), python(), *telling(os.environ))
    return (*asked, *examine_state(home), *machine)


async def _asked(settings: ProviderSettings, base_url: str | None, echo: Echo | None) -> tuple[Check, ...]:
    """What the provider shows; a sandbox of our own is started for it, on nobody's world."""
    import os
    import tempfile

    from orchestrator.checkup import failing
    from orchestrator.cli.opening import own_sandbox
    from orchestrator.errors import OrchestratorError
    from orchestrator.provider import examine
    from orchestrator.runner import SystemClock
    from orchestrator.sandbox import SandboxOptions, run_child

    async with AsyncExitStack() as stack:
        if own_sandbox(settings, base_url):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="orchestrate-"))
            options = SandboxOptions(state=Path(folder), offers_list=True)
            try:
                echo, base_url = None, (await stack.enter_async_context(run_child(options))).base_url
            except OrchestratorError as error:
                return (failing("sandbox", error, "the package is not whole: install it again"),)
        return await examine(settings, base_url=base_url, environ=os.environ, clock=SystemClock(), echo=echo)

"""`orchestrate sandbox`: serves the imitation of the API until it is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orchestrator.sandbox import Extends, Ready


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: any free one."
)
@click.option("--key", default="", metavar="sk-…", help="The only key let in; default: any.")
@click.option("--speed", type=float, default=1.0, show_default=True, help="Divides how long tasks take.")
@click.option("--slots", type=click.IntRange(min=1), default=5, show_default=True, help="Tasks at once.")
@click.option("--native", is_flag=True, help="Behave like the vendor's own host, not like a gateway.")
@click.option(
    "--extends",
    type=click.Choice(["yes", "unsupported", "discontinued"]),
    default="yes",
    show_default=True,
    help="Whether videos are extended, or why it refuses to.",
)
@click.option("--faults", type=click.Path(path_type=Path), metavar="FILE", help="A JSON script of faults.")
@click.option("--callback-secret", default="", metavar="whsec_…", help="Signs callbacks; default: unsigned.")
@click.option("--state", metavar="DIR", help="Keep its world there; default: forgotten at the end.")
def sandbox(
    port: int,
    key: str,
    speed: float,
    slots: int,
    native: bool,
    extends: Extends,
    faults: Path | None,
    callback_secret: str,
    state: str | None,
) -> None:
    """Serve an imitation of the API that costs nothing.

    Real MP4s, rendered while a task is "processing". Ctrl-C stops it.
    """
    from orchestrator.sandbox import SandboxOptions, serve_sandbox

    if not 0 < speed < float("inf"):
        raise click.BadParameter("a number above 0", param_hint="--speed")
    options = SandboxOptions(
        state=None if state is None else Path(state).expanduser(),
        port=port,
        key=key,
        native=native,
        speed=speed,
        slots=slots,
        extends=extends,
        faults=faults,
        callback_secret=_signing(callback_secret),
    )
    serve_sandbox(options, lambda ready: _announce(ready, native=native))


def _signing(secret: str) -> str:
    import base64
    import binascii

    try:
        base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise click.BadParameter("whsec_ and base64", param_hint="--callback-secret") from error
    return secret


def _announce(ready: Ready, *, native: bool) -> None:
    provider = "kling" if native else "dmxapi"
    click.echo(ready.base_url)
    click.echo(f"The sandbox serves at {ready.base_url}, its videos at {ready.file_url}.", err=True)
    click.echo(f"Try: orchestrate run PLAN --base-url {ready.base_url}   (provider: {provider})", err=True)

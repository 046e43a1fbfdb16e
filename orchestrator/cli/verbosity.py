"""What every command understands about its log; the log itself is set up only where somebody wants it."""

from __future__ import annotations

import click


def verbose_option() -> click.Option:
    """`-v`, understood before and after the name of a command."""
    return click.Option(
        ["-v", "--verbose"],
        count=True,
        expose_value=False,
        callback=_verbose,
        help="Log to stderr; tracebacks for errors.",
    )


def format_option() -> click.Option:
    """`--log-format`, understood before and after the name of a command."""
    return click.Option(
        ["--log-format"],
        type=click.Choice(["text", "json"]),
        expose_value=False,
        callback=_formatted,
        envvar="ORCHESTRATE_LOG_FORMAT",
        help="json: what runs, workers and errors say on stderr as one JSON object a line.",
    )


def _verbose(ctx: click.Context, param: click.Parameter, value: int) -> None:  # noqa: ARG001 - click's signature
    if value:
        from orchestrator.cli.logs import show

        show()


def _formatted(ctx: click.Context, param: click.Parameter, value: str | None) -> None:  # noqa: ARG001
    if value == "json":
        from orchestrator.cli.logs import structure

        structure()

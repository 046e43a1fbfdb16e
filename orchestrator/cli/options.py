"""The options that several commands share, each in the same words everywhere."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Amount(click.ParamType[Decimal]):
    """An amount of money or units: exact, finite, not negative."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """The exact number that was typed."""
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value!r} is not an amount; write it like 12.50.", param, ctx)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value!r} is not an amount; write it like 12.50.", param, ctx)
        return amount


AMOUNT = Amount()


def state_option(command: F) -> F:
    """`--state DIR` or `--state URL`."""
    text = "The state folder (default: .orchestrate, found upwards), or postgresql://… to share a journal."
    return click.option("--state", metavar="PLACE", help=text)(command)


def base_url_option(command: F) -> F:
    """`--base-url URL`."""
    text = "Another host to speak to; keys are sent there, because you say so."
    return click.option("--base-url", metavar="URL", help=text)(command)


def reach_options(command: F) -> F:
    """`--only`, `--through`, `--steps`: how far a run goes."""
    for option in (
        click.option(
            "--steps", type=click.IntRange(min=1), metavar="N", help="At most N further steps of each chain."
        ),
        click.option(
            "--through",
            multiple=True,
            metavar="CHAIN.STEP",
            help="Only this chain, as far as this step, and what it grows out of. Repeatable.",
        ),
        click.option(
            "--only",
            multiple=True,
            metavar="CHAIN",
            help="Only this chain, and what it grows out of. Repeatable.",
        ),
    ):
        command = option(command)
    return command


def notify_option(command: F) -> F:
    """`--notify/--no-notify`."""
    text = "Whether plans may run the commands and post to the addresses of their `notify`; default: ask."
    return click.option("--notify/--no-notify", default=None, help=text)(command)


def archive_option(command: F) -> F:
    """`--archive/--no-archive`."""
    text = "Whether films are sent to the shared storage that a plan names under `archive`; default: ask."
    return click.option("--archive/--no-archive", default=None, help=text)(command)


def yes_option(command: F) -> F:
    """`--yes`."""
    return click.option("--yes", "-y", is_flag=True, help="Do not ask before paying.")(command)


def json_option(text: str = "JSON on stdout.") -> Callable[[F], F]:
    """`--json`."""

    def add(command: F) -> F:
        return click.option("--json", "as_json", is_flag=True, help=text)(command)

    return add

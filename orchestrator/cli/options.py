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
    """`--state DIR`."""
    text = "The state folder; default: .orchestrate, found upwards from the plan or from here."
    return click.option("--state", metavar="DIR", help=text)(command)


def base_url_option(command: F) -> F:
    """`--base-url URL`."""
    text = "Another host to speak to; keys are sent there, because you say so."
    return click.option("--base-url", metavar="URL", help=text)(command)


def yes_option(command: F) -> F:
    """`--yes`."""
    return click.option("--yes", "-y", is_flag=True, help="Do not ask before paying.")(command)


def json_option(text: str = "JSON on stdout.") -> Callable[[F], F]:
    """`--json`."""

    def add(command: F) -> F:
        return click.option("--json", "as_json", is_flag=True, help=text)(command)

    return add

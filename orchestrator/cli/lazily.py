"""A group of commands that are imported only when they are called: `--help` must stay quick."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module

import click

from orchestrator.cli.verbosity import format_option, verbose_option


class LazyGroup(click.Group):
    """Told where each command lives and its line of help; `lazy` keeps the order people should see."""

    def __init__(self, *arguments: object, lazy: Mapping[str, tuple[str, str]], **more: object) -> None:
        super().__init__(*arguments, **more)  # type: ignore[arg-type]  # click's own, passed through
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the table."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        if cmd_name not in self.lazy:
            return None
        if cmd_name not in self.commands:
            module, _, name = self.lazy[cmd_name][0].partition(":")
            command: click.Command = getattr(import_module(module), name)
            # A command may stand in two groups, as `take reject` and `reject` do.
            told = any(each.name == "verbose" for each in command.params)
            if not isinstance(command, click.Group) and not told:
                command.params += (verbose_option(), format_option())
            self.commands[cmd_name] = command
        return self.commands[cmd_name]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but with the name that was probably meant."""
        name = args[0]
        if name not in self.lazy and not name.startswith("-") and not ctx.resilient_parsing:
            near = difflib.get_close_matches(name, self.lazy, 1)
            guess = f", did you mean {near[0]}?" if near else ""
            ctx.fail(f"there is no command {name}{guess}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """From the table alone: nothing is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.lazy.items()])

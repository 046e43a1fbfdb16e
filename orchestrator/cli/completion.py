"""`orchestrate completion`: the script that lets a shell complete commands and options."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for a shell.

    \b
    bash:  orchestrate completion bash >> ~/.bashrc
    zsh:   orchestrate completion zsh >> ~/.zshrc
    fish:  orchestrate completion fish > ~/.config/fish/completions/orchestrate.fish
    """
    from click.shell_completion import get_completion_class

    from orchestrator.cli.commands import orchestrate

    kind = get_completion_class(shell)
    assert kind is not None, "click knows the three shells"
    click.echo(kind(orchestrate, {}, "orchestrate", "_ORCHESTRATE_COMPLETE").source())

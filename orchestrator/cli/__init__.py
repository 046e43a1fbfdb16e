"""The command line: parse, call one function, print; every error ends here, as a line and an exit status."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from gc import freeze, set_threshold  # by name: `gc` is a command of ours in here
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

_PACKAGE = str(Path(__file__).parents[1])

__all__ = ["main"]


def main() -> None:
    """Run `orchestrate` with the arguments of this process, and end it: by an exit status or by a signal."""
    # A lone surrogate in a prompt, or a terminal without Chinese, must not end in a traceback.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # Plans and journals are read into many objects that stay: looked through less often than Python would,
    # which takes a quarter of the time of a command that reads much.
    set_threshold(20_000)
    status = _status(sys.argv[1:])
    # The process ends: nothing is gained by looking through all of it once more.
    freeze()
    sys.exit(status)


def _status(arguments: Sequence[str]) -> int:
    """The exit status; the one place that catches everything."""
    try:
        status = _invoke(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _die(signal.SIGINT)
    except BrokenPipeError:
        return _die(signal.SIGPIPE)  # quietly, as cat and grep do
    except BaseExceptionGroup as group:
        return _status_of_group(group)
    except Exception as error:  # noqa: BLE001 - the outermost function: no traceback reaches a person
        return _explain(error)
    return status


def _invoke(arguments: Sequence[str]) -> int:
    """Parse and call; what a command returns or exits with, if it is a number, is the status."""
    import click

    from orchestrator.cli.commands import orchestrate

    try:
        _complete(orchestrate)
        with orchestrate.make_context("orchestrate", list(arguments)) as context:
            returned = orchestrate.invoke(context)
            return returned if isinstance(returned, int) else 0
    except click.exceptions.Exit as left:
        return left.exit_code
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0
    except click.Abort as abort:
        if isinstance(abort.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from abort
        _say("stopped; nothing was sent")
        return 2
    except click.ClickException as error:
        _show_usage(error)
        return 2


def _complete(group: click.Group) -> None:
    """Answer a shell that asks for completions, which it does through the environment, and leave."""
    variable = "_ORCHESTRATE_COMPLETE"
    instruction = os.environ.get(variable)
    if instruction:
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(group, {}, "orchestrate", variable, instruction))


def _show_usage(error: click.ClickException) -> None:
    context = getattr(error, "ctx", None)
    if context is not None:
        _say(context.get_usage())
    _say(f"error: {error.format_message()}")
    if context is not None:
        _say(f"`{context.command_path} --help` explains")


def _status_of_group(group: BaseExceptionGroup[BaseException]) -> int:
    """Several tasks ended with errors: what is worst decides."""
    from orchestrator.cli.exits import gravest, status_of
    from orchestrator.errors import OrchestratorError

    leaves = list(_leaves(group))
    if any(isinstance(leaf, KeyboardInterrupt) for leaf in leaves):
        return _die(signal.SIGINT)
    ours = [leaf for leaf in leaves if isinstance(leaf, OrchestratorError)]
    bugs = [leaf for leaf in leaves if not isinstance(leaf, OrchestratorError)]
    if bugs:
        return _bug(bugs[0])
    worst = gravest(status_of(error) for error in ours)
    return _explain(next(error for error in ours if status_of(error) == worst))


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _leaves(each)
        else:
            yield each


def _explain(error: Exception) -> int:
    from orchestrator.cli.exits import status_of
    from orchestrator.errors import OrchestratorError

    if not isinstance(error, OrchestratorError):
        return _bug(error)
    _say(f"error: {error}")
    _say_traceback(error)
    return status_of(error)


def _bug(error: BaseException) -> int:
    """One line that can be reported, and the whole of it for those who asked with -v."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_PACKAGE)] or frames
    where = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    _say(f"error: this is a bug in orchestrate: {type(error).__name__}: {error}{where}")
    if not _say_traceback(error):
        _say("the journal is right all the same; `orchestrate -v …` shows where it happened")
    return 1


def _say_traceback(error: BaseException) -> bool:
    """With -v only."""
    import logging

    if not logging.getLogger("orchestrator").isEnabledFor(logging.DEBUG):
        return False
    _say("".join(traceback.format_exception(error)))
    return True


def _say(text: str) -> None:
    """To standard error, with nothing in it that steers a terminal; silent when nobody listens."""
    import logging

    from orchestrator.cli.logs import structured
    from orchestrator.report import clean_lines

    if structured():
        logging.getLogger("orchestrator").error("%s", text)
        return
    with contextlib.suppress(OSError, ValueError):
        print("\n".join(clean_lines(text)), file=sys.stderr, flush=True)


def _die(number: signal.Signals) -> int:
    """Die by the signal, so that whoever started us sees it."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number  # where the signal is blocked

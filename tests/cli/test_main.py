"""The outermost function: help without weight, errors as lines and statuses, deaths by signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

import orchestrator.cli
from orchestrator import errors
from orchestrator.cli.commands import COMMANDS, orchestrate
from orchestrator.cli.lineage import COMMANDS as LINEAGE
from orchestrator.cli.lineage import lineage
from tests.cli.conftest import Type

HEAVY = {
    *("networkx", "httpx", "pydantic", "rich", "starlette", "yaml", "uvicorn", "av", "PIL", "anyio"),
    "sqlite3",
}
ROOT = Path(__file__).parents[2]


def python(code: str, **more: object) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, from the root of the project."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["lineage", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """`--help` and completion stay quick: no library is loaded that they do not need."""
    code = (
        "import sys, orchestrator.cli\n"
        f"sys.argv = ['orchestrate', *{arguments!r}]\n"
        "try:\n    orchestrator.cli.main()\n"
        "except SystemExit as left:\n    assert left.code == 0, left.code\n"
        f"print('LOADED', sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = python(code)
    assert "LOADED []" in done.stderr, done.stderr
    assert "orchestrate" in done.stdout


def test_help_lists_every_command_in_the_order_of_use() -> None:
    """People meet `init`, `validate`, `plan`, `run` first, not `completion`."""
    text = orchestrate.get_help(click.Context(orchestrate))
    listed = [line.split()[0] for line in text.partition("Commands:")[2].splitlines() if line[2:3].strip()]
    assert listed[: len(COMMANDS)] == list(COMMANDS)


@pytest.mark.parametrize(("group", "name"), [
    *((orchestrate, name) for name in COMMANDS), *((lineage, name) for name in LINEAGE),
])  # fmt: skip
def test_every_command_exists_and_its_help_agrees_with_the_table(group: click.Group, name: str) -> None:
    """The line in the table is how the command's own help begins."""
    table = {**LINEAGE, **COMMANDS} if group is orchestrate else {**COMMANDS, **LINEAGE}
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert (command.help or "").startswith(table[name][1].rstrip("."))
    assert "-v" in [option for parameter in command.params for option in parameter.opts] or isinstance(
        command, click.Group
    )


def test_a_wrong_command_or_option_is_said_kindly(type_in: Type) -> None:
    """A typing error costs one more line, and exits with 2."""
    wrong = type_in("statsu")
    assert (wrong.status, wrong.out) == (2, "")
    assert "error: there is no command statsu, did you mean status?" in wrong.err
    option = type_in("status", "--jsno")
    assert option.status == 2
    assert "error: No such option" in option.err
    assert "`orchestrate status --help` explains" in option.err


def test_without_a_command_help_is_shown(type_in: Type) -> None:
    """`orchestrate` alone tells what it can do."""
    assert "Commands:" in type_in().err + type_in().out


def test_the_version_is_one_line(type_in: Type) -> None:
    """Scripts read it."""
    assert type_in("--version").out == f"orchestrate {orchestrator.__version__}\n"


def raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `orchestrate status` end with this error."""

    @click.command()
    def broken() -> None:
        raise error

    monkeypatch.setitem(orchestrate.commands, "status", broken)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.PlanError("x"), 2),
        (errors.MediaError("x"), 3),
        (errors.CredentialsError("x"), 6),
        (errors.PaymentError("x"), 6),
        (errors.UnreachableError("x"), 7),
        (errors.ProviderError("x"), 7),
        (errors.StateError("x"), 8),
        (errors.JournalBusyError("x"), 8),
        (errors.JournalBrokenError("x"), 8),
        (errors.DiskError("x"), 8),
    ],
)
def test_every_error_of_ours_is_a_line_and_a_status(
    error: Exception, status: int, type_in: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scripts tell by the status who must act; people read one line."""
    raising(error, monkeypatch)
    typed = type_in("status")
    assert (typed.status, typed.out, typed.err) == (status, "", "error: x\n")


def test_all_errors_have_a_status() -> None:
    """A new class of error cannot end as a bug."""
    from orchestrator.cli.exits import Exit, status_of

    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    ours = [each for each in kinds if issubclass(each, errors.OrchestratorError)]
    assert [each for each in ours if status_of(each("x")) is Exit.BUG] == [errors.OrchestratorError]


def test_errors_cannot_steer_the_terminal(type_in: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider's message is foreign text to the very end."""
    raising(errors.ProviderError("no\x1b[2J \u202e[/red]"), monkeypatch)
    assert type_in("status").err == "error: no[2J [/red]\n"


def test_our_own_bug_is_said_in_one_line(type_in: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback reaches a person who did not ask for one."""
    raising(KeyError("x"), monkeypatch)
    typed = type_in("status")
    assert typed.status == 1
    assert "this is a bug in orchestrate: KeyError: 'x'" in typed.err
    assert "Traceback" not in typed.err


def test_errors_of_several_tasks_end_with_the_gravest(type_in: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a task group fails in two ways, a broken journal counts for more than a missing network."""
    inner = ExceptionGroup("", [errors.UnreachableError("network"), errors.StateError("journal")])
    raising(ExceptionGroup("", [inner, errors.PaymentError("money")]), monkeypatch)
    typed = type_in("status")
    assert (typed.status, typed.err) == (8, "error: journal\n")
    raising(ExceptionGroup("", [errors.StateError("journal"), KeyError("x")]), monkeypatch)
    assert type_in("status").status == 1


def test_a_no_stops_with_usage_status(type_in: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not agree to pay gets nothing sent and a status that is not success."""
    raising(click.Abort(), monkeypatch)
    typed = type_in("status")
    assert (typed.status, typed.err) == (2, "stopped; nothing was sent\n")


def test_verbose_shows_the_traceback() -> None:
    """-v, before or after the command, is for whoever has to find out."""
    code = (
        "import sys, click, orchestrator.cli\n"
        "from orchestrator.cli.commands import orchestrate\n"
        "@click.command()\n"
        "def broken(): raise KeyError('x')\n"
        "orchestrate.commands['status'] = broken\n"
        "sys.argv = ['orchestrate', '-v', 'status']\n"
        "orchestrator.cli.main()\n"
    )
    done = python(code)
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr


def test_ctrl_c_dies_by_the_signal() -> None:
    """A shell that loops over commands stops too."""
    code = (
        "import sys, click, orchestrator.cli\n"
        "from orchestrator.cli.commands import orchestrate\n"
        "@click.command()\n"
        "def broken(): raise KeyboardInterrupt\n"
        "orchestrate.commands['status'] = broken\n"
        "sys.argv = ['orchestrate', 'status']\n"
        "orchestrator.cli.main()\n"
    )
    done = python(code)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


def test_a_closed_pipe_ends_quietly() -> None:
    """`orchestrate … | head -1` prints one line and no complaint."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "orchestrator", "schema"]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, timeout=120, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_a_completion_script(shell: str, type_in: Type) -> None:
    """What the script asks for is answered by the program itself."""
    typed = type_in("completion", shell)
    assert typed.status == 0
    assert "_ORCHESTRATE_COMPLETE" in typed.out


def test_completion_answers() -> None:
    """Commands and options are completed from the same table."""
    environ = os.environ | {
        "_ORCHESTRATE_COMPLETE": "bash_complete",
        "COMP_WORDS": "orchestrate li",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator"],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "lineage" in done.stdout

"""What this machine brings: room on the disk, a browser for the page, Python itself."""

from __future__ import annotations

import platform
import shutil
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path

from orchestrator.checkup import Check, doubtful, failing, fine, wrong
from orchestrator.cli.notifying import COMMAND, SECRET, of_environment
from orchestrator.errors import CredentialsError, DiskError, PlanError
from orchestrator.provider import CALLBACK_SECRET, secret_of
from orchestrator.report import clean
from orchestrator.runner import DiskArchive, in_thread
from orchestrator.store import Home

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "firefox", "microsoft-edge", "safari")
_MINIMUM = (3, 11)


def room(home: Home) -> Check:
    """Whether the disk has the room that a run asks for before it pays."""
    folder = next(each for each in (home.folder.absolute(), *home.folder.absolute().parents) if each.is_dir())
    short = DiskArchive(folder, in_thread).room()
    if short is not None:
        return wrong("disk", DiskError, short, "orchestrate gc --keep tips frees what no plan needs")
    return fine("disk", f"{shutil.disk_usage(folder).free / 1e9:.1f} GB are free at {folder}")


def browser() -> Check:
    """Whether the page can be looked at here."""
    found = next((path for each in _BROWSERS if (path := shutil.which(each))), None)
    if found is not None:
        return fine("browser", Path(found).name)
    try:
        return fine("browser", getattr(webbrowser.get(), "name", "the system's own"))
    except webbrowser.Error:
        move = "orchestrate lineage page writes it as one file, to be opened elsewhere"
        return doubtful("browser", "none is found here for the page", move)


def telling(environ: Mapping[str, str]) -> tuple[Check, ...]:
    """Whether what the environment says of notices and of whom to tell can be used, if it says any."""
    found = [
        _secret(name, variable, environ)
        for name, variable in (("callback secret", CALLBACK_SECRET), ("notify secret", SECRET))
        if environ.get(variable, "").strip()
    ]
    if environ.get(COMMAND, "").strip():
        found.append(_command(environ))
    return tuple(found)


def _secret(name: str, variable: str, environ: Mapping[str, str]) -> Check:
    try:
        secret_of(environ, variable)
    except CredentialsError as error:
        return failing(name, error, "a run that needs it would not begin; without it nothing is signed")
    return fine(name, f"from {variable}")


def _command(environ: Mapping[str, str]) -> Check:
    name = "notify command"
    try:
        (channel,) = of_environment({COMMAND: environ[COMMAND]})
    except PlanError as error:
        return failing(name, error, "write it as you would type it, quotes closed")
    program = channel.notify.command[0]
    if shutil.which(program) is None:
        found = f"{COMMAND} names {clean(program)}, and there is no such program"
        return doubtful(name, found, "name it with its whole path; a run goes on without it")
    return fine(name, clean(program))


def python() -> Check:
    """Whether this Python is one we are tested with."""
    if sys.version_info < _MINIMUM:
        return wrong("Python", PlanError, platform.python_version(), "use Python 3.11 or newer")
    return fine("Python", f"{platform.python_version()} on {platform.system()}")

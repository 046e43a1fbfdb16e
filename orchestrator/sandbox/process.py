"""A sandbox of one's own: a child process that is there inside a `with` block and ends with its parent."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from orchestrator.errors import DiskError, OrchestratorError, UnreachableError
from orchestrator.sandbox.options import SandboxOptions
from orchestrator.sandbox.ready import Ready

_READY_SECONDS = 20.0
_LEAVING_SECONDS = 3.0
_LONGEST_LINE = 64 * 1024
LOG = "sandbox.log"


class SandboxStartError(UnreachableError):
    """The sandbox process did not come up; the message says why, or where to read it."""


class SandboxEndedError(UnreachableError):
    """The sandbox process is gone while it was needed still; its world is on the disk."""


@contextlib.asynccontextmanager
async def run_child(
    options: SandboxOptions,
    *,
    ended: Callable[[SandboxEndedError], None] = lambda _error: None,
    ready_seconds: float = _READY_SECONDS,
) -> AsyncIterator[Ready]:
    """Start a sandbox on `options.state`, yield where it is, end it afterwards.

    It leaves with this process even when that is killed, does not see the terminal's Ctrl-C, and never
    shares its state folder with another one. Raises SandboxStartError; `ended` hears of it when the sandbox
    is gone before the block is left.
    """
    assert options.state is not None, "a child keeps its world in a folder"
    folder = options.state.resolve()
    with _log_file(folder) as log:
        process = await anyio.open_process(
            # -P: whatever lies in the working directory must not stand in for a library.
            [sys.executable, "-P", "-m", "orchestrator.sandbox"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=_environment(),
            # A session of its own: Ctrl-C in the terminal is for the parent, which waits for answers still.
            start_new_session=True,
        )
    try:
        ready = await _ready(process, replace(options, state=folder), ready_seconds)
        failure: OrchestratorError | None = None
        async with anyio.create_task_group() as beside:
            beside.start_soon(_watch, process, folder, ended)
            try:
                yield ready
            except OrchestratorError as error:
                failure = error  # raised outside of the group, which would wrap it
            beside.cancel_scope.cancel()
        if failure is not None:
            raise failure
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process)


def _environment() -> dict[str, str]:
    """Ours, with the place this very package was imported from."""
    places = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places)}


def _log_file(folder: Path) -> IO[bytes]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / LOG).open("ab")
    except OSError as error:
        raise DiskError(f"the sandbox cannot write to {folder}: {error}") from error


async def _ready(process: Process, options: SandboxOptions, seconds: float) -> Ready:
    """Tell it its options and wait for its one line."""
    assert process.stdin is not None
    assert process.stdout is not None
    where = f"see {options.state}/{LOG}"
    try:
        with anyio.fail_after(seconds):
            await process.stdin.send(options.to_json().encode() + b"\n")
            line = await BufferedByteReceiveStream(process.stdout).receive_until(b"\n", _LONGEST_LINE)
    except TimeoutError as error:
        raise SandboxStartError(f"the sandbox was not ready within {seconds:g} s; {where}") from error
    except (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError) as error:
        raise SandboxStartError(f"the sandbox ended before it was ready; {where}") from error
    answer = json.loads(line)
    if "error" in answer:
        raise SandboxStartError(f"the sandbox did not start: {answer['error']}")
    return Ready(**answer)


async def _watch(process: Process, folder: Path, ended: Callable[[SandboxEndedError], None]) -> None:
    status = await process.wait()
    how = f"by signal {-status}" if status < 0 else f"with exit status {status}"
    ended(SandboxEndedError(f"its sandbox has ended {how}; see {folder}/{LOG}. The next run starts it again"))


async def _end(process: Process) -> None:
    """Close its standard input, which it takes as its end; kill it when it does not listen."""
    assert process.stdin is not None
    await process.stdin.aclose()
    with anyio.move_on_after(_LEAVING_SECONDS):
        await process.wait()
    if process.returncode is None:
        process.kill()
    await process.aclose()

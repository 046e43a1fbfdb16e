"""A folder to type commands in, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

import orchestrator.cli
from orchestrator.facts import RunBegan
from orchestrator.plan import Plan
from orchestrator.planfile import parse
from orchestrator.store import Home, open_journal
from tests.histories import History

KOI = """\
version: 1
name: koi
prices: {currency: CNY, extension: 2.00}
chains:
  锦鲤:
    source: {task_id: task-0, video_id: video-0, duration: 5.1, model_name: kling-v1-6}
    steps:
      - 锦鲤缓缓游过荷叶
      - {id: leap, prompt: "锦鲤跃出水面 [/red]", takes: 2, pick: ask}
      - 涟漪散开
"""


@dataclass(frozen=True)
class Typed:
    """What a command left behind."""

    status: int
    out: str
    err: str


Type = Callable[..., Typed]


@pytest.fixture
def type_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Type:
    """Types a command in a fresh folder, without a terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORCHESTRATE_STATE", raising=False)

    def typed(*arguments: str) -> Typed:
        capsys.readouterr()
        status = orchestrator.cli._status(arguments)
        out, err = capsys.readouterr()
        return Typed(status, out, err)

    return typed


def koi() -> Plan:
    """The plan of the tests."""
    return parse(KOI.encode(), "koi.yaml")


def begun(history: History) -> History:
    """Its run has begun."""
    plan = history.plan
    return history.write(RunBegan(history.now, "run-1", plan.name, plan.path, plan.digest, plan.text))


def keep_journal(history: History, folder: Path = Path(".orchestrate")) -> None:
    """Write a history into a journal on disk."""

    async def written() -> None:
        with open_journal(Home(folder), submitter=False) as journal:
            await journal.append([recorded.fact for recorded in history.facts])

    anyio.run(written)

"""The plans that are shipped, run as they are by the real command."""

from __future__ import annotations

import shutil
import signal
import time
from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator.media import check
from tests.force.processes import ROOT, TIMEOUT, Command, eventually, sandbox

KEY = "sk-from-the-environment"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    shutil.copytree(ROOT / "plans", tmp_path / "plans")
    return Command(tmp_path)


def test_the_quickstart_makes_a_film_of_nearly_three_minutes(command: Command) -> None:
    """One command, no key: nearly forty extensions over real HTTP, and a film that decodes to its end."""
    done = command.run("run", "plans/quickstart.yaml")
    assert done.returncode == 0, done.stderr
    film = command.state / "films" / "quickstart" / "koi.mp4"
    assert str(film) in done.stdout
    probe = check(film, thorough=True)
    assert Decimal(174) < probe.seconds <= Decimal(180)
    again = command.run("run", "plans/quickstart.yaml")
    assert again.returncode == 0
    assert "Nothing would be submitted" in again.stderr


def test_the_plan_of_several_chains_is_made(command: Command) -> None:
    """Takes, a branch, a refused prompt with its fallback: three films under their own names."""
    done = command.run("run", "plans/chains.yaml")
    assert done.returncode == 0, done.stderr
    films = sorted(path.stem for path in (command.state / "films" / "chains").iterdir())
    assert films == ["夜晚", "白天", "雨"]


def test_the_plan_for_the_gateway_is_made_against_the_sandbox(command: Command, tmp_path: Path) -> None:
    """The gateway's own example, sent as its page says, with the key of the environment."""
    command.environ = {"DMXAPI_API_KEY": KEY}
    with sandbox(tmp_path / "world", key=KEY, speed=1000) as server:
        words = ("run", "plans/gateway.yaml", "--yes", "--base-url", server.base_url)
        first = command.start(*words)
        eventually(lambda: server.payments())
        time.sleep(1)
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=TIMEOUT)
        # What is in the air is asked after at once by the next run.
        second = command.run(*words)
        assert second.returncode == 0, second.stderr
        assert server.paid() == {"继续展示动物的走动,保持相同的风格和氛围": 1}

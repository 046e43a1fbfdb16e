"""Going on: with the journal's plans, with edited files, with files that are gone or elsewhere."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.force.processes import TIMEOUT, Command, sandbox
from tests.force.test_signals import PLAN, in_the_air

FAST = PLAN.replace("speed: 4", "speed: 500")


def test_resume_goes_on_with_every_unfinished_plan(tmp_path: Path) -> None:
    """Without an argument, what was interrupted is finished; then nothing is left, and nothing is paid."""
    (tmp_path / "slow.yaml").write_text(PLAN.replace("speed: 4", "speed: 80"))
    command = Command(tmp_path)
    with sandbox(tmp_path / "world", speed=80, offers_list=True) as server:
        process = in_the_air(command, server)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT)
    with sandbox(tmp_path / "world", speed=80, offers_list=True) as server:
        (tmp_path / "slow.yaml").unlink()
        resumed = command.run("resume", "--yes", "--base-url", server.base_url)
        assert resumed.returncode == 0, resumed.stderr
        assert "the file is gone; going on with the text of its last run" in resumed.stderr
        assert server.paid() == {"one": 1, "two": 1}
        again = command.run("resume", "--yes", "--base-url", server.base_url)
        assert again.returncode == 0
        assert "nothing is in the air" in again.stderr
        assert server.paid() == {"one": 1, "two": 1}


def test_resume_reads_the_file_again_by_its_name(tmp_path: Path) -> None:
    """An edited plan is resumed as it is now, named by its file or by its name in the journal."""
    (tmp_path / "slow.yaml").write_text(FAST)
    command = Command(tmp_path)
    with sandbox(tmp_path / "world", speed=500, offers_list=True) as server:
        words = ("--yes", "--base-url", server.base_url)
        assert command.run("run", "slow.yaml", *words).returncode == 0
        (tmp_path / "slow.yaml").write_text(FAST.replace("[one, two]", "[one, two, three]"))
        assert command.run("resume", "slow", *words).returncode == 0
        assert server.paid() == {"one": 1, "two": 1, "three": 1}
        (tmp_path / "slow.yaml").write_text(FAST.replace("[one, two]", "[one, two, three, four, five]"))
        assert command.run("resume", "slow", "--steps", "1", *words).returncode == 0
        assert server.paid() == {"one": 1, "two": 1, "three": 1, "four": 1}
        unknown = command.run("resume", "fast", *words)
        assert unknown.returncode == 2
        assert "it knows: slow" in unknown.stderr


def test_the_same_name_from_another_place_is_asked_about(tmp_path: Path) -> None:
    """Two files of one name could be two plans: without somebody to ask, nothing is sent."""
    (tmp_path / "slow.yaml").write_text(FAST)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "slow.yaml").write_text(FAST.replace("[one, two]", "[else]"))
    command = Command(tmp_path)
    with sandbox(tmp_path / "world", speed=500, offers_list=True) as server:
        assert command.run("run", "slow.yaml", "--yes", "--base-url", server.base_url).returncode == 0
        asked = command.run("run", "other/slow.yaml", "--base-url", server.base_url)
        assert asked.returncode == 2
        assert "Is it the same plan" in asked.stderr
        assert server.paid() == {"one": 1, "two": 1}
        twins = command.run("run", "slow.yaml", "other/slow.yaml", "--yes", "--base-url", server.base_url)
        assert twins.returncode == 2
        assert "both called slow" in twins.stderr


def test_without_a_terminal_nothing_is_paid_without_yes(tmp_path: Path) -> None:
    """A script that forgot --yes pays nothing, and is told what it would have cost at most."""
    (tmp_path / "slow.yaml").write_text(FAST)
    command = Command(tmp_path)
    with sandbox(tmp_path / "world", speed=500) as server:
        asked = command.run("run", "slow.yaml", "--base-url", server.base_url)
        assert asked.returncode == 2
        assert "This journal is new" in asked.stderr
        assert "paid calls" in asked.stderr
        assert server.payments() == []

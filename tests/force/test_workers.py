"""By force: workers in processes of their own share a journal, die, are stopped, drained and followed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.force.processes import TIMEOUT, Command, eventually
from tests.force.sharing import CHAINS, STEPS, cluster


def test_two_workers_do_a_plan_that_is_handed_over_twice_at_once(tmp_path: Path, postgres_url: str) -> None:
    """Two people hand the same plan over in the same moment; each step is paid once, and both are told."""
    with cluster(tmp_path, postgres_url, 2) as here:
        plan = str(here.write())
        followers = [here.command(f"f{each}").shared("run", plan, "--detach", "--yes") for each in range(2)]
        for each in followers:
            out, err = each.communicate(timeout=TIMEOUT)
            assert each.returncode == 0, err
            assert f"{CHAINS} of {CHAINS} chains done" in out
        assert here.provider.paid() == here.needed
        assert not here.lineage.open
        assert not here.lineage.unkept


def test_a_dead_workers_chains_are_gone_on_with(tmp_path: Path, postgres_url: str) -> None:
    """A worker that is killed for good is missed by nobody: another one ends what it had begun."""
    with cluster(tmp_path, postgres_url, 1) as here:
        plan = str(here.write())
        follower = here.command("f").shared("run", plan, "--detach", "--yes")
        eventually(lambda: len(here.provider.payments()) >= 4)
        here.workers[0].kill()
        here.work()
        _, err = follower.communicate(timeout=TIMEOUT)
        assert follower.returncode == 0, err
        assert here.provider.paid() == here.needed


def test_a_drained_worker_gives_its_chains_back_at_once(tmp_path: Path, postgres_url: str) -> None:
    """SIGTERM sends nothing more, loses no answer, and leaves the rest to those who stay."""
    with cluster(tmp_path, postgres_url, 1) as here:
        plan = str(here.write())
        follower = here.command("f").shared("run", plan, "--detach", "--yes")
        eventually(lambda: len(here.provider.payments()) >= 4)
        here.workers[0].send_signal(signal.SIGTERM)
        _, err = here.workers[0].communicate(timeout=TIMEOUT)
        assert here.workers[0].returncode == -signal.SIGTERM, err
        unknown = [each for take in here.lineage.takes.values() for each in take.open if not each.task_id]
        assert not unknown
        here.work()
        _, err = follower.communicate(timeout=TIMEOUT)
        assert follower.returncode == 0, err
        assert here.provider.paid() == here.needed


def test_who_follows_may_leave_and_cancel(tmp_path: Path, postgres_url: str) -> None:
    """Ctrl-C ends the following, not the work; `cancel` ends the work, and what is in the air is kept."""
    with cluster(tmp_path, postgres_url, 1) as here:
        plan = str(here.write())
        follower = here.command("f").shared("run", plan, "--detach", "--yes")
        eventually(lambda: here.provider.payments())
        follower.send_signal(signal.SIGINT)
        _, err = follower.communicate(timeout=TIMEOUT)
        assert follower.returncode == -signal.SIGINT
        assert "The workers go on." in err
        paid = len(here.provider.payments())
        eventually(lambda: len(here.provider.payments()) > paid)
        with here.command("x").shared("cancel", "many") as cancel:
            _, err = cancel.communicate(timeout=TIMEOUT)
            assert cancel.returncode == 0, err
            assert "stopped" in err
        eventually(lambda: not here.lineage.open and not here.lineage.unkept)
        assert len(here.provider.payments()) < CHAINS * STEPS
        assert max(here.provider.paid().values()) == 1


@pytest.mark.parametrize("words", [["--downloads", "0"], ["--download-rate", "0"], ["--download-rate", "-1"]])
def test_a_worker_that_could_fetch_nothing_does_not_begin(
    words: list[str], tmp_path: Path, postgres_url: str
) -> None:
    """Such a limit would only show when the first film does not come."""
    with Command(tmp_path, {"ORCHESTRATE_STATE": postgres_url}).shared("worker", *words) as process:
        _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2
    assert words[0] in err


def test_a_folder_cannot_be_shared(tmp_path: Path) -> None:
    """Who starts a worker without a database is told what to name."""
    said = Command(tmp_path).run("worker")
    assert said.returncode == 2
    assert "name a database" in said.stderr


@pytest.mark.parametrize("words", [["run", "plan.yaml", "--detach", "--yes"]])
def test_a_sandbox_of_ones_own_is_not_shared(words: list[str], tmp_path: Path, postgres_url: str) -> None:
    """Workers that each imitate a provider of their own would never find one another's tasks."""
    source = "{task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}"
    text = f"version: 1\nprovider: sandbox\nchains: {{a: {{source: {source}, steps: [x]}}}}\n"
    (tmp_path / "plan.yaml").write_text(text)
    with Command(tmp_path, {"ORCHESTRATE_STATE": postgres_url}).shared(*words) as process:
        _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2
    assert "sandbox of its own" in err

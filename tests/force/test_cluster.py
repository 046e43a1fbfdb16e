"""By force: the cluster check in small. The full one is `python -m tests.benchmarks.cluster`."""

from __future__ import annotations

import pytest

from tests.benchmarks.cluster import FAULTS, Options, run

AT_ONCE = ("twice", "stop+provider", "kill", "database", "network")
SMALL = Options(chains=12, steps=4, slots=4, task=2.5, stopped=22, cut=12, down=3, faults=AT_ONCE)


def test_nothing_is_paid_twice_or_lost_whatever_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """Machines stop and die, the database falls, a cable is cut, clocks differ, two hand over at once."""
    pytest.importorskip("procrastinate", reason="no procrastinate: install the extra `cluster`")
    found = run(SMALL, patience=300)
    assert sorted("+".join(SMALL.faults).split("+")) == sorted(FAULTS)
    text = found.text + capsys.readouterr().out
    assert (found.twice, found.lost, found.orphaned, found.unkept) == (0, 0, 0, 0), text
    assert found.most <= SMALL.slots, text
    assert found.steps == SMALL.chains * SMALL.steps

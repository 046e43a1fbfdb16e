"""Verdicts: each says how it stands, and a problem says which error a run would meet."""

from __future__ import annotations

from orchestrator.checkup import Verdict, doubtful, failing, fine, open_question, wrong
from orchestrator.errors import DiskError, UnreachableError


def test_a_problem_carries_the_error_a_run_would_meet() -> None:
    """The exit status of a check-up is that of the run it warns of."""
    check = failing("disk", DiskError("no room"), "make room")
    assert (check.verdict, check.blame, check.found) == (Verdict.PROBLEM, DiskError, "no room")
    assert check == wrong("disk", DiskError, "no room", "make room")
    assert UnreachableError("gone", 7).retry_after == 7


def test_only_a_problem_has_somebody_to_blame() -> None:
    """What works, works badly or cannot be told does not fail a check-up."""
    checks = [fine("a", "b"), doubtful("a", "b", "c"), open_question("a", "b")]
    assert [check.verdict for check in checks] == [Verdict.OK, Verdict.WARNING, Verdict.UNKNOWN]
    assert {check.blame for check in checks} == {None}

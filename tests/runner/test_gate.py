"""The gate: slots learned, pace kept, and how long one kind of trouble is put up with."""

from __future__ import annotations

from orchestrator.facts import Reason
from orchestrator.ports import Declined
from orchestrator.runner import Gate

FULL = Declined(Reason.BUSY, "1303", "parallel task over resource pack limit")
FAST = Declined(Reason.BUSY, "1302", "too fast")
GONE = Declined(Reason.UNREACHABLE, "", "connection refused")
POOR = Declined(Reason.PAYMENT, "1102", "Account balance not enough")


def test_a_gate_opens_while_there_are_slots() -> None:
    """No more tasks than slots are in the air, and a free slot opens at once."""
    gate = Gate(2)
    assert gate.opens_in(0, 0) == 0
    assert gate.opens_in(0, 1) == 0
    assert gate.opens_in(0, 2) is None


def test_slots_are_learned_downwards_and_upwards_again_slowly() -> None:
    """1303 says how many are allowed now; five minutes without another one more is tried."""
    gate = Gate(8)
    gate.declined(FULL, 100, in_the_air=5)
    assert gate.slots == 5
    assert gate.opens_in(100, 5) is None
    assert gate.opens_in(100, 4) == 0
    assert gate.opens_in(399, 5) is None
    assert gate.opens_in(400, 5) == 0
    assert gate.slots == 6
    assert gate.trouble(400) is None


def test_no_slot_for_anybody_is_a_reason_to_back_off() -> None:
    """1303 with nothing of ours running means that others use the account: wait, and wait longer."""
    gate = Gate(5)
    gate.declined(FULL, 0, in_the_air=0)
    assert (gate.slots, gate.opens_in(0, 0)) == (5, 1)
    gate.declined(FULL, 1, in_the_air=0)
    assert gate.opens_in(1, 0) == 2


def test_backing_off_doubles_up_to_a_minute_and_ends_with_success() -> None:
    """The vendor advises exponential back-off from a second; one acceptance ends it."""
    gate, now, waits = Gate(5), 0.0, []
    for _ in range(8):
        gate.declined(FAST, now, 1)
        wait = gate.opens_in(now, 0)
        assert wait is not None
        waits.append(wait)
        now += wait
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    gate.accepted()
    gate.declined(FAST, now, 1)
    assert gate.opens_in(now, 0) == 1


def test_retry_after_is_heard_within_reason() -> None:
    """A server's word counts, up to an hour."""
    gate = Gate(5)
    gate.declined(Declined(Reason.BUSY, "1302", "slow", retry_after=30), 0, 1)
    assert gate.opens_in(0, 0) == 30
    gate.declined(Declined(Reason.BUSY, "1302", "slow", retry_after=1e9), 30, 1)
    assert gate.opens_in(30, 0) == 3600


def test_several_failures_of_one_moment_are_one() -> None:
    """Five refusals that arrive together do not push the next try out five times."""
    gate = Gate(5)
    for _ in range(5):
        gate.declined(FAST, 0, 1)
    assert gate.opens_in(0, 0) == 1


def test_money_is_no_business_of_the_gate() -> None:
    """A 429 that means "no money" neither learns slots nor backs off: the planner stops the account."""
    gate = Gate(5)
    gate.declined(POOR, 0, 3)
    assert (gate.slots, gate.opens_in(0, 0), gate.trouble(9)) == (5, 0, None)


def test_trouble_becomes_hopeless_after_its_time() -> None:
    """A host that was never reached is given two minutes, a busy one an hour, a lost one six."""
    gate = Gate(5)
    gate.declined(GONE, 0, 0)
    trouble = gate.trouble(121)
    assert trouble is not None
    assert (trouble.kind, trouble.hopeless) == ("never reached", True)
    gate.reached()
    assert gate.trouble(121) is None
    gate.unreachable("no route", 200)
    for now, hopeless in ((3000, False), (200 + 6 * 3600, False), (201 + 6 * 3600, True)):
        trouble = gate.trouble(now)
        assert trouble is not None
        assert trouble.hopeless is hopeless
    gate.declined(FAST, 30_000, 0)
    trouble = gate.trouble(33_700)
    assert trouble is not None
    assert (trouble.kind, trouble.hopeless) == ("busy", True)


def test_a_journal_without_a_slot_is_asked_again_in_a_moment() -> None:
    """Where others took the slot, or go first, it is asked soon again, and never without a pause."""
    gate = Gate(5)
    gate.full(10.0)
    opens = gate.opens_in(10.0, 0)
    assert opens is not None
    assert 0 < opens <= 0.5
    assert gate.opens_in(10.0 + opens, 0) == 0

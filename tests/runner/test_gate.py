"""The gate: slots learned, pace kept, and how long one kind of trouble is put up with."""

from __future__ import annotations

import pytest

from orchestrator.facts import Reason
from orchestrator.ports import Declined
from orchestrator.runner import Gate

FULL = Declined(Reason.BUSY, "1303", "parallel task over resource pack limit")
FAST = Declined(Reason.BUSY, "1302", "too fast")
GONE = Declined(Reason.UNREACHABLE, "", "connection refused")


def full(slots: int, running: int) -> Gate:
    """A gate with so many tasks in the air, all of them accepted."""
    gate = Gate(slots)
    for count in range(1, running + 1):
        gate.sent()
        gate.accepted(count)
    return gate


def refuse(gate: Gate, now: float, running: int, declined: Declined = FULL) -> None:
    """One more is sent beside those that run, and turned away."""
    gate.sent()
    gate.declined(declined, now, running)


def test_a_gate_opens_while_there_are_slots() -> None:
    """No more tasks than slots are in the air, and a free slot opens at once."""
    gate = Gate(2)
    assert gate.opens_in(0, 0) == 0
    assert gate.opens_in(0, 1) == 0
    assert gate.opens_in(0, 2) is None


def test_beyond_the_smallest_pack_the_gate_feels_its_way() -> None:
    """A pack of five is there; beyond it so few are sent unproven that a wrong declaration costs little."""
    gate, in_the_air, rounds = Gate(50), 0, []
    while in_the_air < 50:
        sent = 0
        while gate.opens_in(0, in_the_air) == 0:
            gate.sent()
            in_the_air += 1
            sent += 1
        rounds.append(sent)
        for _ in range(sent):
            gate.accepted(in_the_air)
    assert rounds == [6, 2, 4, 6, 9, 13, 10]
    assert gate.slots == 50


def test_declared_too_high_one_refusal_is_enough() -> None:
    """Five of twenty are allowed: the sixth is refused, and no seventh is sent."""
    gate = full(20, 5)
    assert gate.opens_in(0, 5) == 0
    refuse(gate, 0, 5)
    assert gate.slots == 5
    assert gate.opens_in(1, 5) is None
    assert gate.opens_in(1, 4) == 0
    assert gate.trouble(1) is None


def test_an_answer_that_overtakes_another_teaches_no_less() -> None:
    """The refusal of the sixth comes before the fifth is accepted: five are allowed all the same."""
    gate = full(20, 4)
    gate.sent()
    gate.sent()
    gate.declined(FULL, 0, in_the_air=5)
    assert gate.slots == 4
    gate.accepted(5)
    assert gate.slots == 5


def test_a_slot_more_is_tried_after_a_while_and_all_of_them_if_it_is_there() -> None:
    """A larger pack is found within ten minutes, and filled in a few answers, not in hours."""
    gate = full(20, 5)
    refuse(gate, 0, 5)
    assert gate.opens_in(539, 5) is None
    assert gate.opens_in(540, 5) == 0
    assert gate.slots == 6
    gate.sent()
    gate.accepted(6)
    assert gate.opens_in(540, 6) == 0
    assert gate.slots > 6


def test_a_slot_more_that_is_not_there_is_tried_seldom() -> None:
    """Each try costs one refusal, and the next one waits again."""
    gate = full(20, 5)
    refuse(gate, 0, 5)
    assert gate.opens_in(540, 5) == 0
    refuse(gate, 540, 5)
    assert gate.opens_in(1079, 5) is None
    assert gate.opens_in(1080, 5) == 0


def test_where_submissions_flow_it_is_tried_sooner() -> None:
    """Among a hundred that were accepted one refusal is lost, so that nobody need wait ten minutes."""
    gate = full(20, 5)
    refuse(gate, 0, 5)
    for _ in range(98):
        gate.sent()
        gate.accepted(5)
    assert gate.opens_in(61, 5) is None
    gate.sent()
    gate.accepted(5)
    assert gate.opens_in(59, 5) is None
    assert gate.opens_in(61, 5) == 0


def test_what_runs_since_a_run_before_is_known_to_be_allowed() -> None:
    """A resumed run of twenty does not feel its way again."""
    gate = Gate(20)
    assert gate.opens_in(0, 18) == 0
    assert gate.slots == 19


def test_what_nobody_knows_teaches_nothing() -> None:
    """An unclear submission is neither a slot that is there nor one that is not."""
    gate = full(20, 5)
    gate.sent()
    gate.unclear()
    assert gate.slots == 6


def test_no_slot_for_anybody_is_a_reason_to_back_off() -> None:
    """1303 with nothing of ours running means that others use the account: wait, and wait longer."""
    gate = Gate(5)
    refuse(gate, 0, 0)
    assert (gate.slots, gate.opens_in(0, 0)) == (5, 1)
    refuse(gate, 1, 0)
    assert gate.opens_in(1, 0) == 2


def test_backing_off_doubles_up_to_a_minute_and_ends_with_success() -> None:
    """The vendor advises exponential back-off from a second; one acceptance ends it."""
    gate, now, waits = Gate(5), 0.0, []
    for _ in range(8):
        refuse(gate, now, 1, FAST)
        wait = gate.opens_in(now, 0)
        assert wait is not None
        waits.append(wait)
        now += wait
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    gate.sent()
    gate.accepted(1)
    refuse(gate, now, 1, FAST)
    assert gate.opens_in(now, 0) == 1


def test_retry_after_is_heard_within_reason() -> None:
    """A server's word counts, up to an hour."""
    gate = Gate(5)
    refuse(gate, 0, 1, Declined(Reason.BUSY, "1302", "slow", retry_after=30))
    assert gate.opens_in(0, 0) == 30
    refuse(gate, 30, 1, Declined(Reason.BUSY, "1302", "slow", retry_after=1e9))
    assert gate.opens_in(30, 0) == 3600


def test_several_failures_of_one_moment_are_one() -> None:
    """Five refusals that arrive together do not push the next try out five times."""
    gate = Gate(5)
    for _ in range(5):
        refuse(gate, 0, 1, FAST)
    assert gate.opens_in(0, 0) == 1


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.PAYMENT, "1100"),
        (Reason.PAYMENT, "1101"),
        (Reason.PAYMENT, "1102"),
        (Reason.CREDENTIALS, "1304"),
        (Reason.REFUSED, "1201"),
        (Reason.MODERATION, "1301"),
    ],
)
def test_what_is_not_about_slots_is_no_business_of_the_gate(reason: Reason, code: str) -> None:
    """A 429 that means "no money" neither learns slots nor backs off: the planner stops the account."""
    gate = full(20, 3)
    refuse(gate, 0, 3, Declined(reason, code, "Account balance not enough"))
    assert (gate.slots, gate.opens_in(0, 3), gate.trouble(9)) == (6, 0, None)


def test_trouble_becomes_hopeless_after_its_time() -> None:
    """A host that was never reached is given two minutes, a busy one an hour, a lost one six."""
    gate = Gate(5)
    refuse(gate, 0, 0, GONE)
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
    refuse(gate, 30_000, 0, FAST)
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

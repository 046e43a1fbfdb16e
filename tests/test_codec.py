"""Facts to JSON and back, for every kind of fact."""

from __future__ import annotations

import json
import typing
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.codec import decode, encode, instant, milliseconds
from orchestrator.facts import Fact, Reason, RunBegan, TaskAccepted, TaskFailed
from orchestrator.identity import TakeKey

st.register_type_strategy(datetime, st.integers(0, 4_000_000_000_000).map(instant))
st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=3))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@given(st.sampled_from(typing.get_args(Fact)).flatmap(st.from_type))
def test_every_fact_comes_back_as_it_was(fact: Fact) -> None:
    """What is read from the journal equals what was written, to the millisecond and the cent."""
    assert decode(*encode(fact)) == fact


def test_absent_fields_are_left_out() -> None:
    """A fact's text holds what is known and nothing else; Chinese stays readable."""
    at = instant(1_700_000_000_000)
    name, text = encode(TaskFailed(at, TakeKey("t"), 1, "task", Reason.OTHER, "失败"))
    assert name == "TaskFailed"
    assert text == (
        '{"at":1700000000000,"take":"t","number":1,"task_id":"task","reason":"other","message":"失败"}'
    )
    assert milliseconds(at) == 1_700_000_000_000


def test_fields_added_later_take_their_default() -> None:
    """An old journal is read by a newer version: a field it lacks is what it was before."""
    text = json.dumps({"at": 0, "take": "t", "number": 1, "task_id": "x"})
    fact = decode("TaskAccepted", text)
    assert fact == TaskAccepted(instant(0), TakeKey("t"), 1, "x", None, echoed=False)
    began = decode("RunBegan", json.dumps({"at": 0, "run": "r", "plan": "p", "digest": "d", "text": ""}))
    assert began == RunBegan(instant(0), "r", "p", None, "d", "")


def test_unknown_names_are_not_guessed() -> None:
    """A fact of a newer version is an error, never skipped."""
    with pytest.raises(KeyError):
        decode("SomethingElse", "{}")


def test_a_text_holds_one_fact() -> None:
    """What follows a fact in its row is no part of it, and nothing is guessed about it."""
    name, text = encode(TaskFailed(instant(0), TakeKey("t"), 1, "task", Reason.OTHER, ""))
    with pytest.raises(ValueError, match="more than one value"):
        decode(name, text + "{}")

"""What a run remembers of a fact is the fact, without the words that the journal alone has to keep."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestrator.facts import Fact, VideoAdopted, lean
from orchestrator.identity import TakeKey
from tests.store.samples import NOW, accepted, began, begun, declined, failed, kept, succeeded

ADOPTED = VideoAdopted(NOW, TakeKey("a"), "dmxapi", "task-0", "video-a")
WORDY: list[Any] = [accepted(), declined(), failed(), succeeded(), ADOPTED]


@pytest.mark.parametrize("fact", WORDY, ids=lambda fact: type(fact).__name__)
def test_what_the_provider_said_is_left_out(fact: Any) -> None:
    """All else stays; and where it said nothing, it is the very fact."""
    bare = replace(fact, raw=None)
    assert lean(replace(fact, raw='{"code":0}')) == bare
    assert lean(bare) is bare


def test_the_plans_json_is_left_out() -> None:
    """Its text stays, which tells one plan from another."""
    assert lean(replace(began(), resolved="{}")) == began()
    assert lean(before := began()) is before


@pytest.mark.parametrize("fact", [begun(), kept()], ids=["AttemptBegun", "VideoKept"])
def test_any_other_fact_is_the_very_one(fact: Fact) -> None:
    """Nothing in it is for the journal alone."""
    assert lean(fact) is fact

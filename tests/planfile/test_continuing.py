"""How steps go on: said once for a plan, for a chain or for a step, and checked with how long a film is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator.plan import By, Continuation, Plan
from orchestrator.planfile import PlanProblems, parse

SOURCE = "{text: {prompt: koi, model_name: kling-v1-6, mode: pro}}"
MADE = Continuation(By.AUTO, "kling-v1-6", "pro")


def plan(chain: str, top: str = "", source: str = SOURCE) -> Plan:
    text = f"version: 1\n{top}chains:\n  koi:\n    source: {source}\n" + "".join(
        f"    {line}\n" for line in chain.splitlines()
    )
    return parse(text.encode(), "koi.yaml")


def first(chain: str, top: str = "", source: str = SOURCE) -> Continuation:
    return plan(chain, top, source).chains[0].steps[0].continuation


def test_extending_is_the_default() -> None:
    """Nothing else happens, and nothing else is paid for, unless the plan says so."""
    assert first("steps: [x]") == Continuation()


@pytest.mark.parametrize(
    ("chain", "top"),
    [
        ("steps: [x]", "continue: auto\n"),
        ("continue: auto\nsteps: [x]", ""),
        ("steps: [{prompt: x, continue: auto}]", ""),
        ("continue: auto\nsteps: [x]", "continue: frame\n"),
        ("steps: [{prompt: x, continue: {by: auto}}]", "continue: extend\n"),
    ],
)
def test_the_nearest_word_holds(chain: str, top: str) -> None:
    """A step's word goes before its chain's, and that before the plan's."""
    assert first(chain, top) == MADE


def test_each_part_is_said_where_it_belongs() -> None:
    """Model and length may be said once for the plan, and the way on for a chain or a step."""
    top = "continue: {model_name: kling-v2-6, duration: 10}\n"
    wanted = Continuation(By.FRAME, "kling-v2-6", "pro", "10")
    assert first("steps: [{prompt: x, continue: frame}]", top) == wanted
    assert first("continue: {by: frame, mode: std}\nsteps: [x]", top) == replace(wanted, mode="std")
    assert first("steps: [x]", top) == Continuation()


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("{image: {image: 'https://x.example/a.png', model_name: m}}", ("m", None)),
        ("{task_id: a, video_id: b, model_name: m, mode: std}", ("m", "std")),
        ("{task_id: a, video_id: b}", (None, None)),
        ("{node: 0123456789abcdef0123456789abcdef01234567}", (None, None)),
    ],
)
def test_a_model_is_that_of_the_source(source: str, made: tuple[str | None, str | None]) -> None:
    """A film does not change its model in the middle unless its author wants that."""
    found = first("continue: frame\nsteps: [x]", source=source)
    assert (found.model_name, found.mode) == made


def test_a_branch_has_the_model_of_its_root() -> None:
    """However many chains lie between."""
    text = f"""\
version: 1
continue: auto
chains:
  c: {{source: {{chain: b}}, steps: [x]}}
  a: {{source: {SOURCE}, steps: [x]}}
  b: {{source: {{chain: a}}, steps: [x]}}
"""
    chains = parse(text.encode(), "koi.yaml").chains
    assert {chain.steps[0].continuation for chain in chains} == {MADE}


def test_a_film_may_be_longer_than_the_cap() -> None:
    """`until` counts the whole film where it may be joined of several segments."""
    found = plan("until: 400\ncontinue: auto\nsteps: [{prompt: x, repeat: fill}]").chains[0]
    assert found.goal == Decimal(400)
    assert plan("until: 400\nsteps: [x, {prompt: y, continue: frame}]").chains[0].by_frame


@pytest.mark.parametrize(
    ("chain", "top"),
    [
        ("until: 400\nsteps: [x]", ""),
        ("until: 400\ncontinue: extend\nsteps: [x]", "continue: auto\n"),
        ("until: 400\ncontinue: auto\nsteps: [{prompt: x, continue: extend}]", ""),
        ("until: 400\ncontinue: auto", ""),
    ],
)
def test_a_film_that_only_extends_ends_at_the_cap(chain: str, top: str) -> None:
    """What cannot be reached is said before anything is paid for, with the word that makes it possible."""
    with pytest.raises(PlanProblems, match="write continue: auto"):
        plan(chain, top)


def test_a_nameless_model_is_noted() -> None:
    """Going on with another model than the source's is nothing that should happen unnoticed."""
    (note,) = plan("continue: auto\nsteps: [x]", source="{task_id: a, video_id: b}").notes
    assert "made by kling-v1" in note
    assert plan("continue: auto\nsteps: [x]").notes == ()


def test_what_the_first_model_does_not_take_is_noted() -> None:
    """Its extensions would be refused beyond the first last frame."""
    chain = "continue: {by: auto, model_name: kling-v1}\nsteps: [{prompt: x, cfg_scale: 0.3}]"
    (note,) = plan(chain).notes
    assert "take neither negative_prompt nor cfg_scale" in note
    assert plan(chain.replace("auto", "frame")).notes == ()

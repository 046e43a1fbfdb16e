"""A plan that the journal keeps is the plan that was read: every word of it, and nothing besides."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from orchestrator import plan as words
from orchestrator.plan import (
    FILL,
    Branch,
    By,
    Chain,
    Continuation,
    Existing,
    Generation,
    Grown,
    Image,
    Kind,
    Limits,
    Notify,
    Occasion,
    Patience,
    Pick,
    Plan,
    Position,
    Prices,
    ProviderSettings,
    Step,
)
from orchestrator.resolved import Kept, plan_of, read_resolved, resolved

EVERYTHING = Plan(
    name="锦鲤",
    provider=ProviderSettings(
        "kling", "b", "http://127.0.0.1:1", patience=Patience(1, 2.5, 3), exclusive=True
    ),
    chains=(
        Chain(
            "a",
            Existing("t", "v", Kind.TEXT, duration=Decimal("5.10"), position=Position(3, 4)),
            (
                Step("1", "涟漪\u2028散开", cfg_scale=Decimal("0.5"), fallbacks=("x",), pick=Pick.LONGEST),
                Step("2", None, repeat=FILL, pick=2, continuation=Continuation(By.FRAME, "m")),
                Step("3", "p", repeat=4, position=Position(1, 2, "prompts.txt")),
            ),
            until=Decimal(60),
            budget=Limits(3, Decimal(2), Decimal("1.5")),
            position=Position(1, 1),
        ),
        Chain("b", Branch("a", "2", 3), drift_stop=Decimal("0.2")),
        Chain("c", Grown("f" * 40)),
        Chain("d", Generation(Kind.IMAGE, Step("0"), image=Image(path="x.png", digest="d"))),
    ),
    prices=Prices("CNY", Decimal(2)),
    notify=Notify(("say",), None, (Occasion(next(iter(Occasion))),)),
    order="as-written",
    path="here.yaml",
    text="version: 1",
    notes=("a note",),
)


def test_a_plan_comes_back_as_it_was() -> None:
    """Texts, numbers to the digit, kinds of sources, and where everything stands."""
    text = resolved(EVERYTHING)
    found = read_resolved(text, "here.yaml")
    assert found == EVERYTHING
    assert deeply(found) == deeply(replace(EVERYTHING, text="", notes=()))
    assert "version: 1" not in text


def test_chains_are_made_when_they_are_asked_for() -> None:
    """With all that grow out of one another, in the order written; one read from its text, too."""
    for kept in (Kept.read(resolved(EVERYTHING), "here.yaml"), Kept.of(EVERYTHING)):
        assert dict(kept.grows) == {"a": None, "b": "a", "c": None, "d": None}
        assert (kept.family("a"), kept.family("b"), kept.family("d")) == (("a", "b"), ("a", "b"), ("d",))
        assert kept.plan(kept.family("b")) == replace(EVERYTHING, chains=EVERYTHING.chains[:2])
        assert kept.plan(()) == replace(EVERYTHING, chains=())
        assert kept.plan() == EVERYTHING


def test_what_is_not_asked_for_is_not_read() -> None:
    """A chain in the words of another version spoils only what asks for it."""
    kept = Kept.read(resolved(EVERYTHING).replace('"node":', '"later":'), None)
    assert [chain.name for chain in kept.plan(["d"]).chains] == ["d"]
    with pytest.raises(TypeError):
        kept.plan(["c"])


def test_a_plan_at_hand_is_not_read_again() -> None:
    """For as long as its writer has it; then it is read from what was written."""
    plan = replace(EVERYTHING, name="荷塘")
    text = resolved(plan)
    assert plan_of(text, "here.yaml") is plan
    del plan
    assert plan_of(text, "here.yaml") == replace(EVERYTHING, name="荷塘")


def test_every_word_of_a_plan_is_tried() -> None:
    """A new kind of value in plans is added to the plan of this test."""
    kinds = {each for each in vars(words).values() if isinstance(each, type) and is_dataclass(each)}
    assert {type(each) for each in deeply(EVERYTHING)} >= kinds


@pytest.mark.parametrize(
    "text",
    [
        *('{"Plan":[{"name":"x","later":1}]}', '{"Later":[{}]}', '"x"', "[", '{"Decimal":"x"}'),
        '{"Plan":[{"name":"x","chains":[1]}]}',
        '{"Plan":[{"name":"x","chains":[{"Chain":[{"later":1,"name":"c"}]}]}]}',
        '{"Plan":[{"name":"x","chains":[{"Chain":[{"name":"c","source":{"Branch":[{"chain":"d"}]}}]}]}]}',
    ],
)
def test_what_another_version_wrote_is_refused(text: str) -> None:
    """The reader then reads the plan's own text; nothing is guessed."""
    with pytest.raises((LookupError, TypeError, ValueError, ArithmeticError)):
        read_resolved(text, None)


def deeply(value: Any) -> list[Any]:
    """Every value in a value, places in files included, which plans are not compared by."""
    if isinstance(value, tuple):
        return [inner for each in value for inner in deeply(each)]
    if is_dataclass(value):
        return [value, *(inner for field in fields(value) for inner in deeply(getattr(value, field.name)))]
    return [value]

"""Chains that hang together are worked on together; those that share nothing stand apart."""

from __future__ import annotations

import pytest

from orchestrator.plan import (
    Branch,
    Chain,
    Existing,
    Generation,
    Grown,
    Kind,
    Plan,
    ProviderSettings,
    Source,
    Step,
)
from orchestrator.shares import connected

KOI, CARP = Existing("task", "koi"), Existing("task", "carp")


def text(prompt: str, *fallbacks: str) -> Generation:
    return Generation(Kind.TEXT, Step("0", prompt, fallbacks=fallbacks))


def chain(name: str, source: Source, *prompts: str) -> Chain:
    return Chain(name, source, tuple(Step(str(number), each) for number, each in enumerate(prompts, 1)))


@pytest.mark.parametrize(
    ("chains", "expected"),
    [
        ([chain("a", KOI, "x"), chain("b", KOI, "y")], [("a",), ("b",)]),
        ([chain("a", KOI, "x", "y"), chain("b", KOI, "x", "z")], [("a", "b")]),
        ([chain("a", KOI, "x"), chain("b", CARP, "x")], [("a",), ("b",)]),
        ([chain("a", KOI), chain("b", KOI)], [("a",), ("b",)]),
        (
            [chain("b", Branch("a", "1"), "y"), chain("c", CARP, "z"), chain("a", KOI, "x")],
            [("b", "a"), ("c",)],
        ),
        ([chain("a", text("x"), "y"), chain("b", text("x"), "z")], [("a", "b")]),
        ([chain("a", text("x", "w")), chain("b", text("w"))], [("a", "b")]),
        ([chain("a", Grown("node"), "x"), chain("b", Grown("node"), "x")], [("a", "b")]),
        (
            [chain("a", KOI, "x"), chain("b", Branch("a"), "y"), chain("c", Branch("b"), "z")],
            [("a", "b", "c")],
        ),
    ],
    ids=[
        "one source, other first steps",
        "an equal beginning",
        "the same prompt of another source",
        "sources alone",
        "a branch before its chain",
        "the same generation",
        "a fallback that another asks for first",
        "grown out of the same video",
        "branches of branches",
    ],
)
def test_chains_that_share_a_take_are_together(chains: list[Chain], expected: list[tuple[str, ...]]) -> None:
    """No take is wanted by chains in two shares, so no two processes want to pay for the same one."""
    assert connected(Plan("p", ProviderSettings(), tuple(chains))) == tuple(expected)

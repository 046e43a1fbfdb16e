"""Answers are kept as they came, but for what signs URLs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.provider.verbatim import LIMIT, unsigned, verbatim

CASES = {
    "plain": (
        '{"url":"https://a.example/v.mp4?sign=1&t=2","n":1}',
        '{"url":"https://a.example/v.mp4","n":1}',
    ),
    "escaped slashes": (r'{"u":"https:\/\/a.example\/v.mp4?sign=1"}', r'{"u":"https:\/\/a.example\/v.mp4"}'),
    "escaped ampersand": (r'{"u":"https://a.example/v?s=1\u0026t=2"}', '{"u":"https://a.example/v"}'),
    "escaped question mark": (r'{"u":"https://a.example/v\u003fs=1"}', '{"u":"https://a.example/v"}'),
    "fragment": ('{"u":"https://a.example/v#token"}', '{"u":"https://a.example/v"}'),
    "within words": ('{"m":"see https://a.example/v?s=1 now?"}', '{"m":"see https://a.example/v now?"}'),
    "escaped quote": (r'{"m":"https://a.example/v?s=\"x\" y"}', '{"m":"https://a.example/v y"}'),
    "no url": ('{"m":"why? # because"}', '{"m":"why? # because"}'),
    "no query": ('{"u":"https://a.example/v.mp4"}', '{"u":"https://a.example/v.mp4"}'),
    "several": ('["http://a?x","http://b?y","c?z"]', '["http://a","http://b","c?z"]'),
}


@pytest.mark.parametrize(("came", "kept"), CASES.values(), ids=CASES)
def test_signed_queries_are_not_kept(came: str, kept: str) -> None:
    """Whoever reads the journal cannot fetch the files."""
    assert verbatim(came) == kept


@given(words=st.text(max_size=30), query=st.text(max_size=30))
def test_what_was_json_stays_json(words: str, query: str) -> None:
    """Cutting never breaks the answer that is kept as evidence."""
    came = json.dumps({"m": f"{words} https://a.example/v?{query}", "n": [1]}, ensure_ascii=False)
    assert json.loads(unsigned(came))["n"] == [1]


def test_64_kib_are_kept_and_whole_characters() -> None:
    """A huge answer fills neither the journal nor breaks its encoding."""
    kept = verbatim("锦" * LIMIT)
    assert kept is not None
    assert LIMIT - 3 < len(kept.encode()) <= LIMIT


def test_cutting_takes_linear_time() -> None:
    """A provider cannot stop us with an answer of nothing but the beginnings of URLs: it would take hours."""
    beginnings = "https://a" * 400_000
    assert unsigned(beginnings) == beginnings
    assert unsigned("https://a?" * 400_000) == "https://a"


def test_nothing_is_kept_of_nothing() -> None:
    """An absent answer is absent."""
    assert verbatim(None) is None
    assert verbatim("") is None

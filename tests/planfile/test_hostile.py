"""No file crashes or hangs the reading of plans, however it was made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.errors import PlanError
from orchestrator.planfile import PlanProblems, events, parse
from tests.growth import is_linear
from tests.planfile.writing import DESIGN, only, plan, problems, said, steps

MERGE_BOMB = "a: &a {k: v}\n" + "".join(
    f"{name}: &{name} {{<<: [*{below}, *{below}, *{below}, *{below}]}}\n"
    for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)
ALIAS_BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [" + ", ".join([f"*{below}"] * 10) + "]\n"
    for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)
CHAIN = "version: 1\nchains:\n  koi: {source: {task_id: %s, video_id: b}, until: %s}\n"
NESTED = "1:33: more than 32 levels are nested here, a plan needs fewer than ten"

FATAL = {
    "[" * 50_000: NESTED,
    "{" * 50_000: NESTED,
    "- " * 50_000: NESTED.replace("33", "65"),
    "{a: " * 50_000: NESTED.replace("33", "129"),
    ALIAS_BOMB: "6:8: f.1: with its aliases followed the plan has over 200,000 values, split it",
    "a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 20 + "*a" + "]" * 20: (
        "2:24: b" + ".1" * 20 + ": *a nests more than 32 levels, write less deep values"
    ),
    "version: 1\0": "1:11: the character U+0000 cannot stand in a text file, delete it",
    "\x1b[2J": "1:1: the character U+001B cannot stand in a text file, delete it",
    "a" * (1024 * 1024 + 1): "1:1: the file is larger than 1 MiB, split it into several plans",
    steps("&a " + "锦" * 300_000, *["*a"] * 100): (
        "61:9: chains.koi.steps.56: "
        "with its aliases followed the plan has over 16 million characters, split it"
    ),
    'name: "\\ud800"': "1:10: this escape is no character, write the character itself",
    "%YAML 3.0\n---\na: b": "1:1: this YAML version is not read here, delete the line",
}


@pytest.mark.parametrize("text", FATAL, ids=range(len(FATAL)))
def test_what_cannot_be_read_further(text: str) -> None:
    """A hostile file crashes the program instead of being refused."""
    assert only(text) == FATAL[text]


@pytest.mark.parametrize("text", ["[" * 50_000, "{" * 50_000, "- " * 50_000, ALIAS_BOMB, DESIGN + "\ta"])
def test_the_other_parser_refuses_them_too(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without libyaml, a hostile file crashes the program."""
    monkeypatch.setattr(events, "_LOADER", yaml.SafeLoader)
    assert problems(text)


ENCODED = {
    "name: 锦鲤".encode("gbk"): "1:7: the byte 0xbd here is not UTF-8, save the file as UTF-8",
    "name: koi".encode("utf-16"): "1:1: the file is not UTF-8 but UTF-16, save it as UTF-8",
    "name: 锦鲤".encode("utf-16-be"): "1:13: the byte 0x95 here is not UTF-8, save the file as UTF-8",
    b"a: \xed\xa0\x80": "1:4: the byte 0xed here is not UTF-8, save the file as UTF-8",
    "锦".encode()[:2]: "1:1: the byte 0xe9 here is not UTF-8, save the file as UTF-8",
}


@pytest.mark.parametrize("data", ENCODED)
def test_files_in_other_encodings(data: bytes) -> None:
    """A file saved by another editor ends in a traceback, or without saying what to do."""
    assert only(data) == ENCODED[data]


def test_a_byte_order_mark_moves_nothing() -> None:
    """A file saved by a Windows editor is refused, or its problems are one column off."""
    assert only(b"\xef\xbb\xbf" + (steps("x") + "nam: 1\r\n").encode()).startswith("7:1: nam: unknown key")


def test_a_merge_bomb_is_refused_line_by_line() -> None:
    """Merge keys are expanded: some 300 bytes cost seconds."""
    assert len(MERGE_BOMB) < 400
    assert [line.split(": ", 1)[1] for line in said(MERGE_BOMB) if "<<" in line] == [
        f"{name}.<<: merge keys are not read here, write the keys out or use `defaults`"
        for name in "bcdefghi"
    ]


@pytest.mark.parametrize(
    "number", ["9" * 5000, "1e999", "1e9999999999999", "-.inf", "0." + "1" * 5000, "1_0", "0b1", "190:20:30"]
)
def test_numbers_no_computer_should_see(number: str) -> None:
    """A number crashes the program, or is taken for infinity."""
    (found,) = said(CHAIN % ("a", number))
    assert ": chains.koi.until: " in found
    if not number.startswith("1e9"):
        assert said(CHAIN % (number, "9"))[0].endswith(f'quote it: "{shortened(number)}"')


def shortened(text: str) -> str:
    """A long text as messages have it."""
    return text if len(text) <= 40 else text[:39] + "…"


REPEATED: dict[str, Callable[[int], str]] = {
    "unknown keys": lambda size: "".join(f"k{number}: 1\n" for number in range(3 * size)),
    "duplicate keys": lambda size: "version: 1\n" * 3 * size,
    "unknown chains": lambda size: (
        "version: 1\nchains:\n"
        + "".join(f"  c{number}: {{source: {{chain: d{number}}}}}\n" for number in range(size))
    ),
    "unknown steps": lambda size: (
        steps(*["a"] * 3 * size)
        + "".join(
            f"  c{number}: {{source: {{chain: koi, step: x{number}}}}}\n" for number in range(size // 2)
        )
    ),
    "a long cycle": lambda size: (
        "version: 1\nchains:\n"
        + "".join(f"  c{number}: {{source: {{chain: c{(number - 1) % size}}}}}\n" for number in range(size))
    ),
    "one line": lambda size: (
        steps("[" + "{takes: 锦}, " * 2 * size + "]").replace("- [", "  [").replace("steps:\n", "steps:")
    ),
    "undefined aliases": lambda size: "a: [" + "*x, " * 5 * size + "]",
    "tags": lambda size: "a: [" + "!x y, " * 5 * size + "]",
    "fallbacks": lambda size: steps("{fallbacks: [" + "a, " * 5 * size + "]}"),
    "picks": lambda size: "defaults: {pick: 5}\n" + steps(*["{takes: 2}"] * size),
}


@pytest.mark.parametrize("name", REPEATED)
def test_problems_by_the_ten_thousand(name: str) -> None:
    """A file full of problems takes minutes to be refused."""
    assert is_linear(problems, REPEATED[name], 800)


def branches(number: int) -> str:
    """Chains that branch from one another, one from the other."""
    return steps("a").replace("koi", "c0") + "".join(
        f"  c{each}: {{source: {{chain: c{each - 1}}}}}\n" for each in range(1, number)
    )


def test_a_long_line_of_branches_is_read() -> None:
    """Chains that branch from one another ten thousand times exhaust the stack or the patience."""
    assert len(plan(branches(10_000)).chains) == 10_000
    assert is_linear(plan, branches, 400)


def test_keys_cannot_pretend_to_be_ours() -> None:
    """A key made of control characters confuses the places of problems."""
    found = said('version: 1\nchains: {koi: {source: {"\\0existing": {}, task_id: a}}}')
    assert [line.split(": ", 1)[0] for line in found] == ["2:24", "2:25"]


def test_nothing_of_a_file_reaches_the_terminal_raw() -> None:
    """An escape sequence in a plan, hidden in an escape of YAML, steers the terminal."""
    text = (
        'version: 1\nname: "\\e[31m"\n"\\u202ekey": 1\nchains: {"\\u200bx": {source: {chain: "\\u202e"}}}\n'
    )
    with pytest.raises(PlanProblems) as caught:
        parse(text.encode(), "koi.yaml")
    assert not {"\x1b", "\u202e", "\u200b"} & set(str(caught.value))


def outcome(data: bytes) -> None:
    """Read the bytes as a plan; anything but a plan or a PlanError is a failure."""
    with suppress(PlanError):
        parse(data, Path("nowhere") / "koi.yaml")


QUICK = settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    """Some bytes crash the program."""
    outcome(data)


SIGNS = [
    ": ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "!x ",
    "|",
    ">",
    "'",
    '"',
    "#",
    "? ",
    "%",
]
WORDS = [
    "version: 1\n",
    "chains:\n",
    "source: ",
    "steps: ",
    "chain: koi",
    "task_id: 1e5",
    "text: {prompt: 锦}",
]
VALUES = [
    "pick: 7",
    "takes: -1",
    "no",
    "12:30",
    "~",
    "1e999",
    "锦鲤",
    "<<: ",
    "---\n",
    "\t",
    "\r",
    "\ufeff",
    "\u2028",
]
PIECES = st.sampled_from(SIGNS + WORDS + VALUES)


@QUICK
@given(st.lists(PIECES, max_size=60))
def test_any_pieces_of_plans(pieces: list[str]) -> None:
    """Some misshapen plan crashes the program."""
    outcome("".join(pieces).encode())


@QUICK
@given(st.lists(st.tuples(st.integers(0, len(DESIGN)), st.integers(0, 12), PIECES), min_size=1, max_size=4))
def test_any_slips_in_a_good_plan(slips: list[tuple[int, int, str]]) -> None:
    """Some slip in a good plan crashes the program."""
    text = DESIGN
    for at, length, piece in slips:
        text = text[:at] + piece + text[at + length :]
    outcome(text.encode())

"""What changed between two prompts, word by word; Chinese, which has no spaces, character by character."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_IDEOGRAPH = "\u2e80-\u2fdf\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
# An ideograph; or a run of letters and digits of any other script; or spaces; or one sign.
_WORD = re.compile(rf"[{_IDEOGRAPH}]|(?:(?![{_IDEOGRAPH}])\w)+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and whether both have it, only the old one or only the new one."""

    kind: Literal["same", "gone", "new"]
    text: str


def words(text: str) -> list[str]:
    """The text in pieces that a reader takes in at once; joined, they are the text again."""
    return _WORD.findall(text)


def changes(old: str, new: str) -> tuple[Piece, ...]:
    """The way from one text to the other: without `gone` it is the new one, without `new` the old one."""
    before, after = words(old), words(new)
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(before[a:b])))
            continue
        found += [Piece("gone", "".join(before[a:b]))] if b > a else []
        found += [Piece("new", "".join(after[c:d]))] if d > c else []
    return tuple(found)


def marked(pieces: tuple[Piece, ...]) -> str:
    """As text, in the marks of `git diff --word-diff`: `koi [-swim-]{+leap+}`."""
    marks = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in pieces)

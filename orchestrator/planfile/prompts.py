"""Prompts as they are sent: variables replaced, prefix and suffix joined, before anything else is checked.

`${hero}` stands for the text of `hero`, `$${` for the two characters themselves; a `$` without a
brace is only itself. Keys and limits so depend on the final text alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from orchestrator.planfile.events import CHARACTERS
from orchestrator.planfile.nodes import Fields, Findings, Items, Node, Scalar, Where
from orchestrator.planfile.problems import short
from orchestrator.planfile.terms import VARIABLE_PATTERN
from orchestrator.planfile.values import Text, nearest

MOST: Final = Text().most
"""Characters of a text that is sent (protocol page, §2)."""

_LONGEST = 4 * MOST
"""Characters looked through and put together at most: what is longer cannot be mended by stripping."""

_MARK = "${"
_VARIABLE = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_NAME = re.compile(VARIABLE_PATTERN)
_NAME_LENGTH = 100
_NO_NAME = "a variable's name has no white space, no $ { } and at most 100 characters, write one like hero"


def literal(text: str) -> str:
    """The text as it has to be written in a plan to be sent as it is."""
    return text.replace(_MARK, "$${")


class Frame(NamedTuple):
    """What stands before and after a prompt."""

    prefix: str = ""
    suffix: str = ""


_NO_FRAME = Frame()


@dataclass(frozen=True, slots=True)
class Written:
    """A plan's tree with its prompts as they are sent, and the variables that none of them used."""

    root: Node
    unused: tuple[str, ...]


def write_out(root: Node, findings: Findings) -> Written:
    """The tree with every variable replaced and every prompt in its frame; problems are noted."""
    if not isinstance(root, Fields):
        return Written(root, ())
    variables = root.get("vars")
    known = _known(variables, findings) if isinstance(variables, Fields) else {}
    writing = _Writing(known, findings)
    frame = writing.frame(root.get("defaults"), ("defaults",), _NO_FRAME)
    root = _changed(root, "defaults", lambda node: writing.negative(node, ("defaults",)))
    root = _changed(root, "chains", lambda node: writing.chains(node, frame))
    return Written(root, tuple(name for name in known if name not in writing.used))


def _known(variables: Fields, findings: Findings) -> dict[str, str]:
    """The variables by name; one that cannot be read stands for nothing, and is reported elsewhere."""
    plainly, known = _Writing(None, findings), {}
    for name, (key, value) in variables.entries.items():
        where = ("vars", name)
        if not _NAME.fullmatch(name) or len(name) > _NAME_LENGTH:
            findings.add(key.at, where, _NO_NAME)
        known[name] = plainly.text(value, where) or ""
    return known


class _Writing:
    """Writes the texts of one plan out; `variables` is None where there cannot be any."""

    def __init__(self, variables: Mapping[str, str] | None, findings: Findings) -> None:
        self.used: set[str] = set()
        self._variables = variables
        self._findings = findings
        self._sent: dict[str, str] = {}
        self._characters = 0

    # ---- parts of the tree

    def chains(self, chains: Node, frame: Frame) -> Node:
        """The chains with all their prompts written out."""
        if not isinstance(chains, Fields):
            return chains
        written = {
            name: entry._replace(value=self._chain(entry.value, ("chains", name), frame))
            for name, entry in chains.entries.items()
        }
        return Fields(written, chains.at)

    def frame(self, node: Node | None, where: Where, otherwise: Frame) -> Frame:
        """The prefix and suffix that stand here, else the others; an empty one counts."""
        if not isinstance(node, Fields):
            return otherwise
        prefix = self.text(node.get("prompt_prefix"), (*where, "prompt_prefix"))
        suffix = self.text(node.get("prompt_suffix"), (*where, "prompt_suffix"))
        return Frame(
            otherwise.prefix if prefix is None else prefix, otherwise.suffix if suffix is None else suffix
        )

    def negative(self, node: Node, where: Where) -> Node:
        """The mapping with its negative prompt written out, which gets no frame."""
        place = (*where, "negative_prompt")
        return _changed(node, "negative_prompt", lambda given: self._prompt(given, place, _NO_FRAME))

    def _chain(self, chain: Node, where: Where, frame: Frame) -> Node:
        chain = _changed(chain, "source", lambda node: self._source(node, (*where, "source"), frame))
        return _changed(chain, "steps", lambda node: self._each(node, (*where, "steps"), frame))

    def _source(self, source: Node, where: Where, frame: Frame) -> Node:
        source = _changed(source, "text", lambda node: self._options(node, (*where, "text"), frame))
        return _changed(source, "image", lambda node: self._options(node, (*where, "image"), frame))

    def _each(self, node: Node, where: Where, frame: Frame) -> Node:
        """The list of steps or of prompts, each written out."""
        if not isinstance(node, Items):
            return node
        return Items([self._step(item, (*where, at), frame) for at, item in enumerate(node.items)], node.at)

    def _step(self, step: Node, where: Where, frame: Frame) -> Node:
        return (self._options if isinstance(step, Fields) else self._prompt)(step, where, frame)

    def _options(self, node: Node, where: Where, frame: Frame) -> Node:
        frame = self.frame(node, where, frame)
        node = self.negative(node, where)
        node = _changed(node, "prompt", lambda given: self._prompt(given, (*where, "prompt"), frame))
        return _changed(node, "fallbacks", lambda given: self._each(given, (*where, "fallbacks"), frame))

    # ---- single texts

    def _prompt(self, node: Node, where: Where, frame: Frame) -> Node:
        """The prompt as it is sent; an absent one, and what is no text, stay as they are."""
        body = self.text(node, where)
        if body is None or not isinstance(node, Scalar):
            return node
        sent = f"{frame.prefix}{body.strip()}{frame.suffix}" if body.strip() and frame != _NO_FRAME else body
        if sent == node.value:
            return node
        if (length := len(sent.strip())) > MOST:
            self._too_long(node, where, f"{length:,}")
            return node
        sent = self._counted(sent, node, where)
        return node._replace(text=sent, value=sent)

    def text(self, node: Node | None, where: Where) -> str | None:
        """The text with its variables replaced, or None when it is none; what is wrong is noted."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return None
        text = node.value
        if _MARK not in text or len(text) > _LONGEST:
            return text
        parts: list[str] = []
        end = length = 0
        for number, match in enumerate(_VARIABLE.finditer(text)):
            parts += text[end : match.start()], self._meaning(match, node, where, number)
            end, length = match.end(), length + len(parts[-1])
            if length > _LONGEST:
                self._too_long(node, where, f"over {_LONGEST:,}")
                return text
        return "".join((*parts, text[end:]))

    def _meaning(self, match: re.Match[str], given: Scalar, where: Where, number: int) -> str:
        """What a variable stands for, or what stands there where it stands for nothing."""
        if match.group() == "$${":
            return _MARK
        name = (match.group(1) or "").strip()
        if self._variables is not None and name in self._variables:
            self.used.add(name)
            return self._variables[name]
        if not self._findings.full:
            at = self._findings.texts.after(given.at, _MARK, number)
            # In quotes it may have been written with escapes, or under an alias: then the text itself.
            written = at >= 0 and self._findings.texts.begins(at, match.group())
            self._findings.add(at if written else given.at, where, self._unknown(match, name))
        return match.group()

    def _unknown(self, match: re.Match[str], name: str) -> str:
        itself = "or $${ for the two characters themselves"
        if match.group(1) is None:
            return f"this ${{ is never closed, write ${{name}}, {itself}"
        if self._variables is None:
            return f"a variable cannot hold another one, write the text out, {itself}"
        if not name:
            return f"no name stands between the braces, write ${{name}}, {itself}"
        if guess := nearest(name, list(self._variables)):
            return f"there is no variable {short(name)}, did you mean {short(guess)}?"
        known = ", ".join(short(each) for each in list(self._variables)[:5])
        hint = f"write one of: {known}" if known else "write its text under vars"
        return f"there is no variable {short(name)}, {hint}, {itself}"

    def _too_long(self, given: Scalar, where: Where, length: str) -> None:
        parts = "with its variables, prefix and suffix"
        message = f"{parts} the text has {length} characters, write at most {MOST:,}"
        self._findings.add(given.at, where, message)

    def _counted(self, sent: str, given: Scalar, where: Where) -> str:
        """The text, kept once however often it is sent: a small file could fill the memory."""
        if sent not in self._sent:
            self._characters += len(sent)
            self._sent[sent] = sent
        if self._characters > CHARACTERS:
            message = "with variables and prefixes the prompts have over 16 million characters, split it"
            self._findings.add(given.at, where, message)
            self._findings.stop_if_any()
        return self._sent[sent]


def _changed(node: Node, key: str, change: Callable[[Node], Node]) -> Node:
    """The mapping with what stands under the key changed; anything else as it is."""
    entry = node.entries.get(key) if isinstance(node, Fields) else None
    if entry is None or not isinstance(node, Fields):
        return node
    return Fields({**node.entries, key: entry._replace(value=change(entry.value))}, node.at)

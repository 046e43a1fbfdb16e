"""Files of prompts that a plan names: one prompt a line, read as if they stood among the chain's steps."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from orchestrator.planfile.events import MOST_BYTES, NODES, text_of
from orchestrator.planfile.nodes import Entry, Fields, Findings, Items, Node, Scalar, Where
from orchestrator.planfile.problems import short
from orchestrator.planfile.terms import PROMPTS_FILE
from orchestrator.planfile.values import Text

_LINE = re.compile(r"[^\r\n]+")
_COMMENT = "#"
_PLACE = Text(required=True)


def with_scripts(root: Node, scripts: Scripts) -> Node:
    """The tree with the prompts of every chain's file among its steps."""
    entry = root.entries.get("chains") if isinstance(root, Fields) else None
    if entry is None or not isinstance(root, Fields) or not isinstance(entry.value, Fields):
        return root
    chains = {
        name: chain._replace(value=scripts.written_out(chain.value, ("chains", name, "prompts_file")))
        for name, chain in entry.value.entries.items()
    }
    written = Entry(entry.key, Fields(chains, entry.value.at))
    return Fields({**root.entries, "chains": written}, root.at)


class Scripts:
    """The files of prompts of one plan, by paths relative to its folder; each file is read once."""

    def __init__(self, folder: Path, findings: Findings) -> None:
        self._folder = folder
        self._findings = findings
        self._seen: dict[str, tuple[Scalar, ...] | str] = {}
        self._prompts = 0

    def written_out(self, chain: Node, where: Where) -> Node:
        """The chain with the prompts of its file before its steps; what is wrong with it is noted."""
        entry = chain.entries.get("prompts_file") if isinstance(chain, Fields) else None
        if entry is None or not isinstance(chain, Fields) or not isinstance(entry.value, Scalar):
            return chain
        none_yet = Entry(Scalar("steps", "steps", entry.key.at), Items((), entry.key.at))
        steps = chain.entries.get("steps", none_yet)
        place = _PLACE.attempt(entry.value)
        if place is None or not isinstance(steps.value, Items):
            return chain
        prompts = self._look(place, where)
        if isinstance(prompts, str):
            self._findings.add(entry.value.at, where, f"{prompts}, write {PROMPTS_FILE}")
            return chain
        self._count(len(prompts), entry.value.at, where)
        items = Items((*prompts, *steps.value.items), steps.value.at)
        return Fields({**chain.entries, "steps": Entry(steps.key, items)}, chain.at)

    def _look(self, place: str, where: Where) -> tuple[Scalar, ...] | str:
        """The prompts in this file, or what is wrong with it as a text."""
        if place not in self._seen:
            self._seen[place] = self._read(place, where)
        return self._seen[place]

    def _read(self, place: str, where: Where) -> tuple[Scalar, ...] | str:
        name, path = f'"{short(place)}"', self._folder / place
        try:
            # A pipe would be waited for, perhaps for ever.
            if not stat.S_ISREG(path.stat().st_mode):
                return f"{name} is not a file"
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            return f"{name} cannot be read ({error.strerror or 'no such file'})"
        if len(data) > MOST_BYTES:
            return f"{name} is larger than 1 MiB"
        text, flaw = text_of(data)
        start = self._findings.texts.add(str(path), text)
        if flaw is not None:
            self._findings.add(start + flaw[0], where, flaw[1])
            return ()
        return _prompts(text, start) or f"{name} has no prompt in it"

    def _count(self, prompts: int, at: int, where: Where) -> None:
        self._prompts += prompts
        if self._prompts > NODES:
            self._findings.add(at, where, f"with its files the plan has over {NODES:,} prompts, split it")
            self._findings.stop_if_any()


def _prompts(text: str, start: int) -> tuple[Scalar, ...]:
    found = []
    for match in _LINE.finditer(text):
        line = match.group()
        prompt = line.strip()
        if prompt and not prompt.startswith(_COMMENT):
            at = start + match.start() + len(line) - len(line.lstrip())
            found.append(Scalar(prompt, prompt, at))
    return tuple(found)

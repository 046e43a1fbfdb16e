"""pydantic's errors in our words, at their place in the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from orchestrator.planfile import settings, sources, steps
from orchestrator.planfile.continuing import ContinuationForm
from orchestrator.planfile.forms import Form
from orchestrator.planfile.model import ChainForm, PlanForm
from orchestrator.planfile.nodes import Fields, Findings, Items, Node, Scalar, Where
from orchestrator.planfile.problems import short
from orchestrator.planfile.values import WRONG, nearest, shown

Location: TypeAlias = Sequence[str | int]

_EXAMPLES = {
    "version": "version: 1",
    "chains": "chains: {koi: {source: {…}, steps: [a prompt]}}",
    "source": "source: {task_id: …, video_id: …}",
    "task_id": "task_id: … (the task that made the video)",
    "video_id": "video_id: …",
    "prompt": "prompt: … (what is seen)",
    "image": "image: picture.png",
    "chain": "chain: … (the chain to branch from)",
    "text": "text: {prompt: …}",
    "steps": "steps: [a prompt, another prompt]",
    "fallbacks": "fallbacks: [a prompt]",
    "budget": "budget: {calls: 40}",
    "drift": "drift: {stop: 0.35}",
    "prices": "prices: {currency: CNY, extension: 2.00}",
    "defaults": "defaults: {cfg_scale: 0.5}",
    "vars": "vars: {hero: a text}",
    "patience": "patience: {send: 30, answer: 60, grace: 300}",
    "continue": "continue: auto",
    "archive": "archive: {url: s3://bucket/films}",
    "url": "url: s3://bucket/films",
    "downloads": "downloads: {parallel: 4, rate: 2.5}",
    "notify": "notify: {command: [./tell.sh, koi]}",
    "command": "command: [./tell.sh, koi]",
    "on": "on: [finished, decision]",
}
"""What to write where a key is missing, or where a list or mapping is meant."""

_BY_TAG: Mapping[str, type[Form]] = {
    sources.EXISTING: sources.ExistingForm,
    sources.TEXT: sources.TextSource,
    sources.IMAGE: sources.ImageSource,
    sources.BRANCH: sources.BranchForm,
    sources.NODE: sources.NodeForm,
}
_BY_KEY: Mapping[str, type[Form]] = {
    "text": sources.TextForm,
    "image": sources.ImageForm,
    "budget": settings.LimitsForm,
    "drift": settings.DriftForm,
    "prices": settings.PricesForm,
    "defaults": steps.DefaultsForm,
    "patience": settings.PatienceForm,
    "archive": settings.ArchiveForm,
    "downloads": settings.DownloadsForm,
    "notify": settings.NotifyForm,
    "provider": settings.ProviderForm,
    "steps": steps.StepForm,
    "continue": ContinuationForm,
}


def note(errors: Sequence[Any], root: Node, findings: Findings) -> None:
    """Note every error of pydantic's that does not stand where the reading found one already."""
    already = frozenset(findings.places)
    # Unknown keys first: a misspelt key is not reported as a missing one too.
    meant: set[tuple[int, str]] = set()
    for error in sorted(errors, key=lambda error: error["type"] != "extra_forbidden"):
        if findings.full:
            return
        location = error["loc"]
        if error["type"] == "extra_forbidden":
            node, where = _walk(root, location[:-1])
            meant.add((node.at, _note_unknown(node, where, location, findings)))
            continue
        node, where = _walk(root, location)
        missing = error["type"] == "missing"
        told = (node.at, location[-1]) in meant if missing else node.at in already
        if not told:
            findings.add(node.at, where, _message(error, node, where))


def _walk(root: Node, location: Location) -> tuple[Node, Where]:
    """The node at a location, or the last one on the way that the file has."""
    node = root
    path: list[str | int] = []
    for part in location:
        if isinstance(node, Fields) and part in node.entries:
            node = node.entries[str(part)].value
        elif isinstance(node, Items) and isinstance(part, int):
            node = node.items[part]
        else:
            continue  # one of our tags, or a missing key
        path.append(part)
    return node, tuple(path)


def _message(error: Any, node: Node, where: Where) -> str:
    match error["type"]:
        case "missing":
            missing = str(error["loc"][-1])
            return f"{missing} is missing, write {_EXAMPLES[missing]}"
        case "union_tag_not_found":
            return _no_source(node)
        case "too_short":
            return f"nothing is in here, write {_EXAMPLES['chains']}"
        case kind if kind == WRONG:
            return str(error["ctx"]["message"])
        case kind:
            return f"{_what(node)} cannot stand here, write {_meant(kind, where)}"


def _what(node: Node) -> str:
    if isinstance(node, Scalar):
        return shown(node)
    return "a list" if isinstance(node, Items) else "a mapping"


def _meant(kind: str, where: Where) -> str:
    if not where:
        return f"{_EXAMPLES['version']} and {_EXAMPLES['chains']}"
    if len(where) == 2 and where[0] == "chains":
        return "a mapping with source and steps"
    example = _EXAMPLES.get(str(where[-1]))
    return example or ("a list" if kind == "list_type" else "a mapping")


def _no_source(node: Node) -> str:
    choices = "task_id and video_id, text, image, chain, or node"
    if not isinstance(node, Fields):
        return f"{_what(node)} cannot stand here, write a mapping with one of: {choices}"
    found = [key for keys in sources.SOURCE_KEYS.values() for key in keys if key in node.entries]
    if found:
        return f"{' and '.join(found)} are several sources, keep exactly one of: {choices}"
    known = [key for keys in sources.SOURCE_KEYS.values() for key in keys]
    guesses = ((key, nearest(key, known)) for key in list(node.entries)[:20])
    hint = next((f"did you mean {guess} for {short(key)}? Write" for key, guess in guesses if guess), "write")
    return f"this is no source, {hint} exactly one of: {choices}"


def _note_unknown(parent: Node, where: Where, location: Location, findings: Findings) -> str:
    """Note an unknown key; gives the key that was probably meant, or nothing."""
    assert isinstance(parent, Fields)
    key = str(location[-1])
    known = _form(location[:-1]).keys()
    guess = nearest(key, known)
    hint = f"did you mean {guess}?" if guess else f"write one of: {', '.join(known)}"
    findings.add(parent.entries[key].key.at, (*where, key), f"unknown key, {hint}")
    return guess or ""


def _form(location: Location) -> type[Form]:
    """The form of the mapping at a location of pydantic's, tags included."""
    if not location:
        return PlanForm
    if len(location) == 2 and location[0] == "chains":
        return ChainForm
    last = location[-1]
    if last in _BY_TAG:
        return _BY_TAG[str(last)]
    keys = [part for part in location if isinstance(part, str) and not part.startswith("\0")]
    return _BY_KEY[keys[-1]]

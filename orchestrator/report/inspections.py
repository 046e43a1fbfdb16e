"""What one file tells of itself, and where it stands in the lineage when it is one of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.media import Inspection, Label, StreamFacts
from orchestrator.planner import Place
from orchestrator.report.amounts import number, plural
from orchestrator.report.machine import plain
from orchestrator.report.naming import SHORT, name_of
from orchestrator.report.paths import Scene, minute, scenes
from orchestrator.report.text import clean, pad, wrapped
from orchestrator.report.times import film

MADE = {"1": "made by AI", "2": "possibly made by AI", "3": "suspected to be made by AI"}
"""What `Label` says, by GB 45438-2025."""

_LABEL = 12
_WHO = (
    ("ContentProducer", "produced by"),
    ("ProduceID", "produced as"),
    ("ContentPropagator", "spread by"),
    ("PropagateID", "spread as"),
)


@dataclass(frozen=True, slots=True)
class Lineal:
    """The take that a file was kept for, and the steps that lead to it."""

    key: TakeKey
    name: str
    path: tuple[Scene, ...]


def lineal(sha256: str, lineage: Lineage, places: Mapping[TakeKey, tuple[Place, ...]]) -> Lineal | None:
    """The place of the file with this digest; None for one that was never kept here."""
    for video in lineage.videos():
        if video.kept is not None and video.kept.sha256 == sha256:
            key = video.take
            return Lineal(key, name_of(key, lineage, places), scenes(lineage, key, places))
    return None


def inspection_text(path: Path, found: Inspection, place: Lineal | None, columns: int = 80) -> str:
    """A heading, then a label and a value a line."""
    lines = [str(path), ""]
    for label, value in _rows(found, place):
        head = "  " + pad(label, _LABEL)
        # Digests and ids are copied: better long than broken.
        parts = [value] if " " not in value else wrapped(value, max(20, columns - len(head)))
        lines += [(head if not index else " " * len(head)) + part for index, part in enumerate(parts)]
    return "\n".join(lines)


def inspection_json(path: Path, found: Inspection, place: Lineal | None) -> dict[str, Any]:
    """The same for machines; `lineage` is null for a file that is not one of ours."""
    made = None if found.label is None else MADE.get(found.label.fields.get("Label", ""))
    lineage = None
    if place is not None:
        steps = [{"place": each.name, "prompt": each.prompt, "ends": plain(each.ends)} for each in place.path]
        lineage = {"take": place.key, "place": place.name, "path": steps}
    facts = {"file": str(path), **plain(found)}
    if found.label is not None:
        facts["label"] = {**facts["label"], "means": made}
    return {**facts, "decodes": found.broken is None, "lineage": lineage}


def _rows(found: Inspection, place: Lineal | None) -> Iterator[tuple[str, str]]:
    yield "length", f"{film(found.seconds)} ({number(found.seconds)} s), {found.size / 1e6:.2f} MB"
    for each in found.streams:
        yield each.kind, _stream(each)
    for index, chapter in enumerate(found.chapters):
        times = f"{minute(chapter.begins)}–{minute(chapter.ends)}"
        yield "" if index else "chapters", f"{times}  {clean(chapter.title)}"
    yield from _label(found.label)
    if found.further:
        others = plural(len(found.further), "more label")
        meanings = dict.fromkeys(_meaning(each) for each in found.further)
        yield "", f"and {others} of the films it was joined from: {', '.join(meanings)}"
    yield from _provenance(found)
    yield "decodes", "from beginning to end" if found.broken is None else f"NO: {clean(found.broken)}"
    yield "sha256", found.sha256
    if place is None:
        yield "lineage", "not a file of this state folder"
        return
    yield "lineage", f"{clean(place.name)} ({place.key[:SHORT]})"
    for scene in place.path:
        yield "", f"{minute(scene.begins)}–{minute(scene.ends)}  {clean(scene.title)}"


def _stream(stream: StreamFacts) -> str:
    parts = [stream.codec]
    if stream.size is not None:
        parts.append(f"{stream.size[0]}×{stream.size[1]}")
    if stream.fps is not None:
        parts.append(f"{number(stream.fps)} fps")
    if stream.rate is not None:
        parts.append(f"{stream.rate} Hz")
    if stream.channels is not None:
        parts.append({1: "mono", 2: "stereo"}.get(stream.channels, f"{stream.channels} channels"))
    return ", ".join(parts)


def _provenance(found: Inspection) -> Iterator[tuple[str, str]]:
    if not found.manifest:
        yield "C2PA", "no manifest"
        return
    if found.signature is None:
        yield "C2PA", "a manifest is in it; the extra c2pa can read it"
        return
    by = f"signed by {clean(found.signature.signer or 'nobody known')}"
    state = "unchanged since" if found.signature.holds else "NOT as it was signed"
    yield "C2PA", f"{by}; {state}; whether to trust the signer is not checked"
    for name in found.signature.ingredients:
        yield "", f"made of {clean(name)}"


def _meaning(label: Label) -> str:
    value = label.fields.get("Label")
    return "cannot be read" if value is None else MADE.get(value, f"Label {clean(value)}")


def _label(label: Label | None) -> Iterator[tuple[str, str]]:
    """The label in words, then who says so; as it stands where it cannot be read."""
    if label is None:
        yield "AI label", "none (GB 45438 asks for one under AIGC in what is shown in China)"
        return
    value = label.fields.get("Label")
    if value is None:
        yield "AI label", f"cannot be read: {clean(label.text)}"
        return
    meaning = MADE.get(value, "a value that the standard does not know")
    yield "AI label", f"{meaning} (AIGC Label {clean(value)})"
    for name, words in _WHO:
        if label.fields.get(name):
            yield "", f"{words} {clean(label.fields[name])}"

"""Says all that a film's file tells: streams, chapters, the label of made media, provenance, soundness."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orchestrator.media.boxes import has_manifest
from orchestrator.media.chapters import Chapter, chapters_of, in_milliseconds
from orchestrator.media.errors import BrokenVideoError, broken
from orchestrator.media.labels import LABEL
from orchestrator.media.loading import load
from orchestrator.media.probe import check, probe
from orchestrator.media.signing import Signature, signature

if TYPE_CHECKING:
    from av.stream import Stream

_LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """One stream; size and frame rate are those of a picture, rate and channels those of sound."""

    kind: str
    codec: str
    size: tuple[int, int] | None = None
    fps: Decimal | None = None
    rate: int | None = None
    channels: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """The label of made media (GB 45438-2025) as it stands in the file; `fields` is empty unless JSON."""

    text: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What one file tells; `broken` says why it does not decode, from beginning to end.

    `further` are the labels of the films that it was joined from, besides the one that says most. The
    signature can be read only where the extra c2pa is installed; `manifest` tells whether there is one.
    """

    size: int
    sha256: str
    seconds: Decimal
    streams: tuple[StreamFacts, ...]
    chapters: tuple[Chapter, ...]
    label: Label | None
    manifest: bool
    broken: str | None
    further: tuple[Label, ...] = ()
    signature: Signature | None = None


def inspect(path: Path) -> Inspection:
    """Read all of the file, decode all of its picture; raises BrokenVideoError when it cannot be opened."""
    load()
    from orchestrator.media.libav import opened

    header = probe(path)
    with opened(path) as film:
        chapters = chapters_of(film)
        # The titles of chapters are a stream of their own, which says nothing more.
        said = [each for each in film.container.streams if not (chapters and each.type == "data")]
        streams = tuple(map(_stream, said))
        further = tuple(map(_label, _further(film.container.metadata)))
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = path.stat().st_size
    except OSError as error:
        raise broken(str(path), error.strerror or "it cannot be read") from error
    label = None if header.label is None else _label(header.label)
    return Inspection(
        size=size,
        sha256=digest,
        seconds=header.seconds,
        streams=streams,
        chapters=chapters,
        label=label,
        manifest=has_manifest(path),
        broken=_trouble(path),
        further=further,
        signature=signature(path),
    )


def _further(metadata: Mapping[str, str]) -> list[str]:
    """The labels called AIGC.2 and so on, in their order."""
    numbered = (name.partition(".") for name in metadata if name.startswith(f"{LABEL}."))
    numbers = sorted(int(number) for _, _, number in numbered if number.isdecimal() and len(number) < 9)
    return [metadata[f"{LABEL}.{number}"] for number in numbers if f"{LABEL}.{number}" in metadata]


def _trouble(path: Path) -> str | None:
    try:
        check(path, thorough=True)
    except BrokenVideoError as error:
        return str(error)
    return None


def _stream(stream: Stream) -> StreamFacts:
    import av

    context = stream.codec_context
    codec = "unknown" if context is None else context.name
    match stream:
        case av.VideoStream():
            fps = None if not stream.average_rate else in_milliseconds(Fraction(stream.average_rate))
            return StreamFacts(stream.type, codec, (stream.width, stream.height), fps)
        case av.AudioStream():
            return StreamFacts(stream.type, codec, rate=stream.rate, channels=stream.channels)
        case _:
            return StreamFacts(stream.type, codec)


def _label(text: str) -> Label:
    try:
        found = json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError):
        found = None
    fields = found if isinstance(found, dict) else {}
    return Label(text[:_LONGEST], {str(name): str(value) for name, value in fields.items()})

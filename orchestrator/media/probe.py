"""Says what a video is, and whether it really plays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.media.errors import broken
from orchestrator.media.labels import label_in
from orchestrator.media.loading import load

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame

    from orchestrator.media.libav import Film


@dataclass(frozen=True, slots=True)
class Probe:
    """What the file says of itself; `seconds` to the millisecond, `frames` where the header counts them."""

    seconds: Decimal
    frames: int | None
    width: int
    height: int
    codec: str
    audio: bool
    label: str | None


def probe(path: Path) -> Probe:
    """Read the header only; raises BrokenVideoError unless it is an MP4's, with a picture and a length."""
    load()
    from orchestrator.media.libav import opened

    with opened(path) as film:
        return _probed(film)


def check(path: Path, *, thorough: bool = False) -> Probe:
    """Prove that the video plays: every packet is there, its beginning and its end decode.

    The end is everything from the last key frame on; `thorough` decodes all of it. Raises BrokenVideoError.
    """
    load()
    from orchestrator.media.libav import opened

    with opened(path) as film:
        probed = _probed(film)
        last = _read_through(film)
        if thorough:
            _watch(film, film.frames(Decimal(0)))
        else:
            _watch(film, islice(film.frames(Decimal(0)), 1))
            _watch(film, film.decoded(last))
        return probed


def _probed(film: Film) -> Probe:
    video, seconds = film.video, _seconds(film)
    if seconds <= 0 or video.width <= 0 or video.height <= 0:
        raise broken(film.name, "its header gives no size or no length")
    return Probe(
        seconds=seconds,
        frames=video.frames or None,
        width=video.width,
        height=video.height,
        codec=video.codec_context.name,
        audio=bool(film.container.streams.audio),
        label=None if film.path is None else label_in(film.container.metadata, film.path),
    )


def _seconds(film: Film) -> Decimal:
    if film.video.duration:
        exact = film.video.duration * film.time_base
    else:
        exact = Fraction(film.container.duration or 0, 1_000_000)
    return (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.001"))


def _read_through(film: Film) -> list[Packet[Stream]]:
    """Read every packet, missing none, and give those from the last key frame on."""
    streams = (film.video, *film.container.streams.audio)
    wanted = {stream.index: len(stream.index_entries) for stream in streams}
    seen: Counter[int] = Counter()
    last: list[Packet[Stream]] = []
    for packet in film.packets(*streams):
        seen[packet.stream_index] += 1
        if packet.stream_index == film.video.index:
            if packet.is_keyframe:
                last.clear()
            last.append(packet)
    if any(seen[index] < count for index, count in wanted.items()):
        raise broken(film.name, f"it is cut short: {seen.total()} of {sum(wanted.values())} packets")
    return last


def _watch(film: Film, frames: Iterator[VideoFrame]) -> None:
    shown = 0
    for shown, frame in enumerate(frames, 1):
        if frame.is_corrupt:
            raise broken(film.name, f"frame {shown} is damaged")
    if not shown:
        raise broken(film.name, "no frame of it decodes")

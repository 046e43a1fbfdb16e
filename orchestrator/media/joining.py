"""Writes the joined film: its streams interleaved, its chapters, and every label of its films (loads av)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from heapq import merge
from pathlib import Path
from typing import Final

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from orchestrator.media.chapters import Chapter, written
from orchestrator.media.colours import say
from orchestrator.media.encoding import KEY_INTERVAL_SECONDS, MP4
from orchestrator.media.errors import unlike
from orchestrator.media.fading import Times
from orchestrator.media.labels import LABEL
from orchestrator.media.libav import opened
from orchestrator.media.looking import Look
from orchestrator.media.recoding import OPTIONS, Timed, pictures, sounds, target_of

_RATE: Final = 48_000


def labels(films: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Every value that any film carries; the second one of a name is called `name.2`, and so on.

    Of several labels of made media the one that says most comes first: "is" before "may be".
    """
    found: dict[str, list[str]] = {}
    for film in films:
        for name, value in film.items():
            values = found.setdefault(name, [])
            if value not in values:
                values.append(value)
    found.get(LABEL, []).sort(key=_weight)
    return {
        name if not index else f"{name}.{index + 1}": value
        for name, values in found.items()
        for index, value in enumerate(values)
    }


def _weight(label: str) -> str:
    try:
        fields = json.loads(label)
    except (ValueError, RecursionError):
        return "9"
    return str(fields.get("Label", "9")) if isinstance(fields, dict) else "9"


def write(
    looks: Sequence[Look],
    times: Times,
    metadata: Mapping[str, str],
    chapters: Sequence[Chapter],
    out: Path,
    progress: Callable[[float], None],
    *,
    copied: bool,
) -> None:
    """Write them at these times of the film; raises UnlikeVideoError when copied packets do not fit."""
    total = float(times[-1][1])
    with av.open(str(out), "w", format="mp4", options=dict(MP4)) as container, ExitStack() as stack:
        container.metadata.update(metadata)
        container.set_chapters(written(chapters))
        streams = [_copying(looks, container, stack) if copied else _encoding(looks, times, container)]
        if any(each.sound for each in looks):
            audio = container.add_stream("aac", rate=_RATE, layout="stereo")
            streams.append(sounds(looks, times, audio))
        for time, packet in merge(*streams, key=lambda timed: timed[0]):
            try:
                container.mux(packet)
            except av.ArgumentError as error:
                # Times that do not increase: the films were cut or ordered otherwise than they say.
                raise unlike(str(out)) from error
            progress(min(1.0, max(0.0, float(time) / total)))


def _copying(looks: Sequence[Look], container: OutputContainer, stack: ExitStack) -> Iterator[Timed]:
    first = stack.enter_context(opened(looks[0].piece.path))
    stream = container.add_stream_from_template(first.video)
    stream.time_base = first.time_base
    return _packets(looks, stream)


def _packets(looks: Sequence[Look], stream: VideoStream) -> Iterator[Timed]:
    begin = 0
    for look in looks:
        assert look.cut is not None, "what cannot be cut is not copied"
        with opened(look.piece.path) as film:
            reached = False
            for packet in film.packets(film.video):
                reached = reached or (packet.is_keyframe and packet.pts == look.cut)
                if not reached:
                    continue
                if packet.pts is None or packet.dts is None:
                    raise unlike(film.name)
                if packet.pts >= look.end:
                    break
                packet.pts += begin - look.cut
                packet.dts += begin - look.cut
                packet.stream = stream
                yield packet.dts * look.base, packet
        begin += look.ticks


def _encoding(looks: Sequence[Look], times: Times, container: OutputContainer) -> Iterator[Timed]:
    target = target_of(looks)
    stream = container.add_stream("libx264", rate=target.fps, options=dict(OPTIONS))
    stream.width, stream.height = target.size
    stream.pix_fmt = "yuv420p"
    say(stream, target.colours)
    stream.gop_size = max(1, round(KEY_INTERVAL_SECONDS * target.fps))
    return pictures(looks, times, stream, target)

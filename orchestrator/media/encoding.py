"""Makes H.264 out of pictures, and one film out of several without touching their packets (loads av)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Final

import av
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image

from orchestrator.media.errors import unlike
from orchestrator.media.libav import Film
from orchestrator.media.writing import replacing

KEY_INTERVAL_SECONDS: Final = 2

# Equal options give equal decoder settings, without which copied packets would not decode. One thread,
# because a small picture is done sooner so, and because the same picture then gives the same bytes. The
# two filters that ultrafast leaves out cost little, and without them gradients fall into blocks.
_OPTIONS: Final = {
    "preset": "ultrafast",
    "crf": "22",
    "bf": "0",
    "sc_threshold": "0",
    "threads": "1",
    "x264-params": "cabac=1:deblock=0,0",
}
# Without use_metadata_tags every key that QuickTime does not know would be dropped.
MP4: Final = {"movflags": "use_metadata_tags+faststart"}
OF_THE_CONTAINER: Final = frozenset({"major_brand", "minor_version", "compatible_brands", "encoder"})
"""Metadata written by the container itself, not by us."""


def encoded(pictures: Iterable[Image.Image], size: tuple[int, int], fps: Fraction) -> BytesIO:
    """A complete MP4 in memory: yuv420p, no B-frames, a key frame every two seconds."""
    film = BytesIO()
    with av.open(film, "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=fps, options=dict(_OPTIONS))
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.gop_size = max(1, round(KEY_INTERVAL_SECONDS * fps))
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_bytes(picture.convert("RGBA").tobytes(), *size, format="rgba")
            frame.pts, frame.time_base = number, 1 / fps
            container.mux(video.encode(frame))
        container.mux(video.encode())
    film.seek(0)
    return film


def join(films: Sequence[Film], metadata: dict[str, str], out: Path) -> None:
    """Copy the packets of the films one after another into `out`, which carries this metadata.

    Raises UnlikeVideoError when they cannot share a stream, BrokenVideoError when one cannot be read and
    DiskError when `out` cannot be written.
    """
    first = films[0]
    for other in films[1:]:
        _require_alike(first, other)
    with (
        replacing(out) as temporary,
        av.open(str(temporary), "w", format="mp4", options=dict(MP4)) as container,
    ):
        container.metadata.update({k: v for k, v in metadata.items() if k not in OF_THE_CONTAINER})
        stream = container.add_stream_from_template(first.video)
        stream.time_base = first.time_base
        begin = 0
        for film in films:
            begin = _copy(film, container, stream, begin)


def _copy(film: Film, container: OutputContainer, stream: VideoStream, begin: int) -> int:
    """Append the film's packets from time `begin` on, and give the time at which they end."""
    end = begin
    for packet in film.packets(film.video):
        if packet.pts is None or packet.dts is None:
            raise unlike(film.name)
        packet.pts, packet.dts, packet.stream = packet.pts + begin, packet.dts + begin, stream
        end = max(end, packet.pts + (packet.duration or 0))
        try:
            container.mux(packet)
        except av.ArgumentError as error:
            # Times that do not increase: the header is damaged, and nothing of ours.
            raise unlike(film.name) from error
    return end


def _require_alike(first: Film, other: Film) -> None:
    if kind_of(first) != kind_of(other) or first.container.streams.audio:
        raise unlike(first.name)


def kind_of(film: Film) -> tuple[object, ...]:
    """What must be equal for packets to share a stream."""
    codec = film.video.codec_context
    return codec.name, codec.width, codec.height, codec.pix_fmt, codec.extradata, film.time_base

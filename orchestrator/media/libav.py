"""Opens videos through PyAV; whatever is wrong with a file becomes a `BrokenVideoError` here (loads av)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from orchestrator.media.errors import broken

# What libav has to say reaches people through our errors, never through its own lines on stderr.
av.logging.set_level(None)

# Beyond what any camera or screen has; a damaged header can ask for gigabytes.
_MAX_SIDE: Final = 16_384


@dataclass(frozen=True, slots=True)
class Film:
    """An open video: its file unless it is in memory, its container, and its first video stream."""

    name: str
    path: Path | None
    container: InputContainer
    video: VideoStream

    def packets(self, *streams: Stream) -> Iterator[Packet[Stream]]:
        """Every packet of these streams in file order, from wherever the container was sought to."""
        with understood(self.name):
            for packet in self.container.demux(streams):
                if packet.is_corrupt:
                    raise broken(self.name, "a part of it is missing or damaged")
                # PyAV ends each stream with an empty one.
                if packet.size:
                    yield packet

    def frames(self, since: Decimal) -> Iterator[VideoFrame]:
        """The frames from the key frame at or before `since` (in seconds) to the end."""
        start = self.video.start_time or 0
        with understood(self.name):
            self.container.seek(start + int(Fraction(since) / self.time_base), stream=self.video)
        yield from self._shown(self.packets(self.video))

    def decoded(self, packets: Sequence[Packet[Stream]]) -> Iterator[VideoFrame]:
        """The frames of these packets of the picture, decoded by themselves: the first is a key frame."""
        begin = packets[0].pts if packets else None
        for frame in self._shown(packets):
            # What is shown before its key frame leans on packets that were not given.
            if begin is None or frame.pts is None or frame.pts >= begin:
                yield frame

    def _shown(self, packets: Iterable[Packet[Stream]]) -> Iterator[VideoFrame]:
        with understood(self.name):
            # The None asks the decoder for what it holds back.
            for packet in chain(packets, (None,)):
                for frame in self.video.decode(packet):
                    if max(frame.width, frame.height) > _MAX_SIDE:
                        raise broken(self.name, f"a frame of {frame.width}x{frame.height} px")
                    yield frame
            self.video.codec_context.flush_buffers()

    @property
    def time_base(self) -> Fraction:
        """The unit of the picture's times in seconds; a damaged header may lack it."""
        if not self.video.time_base:
            raise broken(self.name, "it has no time base")
        return self.video.time_base


@contextmanager
def opened(source: Path | BytesIO) -> Iterator[Film]:
    """Open an MP4 for reading; raises BrokenVideoError unless it has a video stream and its end is there."""
    name = "a video in memory" if isinstance(source, BytesIO) else str(source)
    with understood(name):
        # Only this format: left to guess, libav takes text for an animation and follows playlists elsewhere.
        container = av.open(_openable(source), "r", format="mp4", metadata_errors="replace")
    with container:
        if not container.streams.video:
            raise broken(name, "it has no video stream")
        if any(_ends_beyond(container, stream) for stream in container.streams):
            raise broken(name, "it is cut short")
        video = container.streams.video[0]
        if video.codec_context is None:
            raise broken(name, "its codec is unknown")
        video.thread_type = "AUTO"
        yield Film(name, source if isinstance(source, Path) else None, container, video)


@contextmanager
def understood(name: str) -> Iterator[None]:
    """Turn every way in which libav refuses a file into a BrokenVideoError that keeps its cause."""
    try:
        yield
    # Its errors are partly OSError or ValueError too, and damaged numbers overflow on their way to Python.
    except (av.FFmpegError, OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise broken(name, str(reason)) from error


def _openable(source: Path | BytesIO) -> str | BytesIO:
    if isinstance(source, BytesIO):
        return source
    if not source.is_file():
        raise broken(str(source), "there is no such file")
    # Absolute, so that libav cannot take a name like "tcp:x" for an address.
    return str(source.absolute())


def _ends_beyond(container: InputContainer, stream: Stream) -> bool:
    """Whether the header speaks of a last packet that the file is too short for."""
    entries = stream.index_entries
    return len(entries) > 0 and entries[-1].pos + entries[-1].size > container.size

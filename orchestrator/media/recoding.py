"""Decodes pieces of films and encodes them anew, pictures at one size and rate, sound without a gap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Final

import av
from av.audio.stream import AudioStream
from av.filter import Graph
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from orchestrator.media.colours import Colours, brought
from orchestrator.media.errors import broken
from orchestrator.media.fading import Times, blended_pictures, blended_sounds, counted, overlapped
from orchestrator.media.libav import Film, opened, understood
from orchestrator.media.looking import Look

Timed = tuple[Fraction, "Packet[Stream]"]
"""A packet and when it is decoded, in seconds of the whole film."""

OPTIONS: Final = {"preset": "veryfast", "crf": "18"}
"""For eyes that compare: larger than what providers send, and without a visible loss."""

_STEREO_S16: Final = 4
_SLACK: Final = 960
_BLOCK: Final = 48
_TOGETHER: Final = 20
"""A millisecond of samples at 48 kHz is faded as one; so many blocks make a frame."""


@dataclass(frozen=True, slots=True)
class Target:
    """What all pictures are brought to: smaller ones get black bars, none is stretched."""

    size: tuple[int, int]
    fps: Fraction
    colours: Colours


def target_of(looks: Sequence[Look]) -> Target:
    """The size, rate and colours of the first film."""
    width, height = looks[0].size
    return Target((width + width % 2, height + height % 2), looks[0].fps, looks[0].colours)


def pictures(looks: Sequence[Look], times: Times, stream: VideoStream, target: Target) -> Iterator[Timed]:
    """The pieces' pictures, encoded: as many of each as its times ask for, faded where they overlap."""
    counts, shared = counted(times, target.fps)
    pieces = (_held(_fitted(look, target), count, look) for look, count in zip(looks, counts, strict=True))
    for number, frame in enumerate(overlapped(pieces, shared, blended_pictures)):
        frame.pts, frame.time_base = number, 1 / target.fps
        frame.pict_type = av.video.frame.PictureType.NONE
        yield from _timed(stream.encode(frame))
    yield from _timed(stream.encode(None))


def _held(frames: Iterator[VideoFrame], count: int, look: Look) -> Iterator[VideoFrame]:
    """Exactly so many: the last one stays on screen where there are fewer."""
    frame = None
    for _ in range(count):
        frame = next(frames, frame)
        if frame is None:
            raise broken(str(look.piece.path), "no frame of it decodes")
        yield frame


def _fitted(look: Look, target: Target) -> Iterator[VideoFrame]:
    with opened(look.piece.path) as film:
        graph = _graph(film, target)
        with understood(film.name):
            for frame in _since(film, look):
                graph.push(brought(frame, look.colours, target.colours))
                yield from _pulled(graph)
            graph.push(None)
            yield from _pulled(graph)


def _since(film: Film, look: Look) -> Iterator[VideoFrame]:
    """The frames of the piece, timed from its beginning."""
    begins = look.start + round(Fraction(look.piece.since) / look.base)
    half = round(1 / look.fps / look.base / 2)
    for frame in film.frames(look.piece.since):
        if frame.pts is not None and frame.pts >= begins - half:
            frame.pts = max(0, frame.pts - begins)
            yield frame


def _graph(film: Film, target: Target) -> Graph:
    width, height = target.size
    graph = Graph()
    nodes = [
        graph.add_buffer(
            width=film.video.width,
            height=film.video.height,
            format=av.VideoFormat("yuv420p"),
            time_base=film.time_base,
        ),
        graph.add("scale", f"{width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"),
        graph.add("pad", f"{width}:{height}:(ow-iw)/2:(oh-ih)/2"),
        graph.add("setsar", "1"),
        graph.add("fps", f"fps={target.fps.numerator}/{target.fps.denominator}:start_time=0"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    with suppress(av.BlockingIOError, av.EOFError):
        while True:
            frame = graph.pull()
            assert isinstance(frame, VideoFrame)
            yield frame


def sounds(looks: Sequence[Look], times: Times, stream: AudioStream) -> Iterator[Timed]:
    """The pieces' sound, silence where a piece has none, as long as the pictures to the millisecond."""
    counts, shared = counted(times, Fraction(stream.rate, _BLOCK))
    pieces = (
        _blocks(_exactly(_heard(look, stream.rate), count * _BLOCK))
        for look, count in zip(looks, counts, strict=True)
    )
    sent = 0
    blocks = overlapped(pieces, shared, blended_sounds)
    while chunk := b"".join(islice(blocks, _TOGETHER)):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=len(chunk) // _STEREO_S16)
        frame.planes[0].update(_padded(chunk, frame.planes[0].buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = stream.rate, sent, Fraction(1, stream.rate)
        sent += frame.samples
        yield from _timed(stream.encode(frame))
    yield from _timed(stream.encode(None))


def _heard(look: Look, rate: int) -> Iterator[tuple[int, bytes]]:
    """Stretches of the piece's sound and the sample at which each begins."""
    if look.sound is None:
        return
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=rate)
    with opened(look.piece.path) as film, understood(film.name):
        begins = look.start * look.base + Fraction(look.piece.since)
        for frame in film.container.decode(film.container.streams.audio[0]):
            at = Fraction(frame.time or 0).limit_denominator(10**6)
            place = round((at - begins) * rate)
            for each in resampler.resample(frame):
                yield place, bytes(each.planes[0])[: each.samples * _STEREO_S16]
                place += each.samples


def _exactly(heard: Iterable[tuple[int, bytes]], count: int) -> Iterator[bytes]:
    """So many samples: gaps are silent, what overlaps or lies outside is left out."""
    done = 0
    for place, samples in heard:
        # A hair's breadth is the rounding of times; mending it would be heard as a click. Where a piece
        # begins, though, all of its sound would be off by that.
        if not done or abs(place - done) > _SLACK:
            silence = min(max(0, place - done), count - done)
            yield bytes(silence * _STEREO_S16)
            done += silence
            samples = samples[max(0, done - place) * _STEREO_S16 :]
        samples = samples[: (count - done) * _STEREO_S16]
        yield samples
        done += len(samples) // _STEREO_S16
    yield bytes((count - done) * _STEREO_S16)


def _blocks(stretches: Iterable[bytes]) -> Iterator[bytes]:
    """The same samples in blocks of one length, which their whole number is a multiple of."""
    size, left = _BLOCK * _STEREO_S16, b""
    for stretch in stretches:
        samples = left + stretch
        whole = len(samples) - len(samples) % size
        for at in range(0, whole, size):
            yield samples[at : at + size]
        left = samples[whole:]
    assert not left, "samples come in whole blocks"


def _padded(chunk: bytes, size: int) -> bytes:
    return chunk + bytes(size - len(chunk))


def _timed(packets: Iterable[Packet[Stream]]) -> Iterator[Timed]:
    for packet in packets:
        assert packet.dts is not None
        yield packet.dts * packet.time_base, packet

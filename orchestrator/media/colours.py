"""How a film's numbers stand for colours: kept where films are joined, and brought to one way (loads av)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from orchestrator.media.libav import Film

_UNSAID: Final = 2
_USUAL_SPACE, _USUAL_RANGE = 5, 1
"""What players and libav take a film for that says nothing: ITU-R BT.601, 16 to 235."""


@dataclass(frozen=True, slots=True)
class Colours:
    """Matrix, range, primaries and transfer, in the numbers of H.264; 2 says nothing, for the range 0."""

    space: int
    range: int
    primaries: int
    transfer: int

    @property
    def meant(self) -> tuple[int, int]:
        """Matrix and range, as they are taken where nothing is said."""
        return (
            _USUAL_SPACE if self.space == _UNSAID else self.space,
            self.range or _USUAL_RANGE,
        )


def colours_of(film: Film) -> Colours:
    """As the film's header says."""
    codec = film.video.codec_context
    return Colours(codec.colorspace, codec.color_range, codec.color_primaries, codec.color_trc)


def say(stream: VideoStream, colours: Colours) -> None:
    """Write the same into a stream that is encoded."""
    codec = stream.codec_context
    codec.colorspace, codec.color_range = colours.space, colours.range
    codec.color_primaries, codec.color_trc = colours.primaries, colours.transfer


def brought(frame: VideoFrame, own: Colours, wanted: Colours) -> VideoFrame:
    """The frame of a film of its own colours as yuv420p, its numbers meaning the same in the wanted ones."""
    (from_space, from_range), (to_space, to_range) = own.meant, wanted.meant
    if from_space != to_space:
        # By way of RGB: straight from matrix to matrix libav is off by several steps.
        frame = frame.reformat(format="rgb24", src_colorspace=from_space, src_color_range=from_range)
        frame = frame.reformat(format="yuv420p", dst_colorspace=to_space, dst_color_range=to_range)
    elif from_range != to_range or frame.format.name != "yuv420p":
        frame = frame.reformat(format="yuv420p", src_color_range=from_range, dst_color_range=to_range)
    # What a frame says of itself would be translated once more on its way.
    frame.colorspace, frame.color_range = _UNSAID, 0
    return frame

"""What can be wrong with a video or an image: the errors of this package.

MediaError
├── BrokenVideoError   not a video that decodes, or only a part of one: fetch it again
├── UnlikeVideoError   a good video, but not of the kind that can be continued by copying
└── UnfitImageError    not an image that the provider takes

A file that cannot be written is a `DiskError`.
"""

from __future__ import annotations

from orchestrator.errors import MediaError


class BrokenVideoError(MediaError):
    """The file is missing, empty, cut short, damaged, or not a video at all."""


class UnlikeVideoError(MediaError):
    """The two videos do not share codec, size, time base and decoder settings, so they cannot be joined."""


class UnfitImageError(MediaError):
    """The image is outside the limits that the provider documents."""


def broken(name: str, reason: str) -> BrokenVideoError:
    """The error to raise for the video of this name."""
    return BrokenVideoError(f"{name}: not a video that plays ({reason}); fetch it again")


def unlike(name: str) -> UnlikeVideoError:
    """The error to raise for the video of this name."""
    return UnlikeVideoError(f"{name}: cannot be continued by copying; only videos made by the sandbox can")

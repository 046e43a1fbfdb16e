"""Films and images: rendering, probing, single frames; the one home of PyAV and Pillow.

Everything here is synchronous and may take a moment: call it in a thread. Importing it is cheap, since PyAV
and Pillow are loaded by the functions that need them: the modules that say so must only be imported there.
"""

from __future__ import annotations

from orchestrator.media.boxes import has_manifest
from orchestrator.media.caption import Caption, Grade
from orchestrator.media.chapters import Chapter, Mark, Piece
from orchestrator.media.checkup import examine
from orchestrator.media.closing import Still, closing_frame
from orchestrator.media.errors import BrokenVideoError, UnfitImageError, UnlikeVideoError
from orchestrator.media.fonts import FONT
from orchestrator.media.frames import contact_sheet, frame_at, last_frame, small_frame
from orchestrator.media.image import ImageFacts, check_image, size_of
from orchestrator.media.inspecting import Inspection, Label, StreamFacts, inspect
from orchestrator.media.measuring import measure
from orchestrator.media.probe import Probe, check, probe
from orchestrator.media.rendering import extend, render
from orchestrator.media.signing import Credentials, Signature, require_signable, sign
from orchestrator.media.spans import Span, spans
from orchestrator.media.stitching import Stitched, stitch

__all__ = [
    "FONT",
    "BrokenVideoError",
    "Caption",
    "Chapter",
    "Credentials",
    "Grade",
    "ImageFacts",
    "Inspection",
    "Label",
    "Mark",
    "Piece",
    "Probe",
    "Signature",
    "Span",
    "Still",
    "Stitched",
    "StreamFacts",
    "UnfitImageError",
    "UnlikeVideoError",
    "check",
    "check_image",
    "closing_frame",
    "contact_sheet",
    "examine",
    "extend",
    "frame_at",
    "has_manifest",
    "inspect",
    "last_frame",
    "measure",
    "probe",
    "render",
    "require_signable",
    "sign",
    "size_of",
    "small_frame",
    "spans",
    "stitch",
]

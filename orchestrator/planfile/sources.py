"""The shape of what a chain starts from: an existing video, a generation, or another chain's step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from orchestrator.plan import Image, Kind
from orchestrator.planfile.continuing import Length, Mode, ModelName
from orchestrator.planfile.forms import Form
from orchestrator.planfile.nodes import Scalar
from orchestrator.planfile.steps import Options, Prompt
from orchestrator.planfile.terms import TAKES, Identifier, Moment, Picture, Reference, Seconds
from orchestrator.planfile.values import OneOf, Schema, Text, Value, shown, wrong

EXISTING, TEXT, IMAGE, BRANCH = "\0existing", "\0text", "\0image", "\0branch"
NODE = "\0node"
"""pydantic's names for the sources; like those of `steps`, no key of a file can be one."""

_KEY = re.compile("[0-9a-f]{40}")


class GenerationForm(Options):
    """What both generations have in common, by the API's own names."""

    model_name: ModelName = None
    mode: Mode = None
    duration: Length = None
    aspect_ratio: Annotated[
        str | None, OneOf(("16:9", "9:16", "1:1")), Field(description="Width to height: 16:9, 9:16 or 1:1.")
    ] = None


class TextForm(GenerationForm):
    """A video generated from text; the options are those of a step."""

    prompt: Annotated[
        str,
        Text(meant="a prompt", required=True),
        Field(description="What is seen; at most 2,500 characters."),
    ]


class ImageForm(GenerationForm):
    """A video generated from an image; the options are those of a step."""

    prompt: Annotated[Prompt, Field(description="What happens; at most 2,500 characters, may be absent.")] = (
        None
    )
    image: Annotated[
        Image,
        Picture(),
        Field(description="The first frame: a URL, or a JPEG or PNG of at most 10 MB, relative to the plan."),
    ]
    image_tail: Annotated[
        Image | None, Picture(), Field(description="The last frame, given like the first.")
    ] = None


class ExistingForm(Form):
    """A video made before; it is looked up first, which is free."""

    task_id: Annotated[str, Identifier(), Field(description="The task that made the video.")]
    video_id: Annotated[str, Identifier(), Field(description="The video itself.")]
    kind: Annotated[
        str | None,
        OneOf(tuple(kind.value for kind in Kind)),
        Field(description="How it was made; without it all three kinds are asked."),
    ] = None
    model_name: ModelName = None
    mode: Mode = None
    duration: Annotated[
        Decimal | None,
        Seconds(Decimal(600), texts=True),
        Field(description="Its length in seconds, where the provider no longer tells."),
    ] = None
    created_at: Annotated[
        int | None,
        Moment(),
        Field(
            description="When it was made, in Unix milliseconds or as an ISO date; it expires after 30 days."
        ),
    ] = None


class TextSource(Form):
    """A source generated from text."""

    text: Annotated[TextForm, Field(description="Parameters of the generation, by the API's own names.")]


class ImageSource(Form):
    """A source generated from an image."""

    image: Annotated[ImageForm, Field(description="Parameters of the generation, by the API's own names.")]


class BranchForm(Form):
    """A step of another chain, from which this chain goes its own way."""

    chain: Annotated[str, Reference(), Field(description="The chain to branch from.")]
    step: Annotated[
        str | None, Reference(), Field(description="Its step, by id or number; default: its last.")
    ] = None
    take: Annotated[
        int | None, TAKES, Field(description="The take of that step; default: the picked one.")
    ] = None


@dataclass(frozen=True, slots=True)
class Key(Value):
    """The key of a take, whatever YAML takes it for."""

    @property
    def wants(self) -> str:
        return "the 40 letters that `orchestrate lineage show NODE` calls its take"

    def read(self, given: Scalar) -> str:
        if not _KEY.fullmatch(given.text):
            wrong(f"{shown(given)} is not the key of a take, write {self.wants}")
        return given.text

    def schema(self) -> Schema:
        return {"type": ["string", "integer"], "pattern": f"^{_KEY.pattern}$"}


class NodeForm(Form):
    """A video of the journal, made for whichever plan; this chain grows out of it."""

    node: Annotated[str, Key(), Field(description="Its take key, in full.")]


def source_tag(given: Any) -> str | None:
    """Which source a mapping means, or None when it is none or several."""
    if not isinstance(given, dict):
        return None
    sure = {tag for tag, keys in SOURCE_KEYS.items() for key in keys if key in given}
    if not sure:
        sure = {tag for tag, form in _FORMS.items() for key in form.model_fields if key in given}
    return sure.pop() if len(sure) == 1 else None


SOURCE_KEYS = {EXISTING: ("task_id", "video_id"), TEXT: ("text",), IMAGE: ("image",), BRANCH: ("chain",)} | {
    NODE: ("node",)
}
_FORMS: dict[str, type[Form]] = {EXISTING: ExistingForm, BRANCH: BranchForm, NODE: NodeForm}


SourceEntry = Annotated[
    Annotated[ExistingForm, Tag(EXISTING)]
    | Annotated[TextSource, Tag(TEXT)]
    | Annotated[ImageSource, Tag(IMAGE)]
    | Annotated[BranchForm, Tag(BRANCH)]
    | Annotated[NodeForm, Tag(NODE)],
    Discriminator(source_tag),
]

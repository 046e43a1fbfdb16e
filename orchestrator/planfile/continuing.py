"""How a plan file says in what way its steps go on, and what holds where it says nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from orchestrator.plan import By, Continuation
from orchestrator.planfile.forms import MAPPING, WORD, Form, word_or_mapping
from orchestrator.planfile.nodes import Fields, Node, Scalar
from orchestrator.planfile.values import OneOf, Text

Mode = Annotated[
    str | None, OneOf(("std", "pro")), Field(description="The quality of the model: std or pro.")
]
ModelName = Annotated[
    str | None, Text(100, "the name of a model"), Field(description="The model, such as kling-v1-6.")
]
Length = Annotated[
    str | None, OneOf(("5", "10")), Field(description="The length generated, in seconds: 5 or 10.")
]

_BY = OneOf(tuple(by.value for by in By))


class ContinuationForm(Form):
    """How to go on, and what a generation from the last frame is asked for, by the API's own names."""

    by: Annotated[
        str | None,
        _BY,
        Field(
            description="extend (the default); frame, a generation from the last frame; auto, extend while "
            "that is possible, and by frame where the cap, an expired parent or a refused source ends it."
        ),
    ] = None
    model_name: ModelName = None
    mode: Mode = None
    duration: Length = None


ContinuationEntry = Annotated[
    Annotated[str, _BY, Tag(WORD)] | Annotated[ContinuationForm, Tag(MAPPING)],
    Discriminator(word_or_mapping),
]


def continuation(
    entries: Iterable[ContinuationForm | str], model_name: str | None, mode: str | None
) -> Continuation:
    """What holds for a step: of each part the narrowest word on it, the widest entry first.

    Model and mode are those of the chain's source where nothing else is said.
    """
    found: dict[str, str | None] = {"by": By.EXTEND.value, "model_name": model_name, "mode": mode}
    for entry in entries:
        own = {"by": entry} if isinstance(entry, str) else entry.model_dump()
        found |= {name: value for name, value in own.items() if value is not None}
    by = By(found.pop("by") or By.EXTEND)
    return Continuation() if by is By.EXTEND else Continuation(by, **found)


def goes_by_frame(node: Node | None, otherwise: bool) -> bool:
    """Whether a part of a plan, as far as it can be read, lets steps go on from a last frame."""
    given = node.get("continue") if isinstance(node, Fields) else None
    word = given.get("by") if isinstance(given, Fields) else given
    return word.text.strip() in (By.FRAME, By.AUTO) if isinstance(word, Scalar) else otherwise

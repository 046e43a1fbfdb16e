"""The shape of a step, and what all mappings of a plan file have in common."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from orchestrator.plan import Pick
from orchestrator.planfile.terms import TAKES, Choice, Name, Repeat
from orchestrator.planfile.values import Flag, Number, Text, Whole

# No key of a file can begin with NUL, so these never meet one in pydantic's paths.
WORD, MAPPING = "\0word", "\0mapping"

_CFG = Number(Decimal(0), Decimal(1))
_ID = Name(numbers=False)

Prompt = Annotated[str | None, Text()]
Negative = Annotated[
    str | None, Text(), Field(description="What should not be seen; at most 2,500 characters.")
]
Cfg = Annotated[
    Decimal | None,
    _CFG,
    Field(description="How closely the prompt is followed, 0 to 1; the provider's own default is 0.5."),
]
Prefix = Annotated[
    str | None, Text(), Field(description='Put before every prompt as it stands; "" for none of it.')
]
Suffix = Annotated[
    str | None, Text(), Field(description='Put after every prompt as it stands; "" for none of it.')
]
Takes = Annotated[int, TAKES, Field(description="Alternative results to make, 1 to 20; each is paid.")]
Choosing = Annotated[
    Pick | int,
    Choice(),
    Field(description="Which take the chain goes on from: ask, first (to succeed), longest, or its number."),
]
Attempts = Annotated[
    int, Whole(1, 10), Field(description="POSTs at most for each take when tasks fail, 1 to 10; default 2.")
]


class Form(BaseModel):
    """What all mappings of a plan have in common: no unknown keys, no guessing of types."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        defer_build=True,
        frozen=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )


def word_or_mapping(given: Any) -> str:
    """Which of the two a value is that may be written short, as one word, or long."""
    return MAPPING if isinstance(given, dict) else WORD


class Options(Form):
    """What a step and a generated source have in common."""

    id: Annotated[
        str | None, _ID, Field(description="The step's own name; default: its number, from 1 as written.")
    ] = None
    negative_prompt: Negative = None
    prompt_prefix: Prefix = None
    prompt_suffix: Suffix = None
    cfg_scale: Cfg = None
    takes: Takes = 1
    pick: Choosing = Pick.FIRST
    review: Annotated[
        bool,
        Flag(),
        Field(description="true: wait for `orchestrate approve` before going on; default false."),
    ] = False
    fallbacks: Annotated[
        list[Annotated[str, Text(meant="a prompt", required=True)]],
        Field(
            description="Prompts tried in turn, each take for itself, when moderation refuses the one before."
        ),
    ] = []
    attempts: Attempts = 2


class StepForm(Options):
    """One extension of the video by 4 to 5 seconds."""

    prompt: Annotated[
        Prompt, Field(description="What happens next; at most 2,500 characters, may be absent.")
    ] = None
    repeat: Annotated[
        int | Literal["fill"],
        Repeat(),
        Field(
            description="How often in a row, 1 to 100, or fill: until `until` or three minutes are reached."
        ),
    ] = 1


class DefaultsForm(Form):
    """What holds for every step that does not say otherwise."""

    negative_prompt: Negative = None
    prompt_prefix: Prefix = None
    prompt_suffix: Suffix = None
    cfg_scale: Cfg = None
    takes: Takes = 1
    pick: Choosing = Pick.FIRST
    attempts: Attempts = 2


StepEntry = Annotated[
    Annotated[str | None, Text(meant="a prompt, or a mapping with one"), Tag(WORD)]
    | Annotated[StepForm, Tag(MAPPING)],
    Discriminator(word_or_mapping),
]

"""The shape of a step, and of the defaults that steps inherit."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from orchestrator.plan import Pick
from orchestrator.planfile.continuing import ContinuationEntry, ContinuationForm
from orchestrator.planfile.forms import MAPPING, WORD, Form, word_or_mapping
from orchestrator.planfile.terms import TAKES, Choice, Name, Repeat
from orchestrator.planfile.values import Flag, Number, Text, Whole

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
            default_factory=list,
            description="Prompts tried in turn, each take for itself, when moderation refuses one.",
        ),
    ]
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
    onward: Annotated[
        ContinuationEntry, Field(alias="continue", description="How this step goes on from the one before.")
    ] = ContinuationForm.model_construct()


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

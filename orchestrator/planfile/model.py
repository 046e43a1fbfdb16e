"""The shape of a plan file, field by field; its descriptions are what editors show."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from orchestrator.planfile.continuing import ContinuationEntry, ContinuationForm
from orchestrator.planfile.forms import Form
from orchestrator.planfile.settings import (
    ArchiveForm,
    DownloadsForm,
    DriftForm,
    LimitsForm,
    NotifyForm,
    PricesForm,
    ProviderEntry,
)
from orchestrator.planfile.sources import SourceEntry
from orchestrator.planfile.steps import DefaultsForm, StepEntry
from orchestrator.planfile.terms import (
    LENGTH,
    NAME_PATTERN,
    PLACE_LENGTH,
    PROMPTS_FILE,
    VARIABLE_PATTERN,
    Name,
)
from orchestrator.planfile.values import OneOf, Text

_DRIFT = "Stop before the next paid step when a film's look has drifted from its first seconds."


class ChainForm(Form):
    """A line of steps that grows out of one source."""

    source: Annotated[
        SourceEntry,
        Field(description="What it starts from, one of: task_id and video_id, text, image, chain, or node."),
    ]
    prompts_file: Annotated[
        str | None,
        Text(PLACE_LENGTH, PROMPTS_FILE, required=True),
        Field(
            description="A text file with one prompt a line, relative to the plan; they come before `steps`."
        ),
    ] = None
    steps: Annotated[
        list[StepEntry],
        Field(default_factory=list, description="Extensions in order: a prompt, or a mapping with options."),
    ]
    until: Annotated[
        Decimal | None,
        LENGTH,
        Field(
            description="Stop once the film is this many seconds long; default 180, the cap. More than that "
            "only where steps may go on by frame."
        ),
    ] = None
    onward: Annotated[
        ContinuationEntry, Field(alias="continue", description="How the steps of this chain go on.")
    ] = ContinuationForm.model_construct()
    budget: Annotated[LimitsForm, Field(description="What this chain may spend at most.")] = (
        LimitsForm.model_construct()
    )
    drift: Annotated[DriftForm, Field(description=_DRIFT)] = DriftForm.model_construct()


class PlanForm(Form):
    """A plan: chains of video extensions, what they start from, and what they may cost."""

    version: Annotated[str, OneOf(("1",)), Field(description="The version of this format: 1.")]
    name: Annotated[
        str | None, Name(), Field(description="What the plan is known by; default: the name of the file.")
    ] = None
    provider: Annotated[
        ProviderEntry, Field(description="Who makes the videos: dmxapi (the default), kling or sandbox.")
    ] = "dmxapi"
    prices: Annotated[PricesForm, Field(description="What you pay per call.")] = PricesForm.model_construct()
    budget: Annotated[LimitsForm, Field(description="What the whole plan may spend at most.")] = (
        LimitsForm.model_construct()
    )
    defaults: Annotated[
        DefaultsForm, Field(description="Options that steps inherit when they do not give their own.")
    ] = DefaultsForm.model_construct()
    onward: Annotated[
        ContinuationEntry,
        Field(
            alias="continue",
            description="How steps go on: extend (the default), frame (from the last frame), or auto.",
        ),
    ] = ContinuationForm.model_construct()
    drift: Annotated[DriftForm, Field(description=f"For all chains. {_DRIFT}")] = DriftForm.model_construct()
    output: Annotated[
        str | None, Text(1000, "a folder"), Field(description="The folder of the finished films.")
    ] = None
    order: Annotated[
        Literal["fastest", "as-written"],
        OneOf(("fastest", "as-written")),
        Field(
            description="Who goes first when slots are scarce: fastest (default), the chain that everything "
            "waits for longest; as-written, the first one written here."
        ),
    ] = "fastest"
    downloads: Annotated[
        DownloadsForm, Field(description="How many films are fetched at once, and how fast at most.")
    ] = DownloadsForm.model_construct()
    notify: Annotated[
        NotifyForm | None, Field(description="What to run or post to when nobody looks on.")
    ] = None
    archive: Annotated[
        ArchiveForm | None, Field(description="Shared storage that every kept film is sent to.")
    ] = None
    vars: Annotated[
        dict[str, Annotated[str | None, Text()]],
        Field(
            default_factory=dict,
            description="Texts with a name: ${hero} in a prompt stands for that of hero, $${ for ${ itself.",
            json_schema_extra={"propertyNames": {"pattern": VARIABLE_PATTERN, "maxLength": 100}},
        ),
    ]
    chains: Annotated[
        dict[str, ChainForm],
        Field(
            min_length=1,
            description="The chains, each under its name.",
            json_schema_extra={"propertyNames": {"pattern": NAME_PATTERN, "maxLength": 100}},
        ),
    ]

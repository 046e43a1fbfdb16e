"""The shape of what is said once: provider, patience, prices and limits."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from orchestrator.plan import Occasion
from orchestrator.planfile.addresses import Address, BaseUrl, Storage
from orchestrator.planfile.forms import MAPPING, WORD, Form, word_or_mapping
from orchestrator.planfile.terms import Name, Seconds
from orchestrator.planfile.values import Flag, Number, OneOf, Text, Whole

Amount = Annotated[Decimal | None, Number(Decimal(0), Decimal(1_000_000), "an amount")]


class LimitsForm(Form):
    """What may be spent at most."""

    calls: Annotated[
        int | None, Whole(0, 1_000_000), Field(description="POSTs that may be paid, of every kind.")
    ] = None
    units: Annotated[Amount, Field(description="The provider's units.")] = None
    cost: Annotated[Amount, Field(description="Money, in the currency of `prices`.")] = None


class DriftForm(Form):
    """How far the look of a film may wander."""

    stop: Annotated[
        Decimal | None,
        Number(Decimal("0.01"), Decimal(10), "a drift such as 0.35"),
        Field(description="Pay for nothing beyond a step that has drifted further, before you approve it."),
    ] = None


class DownloadsForm(Form):
    """How films are fetched; all downloads of a run together."""

    parallel: Annotated[int, Whole(1, 64), Field(description="Files at once; 4 where nothing is said.")] = 4
    rate: Annotated[
        Decimal | None,
        Number(Decimal("0.01"), Decimal(100_000), "MB a second, such as 2.5"),
        Field(description="MB (millions of bytes) a second at most; as fast as they come by default."),
    ] = None


class PricesForm(Form):
    """What you pay per call; an absent price is unknown and shown as unknown."""

    currency: Annotated[
        str | None, Text(10, "a currency such as CNY"), Field(description="The currency, such as CNY.")
    ] = None
    extension: Annotated[Amount, Field(description="One extension.")] = None
    text: Annotated[Amount, Field(description="One generation from text.")] = None
    image: Annotated[Amount, Field(description="One generation from an image.")] = None


class PatienceForm(Form):
    """How long a submission may be on its way, in seconds."""

    send: Annotated[
        Decimal | None, Seconds(Decimal(600)), Field(description="It leaves within this time or never.")
    ] = None
    answer: Annotated[
        Decimal | None, Seconds(Decimal(3600)), Field(description="The answer is waited for this long.")
    ] = None
    grace: Annotated[
        Decimal | None,
        Seconds(Decimal(86_400), above_zero=False),
        Field(description="Waited on top before an unanswered one counts as not there."),
    ] = None


class NotifyForm(Form):
    """Who is told what happens while nobody looks on; `run` asks before it does any of it."""

    command: Annotated[
        list[Annotated[str, Text(1000, "a word of the command", required=True)]],
        Field(
            default_factory=list,
            description="A program and its arguments, run without a shell; the message is JSON on its stdin.",
        ),
    ]
    url: Annotated[
        str | None, Address(), Field(description="An address that the message is posted to, as JSON.")
    ] = None
    on: Annotated[
        list[Annotated[str, OneOf(tuple(Occasion))]],
        Field(
            default_factory=lambda: list(Occasion),
            description="When: finished, decision, budget, expiring; default: all of them.",
        ),
    ]


class ArchiveForm(Form):
    """Shared storage that every kept film is sent to; `run` asks before it does."""

    url: Annotated[str, Storage(), Field(description="s3://BUCKET/PREFIX, or file:///FOLDER.")]


_PROVIDER = OneOf(("dmxapi", "kling", "sandbox"))


class ProviderForm(Form):
    """Which provider, under which account, and how it is asked."""

    name: Annotated[str, _PROVIDER, Field(description="dmxapi, kling or sandbox.")] = "dmxapi"
    account: Annotated[
        str | None, Name(), Field(description="A label, when you have several accounts there.")
    ] = None
    base_url: Annotated[
        str | None,
        BaseUrl(),
        Field(
            description="Another address; keys go only to known hosts, loopback, or one you give yourself."
        ),
    ] = None
    concurrency: Annotated[
        int,
        Whole(1, 1000),
        Field(description="Tasks at the same time, as your resource pack allows; default 5."),
    ] = 5
    external_task_id: Annotated[
        Literal["always", "never"] | None,
        OneOf(("always", "never")),
        Field(description="Whether the provider keeps ids of ours; default: kling always, dmxapi never."),
    ] = None
    exclusive: Annotated[
        bool,
        Flag(),
        Field(description="true: you promise that nobody else extends these videos; default false."),
    ] = False
    patience: Annotated[PatienceForm, Field(description="How long a submission may be on its way.")] = (
        PatienceForm.model_construct()
    )
    speed: Annotated[
        Decimal | None,
        Seconds(Decimal(100_000)),
        Field(description="The sandbox only: how many times faster its tasks are done; default 20."),
    ] = None


ProviderEntry = Annotated[
    Annotated[str, _PROVIDER, Tag(WORD)] | Annotated[ProviderForm, Tag(MAPPING)],
    Discriminator(word_or_mapping),
]

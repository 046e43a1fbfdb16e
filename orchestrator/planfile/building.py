"""From the checked model of a plan file to the plan itself: defaults inherited, places kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from sys import intern
from typing import Any, cast

from orchestrator.plan import (
    Branch,
    Chain,
    Downloads,
    Existing,
    Generation,
    Grown,
    Kind,
    Limits,
    Notify,
    Occasion,
    Patience,
    Plan,
    Position,
    Prices,
    ProviderSettings,
    Source,
    Step,
)
from orchestrator.planfile import settings, sources, steps
from orchestrator.planfile.continuing import ContinuationForm, continuation
from orchestrator.planfile.families import takes_only_prompts
from orchestrator.planfile.forms import Form
from orchestrator.planfile.model import ChainForm, PlanForm
from orchestrator.planfile.nodes import Fields, Items, Node, Texts
from orchestrator.planfile.notes import beyond, notes
from orchestrator.planfile.terms import name_from

_BARE = steps.StepForm.model_construct()
"""A step that is a prompt and nothing else."""

_NOT_FOR_ALL = ("negative_prompt", "cfg_scale")
"""Defaults that some models' extensions do not take."""

_INHERITED = ("negative_prompt", "cfg_scale", "takes", "pick", "attempts")
"""Defaults that become a step's own; prefix and suffix are in its prompts already."""


Made = tuple[str | None, str | None]
"""The name and mode of a model; None is unknown."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a plan was written: its file's name as given, the stem of it, its text."""

    path: str
    stem: str
    text: str


def build(form: PlanForm, models: Mapping[str, str | None], root: Node, texts: Texts, origin: Origin) -> Plan:
    """The plan, from a model and the tree it was read from, in which nothing is wrong.

    `models` tells for each chain what model made its source, as far as it is known.
    """
    made_by = _made_by(form)
    chains = tuple(
        _Growth(
            texts,
            form.defaults,
            takes_only_prompts(models[name]),
            form.drift.stop,
            (form.onward, chain.onward),
            made_by[name],
        ).chain(name, chain, root)
        for name, chain in form.chains.items()
    )
    provider = form.provider if isinstance(form.provider, settings.ProviderForm) else None
    return Plan(
        name=form.name or name_from(origin.stem),
        provider=_provider(provider or settings.ProviderForm.model_construct(name=form.provider)),
        chains=chains,
        prices=Prices(**_own(form.prices)),
        budget=_limits(form.budget),
        output=form.output,
        order=form.order,
        notify=_notify(form.notify) if form.notify is not None else None,
        archive=form.archive.url if form.archive is not None else None,
        downloads=Downloads(**_own(form.downloads)),
        path=origin.path,
        text=origin.text,
        notes=(*notes(form, models), *beyond(chains)),
    )


def _provider(form: settings.ProviderForm) -> ProviderSettings:
    sandbox = form.name == "sandbox"
    own_ids = "never" if form.name == "dmxapi" else "always"
    speed = form.speed if form.speed is not None else Decimal(20 if sandbox else 1)
    return ProviderSettings(
        name=cast("Any", form.name),
        account_label=form.account,
        base_url=form.base_url,
        concurrency=form.concurrency,
        external_task_id=form.external_task_id or cast("Any", own_ids),
        exclusive=form.exclusive,
        patience=_patience(form.patience, Patience(5, 20, 5) if sandbox else Patience()),
        speed=float(speed),
    )


def _patience(form: settings.PatienceForm, usual: Patience) -> Patience:
    def seconds(given: Decimal | None, otherwise: float) -> float:
        return otherwise if given is None else float(given)

    return Patience(
        send=seconds(form.send, usual.send),
        answer=seconds(form.answer, usual.answer),
        grace=seconds(form.grace, usual.grace),
    )


def _notify(form: settings.NotifyForm) -> Notify:
    return Notify(tuple(form.command), form.url, tuple(Occasion(each) for each in dict.fromkeys(form.on)))


def _limits(form: settings.LimitsForm) -> Limits:
    return Limits(**_own(form))


def _made_by(form: PlanForm) -> Mapping[str, Made]:
    """Model and mode of what each chain, or the one it branches from, begins with, as the plan has them."""
    known: dict[str, Made] = {}
    for name in form.chains:
        # Each chain is walked over once: a plan may branch ten thousand times in a row.
        line, current = [name], name
        while current not in known and isinstance(source := form.chains[current].source, sources.BranchForm):
            current = source.chain
            line.append(current)
        made = known[current] if current in known else _model_of(form.chains[current].source)
        known.update(dict.fromkeys(line, made))
    return known


def _model_of(source: Any) -> Made:
    match source:
        case sources.TextSource():
            source = source.text
        case sources.ImageSource():
            source = source.image
        case sources.NodeForm():
            return None, None
    return source.model_name, source.mode


def _own(form: Form) -> dict[str, Any]:
    """The fields by name, values as they are."""
    return {name: getattr(form, name) for name in type(form).model_fields}


@dataclass(frozen=True)
class _Growth:
    """How the chains of one family of models are built."""

    texts: Texts
    defaults: steps.DefaultsForm
    only_prompts: bool
    drift_stop: Decimal | None
    onward: tuple[ContinuationForm | str, ...]
    made_by: Made

    def chain(self, name: str, form: ChainForm, root: Node) -> Chain:
        entry = _fields(_fields(root).get("chains")).entries[name]
        node = _fields(entry.value)
        written = node.get("steps")
        items = written.items if isinstance(written, Items) else ()
        return Chain(
            name=name,
            source=self._source(form.source, _fields(node.get("source"))),
            steps=tuple(
                self._step(number, step, self._at(item))
                for number, (step, item) in enumerate(zip(form.steps, items, strict=True), 1)
            ),
            until=form.until,
            budget=_limits(form.budget),
            drift_stop=form.drift.stop if form.drift.stop is not None else self.drift_stop,
            position=self.texts.position(entry.key.at),
        )

    def _source(self, form: Any, node: Fields) -> Source:
        match form:
            case sources.ExistingForm():
                own = _own(form)
                return Existing(**{**own, "kind": own["kind"] and Kind(own["kind"])}, position=self._at(node))
            case sources.BranchForm():
                return Branch(**_own(form), position=self._at(node))
            case sources.NodeForm():
                return Grown(form.node, self._at(node))
            case sources.TextSource():
                return self._generation(Kind.TEXT, form.text, self._at(node.get("text")))
            case sources.ImageSource():
                return self._generation(Kind.IMAGE, form.image, self._at(node.get("image")))
        raise AssertionError(form)

    def _generation(
        self, kind: Kind, form: sources.TextForm | sources.ImageForm, position: Position
    ) -> Generation:
        images = (form.image, form.image_tail) if isinstance(form, sources.ImageForm) else (None, None)
        options = self._options(form, dropped=())
        return Generation(
            kind=kind,
            step=Step(id=form.id or "0", prompt=form.prompt, **options, position=position),
            model_name=form.model_name,
            mode=form.mode,
            duration=form.duration,
            aspect_ratio=form.aspect_ratio,
            image=images[0],
            image_tail=images[1],
        )

    def _step(self, number: int, form: steps.StepForm | str | None, position: Position) -> Step:
        if not isinstance(form, steps.StepForm):
            return Step(id=intern(str(number)), prompt=form, position=position, **self._bare)
        return Step(
            id=form.id or intern(str(number)),
            prompt=form.prompt,
            repeat=form.repeat,
            **self._options(form, self._dropped),
            continuation=continuation((*self.onward, form.onward), *self.made_by),
            position=position,
        )

    @cached_property
    def _bare(self) -> Mapping[str, Any]:
        """All else of a step that is a prompt and nothing else, as most are: worked out once."""
        how = continuation(self.onward, *self.made_by)
        return {**self._options(_BARE, self._dropped), "continuation": how}

    @property
    def _dropped(self) -> tuple[str, ...]:
        return _NOT_FOR_ALL if self.only_prompts else ()

    def _options(self, form: steps.Options, dropped: tuple[str, ...]) -> Mapping[str, Any]:
        """The step's own options, else the defaults; an empty text of its own undoes a default."""
        options: dict[str, Any] = {"review": form.review, "fallbacks": tuple(form.fallbacks)}
        for name in _INHERITED:
            own = name in form.model_fields_set
            if own or name not in dropped:
                options[name] = getattr(form if own else self.defaults, name)
        return options

    def _at(self, node: Node | None) -> Position:
        assert node is not None
        return self.texts.position(node.at)


def _fields(node: Node | None) -> Fields:
    assert isinstance(node, Fields)
    return node

"""What the author should know about a plan that is right all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.plan import By, Chain, Step
from orchestrator.planfile.families import (
    API_DEFAULT,
    perhaps_not_extendable,
    surely_not_extendable,
    takes_only_prompts,
)
from orchestrator.planfile.model import PlanForm
from orchestrator.planfile.problems import short
from orchestrator.planfile.settings import ProviderForm


def notes(form: PlanForm, models: Mapping[str, str | None]) -> tuple[str, ...]:
    """One line for each thing worth knowing, naming the chains it is about."""
    extended = {name: models[name] for name, chain in form.chains.items() if chain.steps}
    inherited = [
        name for name in ("negative_prompt", "cfg_scale") if getattr(form.defaults, name) is not None
    ]
    found = [
        _dropped(inherited, [name for name, model in extended.items() if takes_only_prompts(model)]),
        _refused([name for name, model in extended.items() if surely_not_extendable(model)]),
        _doubtful([name for name, model in extended.items() if perhaps_not_extendable(model)]),
        _speed(form),
    ]
    return tuple(note for note in found if note)


def beyond(chains: Iterable[Chain]) -> tuple[str, ...]:
    """What should be known of steps that may go on from a last frame."""
    onward = [chain for chain in chains if chain.by_frame]
    nameless = [each.name for each in onward if any(_nameless(step) for step in each.steps)]
    refused = [each.name for each in onward if any(_takes_too_much(step) for step in each.steps)]
    found = []
    if nameless:
        named = f"made by {API_DEFAULT}, continue: {{by: auto, model_name: …}} names another model"
        found.append(f"{_list(nameless)}: what goes on from a last frame is {named}")
    if refused:
        why = f"extensions of what {API_DEFAULT} makes take neither negative_prompt nor cfg_scale"
        found.append(f"{_list(refused)}: {why}, the provider will refuse them beyond a last frame")
    return tuple(found)


def _nameless(step: Step) -> bool:
    return step.continuation.by is not By.EXTEND and step.continuation.model_name is None


def _takes_too_much(step: Step) -> bool:
    if step.continuation.by is not By.AUTO or (step.negative_prompt is None and step.cfg_scale is None):
        return False
    return takes_only_prompts(step.continuation.model_name or API_DEFAULT)


def unused(variables: tuple[str, ...]) -> tuple[str, ...]:
    """A note where a variable is in no prompt: perhaps one was written as $hero, which is sent so."""
    if not variables:
        return ()
    return (f"vars: no prompt uses {_list(list(variables))}; write ${{{variables[0]}}} where it is meant",)


def _dropped(defaults: list[str], chains: list[str]) -> str | None:
    if not defaults or not chains:
        return None
    keys = " and ".join(f"defaults.{key}" for key in defaults)
    return f"{_list(chains)}: {keys} not sent, extensions of kling-v1 videos do not take it"


def _refused(chains: list[str]) -> str | None:
    if not chains:
        return None
    return f"{_list(chains)}: videos of kling-v2 and later cannot be extended, the provider will refuse"


def _doubtful(chains: list[str]) -> str | None:
    if not chains:
        return None
    return f"{_list(chains)}: whether videos of kling-v1-5 can be extended, the provider's pages disagree"


def _speed(form: PlanForm) -> str | None:
    provider = form.provider
    if isinstance(provider, ProviderForm) and provider.name != "sandbox" and provider.speed is not None:
        return f"provider: speed is the sandbox's only, {provider.name} goes at its own"
    return None


def _list(chains: list[str]) -> str:
    shown = ", ".join(short(name) for name in chains[:5])
    return shown if len(chains) <= 5 else f"{shown} and {len(chains) - 5} more"

"""Asks a host everything that is free to ask before anything is paid there."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import httpx

from orchestrator.checkup import Check, failing, fine, open_question
from orchestrator.errors import CredentialsError, OrchestratorError, PlanError, ProviderError
from orchestrator.lineage import Echo
from orchestrator.plan import Kind, ProviderSettings
from orchestrator.ports import Clock
from orchestrator.provider.answers import opened
from orchestrator.provider.asking import Asker
from orchestrator.provider.auth import ApiKey, Key, SignedKey, key_for, key_variables
from orchestrator.provider.fields import items
from orchestrator.provider.hosts import Host, host_for, proxy_to, siblings
from orchestrator.provider.opening import asking
from orchestrator.provider.reply import Envelope, Reply
from orchestrator.provider.tasks import shown
from orchestrator.provider.verdicts import Heard, Soundings, about_host, is_missing, proven, verdicts

_NOBODYS = "orchestrate-doctor"
"""A task id that no provider gives: its answer shows whether the key and the route are known."""

_UNASKED = ("connection", "key accepted", "prefix", "clock", "list of tasks", "external ids", "envelope")
_STRANGER = ApiKey("none")
"""Asks in place of a missing key, only to see whether the host is there."""


async def examined(
    settings: ProviderSettings,
    base_url: str | None,
    environ: Mapping[str, str],
    clock: Clock,
    echo: Echo | None,
    transport: httpx.AsyncBaseTransport | None,
) -> tuple[Check, ...]:
    """Every verdict on provider and network; see `orchestrator.provider.examine`."""
    key, known = _key(settings, environ, clock)
    try:
        host = host_for(settings, base_url, environ)
    except PlanError as error:
        check = failing("base URL", error, "no key was sent anywhere; name a host you trust yourself")
        return (known, check, *(open_question(name, "not asked: there is no host") for name in _UNASKED))
    try:
        async with asking(host, key or _STRANGER, clock, transport) as asker:
            heard = await _sounded(asker, host, echo, isinstance(key, SignedKey), key is not None)
    except ProviderError as error:
        check = failing("connection", error, "mend the proxy or certificates of the environment")
        rest = tuple(open_question(name, "not asked") for name in _UNASKED[1:])
        return (known, about_host(settings, host), check, *rest)
    return (known, about_host(settings, host), *verdicts(heard))


def _key(settings: ProviderSettings, environ: Mapping[str, str], clock: Clock) -> tuple[Key | None, Check]:
    try:
        key = key_for(settings, environ, clock)
    except CredentialsError as error:
        where = "the provider's console shows your key; `export` it, never write it into a plan"
        return None, failing("key", error, where)
    return key, fine(
        "key", f"from {key_variables(settings, environ)}" if settings.name != "sandbox" else "none is needed"
    )


async def _sounded(asker: Asker, host: Host, echo: Echo | None, signed: bool, keyed: bool) -> Soundings:
    unknown = await _asked(asker, f"{host.route(Kind.EXTEND)}/{_NOBODYS}")
    at = asker.clock.now()
    if isinstance(unknown, OrchestratorError):
        proxy = proxy_to(host)
        return Soundings(host, at, unknown, unknown, unknown, signed=signed, keyed=keyed, proxy=proxy)
    nowhere = await _asked(asker, _nowhere(host))
    listed = await _asked(asker, host.route(Kind.EXTEND), {"pageNum": 1, "pageSize": 30})
    known = echo or _echo(listed)
    return Soundings(
        host,
        at,
        unknown,
        nowhere,
        listed,
        known,
        None if known is None else await _by_our_id(asker, host, known),
        None if proven(unknown, nowhere, listed) else await _elsewhere(asker, host),
        signed=signed,
        keyed=keyed,
    )


async def _by_our_id(asker: Asker, host: Host, known: Echo) -> Heard | None:
    """What is answered under our own id; None where the task is gone, so that nothing is proven."""
    answer = await _asked(asker, f"{host.route(Kind.EXTEND)}/{quote(known.external_id, safe='')}")
    if not is_missing(answer):
        return answer
    control = await _asked(asker, f"{host.route(Kind.EXTEND)}/{quote(known.task_id, safe='')}")
    return None if is_missing(control) else answer


def _nowhere(host: Host) -> str:
    """A route that no API has: where it is answered like a real one, that one may not be real either."""
    return f"{host.base}/v1/videos/no-such-route/{_NOBODYS}"


async def _asked(asker: Asker, url: str, query: Mapping[str, int] | None = None) -> Heard:
    try:
        return await asker.ask(url, query)
    except OrchestratorError as error:
        return error


def _echo(listed: Heard) -> Echo | None:
    """An id of anybody's that the list of tasks repeats."""
    if not isinstance(listed, Reply):
        return None
    try:
        said = opened(listed)
    except OrchestratorError:
        return None
    tasks = map(shown, items(said.data)) if isinstance(said, Envelope) else ()
    found = ((task.external_id, task.task_id) for task in tasks)
    return next((Echo(ours, task) for ours, task in found if ours and task), None)


async def _elsewhere(asker: Asker, host: Host) -> tuple[str, str] | None:
    """The provider to name and the base URL at which this very host has the routes."""
    for name, place in siblings(host):
        unknown = await _asked(asker, f"{place.route(Kind.EXTEND)}/{_NOBODYS}")
        nowhere = await _asked(asker, _nowhere(place))
        if proven(unknown, nowhere, unknown):
            return name, place.base.removesuffix("/kling")
    return None

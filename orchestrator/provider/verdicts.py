"""Judges what the free questions of a check-up were answered; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orchestrator.checkup import Check, doubtful, failing, fine, open_question, wrong
from orchestrator.errors import (
    CredentialsError,
    OrchestratorError,
    PaymentError,
    ProviderError,
    UnreachableError,
)
from orchestrator.lineage import Echo
from orchestrator.plan import ProviderSettings
from orchestrator.ports import Missing
from orchestrator.provider.answers import NotOfferedError, opened
from orchestrator.provider.codes import EXPIRED
from orchestrator.provider.fields import items
from orchestrator.provider.hosts import KNOWN, Host
from orchestrator.provider.reply import Envelope, Reply
from orchestrator.provider.tasks import shown

SKEW = 60.0
"""Seconds by which clocks may differ: a signed token is dated 5 s back and valid for half an hour."""

Heard = Reply | OrchestratorError
"""An answer, whatever it says, or why there is none."""


@dataclass(frozen=True, slots=True)
class Soundings:
    """What was heard at `at`: asked for a task nobody has, a route nobody has, the list, and a kept id.

    `elsewhere` is the provider's name and base URL under which the routes were found instead. `signed`:
    the key signs tokens, which needs a clock that is right; `keyed`: there is a key at all. `proxy`: what
    the requests went through.
    """

    host: Host
    at: datetime
    unknown: Heard
    nowhere: Heard
    listed: Heard
    echo: Echo | None = None
    echoed: Heard | None = None
    elsewhere: tuple[str, str] | None = None
    signed: bool = False
    keyed: bool = True
    proxy: str | None = None


def proven(unknown: Heard, nowhere: Heard, listed: Heard) -> bool:
    """The route is really there: it is answered otherwise than one that nobody has, or shows tasks."""
    if not isinstance(unknown, Reply):
        return False
    if _lists(listed):
        return True
    said = _said(unknown)
    if isinstance(said, CredentialsError | PaymentError):
        return True
    return isinstance(said, Envelope | Missing) and _gist(unknown) != _gist(nowhere)


def is_missing(heard: Heard) -> bool:
    """The host says that it has no such task."""
    return isinstance(_said(heard), Missing)


def about_host(settings: ProviderSettings, host: Host) -> Check:
    """Whom requests, and the key with them, go to."""
    if host.base.startswith("http://") and not host.local:
        move = "write https:// unless you trust every wire on the way"
        return doubtful("base URL", f"{host.base}: without TLS the key can be read on the way", move)
    if host.local:
        return fine("base URL", f"{host.base}, on this machine")
    if host.name not in KNOWN[settings.name]:
        move = "go on only if you trust it; without --base-url the provider's own host is used"
        return doubtful(
            "base URL", f"{host.base}: no host of {settings.name}'s own, and it is sent the key", move
        )
    return fine("base URL", f"{host.base}, the provider's own")


def verdicts(heard: Soundings) -> tuple[Check, ...]:
    """In the order in which one thing rests on another."""
    return (
        _connection(heard),
        _prefix(heard),
        _key(heard),
        _clock(heard),
        _list(heard),
        _external_ids(heard),
        _envelope(heard),
    )


def _said(heard: Heard) -> Envelope | Missing | OrchestratorError:
    if not isinstance(heard, Reply):
        return heard
    try:
        return opened(heard)
    except OrchestratorError as error:
        return error


def _gist(heard: Heard) -> object:
    """What tells two answers apart, without times and numbers of requests."""
    if not isinstance(heard, Reply):
        return None
    said = heard.said
    return heard.status, heard.html, None if said is None else (said.code, said.message)


def _lists(listed: Heard) -> bool:
    said = _said(listed)
    return isinstance(said, Envelope) and isinstance(said.data, list)


def _connection(heard: Soundings) -> Check:
    host, answer = heard.host, heard.unknown
    if isinstance(answer, Reply):
        said = _said(answer)
        if isinstance(said, UnreachableError):
            return failing("connection", said, "wait and ask again; nothing is lost meanwhile")
        tls = ", its certificate trusted" if host.base.startswith("https://") else ""
        return fine("connection", f"{host.name} answers{tls}")
    return failing("connection", answer, _way_out(answer, host, heard.proxy))


def _way_out(error: OrchestratorError, host: Host, proxy: str | None) -> str:
    told = ""
    cause: BaseException | None = error
    while cause is not None:
        told += f" {cause}".lower()
        cause = cause.__cause__ or cause.__context__
    if any(word in told for word in ("certificate", "ssl", "tls")):
        return "TLS fails: check the host and this machine's clock; behind a company proxy, SSL_CERT_FILE"
    if proxy is not None:
        return f"the environment sends this through the proxy {proxy}: check HTTPS_PROXY and NO_PROXY"
    if any(word in told for word in ("name or service", "nodename", "name resolution", "getaddrinfo")):
        return f"there is no such host: check how {host.name} is written, then this machine's DNS"
    if "refused" in told or "connection attempts failed" in told:
        return f"nothing listens at {host.base}: check host and port, or start it"
    return "check the network, a firewall or a proxy on the way, then try again"


def _prefix(heard: Soundings) -> Check:
    name, base = "prefix", heard.host.base
    if not isinstance(heard.unknown, Reply) or isinstance(_said(heard.unknown), UnreachableError):
        return open_question(name, "the host did not answer")
    if proven(heard.unknown, heard.nowhere, heard.listed):
        return fine(name, f"the routes are under {base}/v1/videos")
    if heard.elsewhere is not None:
        provider, place = heard.elsewhere
        found = f"nothing is under {base}/v1/videos, but the host has the routes elsewhere"
        return wrong(name, ProviderError, found, f"use --provider {provider} --base-url {place}")
    said = _said(heard.unknown)
    if isinstance(said, NotOfferedError):
        move = "check the base URL: the bare host of the API is enough, /kling and /v1 are added here"
        return failing(name, said, move)
    if isinstance(said, OrchestratorError):
        return failing(name, said, "check the base URL, and that the host speaks the Kling API")
    found = "an unknown task and a route that nobody has are answered alike, so that nothing is proven"
    return open_question(name, found, "if a run is refused with 1203, check the base URL first")


def _key(heard: Soundings) -> Check:
    name, said = "key accepted", _said(heard.unknown)
    if not heard.keyed:
        return open_question(name, "there is no key to try")
    if isinstance(said, PaymentError):
        return failing(name, said, "top the account up, then run again")
    if isinstance(said, CredentialsError):
        if _dated(heard.unknown):
            return failing(name, said, "set this machine's clock; then check access and secret key")
        return failing(name, said, "paste the key again, and check that it belongs to this very host")
    if not proven(heard.unknown, heard.nowhere, heard.listed):
        return open_question(name, "no route answered, so that nobody looked at the key")
    return fine(name, "the provider answers to it")


def _dated(answer: Heard) -> bool:
    said = answer.said if isinstance(answer, Reply) else None
    return said is not None and said.code in EXPIRED


def _clock(heard: Soundings) -> Check:
    name = "clock"
    if not isinstance(heard.unknown, Reply) or heard.unknown.date is None:
        return open_question(name, "the host does not say what time it is")
    ahead = (heard.at - heard.unknown.date).total_seconds()
    if abs(ahead) <= SKEW:
        return fine(name, "agrees with the host's to within a minute")
    found = f"{_long(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} the host's"
    why = "; signed tokens are refused until then" if heard.signed else ""
    return doubtful(name, found, f"set this machine's clock (timedatectl set-ntp true){why}")


def _long(seconds: float) -> str:
    for size, word in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds:.0f} seconds"


def _list(heard: Soundings) -> Check:
    name = "list of tasks"
    if _lists(heard.listed):
        return fine(name, "offered: what became of an unclear submission can be looked up")
    said = _said(heard.listed)
    if isinstance(said, NotOfferedError | Missing):
        move = "nothing to do; after an unclear submission `orchestrate resolve` asks for your word"
        return doubtful(name, "not offered here", move)
    return open_question(name, "no answer tells")


def _external_ids(heard: Soundings) -> Check:
    name = "external ids"
    if heard.echo is None:
        found = "no task with an id of ours was seen, and only a paid submission could make one"
        return open_question(name, found, "with `external_task_id: always` the first run shows it")
    if heard.echoed is None:
        return open_question(name, "the task that was seen with an id of ours is gone by now")
    said = _said(heard.echoed)
    if isinstance(said, Envelope) and shown(said.data).external_id == heard.echo.external_id:
        return fine(name, "kept, and tasks are found by them: `external_task_id: always` is worth it")
    return doubtful(name, "kept, but no task is found by them", "leave `external_task_id: never`")


def _envelope(heard: Soundings) -> Check:
    name = "envelope"
    if not isinstance(heard.unknown, Reply):
        return open_question(name, "the host did not answer")
    said = heard.unknown.said
    if said is None:
        return open_question(name, "what came is no JSON object")
    listed = _said(heard.listed)
    tasks = items(listed.data) if isinstance(listed, Envelope) else []
    if said.textual or any(shown(task).nested for task in tasks):
        return fine(name, "a gateway's own around the vendor's; it refreshes about every 15 s")
    return fine(name, "the vendor's")

"""The remote API behind one port: its hosts, keys, requests and answers; the one home of httpx.

Importing it is cheap: httpx is loaded when a provider is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from orchestrator.checkup import Check
from orchestrator.lineage import Echo
from orchestrator.plan import ProviderSettings
from orchestrator.ports import Clock, Provider
from orchestrator.provider.auth import key_for
from orchestrator.provider.hosts import Host, base_url_variable, host_for, is_local
from orchestrator.provider.notices import SECRET as CALLBACK_SECRET
from orchestrator.provider.notices import Heard, Notices, secret_of

if TYPE_CHECKING:
    import httpx

__all__ = [
    "CALLBACK_SECRET",
    "Heard",
    "Host",
    "Notices",
    "base_url_variable",
    "examine",
    "host_for",
    "is_local",
    "key_for",
    "open_provider",
    "post_message",
    "secret_of",
]


def open_provider(
    settings: ProviderSettings,
    *,
    base_url: str | None,
    environ: Mapping[str, str],
    clock: Clock,
    transport: httpx.AsyncBaseTransport | None = None,
    callback_url: str | None = None,
) -> AbstractAsyncContextManager[Provider]:
    """The provider, open within the block, on asyncio and on trio.

    `base_url` is the command line's; it beats the environment's, which beats the plan's. `transport` takes
    the place of the network: an ASGI app in process, or a table of answers. `callback_url` goes with every
    submission, so that the provider posts its notices there. Entering the block raises
    PlanError for a base URL that is none or that a plan may not choose, CredentialsError for a missing key,
    ProviderError when the environment's proxy or certificates cannot be used.
    """
    from orchestrator.provider.opening import opened

    return opened(
        settings,
        base_url=base_url,
        environ=environ,
        clock=clock,
        transport=transport,
        callback_url=callback_url,
    )


async def post_message(url: str, body: bytes, clock: Clock, secret: bytes | None = None) -> str | None:
    """Post JSON once to an address that a person agreed to; why that failed, or None.

    Signed as Standard Webhooks wants it where there is a secret. Bounded in time; follows nothing; never
    raises for what others do.
    """
    from orchestrator.provider.telling import told

    return await told(url, body, clock, secret)


async def examine(
    settings: ProviderSettings,
    *,
    base_url: str | None,
    environ: Mapping[str, str],
    clock: Clock,
    echo: Echo | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> tuple[Check, ...]:
    """What free questions show of key, host, clock and routes; raises nothing, and submits nothing.

    `echo` is an id that this account is known to have kept: it is asked for by that id.
    """
    from orchestrator.provider.checkup import examined

    return await examined(settings, base_url, environ, clock, echo, transport)

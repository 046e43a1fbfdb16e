"""Posts one message to an address that a person agreed to; its failure is a sentence."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

import anyio
import httpx

from orchestrator.ports import Clock
from orchestrator.provider.failures import CAUGHT
from orchestrator.provider.fields import line
from orchestrator.provider.hosts import is_local
from orchestrator.provider.notices import signature

_PATIENCE = 20.0


async def told(url: str, body: bytes, clock: Clock, secret: bytes | None = None) -> str | None:
    """Post JSON once, following nothing; why it failed, or None. Never raises for what others do."""
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        name, stamp = f"msg_{secrets.token_hex(12)}", str(int(clock.now().timestamp()))
        headers |= {
            "webhook-id": name,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(secret, name, stamp, body),
        }
    try:
        # Proxies of the environment are for the world outside; this machine is reached directly.
        away = not is_local(urlsplit(url).hostname or "")
        with anyio.fail_after(_PATIENCE):
            async with (
                httpx.AsyncClient(timeout=_PATIENCE, trust_env=away) as client,
                client.stream("POST", url, content=body, headers=headers) as answer,
            ):
                return None if answer.is_success else f"it answered {answer.status_code}"
    except TimeoutError:
        return f"no answer within {_PATIENCE:.0f} s"
    except (*CAUGHT, ValueError, ImportError) as error:  # the latter two: a proxy that cannot be used
        return line(f"{type(error).__name__}: {error}")

"""Opening a provider: what it needs, what it says when that is missing, and what it loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.errors import CredentialsError, PlanError, ProviderError
from orchestrator.plan import ProviderSettings
from orchestrator.provider import open_provider
from tests.provider.wire import ENVIRON, KEY, StandingClock

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("settings", "environ", "kind"),
    [
        (ProviderSettings(), {}, CredentialsError),
        (ProviderSettings(base_url="https://evil.example"), ENVIRON, PlanError),
        (ProviderSettings(name="sandbox"), {}, PlanError),
    ],
)
async def test_what_is_missing_is_said_before_anything_is_opened(
    settings: ProviderSettings, environ: dict[str, str], kind: type[Exception]
) -> None:
    """Nothing is sent on behalf of a provider that is not fully known."""
    with pytest.raises(kind):
        async with open_provider(settings, base_url=None, environ=environ, clock=StandingClock()):
            pass


@pytest.mark.parametrize("proxy", ["gopher://x", "socks5://user:pa55word@127.0.0.1:1"])
async def test_an_unusable_proxy_is_the_operators_matter(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """A proxy that the client cannot speak is named as such, without its password."""
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(ProviderError, match="proxy") as caught:
        async with open_provider(ProviderSettings(), base_url=None, environ=ENVIRON, clock=StandingClock()):
            pass
    assert "pa55word" not in str(caught.value)


async def test_unreadable_certificates_are_the_operators_matter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A broken certificate setting is no bug of ours."""
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(broken))
    with pytest.raises(ProviderError, match="SSL_CERT_FILE"):
        async with open_provider(ProviderSettings(), base_url=None, environ=ENVIRON, clock=StandingClock()):
            pass


def test_importing_the_front_door_does_not_load_httpx() -> None:
    """`--help` and `status` stay fast: the client is loaded when a provider is opened."""
    code = "import sys, orchestrator.provider; print('httpx' in sys.modules, 'anyio' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["False", "False"]


async def test_nothing_opened_shows_the_key() -> None:
    """A traceback with local variables holds no key."""
    async with open_provider(
        ProviderSettings(), base_url=None, environ=ENVIRON, clock=StandingClock()
    ) as client:
        shown = [repr(client), *map(repr, vars(client).values())]
    assert KEY not in " ".join(shown)

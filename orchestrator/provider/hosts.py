"""Where requests go: the base URL, and which hosts may be given a key."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from orchestrator.errors import PlanError
from orchestrator.plan import Kind, ProviderSettings

DEFAULTS = {"dmxapi": "https://www.dmxapi.cn", "kling": "https://api-beijing.klingai.com"}

KNOWN = {
    "dmxapi": frozenset({"www.dmxapi.cn", "www.dmxapi.com", "ssvip.dmxapi.com"}),
    "kling": frozenset({"api-beijing.klingai.com", "api-singapore.klingai.com"}),
    "sandbox": frozenset[str](),
}
"""The providers' own hosts (protocol page, §1): the only ones a plan can have keys sent to."""


@dataclass(frozen=True, slots=True)
class Host:
    """A base URL with the provider's path prefix, and what holds there."""

    base: str
    name: str
    gateway: bool
    local: bool

    def route(self, kind: Kind) -> str:
        """The URL that makes and lists tasks of this kind."""
        return f"{self.base}/v1/videos/{kind.value}"


def siblings(host: Host) -> tuple[tuple[str, Host], ...]:
    """Where else on this host the routes may be: the provider to name, and the place."""
    parts = urlsplit(host.base)
    origin = f"{parts.scheme}://{parts.netloc}"
    places = (("dmxapi", f"{origin}/kling", True), ("kling", origin, False))
    return tuple(
        (name, replace(host, base=base, gateway=gateway))
        for name, base, gateway in places
        if base != host.base
    )


def base_url_variable(settings: ProviderSettings) -> str:
    """The environment variable that moves this provider elsewhere; each has its own, as each has its key."""
    return f"{settings.name.upper()}_BASE_URL"


def host_for(settings: ProviderSettings, base_url: str | None, environ: Mapping[str, str]) -> Host:
    """Where requests go: the command line's `base_url`, else the environment's, the plan's, the default.

    PlanError when a plan names a host that is neither the provider's own over https nor on this machine:
    a plan from elsewhere must not redirect keys. A person may name any host.
    """
    variable = base_url_variable(settings)
    chosen = base_url or environ.get(variable, "").strip()
    if chosen:
        return _host(settings, _split(chosen, "the base URL"))
    if settings.base_url is not None:
        parts = _split(settings.base_url, "provider.base_url")
        _require_known(settings, parts, variable)
        return _host(settings, parts)
    if settings.name not in DEFAULTS:
        raise PlanError(f"the {settings.name} has no address of its own: start it, and give its base URL")
    return _host(settings, _split(DEFAULTS[settings.name], "the base URL"))


def proxy_to(host: Host) -> str | None:
    """The proxy of the environment that requests to this host go through, without its password."""
    if host.local or proxy_bypass(host.name):
        return None
    found = getproxies()
    named = found.get(urlsplit(host.base).scheme) or found.get("all")
    return named and named.rpartition("@")[2].rpartition("//")[2].rstrip("/")


def is_local(name: str) -> bool:
    """The host is this machine, by name or literal address."""
    address = _literal(name)
    return _plain(name) == "localhost" if address is None else address.is_loopback


def is_private(name: str) -> bool:
    """The host is this machine or a literal address that is not of the public internet."""
    address = _literal(name)
    if address is None:
        return f".{_plain(name)}".endswith((".localhost", ".local", ".internal"))
    return not address.is_global


def _plain(name: str) -> str:
    return name.lower().rstrip(".")


def _literal(name: str) -> IPv4Address | IPv6Address | None:
    bare = _plain(name.strip("[]"))
    try:
        address = ip_address(bare)
    except ValueError:
        # Resolvers also read 127.1, 0x7f000001 and 2130706433 as addresses.
        if not re.fullmatch(r"[0-9a-fx.]+", bare):
            return None
        try:
            return IPv4Address(socket.inet_aton(bare))
        except OSError:
            return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _split(text: str, what: str) -> SplitResult:
    """The parts of a base URL; PlanError, which never repeats a password, when it is none."""
    text = text.strip()
    if "@" in text:
        raise PlanError(f"{what} must not hold a user name or password: keys come from the environment")
    shown = re.split(r"[?#]", text)[0]
    wrong = PlanError(f"{what} {shown!r} is no base URL: write something like https://www.dmxapi.cn")
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        port = parts.port
    except ValueError as error:
        raise wrong from error
    if "://" not in text:
        if _mistyped(parts):
            raise wrong
        parts = parts._replace(scheme="http" if is_local(parts.hostname or "") else "https")
    name = parts.hostname or ""
    sound = re.fullmatch(r"[A-Za-z0-9._-]+", name) or _literal(name)
    if not sound or port == 0 or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise wrong
    return parts


def _mistyped(parts: SplitResult) -> bool:
    """A scheme without its `://` whole, as in `https:/x`, `http//x`: it must not be taken for a host."""
    scheme = (parts.hostname or "") in ("http", "https")
    return scheme or parts.netloc.endswith(":") or parts.path.startswith("//")


def _require_known(settings: ProviderSettings, parts: SplitResult, variable: str) -> None:
    name = parts.hostname or ""
    own = parts.scheme == "https" and name in KNOWN[settings.name] and parts.port in (None, 443)
    if not own and not is_local(name):
        raise PlanError(
            f"provider.base_url: {parts.scheme}://{parts.netloc} is no known https host of {settings.name},"
            f" and a plan cannot choose where keys go: give it as --base-url or {variable} if you trust it"
        )


def _host(settings: ProviderSettings, parts: SplitResult) -> Host:
    gateway = settings.name != "kling"
    # People paste the base URLs that other clients want; what we add ourselves is taken off first.
    path = re.sub(r"(/v1(/videos)?)?/*$", "", parts.path.rstrip("/"))
    if gateway:
        path = path.removesuffix("/kling") + "/kling"
    name = parts.hostname or ""
    return Host(f"{parts.scheme}://{parts.netloc}{path}", name, gateway, is_local(name))

"""Under which names a server may be asked for."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::(?P<port>\d{1,5}))?")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def own_names(host: str, port: int, more: Iterable[str] = ()) -> Callable[[str], bool]:
    """Decides on a Host header for a server bound to `host:port`; `more` are names it is known by besides.

    On loopback those of loopback. Elsewhere numbers as well, since only a name can be made to point here.
    """
    names = {*_LOOPBACK, host.lower(), *(each.lower() for each in more)}
    anywhere = not is_loopback(host)

    def ours(header: str) -> bool:
        found = _HOST.fullmatch(header)
        if found is None or int(found["port"] or 80) != port:
            return False
        name = found["name"].strip("[]").lower()
        return name in names or (anywhere and _address(name) is not None)

    return ours


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None

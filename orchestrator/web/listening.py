"""Sockets to serve on, bound before anything else is started, so that a taken port is said at once."""

from __future__ import annotations

import socket

from orchestrator.errors import PlanError


class ListenError(PlanError):
    """The address that was asked for cannot be listened on."""


def listen(host: str, port: int, option: str = "--port") -> socket.socket:
    """Bind and listen on `host:port` (0: any free port); raises ListenError naming address and option."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    # A server that was just stopped leaves its port in TIME_WAIT; a second live one still collides.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(256)
    except (OSError, OverflowError) as error:
        sock.close()
        raise ListenError(
            f"cannot listen on {host}:{port}: {error}; choose another {option}, or port 0 for any"
        ) from error
    return sock

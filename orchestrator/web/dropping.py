"""What an application raises to close a connection in the middle of an exchange."""

from __future__ import annotations

from orchestrator.errors import OrchestratorError


class DroppedError(OrchestratorError):
    """The application closed the connection on purpose; whatever was sent so far is all there is.

    `serve` turns it into a closed socket. In process, without a socket, it reaches the caller as it is.
    """

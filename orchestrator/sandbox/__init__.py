"""A faithful imitation of the Kling video API and its gateways, which charges nothing and renders real MP4s.

Written from the protocol alone, never from our own client: two witnesses. Importing this package loads
neither the web server nor the video libraries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from orchestrator.sandbox.faults import FaultsError, Rule, load_faults, read_faults
from orchestrator.sandbox.laws import Fate, Laws
from orchestrator.sandbox.options import SandboxOptions
from orchestrator.sandbox.payments import Payment
from orchestrator.sandbox.plants import EXAMPLE, Plant
from orchestrator.sandbox.process import SandboxEndedError, SandboxStartError, run_child
from orchestrator.sandbox.ready import Ready
from orchestrator.sandbox.rules import Extends, Refusal
from orchestrator.sandbox.submission import Submission
from orchestrator.sandbox.tasks import Task
from orchestrator.sandbox.world import World
from orchestrator.web import DroppedError

if TYPE_CHECKING:
    from orchestrator.sandbox.assembly import Sandbox as Sandbox
    from orchestrator.sandbox.assembly import in_memory as in_memory
    from orchestrator.sandbox.server import serve_sandbox as serve_sandbox

_HOMES = {
    "Sandbox": "orchestrator.sandbox.assembly",
    "in_memory": "orchestrator.sandbox.assembly",
    "serve_sandbox": "orchestrator.sandbox.server",
}

__all__ = [
    "EXAMPLE",
    "DroppedError",
    "Extends",
    "Fate",
    "FaultsError",
    "Laws",
    "Payment",
    "Plant",
    "Ready",
    "Refusal",
    "Rule",
    "Sandbox",
    "SandboxEndedError",
    "SandboxOptions",
    "SandboxStartError",
    "Submission",
    "Task",
    "World",
    "in_memory",
    "load_faults",
    "read_faults",
    "run_child",
    "serve_sandbox",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

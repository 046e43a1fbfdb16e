"""What was looked at before anything is paid for: a verdict, what was found, and the next move."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from orchestrator.errors import OrchestratorError


class Verdict(StrEnum):
    """How it stands: `warning` may cost time or comfort, `problem` stops a run, `unknown` cannot be told."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `blame`, set for problems, is the class of error a run would meet."""

    name: str
    verdict: Verdict
    found: str
    move: str = ""
    blame: type[OrchestratorError] | None = None


def fine(name: str, found: str) -> Check:
    """Nothing is to be done."""
    return Check(name, Verdict.OK, found)


def doubtful(name: str, found: str, move: str) -> Check:
    """A run works, but worse than it could, or not for long."""
    return Check(name, Verdict.WARNING, found, move)


def wrong(name: str, blame: type[OrchestratorError], found: str, move: str) -> Check:
    """A run would stop here, with this class of error."""
    return Check(name, Verdict.PROBLEM, found, move, blame)


def failing(name: str, error: OrchestratorError, move: str) -> Check:
    """A run would stop here, with this very error."""
    return wrong(name, type(error), str(error), move)


def open_question(name: str, found: str, move: str = "") -> Check:
    """It could not be told, or not for nothing."""
    return Check(name, Verdict.UNKNOWN, found, move)

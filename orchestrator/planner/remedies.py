"""What an author can do about a refusal or a failure, and what it cost, in words."""

from __future__ import annotations

from orchestrator.budget import FREE_WHEN_FAILED
from orchestrator.facts import AttemptBegun, AttemptDeclined, TaskFailed
from orchestrator.plan import Kind

_BY_WORDS = {
    "not supported extend": (
        "videos of its model cannot be extended; write continue: auto to go on from its last frame, or begin "
        "with one of kling-v1 or kling-v1-6"
    ),
    "model is discontinued": (
        "the vendor has retired its model; keep the film as it is, or write continue: {by: auto, "
        "model_name: …} to go on from its last frame with another one"
    ),
}
"""By a part of the provider's message, in small letters."""

_UNKNOWN = ("1202", "1203")


def refusal(begun: AttemptBegun, end: AttemptDeclined | TaskFailed) -> str:
    """Why the provider does not take this, and what can be done (protocol page, §4 and §6)."""
    words = next((words for sign, words in _BY_WORDS.items() if sign in end.message.lower()), "")
    if not words and isinstance(end, AttemptDeclined) and end.code in _UNKNOWN and begun.kind is Kind.EXTEND:
        words = (
            f"it does not know video {begun.parent_video} of task {begun.parent_task}: another account's, "
            "mistyped, or purged after 30 days"
        )
    said = f"the provider refuses this: {end.message}"
    return f"{said}; {words}" if words else said


def failure(begun: AttemptBegun, times: int, message: str) -> str:
    """How often it failed, what that cost, and how to have it tried again."""
    provider = begun.account.partition("/")[0]
    free = provider in FREE_WHEN_FAILED
    cost = f"failed tasks are free at {provider}" if free else f"{provider} may charge for failed tasks"
    count = "once" if times == 1 else f"{times} times"
    return f"failed {count}: {message} ({cost}): orchestrate retry {begun.place}"

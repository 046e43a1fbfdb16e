"""What the answer to a question means: a task's state, or one of our errors; nothing else is ever raised."""

from __future__ import annotations

from orchestrator.errors import (
    CredentialsError,
    OrchestratorError,
    PaymentError,
    ProviderError,
    UnreachableError,
)
from orchestrator.facts import Reason
from orchestrator.ports import Answer, Failed, Missing, Running, Succeeded
from orchestrator.provider.codes import EXPIRED, TABLE, Refusal, absent, explained, moderated, refusal
from orchestrator.provider.outcomes import NOT_OFFERED
from orchestrator.provider.reply import Envelope, Reply
from orchestrator.provider.tasks import Shown, State


class NotOfferedError(ProviderError):
    """The host has no such route: no answer about any task can be had there."""


def judged(task: Shown, task_id: str, raw: str | None) -> Answer:
    """The task, asked for by `task_id`, as an answer; one that "succeeded" without a video still runs.

    A gateway may say so before it has fetched the result. Calling it failed would pay for it twice; what
    never shows a video is put before a person once the task is older than such tasks get.
    """
    if task.state is State.FAILED:
        words = task.message or "the provider gives no reason"
        reason = Reason.MODERATION if moderated(words) else Reason.OTHER
        return Failed(reason, words, task.units, raw)
    if task.state is State.RUNNING:
        return Running(task.status)
    if task.film is None:
        return Running(f"{task.status}, without a video yet")
    return Succeeded(
        task_id=task_id,
        video_id=task.film.video_id,
        url=task.film.url,
        duration=task.film.duration,
        created_at=task.created_at,
        ended_at=task.ended_at,
        parent_video=task.parent_video,
        parent_duration=task.parent_duration,
        units=task.units,
        billed=task.billed,
        external_id=task.external_id,
        raw=raw,
    )


def opened(reply: Reply) -> Envelope | Missing:
    """The envelope of an answer that is no error.

    UnreachableError, CredentialsError, PaymentError or ProviderError (NotOfferedError among them) else.
    """
    said = reply.said
    if said is None:
        raise _unreadable(reply)
    if 200 <= reply.status < 300 and said.code == 0:
        return said
    found = _refusal(reply.status, said)
    certain = reply.status < 500 and (found is None or found.reason is Reason.REFUSED)
    if certain and absent(said.code, said.message):
        return Missing(f'the provider does not know the task: "{said.message}" (code {said.code})')
    raise _error(found, reply) if found is not None else _unlisted(reply, said)


def stale(reply: Reply) -> bool:
    """The answer may mean that our signed token is out of date."""
    said = reply.said
    return reply.status == 401 or (said is not None and said.code in EXPIRED)


def _refusal(status: int, said: Envelope) -> Refusal | None:
    """As for submissions, but a code counts at any status: a question costs nothing."""
    meaning = TABLE.get(said.code) if isinstance(said.code, int) else None
    if meaning is not None and meaning.reason is not None:
        return explained(status, said, meaning.reason, meaning.words)
    return refusal(status, said)


def _error(found: Refusal, reply: Reply) -> OrchestratorError:
    match found.reason:
        case Reason.CREDENTIALS:
            return CredentialsError(found.message)
        case Reason.PAYMENT:
            return PaymentError(found.message)
        case Reason.BUSY:
            return UnreachableError(found.message, reply.retry_after)
        case _ if found.code == "1202" or reply.status == 404:
            return NotOfferedError(found.message)
        case _:
            return ProviderError(found.message)


def _unlisted(reply: Reply, said: Envelope) -> OrchestratorError:
    theirs = f'"{said.message}" (HTTP {reply.status}, code {said.code})'
    if said.code in TABLE or _passing(reply.status):
        return UnreachableError(f"the provider cannot answer now: {theirs}", reply.retry_after)
    if reply.status == 401:
        return CredentialsError(f"the provider does not accept the key: {theirs}")
    if reply.status in (404, 405, 501):
        return NotOfferedError(f"{NOT_OFFERED}: {theirs}")
    return ProviderError(f"the provider answers what its documentation does not say: {theirs}")


def _unreadable(reply: Reply) -> OrchestratorError:
    status = reply.status
    if 300 <= status < 400:
        return NotOfferedError(f"the host redirects (HTTP {status}), and is not followed: check the base URL")
    if _passing(status):
        return UnreachableError(f"the provider cannot answer now (HTTP {status})", reply.retry_after)
    if status == 401:
        return CredentialsError(f"the provider does not accept the key (HTTP {status})")
    if reply.html or status in (404, 405):
        return NotOfferedError(f"{NOT_OFFERED} (HTTP {status})")
    if reply.text is not None and not reply.text.strip():
        return UnreachableError(f"the provider answered nothing (HTTP {status})", reply.retry_after)
    return ProviderError(f"the provider's answer is too large or no JSON object (HTTP {status})")


def _passing(status: int) -> bool:
    return status in (408, 425, 429) or (status >= 500 and status != 501)

"""What the answer to a submission means: accepted, surely declined, or unclear; the closed list as code."""

from __future__ import annotations

from orchestrator.facts import Reason
from orchestrator.ports import Accepted, Declined, Outcome, Submission, Unclear
from orchestrator.provider.codes import refusal
from orchestrator.provider.fields import identifier, mapping
from orchestrator.provider.reply import Envelope, Reply
from orchestrator.provider.tasks import external_id_of, unwrapped
from orchestrator.provider.verbatim import verbatim

NOT_OFFERED = "the gateway does not offer this route: check the provider and its base URL"

_NEVER_TAKEN = {
    405: "the host does not take submissions on this route: check the provider and its base URL",
    413: "the request is too large: use a smaller picture",
    415: "the host does not take JSON on this route: check the provider and its base URL",
}


def outcome(reply: Reply, submission: Submission) -> Outcome:
    """What became of a submission that was answered; whatever is not on the closed list is unclear."""
    said = reply.said
    if 200 <= reply.status < 300 and said is not None and said.code == 0:
        return _received(reply, said, submission)
    return _declined(reply, said) or Unclear(_doubt(reply, said), verbatim(reply.text))


def task_id_of(said: Envelope) -> str | None:
    """The task an answer to a submission names, in any of the three envelopes; never the request's id."""
    outer = mapping(said.data) or mapping(unwrapped(said.data).inner)
    if found := identifier(outer.get("task_id")):
        return found
    if said.body.get("object") == "video":
        return identifier(said.body.get("task_id")) or identifier(said.body.get("id"))
    return identifier(unwrapped(said.data).inner.get("task_id"))


def _received(reply: Reply, said: Envelope, submission: Submission) -> Outcome:
    task_id = task_id_of(said)
    raw = verbatim(reply.text)
    if task_id is None:
        return Unclear(f"the provider answered HTTP {reply.status} without a task id", raw)
    if task_id == submission.parent_task:
        return Unclear("the provider answered with the parent's task id instead of a new one", raw)
    echo = external_id_of(said)
    echoed = submission.external_id is not None and echo == submission.external_id
    return Accepted(task_id, said.request_id, echoed, raw)


def _declined(reply: Reply, said: Envelope | None) -> Declined | None:
    status, raw = reply.status, verbatim(reply.text)
    if 300 <= status < 400:
        moved = f"the host redirects (HTTP {status}), and nothing is sent on: check the base URL"
        return Declined(Reason.REFUSED, f"http-{status}", moved, None, raw)
    if said is not None and task_id_of(said) and "data" in said.body:
        return None  # an error that names a task contradicts itself
    if said is not None and (found := refusal(status, said)):
        return Declined(found.reason, found.code, found.message, reply.retry_after, raw)
    page = NOT_OFFERED if status in (200, 404) and reply.html else None
    if words := _NEVER_TAKEN.get(status, page):
        return Declined(Reason.REFUSED, f"http-{status}", f"{words} (HTTP {status})", None, raw)
    return None


def _doubt(reply: Reply, said: Envelope | None) -> str:
    if reply.text is None:
        return f"the answer could not be read (HTTP {reply.status}): the task may have been made"
    if said is None:
        return f"the answer is no JSON (HTTP {reply.status}): the task may have been made"
    theirs = f': "{said.message}"' if said.message else ""
    named = task_id_of(said) if "data" in said.body else None
    hint = f", which names task {named}" if named else ""
    return f"HTTP {reply.status} with code {said.code}{hint}{theirs}: the task may have been made"

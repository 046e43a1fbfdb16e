"""Notices: the published vector, every way of being forged, replayed or stale, and what foreign JSON says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.errors import CredentialsError
from orchestrator.provider import CALLBACK_SECRET, Heard, Notices, secret_of
from orchestrator.provider.notices import signature

PUBLISHED = "whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI="
ID, STAMP = "9876543210", "1781080794"
BODY = (
    b'{"id":"1234567890","status":"succeeded","message":"","create_time":1781080778802,'
    b'"update_time":1781080794151}'
)
SIGNATURE = "v1,UsKlJP00XoQyOn410NM9xv34sP+Gl0jnOO9Lcpr7NJ4="
HEADERS = {"webhook-id": ID, "webhook-timestamp": STAMP, "webhook-signature": SIGNATURE}


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = datetime.fromtimestamp(int(STAMP), UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def notices(clock: Hands) -> Notices:
    return Notices(secret_of({CALLBACK_SECRET: PUBLISHED}), clock)


def test_the_published_vector_is_believed(notices: Notices) -> None:
    """What the vendor shows as rightly signed is, and names its task."""
    secret = secret_of({CALLBACK_SECRET: PUBLISHED})
    assert secret is not None
    assert signature(secret, ID, STAMP, BODY) == SIGNATURE
    assert notices.hear(HEADERS, BODY) == Heard(204, "1234567890")


def test_one_of_several_signatures_is_enough(notices: Notices) -> None:
    """While a secret is changed at the provider, messages are signed with the old and the new one."""
    headers = HEADERS | {"webhook-signature": f"v1,AAAA v1a,BBBB {SIGNATURE}"}
    assert notices.hear(headers, BODY).task_id == "1234567890"


FORGED = {
    "unsigned": ({}, BODY),
    "without a name": ({**HEADERS, "webhook-id": ""}, BODY),
    "another name": ({**HEADERS, "webhook-id": "9876543211"}, BODY),
    "another time": ({**HEADERS, "webhook-timestamp": "1781080795"}, BODY),
    "no time": ({**HEADERS, "webhook-timestamp": "now"}, BODY),
    "a time of other digits": ({**HEADERS, "webhook-timestamp": "१७८१०८०७९४"}, BODY),
    "another body": (HEADERS, BODY.replace(b"1234567890", b"1234567891")),
    "another signature": ({**HEADERS, "webhook-signature": "v1,AAAA"}, BODY),
    "letters beyond ASCII": ({**HEADERS, "webhook-signature": "v1,é"}, BODY),
    "its scheme is another": ({**HEADERS, "webhook-signature": SIGNATURE.replace("v1", "v2")}, BODY),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_notices_are_refused(name: str, notices: Notices) -> None:
    """Where there is a secret, nothing that is not signed with it is listened to."""
    headers, body = FORGED[name]
    heard = notices.hear(headers, body)
    assert (heard.status, heard.task_id) == (401, None)
    assert heard.refused
    assert notices.hear(HEADERS, BODY).task_id == "1234567890", "a forgery uses up nothing"


@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-300, 204), (300, 204), (301, 401)])
def test_stale_and_early_stamps_are_refused(
    seconds: int, status: int, notices: Notices, clock: Hands
) -> None:
    """What was signed over five minutes before or after now is not listened to."""
    clock.time += timedelta(seconds=seconds)
    assert notices.hear(HEADERS, BODY).status == status


def test_a_replayed_notice_counts_once(notices: Notices, clock: Hands) -> None:
    """Sent again by a patient provider or by an eavesdropper, it is answered well and means nothing."""
    assert notices.hear(HEADERS, BODY).task_id == "1234567890"
    for seconds in (1, 100, 198):
        clock.time += timedelta(seconds=seconds)
        assert notices.hear(HEADERS, BODY) == Heard(204)
    clock.time += timedelta(seconds=2)
    assert notices.hear(HEADERS, BODY).status == 401


def test_what_was_seen_is_forgotten_when_it_is_too_old_to_be_signed(notices: Notices, clock: Hands) -> None:
    """A run of months does not grow by every notice that it ever got."""
    secret = secret_of({CALLBACK_SECRET: PUBLISHED})
    assert secret is not None
    for number in range(100):
        clock.time += timedelta(minutes=1)
        name, stamp = str(number), str(int(clock.time.timestamp()))
        signed = {
            "webhook-id": name,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(secret, name, stamp, BODY),
        }
        assert notices.hear(signed, BODY).task_id == "1234567890"
    assert len(notices._seen) == 11


BODIES: dict[str, tuple[object, str | None]] = {
    "the vendor's bare task": ({"task_id": "a", "task_status": "succeed"}, "a"),
    "a failed one": ({"task_id": "a", "task_status": "failed"}, "a"),
    "one that goes on": ({"task_id": "a", "task_status": "processing"}, None),
    "one just submitted": ({"task_id": "a", "task_status": "submitted"}, None),
    "its newer names": ({"id": "a", "status": "succeeded"}, "a"),
    "an 18-digit number": ({"task_id": 123456789012345678, "task_status": "succeed"}, "123456789012345678"),
    "an envelope around it": ({"code": 0, "data": {"task_id": "a", "task_status": "succeed"}}, "a"),
    "a gateway's envelope": (
        {"code": "success", "data": {"task_id": "a", "status": "SUCCESS", "data": {"code": 0}}},
        "a",
    ),
    "a status nobody knows": ({"task_id": "a", "task_status": ["?"]}, "a"),
    "no task": ({"task_status": "succeed"}, None),
    "hostile types": ({"task_id": {"a": 1}, "task_status": "succeed"}, None),
    "a list": ([], None),
    "null": (None, None),
    "an id that is no id": ({"task_id": "a\nb", "task_status": "succeed"}, None),
}


@pytest.mark.parametrize("name", BODIES)
def test_what_foreign_bodies_say(name: str, clock: Hands) -> None:
    """A notice is worth a question when it names a task and does not say that it goes on."""
    said, task_id = BODIES[name]
    assert Notices(None, clock).hear({}, json.dumps(said).encode()) == Heard(204, task_id)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5_000, b"NaN"])
def test_unreadable_bodies_mean_nothing(body: bytes, clock: Hands) -> None:
    """Nothing that is posted here can break a run."""
    assert Notices(None, clock).hear({}, body).task_id is None


@pytest.mark.parametrize("text", ["whsec_not base64!", "dGVz*", "é", "whsec_dGV"])
def test_a_secret_that_is_none_is_said_without_it(text: str) -> None:
    """A truncated secret would refuse every notice silently."""
    with pytest.raises(CredentialsError) as raised:
        secret_of({CALLBACK_SECRET: text})
    assert CALLBACK_SECRET in str(raised.value)
    assert text not in str(raised.value)


def test_an_empty_secret_signs_nothing() -> None:
    """A key of no bytes could be anybody's."""
    with pytest.raises(CredentialsError):
        secret_of({CALLBACK_SECRET: "whsec_"})


def test_no_secret_is_none() -> None:
    """Callbacks are unsigned by default."""
    assert secret_of({}) is None
    assert secret_of({CALLBACK_SECRET: "  "}) is None

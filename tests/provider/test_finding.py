"""Whether an attempt became a task, judged from lists: a table of what is seen and what it proves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orchestrator.plan import Kind
from orchestrator.ports import Absent, CannotTell, Finding, Found, Inquiry
from orchestrator.provider.finding import BOUND, NO_LIST, Listing, by_listing, turned
from tests.provider.wire import NOW, inquiry, listed

SINCE = NOW - timedelta(minutes=1)
OLD = listed("old", -3600)


def read(*pages: object) -> Listing:
    """A listing after these pages."""
    listing = Listing()
    for page in pages:
        listing = turned(listing, page, SINCE)
    return listing


def pages(*tasks: dict[str, Any]) -> Listing:
    """A list that was read to its end."""
    return read([*tasks, OLD], [])


Case = tuple[Inquiry, Listing, Finding]
ALONE = inquiry(alone=True)
CASES: dict[str, Case] = {
    "our own id": (
        inquiry(external_id="ours"),
        pages(listed("a"), listed("b", external_id="ours")),
        Found("b", echoed=True),
    ),
    "our own id, long before": (
        inquiry(external_id="ours"),
        pages(listed("b", -9999, external_id="ours")),
        Found("b", echoed=True),
    ),
    "one fits, but we are not alone": (inquiry(), pages(listed("a")), CannotTell("", ("a",))),
    "one fits, and we are alone": (ALONE, pages(listed("a")), Found("a", echoed=False)),
    "two fit": (ALONE, pages(listed("b", 1), listed("a")), CannotTell("", ("b", "a"))),
    "one fits, the list was not read back": (ALONE, read([listed("a")]), CannotTell("", ("a",))),
    "parent not shown": (ALONE, pages(listed("a", parent=None)), CannotTell("", ("a",))),
    "time not shown": (ALONE, read([{**listed("a"), "created_at": None}], []), CannotTell("", ("a",))),
    "a generation is never adopted": (
        inquiry(kind=Kind.TEXT, alone=True),
        pages(listed("a", parent=None)),
        CannotTell("", ("a",)),
    ),
    "another's id": (ALONE, pages(listed("a", external_id="theirs")), Absent("")),
    "another parent": (ALONE, pages(listed("a", parent="video-9")), Absent("")),
    "too early": (ALONE, pages(listed("a", -61)), Absent("")),
    "too late": (ALONE, pages(listed("a", 121)), Absent("")),
    "known": (inquiry(known=("a",)), pages(listed("a")), Absent("")),
    "an empty list": (inquiry(), read([]), Absent("")),
    "read back past the intent": (inquiry(), read([listed("x", 300), OLD]), Absent("")),
    "read to just before the intent": (inquiry(), read([listed("x", 300), listed("y", 200)]), CannotTell("")),
    "one old task, in whatever order": (inquiry(), read([OLD]), CannotTell("")),
    "not read back": (inquiry(), read([listed("x", 300)]), CannotTell("")),
    "no list": (inquiry(), NO_LIST, CannotTell("", final=True)),
    "no list, but an own id": (inquiry(external_id="ours"), NO_LIST, CannotTell("")),
    "no array": (inquiry(), read({"tasks": []}), CannotTell("")),
    "null": (inquiry(), read(None), CannotTell("")),
}


@pytest.mark.parametrize(("asked", "listing", "expected"), CASES.values(), ids=CASES)
def test_what_a_list_proves(asked: Inquiry, listing: Listing, expected: Finding) -> None:
    """Only our own id or a promise adopts, only a list read back past the intent denies."""
    found = by_listing(asked, listing, gateway=False)
    assert type(found) is type(expected)
    match found, expected:
        case Found(), Found():
            assert (found.task_id, found.echoed) == (expected.task_id, expected.echoed)
        case CannotTell(), CannotTell():
            assert (found.candidates, found.final) == (expected.candidates, expected.final)


def test_a_gateways_list_denies_only_if_it_is_ours() -> None:
    """A gateway may show the list of another vendor account, which proves nothing about ours."""
    asked = inquiry(known=("t-known",))
    assert isinstance(by_listing(asked, pages(), gateway=True), CannotTell)
    assert isinstance(by_listing(asked, pages(listed("t-known", -30)), gateway=True), Absent)
    assert isinstance(by_listing(inquiry(), pages(), gateway=True), Absent)


def test_a_short_page_is_not_the_end() -> None:
    """A host may cap its pages: only an empty one, or tasks from before the intent, end the list."""
    assert not read([listed("a", 5)]).over
    assert read([listed("a", 5)], []).complete
    assert read([listed("a", 5)], [OLD]).complete


def test_a_host_without_page_numbers_proves_nothing() -> None:
    """The same page again and again is not the end of the list."""
    listing = read([listed("a", 5)], [listed("a", 5)])
    assert (listing.over, listing.complete) == (True, False)


def test_a_list_in_another_order_is_read_to_its_end() -> None:
    """Oldest first, an old page says nothing about what follows."""
    assert not read([OLD, listed("a", 5)], [listed("b", -7200)]).over


def test_reading_is_bounded() -> None:
    """A list without end is given up, and denies nothing."""
    listing = read([listed(f"t{number}", 3600 - number) for number in range(BOUND)])
    assert (listing.over, listing.complete) == (True, False)


def test_hostile_items_break_nothing() -> None:
    """Whatever stands in a list, it is read."""
    listing = read([None, 5, "x", [], {"task_id": []}, {"task_info": "x"}], [])
    assert isinstance(by_listing(inquiry(), listing, gateway=False), Absent | CannotTell)

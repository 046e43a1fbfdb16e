"""A site answers only under its own names, only to be read, only from where its files are."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest

from orchestrator.report import LIVE_POLICY, Page, Telling, live_film
from orchestrator.report.page.assembly import MODULES
from orchestrator.web import Events, Request, Site, is_loopback, own_names
from tests.report.filmed import Filmed, filmed

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    """A state folder that no test changes for good."""
    return filmed(tmp_path_factory.mktemp("state") / ".orchestrate")


def client_of(story: Filmed, host: str = "127.0.0.1:8767") -> httpx.AsyncClient:
    """A client of the page of this folder, asking under that name."""
    page = Page(
        story.state,
        Telling({}, live_film),
        lambda position: story.history.facts[position:],
        lambda: datetime(2026, 11, 1, 13, tzinfo=UTC),
    )
    site = Site(page.answer, own_names("127.0.0.1", 8767), LIVE_POLICY)
    transport = httpx.ASGITransport(app=site)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8767", True),
        ("localhost:8767", True),
        ("LOCALHOST:8767", True),
        ("[::1]:8767", True),
        ("evil.example:8767", False),
        ("127.0.0.1.evil.example:8767", False),
        ("localhost:80", False),
        ("localhost", False),
        ("192.168.1.2:8767", False),
        ("", False),
        ("localhost:8767:8767", False),
        ("localhost@evil:8767", False),
    ],
)
async def test_only_our_own_names_are_answered(host: str, ours: bool) -> None:
    """A foreign name that is made to point to this machine gets nothing (DNS rebinding)."""
    assert own_names("127.0.0.1", 8767)(host) is ours


async def test_elsewhere_numbers_and_given_names_are_answered() -> None:
    """Where others may look on, an address of this machine and the names it was told are its own."""
    ours = own_names("0.0.0.0", 8767, ["studio.local"])
    assert ours("192.168.1.2:8767")
    assert ours("studio.local:8767")
    assert not ours("evil.example:8767")
    assert not is_loopback("0.0.0.0")
    assert is_loopback("127.0.0.1")
    assert is_loopback("localhost")
    assert not is_loopback("evil.example")


async def test_a_foreign_host_is_refused(story: Filmed) -> None:
    """Every path, the events too, is refused under a foreign name, and says nothing of what is here."""
    async with client_of(story, "evil.example:8767") as client:
        for path in ("/", "/events", f"/film/{story.root}.mp4", "/front/main.js"):
            answer = await client.get(path)
            assert answer.status_code == 403
            assert str(story.state) not in answer.text


async def test_the_page_and_its_parts_are_served_under_a_strict_policy(story: Filmed) -> None:
    """Page, styles, scripts and font are there, each with the policy and headers that keep others out."""
    async with client_of(story) as client:
        for path in (
            "/",
            "/front/style.css",
            "/front/font.woff2",
            *(f"/front/{name}.js" for name in MODULES),
        ):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_a_range_of_a_film_is_answered(story: Filmed) -> None:
    """A player gets the part it asks for, so that it can begin at the new seconds."""
    whole = (story.state / "videos" / f"{story.chain[-1]}.mp4").read_bytes()
    async with client_of(story) as client:
        answer = await client.get(f"/film/{story.chain[-1]}.mp4", headers={"Range": "bytes=100-299"})
        assert (answer.status_code, answer.content) == (206, whole[100:300])
        assert answer.headers["content-range"] == f"bytes 100-299/{len(whole)}"
        head = await client.head(f"/film/{story.chain[-1]}.mp4")
        assert head.headers["content-length"] == str(len(whole))
        beyond = await client.get(f"/film/{story.root}.mp4", headers={"Range": "bytes=99999999-"})
        assert beyond.status_code == 416


async def test_nothing_outside_the_archive_is_served(story: Filmed) -> None:
    """Neither a path that climbs, nor a link that leads out, nor a file the journal does not know."""
    (story.state / "journal.db").write_bytes(b"secret")
    (story.state / "videos" / "stranger.mp4").write_bytes(b"secret")
    branch = story.state / "videos" / f"{story.branch}.mp4"
    film = branch.read_bytes()
    branch.unlink()
    branch.symlink_to(story.state / "journal.db")
    try:
        async with client_of(story) as client:
            for path in (
                "/film/../journal.db", "/film/%2e%2e%2fjournal.db.mp4", "/film/stranger.mp4",
                f"/film/{story.branch}.mp4",
                "/front/../assembly.py", "/front/%2e%2e/assembly.py", "/front/index.html", "/journal.db",
                f"/frames/{story.root}-secret.jpg", "/frames/..-poster.jpg", "//etc/passwd",
            ):  # fmt: skip
                answer = await client.get(path)
                assert answer.status_code == 404, path
                assert b"secret" not in answer.content
    finally:
        branch.unlink()
        branch.write_bytes(film)


async def test_a_still_is_made_when_it_is_asked_for(story: Filmed) -> None:
    """The first wish makes it; where there is no film there is a placeholder, not an error."""
    async with client_of(story) as client:
        there = await client.get(f"/frames/{story.chain[0]}-poster.jpg")
        assert there.headers["content-type"] == "image/jpeg"
        assert there.content[:3] == b"\xff\xd8\xff"
        nothing = await client.get(f"/frames/{next(iter(story.lineage.open))}-poster.jpg")
        assert (nothing.status_code, nothing.headers["content-type"]) == (200, "image/svg+xml")


async def test_it_is_for_reading(story: Filmed) -> None:
    """Nothing can be sent to it."""
    async with client_of(story) as client:
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert (await client.request(method, "/")).status_code == 405


async def test_events_go_on_where_a_client_left_off(story: Filmed) -> None:
    """An event carries its id, and a client that comes back with it gets only what is newer."""
    from orchestrator.web import Events

    page = Page(
        story.state, Telling({}, live_film), lambda at: story.history.facts[at:], lambda: story.history.now
    )

    async def stream(path: str, headers: dict[str, str]) -> Events:
        scope = {
            "type": "http", "method": "GET", "path": "/events", "query_string": path.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        answer = await page.answer(Request(scope))
        assert isinstance(answer, Events)
        return answer

    last = len(story.history.facts)
    first = await stream("after=0", {})
    event = first.newest(first.after)
    assert event is not None
    assert (event.id, event.name) == (str(last), "facts")
    assert "\n" not in event.data
    assert first.newest(event.id) is None
    resumed = await stream("after=0", {"last-event-id": str(last - 1)})
    assert resumed.after == str(last - 1)
    newer = resumed.newest(resumed.after)
    assert newer is not None
    assert len(newer.data) < len(event.data)
    assert first.newest("not a number") is not None


async def test_the_site_is_not_loaded_before_it_is_wanted() -> None:
    """What serves nothing does not pay for starlette."""
    heavy = "{'starlette', 'uvicorn', 'av', 'PIL'}"
    code = f"import orchestrator.report, sys; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "set()"


async def test_a_drift_is_measured_when_asked(story: Filmed) -> None:
    """The numbers of a step as JSON; null for a source and for what nobody knows."""
    async with client_of(story) as client:
        found = (await client.get(f"/drift/{story.chain[-1]}.json")).json()
        assert set(found) == {
            "amount",
            "largest",
            "brightness",
            "contrast",
            "saturation",
            "sharpness",
            "seam",
        }
        assert float(found["amount"]) < 1
        for key in (story.root, "nobody"):
            assert (await client.get(f"/drift/{key}.json")).text == "null"
        assert (await client.get("/drift/..%2Fjournal.json")).status_code == 404

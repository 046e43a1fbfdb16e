"""By force: a worker whose way to the database goes silent for good, while all else of it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

psycopg = pytest.importorskip("psycopg", reason="no psycopg: install the extra `cluster`")

from tests.force.network import Relay  # noqa: E402  # needs what is skipped for
from tests.force.processes import TIMEOUT, eventually  # noqa: E402
from tests.force.sharing import cluster  # noqa: E402
from tests.postgres import Server, own_server  # noqa: E402

TAKEN_OVER = 60
"""Seconds by the database's clock, from the cut until others have what the worker had."""

_HELD = """
    SELECT count(*) FROM orchestrate_queue.procrastinate_jobs
    WHERE status = 'doing' AND worker_id IS NOT DISTINCT FROM %s"""

_WORKERS = "SELECT count(*) FROM orchestrate_queue.procrastinate_workers"


@contextmanager
def wire(server: Server) -> Iterator[tuple[Relay, str]]:
    """A way to the database that can go silent, and the URL over it."""
    relay = Relay(server.port)
    relay.start()
    try:
        yield (
            relay,
            urlsplit(server.url)._replace(netloc=f"postgres:secret-of-tests@127.0.0.1:{relay.port}").geturl(),
        )
    finally:
        relay.cut()


@pytest.mark.parametrize("falls", [False, True], ids=["alone", "while the database falls"])
def test_a_worker_that_is_cut_off_for_good_loses_its_chains(tmp_path: Path, falls: bool) -> None:
    """It is never told, and still reaches the provider: others have its chains in a minute, all paid once."""
    with own_server() as server, wire(server) as (way, url), cluster(tmp_path, server.url, 0) as here:
        cut_off = here.work(url)
        plan = str(here.write())
        follower = here.command("f").shared("run", plan, "--detach", "--yes")
        eventually(lambda: len(here.provider.payments()) >= 4)
        here.work()
        with psycopg.connect(server.url, autocommit=True) as db:
            # One that is only about to open the journal ends where the database falls, and rightly.
            eventually(lambda: db.execute(_WORKERS).fetchone() == (2,))
        way.silent = True
        if falls:
            server.kill()
            server.start()
        with psycopg.connect(server.url, autocommit=True) as db:
            began, worker = db.execute(
                "SELECT clock_timestamp(), min(id) FROM orchestrate_queue.procrastinate_workers"
            ).fetchone()
            eventually(lambda: db.execute(_HELD, (worker,)).fetchone() == (0,))
            (took,) = db.execute("SELECT extract(epoch FROM clock_timestamp() - %s)", (began,)).fetchone()
        assert took < TAKEN_OVER
        _, err = follower.communicate(timeout=TIMEOUT)
        assert follower.returncode == 0, err
        assert here.provider.paid() == here.needed
        lineage = here.lineage
        assert not lineage.open
        assert not lineage.unkept
        assert cut_off.poll() is None

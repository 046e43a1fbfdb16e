"""The real command sends its films to a real S3 server, and everything reads them from there again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.force.processes import TIMEOUT, Command, eventually
from tests.force.sharing import cluster
from tests.s3 import BUCKET, s3

PLAN = """
version: 1
name: pond
provider: {name: sandbox, speed: 500}
archive: {url: ARCHIVE}
chains:
  koi:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [one, two]
"""


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, str]]:
    with s3(tmp_path / "s3" / "root") as environ:
        yield environ


def written(command: Command, url: str) -> str:
    (command.folder / "pond.yaml").write_text(PLAN.replace("ARCHIVE", url))
    return "pond.yaml"


def films(command: Command) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (command.state / "videos").glob("*.mp4")}


def test_films_go_to_s3_and_come_back_from_there(command: Command, server: dict[str, str]) -> None:
    """All are sent once; with the local ones gone, stitch, inspect and fetch read them from there."""
    command.environ |= server
    plan = written(command, f"s3://{BUCKET}/studio")
    done = command.run("run", plan, "--yes", "--archive")
    assert done.returncode == 0, done.stderr
    assert f"3 films sent to s3://{BUCKET}/studio" in done.stderr
    kept = films(command)
    assert len(kept) == 3
    again = command.run("run", plan, "--yes", "--archive")
    assert "sent to" not in again.stderr, "nothing is sent twice"

    last = max(kept, key=lambda name: len(kept[name]))
    shutil.rmtree(command.state / "videos")
    stitched = command.run("stitch", "pond", "-o", "film.mp4")
    assert stitched.returncode == 0, stitched.stderr
    assert set(films(command)) == {last}
    inspected = command.run("inspect", str(command.state / "videos" / min(kept.keys() - {last})), "--json")
    assert inspected.returncode == 0, inspected.stderr
    assert json.loads(inspected.stdout)["lineage"], "it is one of ours"
    assert len(films(command)) == 2
    (command.state / "sandbox").rename(command.folder / "purged")  # the provider has none of it any more
    fetched = command.run("fetch", "--all")
    assert fetched.returncode == 0, fetched.stderr
    assert f"1 film brought back from s3://{BUCKET}/studio" in fetched.stderr
    assert films(command) == kept


def test_what_gc_removed_comes_back_from_there(command: Command, server: dict[str, str]) -> None:
    """A thinned folder is whole again without the provider, and the journal says that it is."""
    command.environ |= server
    plan = written(command, f"s3://{BUCKET}/studio")
    assert command.run("run", plan, "--yes", "--archive").returncode == 0
    kept = films(command)
    assert command.run("gc", "--keep", "tips", "--force").returncode == 0
    assert len(films(command)) < len(kept)
    fetched = command.run("fetch", "--all")
    assert fetched.returncode == 0, fetched.stderr
    assert films(command) == kept
    assert "Nothing is missing" in command.run("fetch", "--all").stderr


def test_the_page_shows_a_film_that_is_not_here(command: Command, server: dict[str, str]) -> None:
    """Another machine kept it: whoever looks at the page sees it all the same."""
    command.environ |= server
    plan = written(command, f"s3://{BUCKET}/studio")
    assert command.run("run", plan, "--yes", "--archive").returncode == 0
    kept = films(command)
    shutil.rmtree(command.state / "videos")
    with command.start("serve", "--port", "0") as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            for name, content in kept.items():
                with urllib.request.urlopen(f"{url}film/{name}", timeout=TIMEOUT) as answer:
                    assert answer.read() == content
            with pytest.raises(urllib.error.HTTPError) as raised:
                urllib.request.urlopen(f"{url}film/0123.mp4", timeout=TIMEOUT)
            raised.value.close()
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=TIMEOUT)


def test_a_finished_film_is_published_where_another_machine_kept_it(
    command: Command, server: dict[str, str]
) -> None:
    """A run on a machine without the file gives the chain its readable name all the same."""
    command.environ |= server
    plan = written(command, f"s3://{BUCKET}/studio")
    assert command.run("run", plan, "--yes", "--archive").returncode == 0
    shutil.rmtree(command.state / "videos")
    shutil.rmtree(command.state / "films")
    done = command.run("run", plan, "--yes", "--archive")
    assert done.returncode == 0, done.stderr
    assert (command.state / "films" / "pond" / "koi.mp4").is_file()


def test_nothing_is_sent_without_consent(command: Command, tmp_path: Path) -> None:
    """`--yes` agrees to paying, not to films leaving this machine; the environment's own word is consent."""
    pytest.importorskip("obstore", reason="the extra `cluster` is not installed")
    vault = tmp_path / "shared"
    plan = written(command, f"file://{vault}")
    done = command.run("run", plan, "--yes")
    assert done.returncode == 0
    assert f"Films would be sent to file://{vault}: left here, --archive allows it." in done.stderr
    assert not list(vault.rglob("*.mp4"))
    assert command.run("run", plan, "--yes", "--no-archive").returncode == 0
    assert not list(vault.rglob("*.mp4"))
    command.environ |= {"ORCHESTRATE_ARCHIVE": f"file://{vault}"}
    caught_up = command.run("run", plan, "--yes")
    assert f"3 films sent to file://{vault}" in caught_up.stderr
    assert len(list(vault.rglob("*.mp4"))) == 3


def test_a_storage_that_cannot_be_reached_is_said_before_anything_is_paid(command: Command) -> None:
    """Exit 7, the place named, no key shown; without it the run goes on."""
    pytest.importorskip("obstore", reason="the extra `cluster` is not installed")
    command.environ |= {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "very-secret",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    }
    plan = written(command, f"s3://{BUCKET}/studio")
    done = command.run("run", plan, "--yes", "--archive")
    assert done.returncode == 7
    assert f"s3://{BUCKET}/studio" in done.stderr
    assert "very-secret" not in done.stderr
    assert "Traceback" not in done.stderr
    assert command.run("run", plan, "--yes", "--no-archive").returncode == 0


def test_a_kill_while_films_are_sent_leaves_whole_ones_or_none(
    command: Command, server: dict[str, str]
) -> None:
    """The next run sends what is missing; nothing half is ever taken for a film."""
    command.environ |= server
    plan = written(command, f"s3://{BUCKET}/studio")
    process = command.start(
        "run", plan, "--yes", "--archive", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    root = command.folder / "s3" / "root"
    eventually(lambda: any(root.rglob("*.mp4")))
    process.kill()
    process.wait()
    done = command.run("run", plan, "--yes", "--archive")
    assert done.returncode == 0, done.stderr
    shutil.rmtree(command.state / "videos")
    os.rename(command.state / "sandbox", command.folder / "purged")
    assert command.run("fetch", "--all").returncode == 0
    assert len(films(command)) == 3


def test_workers_send_what_each_of_them_kept(tmp_path: Path, postgres_url: str) -> None:
    """Films of one plan lie on several machines; shared storage has them all, and `fetch` brings them."""
    pytest.importorskip("obstore", reason="the extra `cluster` is not installed")
    vault = tmp_path / "shared"
    with cluster(tmp_path, postgres_url, workers=0) as here:
        plan = here.write()
        commands = [here.command(name) for name in ("one", "two", "me")]
        for command in commands:
            command.environ["ORCHESTRATE_ARCHIVE"] = f"file://{vault}"
        here.workers += [command.shared("worker") for command in commands[:2]]
        me = commands[2]
        done = me.shared("run", str(plan), "--yes", "--detach")
        out, err = done.communicate(timeout=TIMEOUT)
        assert done.returncode == 0, out + err
        wanted = {video.take for video in here.lineage.videos()}
        eventually(lambda: {path.parent.name for path in vault.rglob("*.mp4")} == wanted)
        fetched = me.shared("fetch", "--all")
        _, err = fetched.communicate(timeout=TIMEOUT)
        assert f"{len(wanted)} films brought back" in err

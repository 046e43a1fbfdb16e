"""Keeping house from the command line: what goes, what comes back, what is refused, and that it is free."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.store import Home, find_home, open_journal, open_reader
from tests.cli.conftest import KOI, Type, begun, keep_journal, koi
from tests.force.processes import sandbox
from tests.histories import NOW, History

PLAN = """\
version: 1
name: koi
provider: {name: sandbox, speed: 2000}
chains:
  koi:
    source: {text: {prompt: 池塘, model_name: kling-v1-6}}
    steps: [游, {id: leap, prompt: 跃, takes: 2, pick: longest}, 涟漪]
"""


def files() -> set[str]:
    """What the archive holds."""
    return {path.name for path in Path(".orchestrate/videos").iterdir()}


def kept() -> int:
    """How many files the journal calls kept."""
    with open_reader(find_home().journal) as reader:
        return sum(type(each.fact).__name__ == "VideoKept" for each in reader.facts())


@pytest.fixture
def old(tmp_path: Path, type_in: Type) -> History:
    """A chain of three videos, made long ago, their files on the disk."""
    history = begun(History(koi(), now=NOW.replace(year=2025))).adopt()
    history.keep(history.lineage.roots[0])
    history.make()
    history.make()
    keep_journal(history)
    for video in history.lineage.videos():
        (tmp_path / ".orchestrate" / "videos" / f"{video.take}.mp4").write_bytes(bytes(1000))
    return history


def test_a_film_is_thinned_and_fetched_again_for_nothing(type_in: Type, tmp_path: Path) -> None:
    """The whole round in the sandbox: run, look, remove, fetch one, fetch all, run; paid once."""
    Path("koi.yaml").write_text(PLAN, "utf-8")
    assert type_in("run", "koi.yaml", "--yes").status == 0
    all_files = files()
    assert len(all_files) == 5
    dry = type_in("gc", "--keep", "tips", "--dry-run")
    assert "keep tips: 4 files would go, freeing" in dry.out
    assert files() == all_files
    assert type_in("gc", "--keep", "all").out.startswith("keep all: 0 files went")
    picked = json.loads(type_in("gc", "--keep", "picked", "--json").out)
    assert [each["name"].rpartition("@")[0] for each in picked["dropped"]] == ["koi:koi.leap"]
    assert picked["frees"] == picked["dropped"][0]["frees"] > 10_000
    tips = json.loads(type_in("gc", "--keep", "tips", "--json", "koi").out)
    assert len(tips["dropped"]) == 3
    gone = (*picked["dropped"], *tips["dropped"])
    assert len(files()) == 1
    assert Path(".orchestrate/films/koi/koi.mp4").exists()
    assert "1 file fetched" in type_in("fetch", "koi.1").err
    (tip,) = all_files - {f"{each['take']}.mp4" for each in gone}
    Path(".orchestrate", "videos", tip).unlink()
    missing = type_in("gc", "--keep", "tips", "--dry-run").out
    assert "not on the disk: 1 kept file; `orchestrate fetch --all` brings back what can be had" in missing
    assert type_in("fetch", "--all").status == 0
    assert files() == all_files
    assert "Nothing is missing" in type_in("fetch", "koi").err
    assert "0 calls" in type_in("run", "koi.yaml", "--yes").out
    with sandbox(tmp_path / ".orchestrate" / "sandbox" / "world") as server:
        assert len(server.payments()) == 5


def test_beside_a_run_it_is_refused(type_in: Type, old: History) -> None:
    """A file goes while a run gives it its readable name, or two processes write one file."""
    before = files()
    with open_journal(Home(Path(".orchestrate")), submitter=True):
        assert type_in("gc", "--keep", "tips", "--force").status == 8
        assert type_in("fetch", "--all").status == 0  # nothing is missing
        (Path(".orchestrate") / "videos" / min(before)).unlink()
        assert type_in("fetch", "--all").status == 8
        assert type_in("gc", "--keep", "tips", "--dry-run").status == 0
    assert len(files()) == len(before) - 1


def test_only_copies_go_by_force_only(type_in: Type, old: History) -> None:
    """What nobody can bring back any more is removed by a routine."""
    spared = type_in("gc", "--keep", "tips")
    assert "keep tips: 0 files went" in spared.out
    assert "1 file not needed, but past the provider's 30 days" in spared.out
    assert len(files()) == 3
    forced = type_in("gc", "--keep", "tips", "--force", "--dry-run")
    assert "keep tips: 1 file would go, freeing 0.0 MB" in forced.out
    assert len(files()) == 3
    assert type_in("gc", "--keep", "tips", "--force").status == 0
    assert len(files()) == 2


def test_what_expired_is_lost_and_needs_no_key(
    type_in: Type, old: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody without a key cannot learn that there is nothing to fetch."""
    monkeypatch.delenv("DMXAPI_API_KEY", raising=False)
    type_in("gc", "--keep", "tips", "--force")
    typed = type_in("fetch", "--all")
    assert typed.status == 3
    assert "1 file can no longer be had: the provider purges after 30 days" in typed.err
    assert type_in("fetch", "--all").status == 0
    with open_reader(find_home().journal) as reader:
        assert [type(each.fact).__name__ for each in reader.facts()][-2:] == ["FileDropped", "VideoLost"]


def test_a_plan_that_does_not_hold_stops_it(type_in: Type, old: History) -> None:
    """What a plan with a slip in it needs is removed, because it could not be read."""
    Path("koi.yaml").write_text(KOI.replace("steps:", "stpes:"), "utf-8")
    typed = type_in("gc", "--keep", "tips", "--force")
    assert typed.status == 2
    assert "did you mean steps?" in typed.err
    assert len(files()) == 3


def test_todays_plan_decides(type_in: Type, old: History) -> None:
    """An edit that ends a film earlier would lose the film it ends with."""
    text = KOI[: KOI.index("      - {id: leap")]
    Path("koi.yaml").write_text(text, "utf-8")
    dry = json.loads(type_in("gc", "--keep", "tips", "--force", "--dry-run", "--json").out)
    source, first, leap = (video.take for video in old.lineage.videos())
    assert [each["take"] for each in dry["dropped"]] == [source, leap]
    assert first not in dry["missing"]


def test_beginnings_of_downloads_go_unless_their_film_is_still_to_come(type_in: Type, old: History) -> None:
    """A film that was lost half-way would keep its megabytes on the disk for ever."""
    before, coming = len(old.facts), old.start()
    old.succeed(coming)
    keep_journal(replace(old, facts=old.facts[before:]))
    folder = Path(".orchestrate/videos")
    for key in ("0" * 40, coming.take):
        folder.joinpath(f"{key}.part").write_bytes(b"half")
        folder.joinpath(f"{key}.part.json").write_text("{}")
    assert type_in("gc", "--keep", "all", "--dry-run").status == 0
    assert folder.joinpath(f"{'0' * 40}.part").exists()
    assert type_in("gc", "--keep", "all").status == 0
    assert {path.name for path in folder.glob("*.part*")} == {
        f"{coming.take}.part",
        f"{coming.take}.part.json",
    }


def test_what_was_typed_wrong(type_in: Type, old: History) -> None:
    """A slip on the command line removes or fetches something else."""
    assert type_in("gc").status == 2
    assert "no such plan in the journal; it knows: koi" in type_in("gc", "--keep", "tips", "koy").err
    assert "say which: a NODE such as koi.7, a PLAN, or --all" in type_in("fetch").err
    assert "nothing is called nope" in type_in("fetch", "nope").err
    assert len(files()) == 3


def test_without_a_journal_there_is_nothing_to_do(type_in: Type) -> None:
    """Tidying an empty folder ends in an error, or makes a journal."""
    assert type_in("gc", "--keep", "tips").status == 0
    assert type_in("fetch", "--all").status == 0
    assert not Path(".orchestrate").exists()


def test_resuming_without_the_script_says_so(type_in: Type) -> None:
    """The text of a plan is kept, its files of prompts are not: that must be said, not guessed."""
    text = PLAN.replace("    steps: [", "    prompts_file: script.txt\n    steps: [")
    Path("koi.yaml").write_text(text, "utf-8")
    Path("script.txt").write_text("一\n二\n", "utf-8")
    assert type_in("run", "koi.yaml", "--yes").status == 0
    Path("koi.yaml").unlink()
    assert "0 calls" in type_in("resume", "koi").out
    Path("script.txt").unlink()
    typed = type_in("resume", "koi")
    assert typed.status == 2
    assert 'chains.koi.prompts_file: "script.txt" cannot be read (No such file or directory)' in typed.err
    assert "the kept text needs files that are gone too; put them back, or write it anew" in typed.err

"""The state folder is found where people expect it, and made only when something is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import OrchestratorError, PlanError, StateError
from orchestrator.store import Home, find_home, open_journal


def made(folder: Path) -> Path:
    """A state folder in that folder."""
    state = folder / ".orchestrate"
    state.mkdir(parents=True)
    return state


def find(
    cwd: Path,
    state: str | None = None,
    plan: Path | None = None,
    env: str | None = None,
    create: bool = False,
) -> Path:
    environ = {} if env is None else {"ORCHESTRATE_STATE": env}
    plans = () if plan is None else (plan,)
    return find_home(state, plans, create=create, environ=environ, cwd=cwd).folder


def test_what_is_said_beats_what_is_found(tmp_path: Path) -> None:
    """Option beats environment beats plan and working directory."""
    here = tmp_path / "here"
    made(here)
    assert find(here, state="../said", env=str(tmp_path / "env")) == here / "../said"
    assert find(here, env=str(tmp_path / "env")) == tmp_path / "env"
    assert find(here, env="") == here / ".orchestrate"


def test_it_is_found_upwards_from_the_plan_and_from_here(tmp_path: Path) -> None:
    """A plan brings its state folder along, wherever one stands."""
    state, elsewhere = made(tmp_path / "films"), tmp_path / "elsewhere"
    (tmp_path / "films/plans/deep").mkdir(parents=True)
    elsewhere.mkdir()
    assert find(tmp_path / "films/plans/deep") == state
    assert find(elsewhere, plan=tmp_path / "films/plans/koi.yaml") == state
    assert find(elsewhere, plan=Path("../films/plans/koi.yaml")) == state
    assert find(tmp_path / "films", plan=Path("plans/koi.yaml")) == state


def test_two_different_finds_are_an_error(tmp_path: Path) -> None:
    """Where plan and place disagree nothing is guessed: the wrong journal would pay twice."""
    one, other = made(tmp_path / "one"), made(tmp_path / "other")
    with pytest.raises(PlanError, match="two state folders") as caught:
        find(tmp_path / "one", plan=tmp_path / "other/koi.yaml")
    for part in (str(one), str(other), "--state", "ORCHESTRATE_STATE"):
        assert part in str(caught.value)
    assert find(tmp_path / "one", state=str(other), plan=tmp_path / "other/koi.yaml") == other


def test_finding_makes_nothing(tmp_path: Path) -> None:
    """Only `create` makes a folder, in the working directory."""
    assert find(tmp_path) == tmp_path / ".orchestrate"
    assert not Home(find(tmp_path)).exists
    assert list(tmp_path.iterdir()) == []
    find(tmp_path, create=True)
    assert (tmp_path / ".orchestrate").is_dir()


def test_the_folder_is_the_owners_alone_and_hidden_from_git(home: Home) -> None:
    """Prompts and answers are nobody else's to read, and never end up in a commit."""
    home.create()
    assert home.folder.stat().st_mode & 0o777 == 0o700
    assert (home.folder / ".gitignore").read_text() == "*\n"
    assert home.videos.is_dir()
    assert home.films.is_dir()
    assert not home.exists
    with open_journal(home, submitter=True):
        assert home.exists
    (home.folder / ".gitignore").write_text("videos\n")
    home.create()
    assert (home.folder / ".gitignore").read_text() == "videos\n"


def test_a_folder_full_of_other_things_is_not_taken_over(tmp_path: Path) -> None:
    """`--state .` in a project would hide the project from git: refused, with a better name."""
    (tmp_path / "koi.yaml").touch()
    with pytest.raises(StateError, match=r"koi\.yaml") as caught:
        find(tmp_path, state=".", create=True)
    assert ".orchestrate" in str(caught.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["koi.yaml"]
    empty = tmp_path / "empty"
    empty.mkdir()
    with open_journal(Home(empty), submitter=True):
        pass
    (empty / "notes.txt").touch()
    with open_journal(Home(empty), submitter=True):
        pass


@pytest.mark.parametrize("state", ["postgresql://host:port/db", "mysql://host", "sqlite:///x", ""])
def test_what_is_not_a_folder_is_refused(tmp_path: Path, state: str) -> None:
    """The URL of a place where no journal can be is not taken for a folder's name."""
    with pytest.raises(PlanError):
        find(tmp_path, state=state)


@pytest.mark.parametrize(
    "blocked", [".orchestrate", ".orchestrate/videos", ".orchestrate/journal.db", ".orchestrate/reserve"]
)
def test_something_else_in_its_place_is_named(tmp_path: Path, blocked: str) -> None:
    """A file where a folder belongs, or the other way round, is one of our errors with the path in it."""
    place = tmp_path / blocked
    place.parent.mkdir(exist_ok=True)
    if place.suffix or place.name == "reserve":
        place.mkdir()
    else:
        place.touch()
    with (
        pytest.raises(OrchestratorError, match=str(place)),
        open_journal(find_home(create=True, environ={}, cwd=tmp_path), submitter=True),
    ):
        pass


def test_a_folder_of_any_name_will_do(tmp_path: Path) -> None:
    """Spaces, percent signs, question marks and Chinese in a path are only letters."""
    home = Home(tmp_path / "锦 鲤?mode=ro#%41" / ".orchestrate")
    with open_journal(home, submitter=True) as journal:
        assert journal.id
    assert home.exists


def test_a_database_holds_the_journal_and_a_folder_the_files(tmp_path: Path) -> None:
    """With a URL, files go where they always went, and the password is in nothing that can be printed."""
    url = "postgresql://studio:hush-hush@db.example:6432/koi?sslmode=require&password=hush-hush"
    home = find_home(url, environ={}, cwd=tmp_path)
    assert home.folder == tmp_path / ".orchestrate"
    assert home.place == "postgresql://studio@db.example:6432/koi"
    assert "hush" not in f"{home} {home!r} {home.database}"
    assert find_home(environ={"ORCHESTRATE_STATE": url}, cwd=tmp_path) == home


@pytest.mark.parametrize(
    "url",
    ["postgresql://me:hush/hush@host/db", "postgresql://host/db?hush", "postgresql://me@host/db?hush=1"],
)
def test_a_url_that_does_not_hold_is_not_repeated(tmp_path: Path, url: str) -> None:
    """What is wrong with a URL may be its password: the message tells how to write one, and nothing of it."""
    with pytest.raises(PlanError, match="percent codes") as caught:
        find_home(url, environ={}, cwd=tmp_path)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_password_with_an_at_sign_is_not_shown(tmp_path: Path) -> None:
    """Whatever libpq makes of it, nothing before the last @ is printed but the user's name."""
    home = find_home("postgresql://me:hu@sh@host:5432/db", environ={}, cwd=tmp_path)
    assert home.place == "postgresql://me@host:5432/db"

"""The state folder: where it is found, and what lies in it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import PlanError, StateError
from orchestrator.store.database import Database, database_of
from orchestrator.store.troubles import disk_translated

NAME = ".orchestrate"
VARIABLE = "ORCHESTRATE_STATE"

_OURS = re.compile(
    r"journal\.db.*|submitter\..*|reserve|videos|films|frames|sandbox|plan\.schema\.json|\.gitignore"
)


@dataclass(frozen=True, slots=True)
class Home:
    """A state folder and the places in it; it need not exist yet.

    With a `database` the journal is there, and only files are in the folder.
    """

    folder: Path
    database: Database | None = None

    @property
    def place(self) -> str:
        """Where the journal is, as people call it."""
        return str(self.database or self.folder)

    @property
    def journal(self) -> Path:
        """The facts, a SQLite file."""
        return self.folder / "journal.db"

    @property
    def videos(self) -> Path:
        """The archive of kept files."""
        return self.folder / "videos"

    @property
    def films(self) -> Path:
        """Files with readable names, unless the plan says another place."""
        return self.folder / "films"

    @property
    def lock(self) -> Path:
        """The file whose exclusive transaction makes its holder the one submitter."""
        return self.folder / "submitter.lock"

    @property
    def holder(self) -> Path:
        """Who that is, as text."""
        return self.folder / "submitter.json"

    @property
    def reserve(self) -> Path:
        """Room set aside for a full disk."""
        return self.folder / "reserve"

    @property
    def exists(self) -> bool:
        """Whether there is a journal: StateError when folder or database cannot be looked into."""
        if self.database is not None:
            from orchestrator.store.postgres import exists

            return exists(self.database)
        with disk_translated(self.folder):
            return self.journal.exists()

    def create(self) -> None:
        """Make the folder and what belongs in it, readable by its owner only; what exists stays as it is.

        StateError for an existing folder with other things in it: hiding them from git is not ours to do.
        """
        with disk_translated(self.folder):
            alone = self.database is None and not self.journal.exists()
            if self.folder.name != NAME and self.folder.is_dir() and alone:
                _refuse_foreign(self.folder)
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.videos.mkdir(exist_ok=True)
            self.films.mkdir(exist_ok=True)
            ignore = self.folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")


def find_home(
    state: str | None = None,
    plans: Sequence[Path] = (),
    *,
    create: bool = False,
    environ: Mapping[str, str] = os.environ,
    cwd: Path | None = None,
) -> Home:
    """The state folder: as said, else from the environment, else upwards from the plans and from here.

    Where nothing is found, it is the one that would be made in the working directory. A database that is
    said holds the journal; files are kept in the folder that is found. Nothing is made unless `create`.
    PlanError when plans and working directory lead to different folders.
    """
    said = state if state is not None else environ.get(VARIABLE) or None
    here = cwd or Path.cwd()
    database = database_of(said) if said is not None and "://" in said else None
    if said is None or database is not None:
        home = Home(_found(plans, here) or here / NAME, database)
    else:
        home = Home(_said(said, here))
    if create:
        home.create()
    return home


def _said(state: str, here: Path) -> Path:
    if not state:
        raise PlanError("--state is empty; name a folder.")
    return here / Path(state).expanduser()


def _found(plans: Sequence[Path], here: Path) -> Path | None:
    finds: dict[Path, Path] = {}
    for start in (*((here / plan).parent for plan in plans), here):
        folder = _upwards(start)
        if folder is not None:
            finds.setdefault(folder.resolve(), start)
    if len(finds) > 1:
        (one, first), (other, second) = list(finds.items())[:2]
        raise PlanError(
            f"two state folders: {one} (above {first}) and {other} (above {second}). "
            f"Say which one with --state or {VARIABLE}."
        )
    return next(iter(finds), None)


def _upwards(start: Path) -> Path | None:
    with disk_translated(start):
        start = start.resolve()
        for folder in (start, *start.parents):
            home = folder / NAME
            if home.is_dir():
                return home
            if home.exists():
                raise StateError(
                    f"{home} is in the way: a folder is needed there. Move it, or choose another --state."
                )
    return None


def _refuse_foreign(folder: Path) -> None:
    others = sorted(entry.name for entry in folder.iterdir() if not _OURS.fullmatch(entry.name))
    if others:
        raise StateError(
            f"{folder} is no state folder: it holds no journal, but {others[0]}. "
            f"Name a new or empty one, such as {folder / NAME}."
        )

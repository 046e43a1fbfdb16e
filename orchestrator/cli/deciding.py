"""Asks at the end of a run, where somebody sits there, for the picks and approvals that it waits for."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from orchestrator.cli.choosing import approving, picking, rejecting
from orchestrator.cli.reading import Known, columns, read
from orchestrator.cli.writing import write
from orchestrator.facts import PersonFact
from orchestrator.planner import ChainView, Need
from orchestrator.report import Drifts, Meant, find_step, takes_text
from orchestrator.store import Home

_LATER = "later"


def decide(views: Sequence[ChainView], home: Home) -> bool:
    """Ask for each choice, write down what is said, and tell whether anything was; Enter decides later.

    Without a terminal nobody is asked. Nothing is opened: files and pictures of last frames are named.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    answered = [_ask(home, str(meant.step.place)) for meant in _waiting(views)]
    return any(answered)


def _waiting(views: Sequence[ChainView]) -> list[Meant]:
    steps = (Meant(view, step) for view in views for step in view.steps)
    return [
        meant for meant in steps if meant.hold and meant.hold.need in (Need.PICK, Need.REVIEW, Need.DRIFT)
    ]


def _ask(home: Home, place: str) -> bool:
    """One question; the journal is read again for each, as another process may have answered it."""
    known = read(home)
    meant = find_step(place, known.lineage, known.views)
    if meant.hold is None:
        return False
    own = Drifts(home.folder)
    drifts = {take.key: own.measured(known.lineage, take.key) for take in meant.step.takes}
    click.echo("\n" + takes_text(meant, known.lineage, str(home.folder), columns(), drifts), err=True)
    for path in _pictures(known, meant):
        click.echo(f"last frame: {path}", err=True)
    facts = _picked(known, meant) if meant.hold.need is Need.PICK else _reviewed(known, meant)
    if facts:
        write(home, *facts)
    return bool(facts)


def _pictures(known: Known, meant: Meant) -> list[str]:
    from orchestrator.report import Frames, Still

    frames = Frames(known.home.folder)
    made = [take.key for take in meant.step.takes if take.video is not None and not take.rejected]
    found = [frames.still(known.lineage, key, Still.LAST) for key in made]
    return [str(path) for path in found if path is not None]


def _picked(known: Known, meant: Meant) -> tuple[PersonFact, ...]:
    usable = [str(take.number) for take in meant.step.takes if take.video is not None and not take.rejected]
    answer = _prompted(f"{meant.step.place}: go on from take", usable)
    if answer == _LATER:
        return ()
    place = f"{meant.step.place}@{answer}"
    return picking(known, Meant(meant.chain, meant.step, int(answer)), place)


def _reviewed(known: Known, meant: Meant) -> tuple[PersonFact, ...]:
    match _prompted(f"{meant.step.place}: go on, or reject it and make another", ["go", "reject"]):
        case "go":
            return approving(known, meant)
        case "reject":
            return rejecting(known, meant, str(meant.step.place), another=True)
        case _:
            return ()


def _prompted(question: str, answers: Sequence[str]) -> str:
    kind = click.Choice([*answers, _LATER])
    answer: str = click.prompt(question, default=_LATER, type=kind, err=True)
    return answer

"""`orchestrate stitch`: one film out of the films of several chains, nothing twice and nothing missing."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli.options import AMOUNT, state_option
from orchestrator.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.cli.reading import Known
    from orchestrator.media import Credentials, Piece, Stitched
    from orchestrator.planner import ChainView
    from orchestrator.report import Part
    from orchestrator.store import Home


_KINDS = (".mp4", ".otio")
_LONGEST_FADE = Decimal(5)


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="PLAN|CHAIN...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("film.mp4"),
    show_default=True,
    help="The film to write; named .otio, the cut of it for other programs, where nothing is encoded.",
)
@click.option(
    "--fade",
    type=AMOUNT,
    default=Decimal(0),
    metavar="SECONDS",
    help="Let each part fade into the next one; at most 5. Pictures are then encoded once.",
)
@click.option(
    "--sign",
    "credentials",
    type=click.Path(path_type=Path, dir_okay=False),
    nargs=2,
    metavar="CERT KEY",
    help="Sign the film with C2PA, PEM files; needs the extra c2pa.",
)
@click.option("--force", is_flag=True, help="Also over a file that is there already.")
@state_option
def stitch(
    what: tuple[str, ...],
    output: Path,
    fade: Decimal,
    credentials: tuple[Path, Path] | None,
    force: bool,
    state: str | None,
) -> int:
    """Join the films of chains into one, in the order of the plan.

    PLAN is a file, or a name in the journal; CHAIN one chain of it. Of a chain that grew out of another one
    only its new seconds follow. Pictures are copied where they fit together, else encoded once; sound is
    carried, chapters are named by chain and step, labels are kept, and the film is decoded before it takes
    its name. A chain that is not finished is joined as far as it goes (exit 3).

    With --sign the film is signed last of all: its certificate must be vouched for by others behind it in
    the file, and the films it was joined from become its ingredients. Nothing is sent anywhere.

    With -o cut.otio nothing is joined: the OpenTimelineIO timeline written there cuts the kept files in the
    same way, a shot a step, for editors to go on from.
    """
    from orchestrator.cli.exits import Exit
    from orchestrator.cli.reading import read
    from orchestrator.report import parts, parts_text
    from orchestrator.store import find_home

    home = find_home(state, [Path(each) for each in what if Path(each).is_file()])
    _require_free(output, home, force=force)
    if fade > _LONGEST_FADE:
        raise PlanError(f"--fade {fade}: at most {_LONGEST_FADE} s, for all of it is held in memory")
    signed = _signed(credentials, output)
    known = read(home)
    views = _views(what, known)
    those = parts(views, known.lineage)
    short = _told(views, those)
    if not those:
        raise PlanError("none of these chains has a film yet: orchestrate run makes them")
    pieces = [_piece(part, known, quiet=_is_cut(output) or signed is not None) for part in those]
    if _is_cut(output):
        _write_cut(pieces, those, output, fade)
    else:
        done = _stitched(pieces, output, fade, signed)
        click.echo(_summary(output, those, done, fade, signed), err=True)
        click.echo(parts_text(those, done.chapters), err=True)
    return Exit.PARTIAL if short else Exit.DONE


def _is_cut(output: Path) -> bool:
    return output.suffix.lower() == ".otio"


def _require_free(output: Path, home: Home, *, force: bool) -> None:
    if output.suffix.lower() not in _KINDS:
        raise PlanError(f"{output}: films are written as .mp4, cuts for other programs as .otio; name it so")
    if output.resolve().is_relative_to(home.videos.resolve()):
        raise PlanError(
            f"{output} is among the kept films, which are never written over: choose another name"
        )
    if output.exists() and not force:
        raise PlanError(f"{output} is there already: --force writes over it, -o names another file")


def _views(what: Sequence[str], known: Known) -> list[ChainView]:
    """The chains these words mean, each once, in the order of the words and of their plans."""
    found: dict[tuple[str, str], ChainView] = {}
    for word in what:
        for view in _meant(word, known):
            found.setdefault((view.plan, view.chain.name), view)
    return list(found.values())


def _meant(word: str, known: Known) -> Sequence[ChainView]:
    from orchestrator.planfile import load
    from orchestrator.planner import views_of
    from orchestrator.report import clean

    if Path(word).is_file():
        return list(views_of(load(word), known.lineage, known.ledger, known.now, known.run).values())
    if word in known.lineage.plans:
        return [view for view in known.views if view.plan == word]
    written = {each.name for each in known.plans if each.path is not None}
    named = [view for view in known.views if word in (view.chain.name, f"{view.plan}:{view.chain.name}")]
    # What somebody wrote comes before the plans of single steps that `extend` makes.
    named = [view for view in named if view.plan in written] or named
    if not named:
        raise PlanError(f"{clean(word)}: no such plan file, and no such plan or chain in the journal")
    if len(named) > 1:
        choices = ", ".join(f"{view.plan}:{view.chain.name}" for view in named)
        raise PlanError(f"{clean(word)} can be any of {choices}; say which")
    return named


def _told(views: Sequence[ChainView], those: Sequence[Part]) -> bool:
    """Say what is not whole or gives nothing; whether anything is missing."""
    from orchestrator.planner import Finish
    from orchestrator.report import clean

    joined = {(part.view.plan, part.view.chain.name) for part in those}
    short = False
    for view in views:
        name, (state, because) = clean(f"{view.plan}:{view.chain.name}"), view.standing
        if view.tip is None:
            click.echo(f"{name}: left out, nothing of it is made yet", err=True)
        elif (view.plan, view.chain.name) not in joined:
            click.echo(f"{name}: adds nothing, the films before it show all of it", err=True)
            continue
        elif not isinstance(view.end, Finish):
            click.echo(f"{name}: joined as far as it goes ({state}: {clean(because)})", err=True)
        else:
            continue
        short = True
    return short


def _piece(part: Part, known: Known, *, quiet: bool) -> Piece:
    """The file of a part: PlanError where it is not here."""
    from orchestrator.cli.vaulting import brought, vaults_here
    from orchestrator.media import Piece, has_manifest
    from orchestrator.report import clean

    name = clean(f"{part.view.plan}:{part.view.chain.name}")
    kept = part.film.kept
    file = None if kept is None else known.home.folder / kept.path
    if kept is not None and file is not None and not file.is_file():
        brought(vaults_here(known), known.home.folder, kept)
    if file is None or not file.is_file():
        raise PlanError(f"the film of {name} is not here: orchestrate fetch {part.film.take[:8]}")
    if not quiet and has_manifest(file):
        click.echo(f"{name}: its C2PA manifest speaks of that file alone and is not carried over", err=True)
    return Piece(file, part.since, part.marks, part.until)


def _write_cut(pieces: Sequence[Piece], those: Sequence[Part], output: Path, fade: Decimal) -> None:
    from orchestrator.cli.files import written
    from orchestrator.media import spans
    from orchestrator.report import json_text, plural, timeline

    written(output, json_text(timeline(output.stem, those, spans(pieces), fade)) + "\n")
    chains = plural(_chains(those), "chain")
    click.echo(f"{output}: a cut of {chains}; it points to the kept files", err=True)


def _chains(those: Sequence[Part]) -> int:
    """How many chains they are of: one that went on by frame has several parts."""
    return len({(part.view.plan, part.view.chain.name) for part in those})


def _signed(credentials: tuple[Path, Path] | None, output: Path) -> Credentials | None:
    """Who signs, if anybody: PlanError before any work where that cannot be."""
    if credentials is None:
        return None
    from orchestrator.media import Credentials, require_signable

    if _is_cut(output):
        raise PlanError(f"{output}: a cut is no film and cannot be signed; leave --sign out")
    found = Credentials(*credentials)
    require_signable(found)
    return found


def _stitched(
    pieces: Sequence[Piece], output: Path, fade: Decimal, credentials: Credentials | None
) -> Stitched:
    from orchestrator.media import sign
    from orchestrator.media import stitch as stitched

    def finish(film: Path) -> None:
        if credentials is not None:
            parents = list(dict.fromkeys(piece.path for piece in pieces))
            sign(film, output.name, parents, credentials)

    if not sys.stderr.isatty():
        return stitched(pieces, output, fade=fade, finish=finish)
    with click.progressbar(length=1000, label="joining", file=sys.stderr, show_eta=True) as bar:

        def progress(share: float) -> None:
            bar.update(int(share * 1000) - bar.pos)

        return stitched(pieces, output, progress, fade=fade, finish=finish)


def _summary(output: Path, those: Sequence[Part], done: Stitched, fade: Decimal, signed: object) -> str:
    from orchestrator.report import minute, plural

    why = f"each fading for {fade} s" if fade and len(those) > 1 else "for they did not fit together"
    how = "pictures copied" if done.copied else f"pictures encoded once, {why}"
    mark = "" if signed is None else ", signed, and the signature read back"
    sound = ", with sound" if done.sound else ""
    count = plural(_chains(those), "chain")
    return f"{output}: {minute(done.seconds)} of {count}, {how}{sound}, decoded from end to end{mark}"

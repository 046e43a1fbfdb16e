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

    from orchestrator.media import Credentials, Piece, Stitched
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
    from orchestrator.cli.gathering import piece, tell_missing, views_meant
    from orchestrator.cli.reading import reading
    from orchestrator.report import parts, parts_text
    from orchestrator.store import find_home

    home = find_home(state, [Path(each) for each in what if Path(each).is_file()])
    _require_free(output, home, force=force)
    if fade > _LONGEST_FADE:
        raise PlanError(f"--fade {fade}: at most {_LONGEST_FADE} s, for all of it is held in memory")
    signed = _signed(credentials, output)
    # Joining takes long, and the journal is not kept open for it.
    with reading(home) as known:
        views = views_meant(what, known)
        those = parts(views, known.lineage)
        short = tell_missing(views, those)
        pieces = [piece(part, known, quiet=_is_cut(output) or signed is not None) for part in those]
    if not those:
        raise PlanError("none of these chains has a film yet: orchestrate run makes them")
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

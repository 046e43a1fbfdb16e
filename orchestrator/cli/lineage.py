"""`orchestrate lineage`: the videos and what they grew out of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli.lazily import LazyGroup
from orchestrator.cli.options import json_option, state_option

if TYPE_CHECKING:
    from orchestrator.cli.reading import Known
    from orchestrator.drift import Drift
    from orchestrator.identity import TakeKey
    from orchestrator.report import Forest

COMMANDS = {
    "tree": ("orchestrator.cli.lineage:tree", "Draw the videos as a forest, parents above children."),
    "show": ("orchestrator.cli.lineage:show", "Show everything that is known of one take."),
    "path": (
        "orchestrator.cli.tracing:path",
        "Print the way from the source to a take: which prompt made which seconds.",
    ),
    "diff": (
        "orchestrator.cli.tracing:diff",
        "Compare two takes or two plans: where they part, and their prompts word by word.",
    ),
    "export": ("orchestrator.cli.tracing:export", "Write the videos for other programs."),
    "page": ("orchestrator.cli.page:page", "Write the page of the lineage as one file."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def lineage() -> None:
    """Look at the videos and what they grew out of.

    A NODE is a place (plan:chain.step#repeat@take, without what is not needed), a chain (its tip), or at
    least four letters of a take, task or video id.
    """


@click.command()
@click.argument("what", required=False, metavar="[PLAN|NODE]")
@click.option("--all", "everything", is_flag=True, help="Also takes that no plan wants any more.")
@json_option()
@state_option
def tree(what: str | None, everything: bool, as_json: bool, state: str | None) -> None:
    """Draw the videos as a forest, parents above children: all, those of a plan or a chain, or a node.

    A take that one other grew from continues its line; several are indented below it. The last column
    names the node; its file is videos/NODE….mp4 in the state folder.
    """
    from orchestrator.cli.reading import columns, nothing_yet, reading
    from orchestrator.report import json_text, tree_json, tree_text
    from orchestrator.store import find_home

    home = find_home(state)
    if not home.exists and what is None:
        nothing_yet(home, as_json=as_json, empty=[])
        return
    with reading(home) as known:
        found = drawn(what, known, everything=everything)
        text = json_text(tree_json(found)) if as_json else tree_text(found, columns())
    if found.roots or as_json:
        click.echo(text)
    else:
        click.echo("Nothing is made yet.", err=True)


@click.command()
@click.argument("node")
@click.option("--drift", "all_drifts", is_flag=True, help="Measure the drift of every step on the way, too.")
@json_option()
@state_option
def show(node: str, all_drifts: bool, as_json: bool, state: str | None) -> None:
    """Show everything that is known of one take.

    Its prompt and parameters, lengths, ids, times, cost, file, how far its look has drifted from its film's
    first seconds, and every attempt with the answers to it.
    """
    from orchestrator.cli.reading import columns, reading
    from orchestrator.report import json_text, places_of, show_json, show_text
    from orchestrator.store import find_home

    with reading(find_home(state)) as known:
        key = known.find(node)
        places, drifts = places_of(known.wanting([key])), _drifts(known, key, everywhere=all_drifts)
        if as_json:
            text = json_text(show_json(known.lineage, key, places, drifts))
        else:
            text = show_text(known.lineage, key, places, known.now, columns(), drifts)
    click.echo(text)


def _drifts(known: Known, key: TakeKey, *, everywhere: bool) -> dict[TakeKey, Drift | None]:
    """Of the take, measured now if need be, and of those before it, where they were measured before."""
    from orchestrator.report import Drifts

    drifts, found = Drifts(known.home.folder), {}
    for video in known.lineage.path(key)[1:]:
        wanted = everywhere or video.take == key
        found[video.take] = (
            drifts.measured(known.lineage, video.take) if wanted else drifts.known(known.lineage, video.take)
        )
    return found


def drawn(what: str | None, known: Known, *, everything: bool = False) -> Forest:
    """All there is, or what a plan, a chain or a node stands for: a plan's name comes before a chain's."""
    from orchestrator.report import forest, named_chain, origin

    lineage = known.lineage
    if what is None:
        return forest(lineage, known.views, known.now, everything=everything or not known.readable)
    views = known.of_plan(what) if what in lineage.plans else ()
    if not views and named_chain(what)[1] == what.rpartition(":")[2]:
        views = known.called(what)
    if views:
        begun = (origin(view) for view in views)
        roots = tuple(dict.fromkeys(lineage.root(key) for key in begun if key and key in lineage.takes))
    else:
        roots = (known.find(what),)
    below = forest(lineage, (), known.now, roots=roots, everything=True).shown
    others = known.wanting(below)
    return forest(lineage, views or others, known.now, roots=roots, others=others, everything=everything)

"""The lineage as a networkx graph: its queries, its one structural promise, and its exports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from orchestrator.facts import TaskSucceeded
from orchestrator.identity import TakeKey
from orchestrator.lineage.fold import Lineage
from orchestrator.lineage.takes import Take, Video

if TYPE_CHECKING:
    import networkx


def graph(lineage: Lineage, only: Iterable[TakeKey] | None = None) -> networkx.DiGraph[TakeKey]:
    """Videos as nodes, parent to child; with attributes that every export format can carry.

    Absent values are left out. With `only`, the videos among those takes.
    """
    import networkx  # here, because it costs more to import than most commands take

    wanted = None if only is None else set(only)
    built: networkx.DiGraph[TakeKey] = networkx.DiGraph()
    videos = [video for video in lineage.videos() if wanted is None or video.take in wanted]
    for video in videos:
        built.add_node(video.take, **_attributes(lineage, video.take))
    for video in videos:
        if video.parent in built:
            built.add_edge(video.parent, video.take, kind=str(video.kind or ""))
    return built


def ancestors(lineage: Lineage, key: TakeKey) -> frozenset[TakeKey]:
    """All videos this one contains."""
    import networkx

    return frozenset(networkx.ancestors(graph(lineage), key))


def descendants(lineage: Lineage, key: TakeKey) -> frozenset[TakeKey]:
    """All videos that contain this one."""
    import networkx

    return frozenset(networkx.descendants(graph(lineage), key))


def branchings(lineage: Lineage) -> tuple[TakeKey, ...]:
    """The videos that more than one video grows out of, in order of their making."""
    return tuple(key for key, degree in graph(lineage).out_degree() if degree > 1)


def is_forest(lineage: Lineage) -> bool:
    """Every video has one parent at most, and none is its own ancestor: true of every right journal."""
    import networkx

    built = graph(lineage)
    return built.number_of_nodes() == 0 or bool(networkx.is_branching(built))


def node_link(lineage: Lineage, only: Iterable[TakeKey] | None = None) -> dict[str, Any]:
    """The graph as node-link data for JSON; `networkx.node_link_graph(data, edges="edges")` reads it."""
    import networkx

    data: dict[str, Any] = networkx.node_link_data(graph(lineage, only), edges="edges")
    return data


ATTRIBUTES = (
    *("place", "plan", "chain", "prompt", "negative_prompt", "cfg_scale", "kind", "account"),
    *("model_name", "mode", "seconds", "film_seconds", "added", "task_id", "video_id", "request_id"),
    *("created_at", "expires_at", "attempts", "units", "cost", "currency", "file", "sha256"),
)
"""What a node may carry, in the order people like to read it."""


def _attributes(lineage: Lineage, key: TakeKey) -> dict[str, str | float | int]:
    take = lineage.take(key)
    assert take.video is not None
    found = _of_video(take.video) | _of_making(take)
    begins = lineage.begins(key) if take.parent else None
    if begins is not None and take.video.film is not None:
        found["added"] = float(take.video.film - begins)
    return {name: value for name in ATTRIBUTES if (value := found.get(name)) is not None}


def _of_video(video: Video) -> dict[str, str | float | int | None]:
    return {
        "task_id": video.task_id,
        "video_id": video.video_id,
        "kind": video.kind.value if video.kind else None,
        "account": video.account,
        "model_name": video.model_name,
        "mode": video.mode,
        "seconds": None if video.length is None else float(video.length),
        "film_seconds": float(video.film) if video.before and video.film is not None else None,
        "created_at": video.created_at.isoformat(timespec="milliseconds") if video.created_at else None,
        "expires_at": video.expires.isoformat(timespec="milliseconds") if video.expires else None,
        "file": video.kept.path if video.kept else None,
        "sha256": video.kept.sha256 if video.kept else None,
    }


def _of_making(take: Take) -> dict[str, str | float | int | None]:
    if not take.attempts:
        return {"attempts": 0}
    made = next((each for each in take.attempts if isinstance(each.end, TaskSucceeded)), take.attempts[-1])
    begun, billed = made.begun, made.end.units if isinstance(made.end, TaskSucceeded) else None
    units = begun.units if billed is None else billed
    return {
        "place": begun.place,
        "plan": begun.plan,
        "chain": begun.chain,
        "prompt": begun.prompt,
        "negative_prompt": begun.negative_prompt,
        "cfg_scale": None if begun.cfg_scale is None else float(begun.cfg_scale),
        "request_id": made.accepted.request_id if made.accepted else None,
        "attempts": len(take.attempts),
        "units": None if units is None else float(units),
        "cost": None if begun.cost is None else float(begun.cost),
        "currency": begun.currency,
    }

"""The lineage as W3C PROV-JSON: videos are entities, tasks the activities that made them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from orchestrator.facts import TaskSucceeded
from orchestrator.identity import TakeKey
from orchestrator.lineage.fold import Lineage
from orchestrator.lineage.graph import graph
from orchestrator.lineage.takes import Take, Video

_NAMESPACE = "urn:orchestrator:"
_OF_THE_TASK = ("prompt", "negative_prompt", "cfg_scale", "kind", "task_id", "place", "model_name", "mode")

Record = dict[str, dict[str, Any]]


def prov(lineage: Lineage, only: Iterable[TakeKey] | None = None) -> dict[str, Any]:
    """A PROV-JSON document; entities are `o:<take key>`, derivations extensions, or from a last frame."""
    built = graph(lineage, only)
    entities: Record = {}
    activities: Record = {}
    agents: Record = {}
    relations: dict[str, Record] = {
        name: {} for name in ("wasGeneratedBy", "used", "wasDerivedFrom", "wasAssociatedWith")
    }
    for key, attributes in built.nodes(data=True):
        take = lineage.take(key)
        elsewhere = _OF_THE_TASK if take.attempts else ()
        entities[f"o:{key}"] = {"prov:type": "o:Video"} | {
            f"o:{name}": value for name, value in attributes.items() if name not in elsewhere
        }
        agent = _agent(attributes["account"], agents)
        if not take.attempts:
            continue
        task = f"o:task-{key}"
        activities[task] = _activity(take, attributes)
        relations["wasGeneratedBy"][f"_:made-{key}"] = {"prov:entity": f"o:{key}", "prov:activity": task}
        relations["wasAssociatedWith"][f"_:by-{key}"] = {"prov:activity": task, "prov:agent": agent}
        if take.parent is not None and take.parent in built:
            _derive(relations, take.video, task)
    prefix = {"o": _NAMESPACE}
    found = {"entity": entities, "activity": activities, "agent": agents, **relations}
    return {"prefix": prefix, **{name: records for name, records in found.items() if records}}


def _activity(take: Take, attributes: dict[str, Any]) -> dict[str, Any]:
    made = next((each for each in take.attempts if isinstance(each.end, TaskSucceeded)), take.attempts[-1])
    ended = made.end.ended_at if isinstance(made.end, TaskSucceeded) else None
    known = {f"o:{name}": attributes[name] for name in _OF_THE_TASK if name in attributes}
    times = {"prov:startTime": _time(made.begun.at)} | ({"prov:endTime": _time(ended)} if ended else {})
    return {"prov:type": "o:Task", **times, **known, "o:attempts": len(take.attempts)}


def _agent(account: str, agents: Record) -> str:
    # Accounts are as the author labels them; a number stands for each, since names in PROV are narrow.
    for name, agent in agents.items():
        if agent["o:account"] == account:
            return name
    name = f"o:account-{len(agents) + 1}"
    agents[name] = {"prov:type": "prov:SoftwareAgent", "o:account": account}
    return name


def _derive(relations: dict[str, Record], video: Video | None, task: str) -> None:
    assert video is not None, "what is in the graph has a video"
    key, parent = video.take, video.parent
    relations["used"][f"_:took-{key}"] = {"prov:activity": task, "prov:entity": f"o:{parent}"}
    # Of an extension the parent is a part; of what goes on by frame only its last picture is.
    name, more = ("continues", {"prov:type": "o:LastFrame"}) if video.by_frame else ("extends", {})
    relations["wasDerivedFrom"][f"_:{name}-{key}"] = {
        "prov:generatedEntity": f"o:{key}",
        "prov:usedEntity": f"o:{parent}",
        "prov:activity": task,
        **more,
    }


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")

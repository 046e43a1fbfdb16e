"""What one page of the list of tasks says of those asked after; of what it does not show it says nothing."""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import replace

from orchestrator.ports import Page, Succeeded
from orchestrator.provider.answers import judged
from orchestrator.provider.fields import items
from orchestrator.provider.tasks import State, running_id, shown, standing, task_id_of
from orchestrator.provider.verbatim import verbatim


def page_of(data: object, wanted: Container[str]) -> Page:
    """The page, of which only the tasks that are wanted are read.

    A list may leave out what an answer of its own has: the video, or why a task failed, which decides
    whether it is paid for again. Such tasks are only named.
    """
    made: dict[str, Succeeded] = {}
    running: set[str] = set()
    unsure: set[str] = set()
    for item in items(data):
        if (task_id := running_id(item)) is not None:
            # Most of a long list: nothing else of them is news.
            if task_id in wanted:
                running.add(task_id)
            continue
        task_id = task_id_of(item)
        if task_id is None or task_id not in wanted:
            continue
        if standing(item) is State.RUNNING:
            running.add(task_id)
            continue
        answer = judged(shown(item), task_id, None)
        if isinstance(answer, Succeeded):
            raw = verbatim(json.dumps(item, ensure_ascii=False, default=str))
            made[task_id] = replace(answer, raw=raw)
        else:
            unsure.add(task_id)
    return Page(made, frozenset(running), frozenset(unsure), last=not data)

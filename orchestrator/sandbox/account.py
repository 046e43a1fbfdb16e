"""A world with a clock, a disk, a script of faults and films: what the HTTP side calls."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import partial

from orchestrator.sandbox.faults import Call, Effects, Faults
from orchestrator.sandbox.laws import Fate
from orchestrator.sandbox.plants import EXAMPLE, Plant
from orchestrator.sandbox.rules import Refusal
from orchestrator.sandbox.state import State
from orchestrator.sandbox.submission import Submission
from orchestrator.sandbox.tasks import Task
from orchestrator.sandbox.videos import Shelf
from orchestrator.sandbox.world import World

_log = logging.getLogger(__name__)


class Account:
    """Keeps the order that matters: decide, save, and only then begin to render or answer.

    Reading goes straight to `world`. `now` is Unix milliseconds.
    """

    def __init__(
        self, world: World, state: State, shelf: Shelf, faults: Faults, now: Callable[[], int]
    ) -> None:
        self.world = world
        self.shelf = shelf
        self.now = now
        self._state = state
        self._faults = faults

    def strike(self, call: Call) -> Effects:
        """What goes wrong with this call; counted before anything else happens, so that a kill counts too."""
        before = list(self._faults.counts)
        effects = self._faults.strike(call)
        if self._faults.counts != before:
            self._state.note("faults", json.dumps(self._faults.counts))
        return effects

    def submit(self, submission: Submission, fate: Fate, picture: bytes | None = None) -> Task | Refusal:
        """Accept or refuse; an accepted task is saved when this returns, and its video is in the making.

        `picture` is what it is to begin with.
        """
        outcome = self.world.submit(submission, self.now(), fate)
        if isinstance(outcome, Task):
            if picture is not None:
                self.shelf.put(outcome, picture)
            self._state.save(outcome)
            self._begin(outcome)
            _log.info("accepted %s %s", outcome.kind, outcome.id)
        return outcome

    def plant(self, plant: Plant = EXAMPLE) -> Task:
        """Let a video exist that nobody paid for here, unless it is there already and not purged."""
        task = self.world.plant(plant, self.now())
        if task.rendered_at is None:
            self._state.save(task)
            self._begin(task)
        return task

    def go_on(self) -> None:
        """Begin again whatever an earlier process left unrendered, oldest first."""
        for task in self.world.tasks():
            if task.rendered_at is None:
                self._begin(task)

    def rendered(self, task: Task) -> None:
        """This task's video can be read from now on."""
        self._state.save(self.world.rendered(task.id, self.now()))

    def _begin(self, task: Task) -> None:
        if not task.failure:
            self.shelf.make(task, self.world.parent(task), partial(self.rendered, task))

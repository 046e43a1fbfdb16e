"""Asks after accepted tasks on their schedule until they end; a failed question never fails a task."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Set
from itertools import count

import anyio
from anyio.abc import TaskGroup

from orchestrator.errors import OrchestratorError, ProviderError, UnreachableError
from orchestrator.facts import TaskMissed
from orchestrator.identity import TakeKey
from orchestrator.plan import Kind
from orchestrator.planner import Watch
from orchestrator.ports import Answer, Clock, Running, Succeeded
from orchestrator.runner.desk import Desk
from orchestrator.runner.errands import Errand
from orchestrator.runner.lists import Lane
from orchestrator.runner.question import NEVER, SULK, Question

AT_ONCE = 32
"""Questions that are on their way at the same time."""


class Questions:
    """All that is asked after, in the order in which it is due; one task serves them all.

    `ended` hears of each that is over: the task has ended, somebody let it go, or it is time for a person
    to look. `failed` hears of the error that one could not get past.
    """

    def __init__(
        self,
        tasks: TaskGroup,
        clock: Clock,
        ended: Callable[[Errand], None],
        failed: Callable[[OrchestratorError], None],
    ) -> None:
        self._tasks = tasks
        self._clock = clock
        self._ended = ended
        self._failed = failed
        self._asked: dict[TakeKey, dict[int, Question]] = {}
        self._lanes: dict[tuple[int, Kind], Lane] = {}
        self._queue: list[tuple[float, int, Question | Lane]] = []
        self._order = count()
        self._asking = 0
        self._asleep = anyio.CancelScope()
        self._hinted: set[str] = set()
        self._given_up: set[Errand] = set()

    @property
    def idle(self) -> bool:
        """Nothing is asked after."""
        return not self._asked

    @property
    def given_up(self) -> int:
        """How many are not asked for again."""
        return len(self._given_up)

    def busy(self, take: object) -> bool:
        """A task of this take is asked after."""
        return take in self._asked

    def begin(self, desk: Desk, action: Watch) -> None:
        """Ask after it from now on, unless it is asked after, or was given up."""
        begun, now = action.attempt.begun, self._clock.monotonic()
        known = self._asked.get(action.take, {})
        if begun.number in known or (action.take, begun.number) in self._given_up:
            return
        floor = desk.provider.floor
        question = Question(desk, action, NEVER, now + floor, floor)
        self._asked.setdefault(action.take, {})[begun.number] = question
        self._lane(question).watched[question.task_id] = question
        assert action.attempt.tasked_at is not None
        # What another run left in the air is asked at once: it may have ended long ago.
        wait = 0.0 if action.attempt.tasked_at < desk.run.at else question.first
        if question.task_id in self._hinted:
            self._hinted.discard(question.task_id)
            wait, question.alone = min(wait, floor), True
        self._put_off(question, wait)

    def hint(self, take: TakeKey, task_id: str) -> None:
        """This task may have ended: it is asked for now, or as soon as asking again is of any use.

        However many hints come, and whoever sends them, they bring a question forward and never make two
        where one would do; one that comes while it is being asked is followed by another.
        """
        asked = [each for each in self._asked.get(take, {}).values() if each.task_id == task_id]
        if not asked:
            self._hinted.add(task_id)
        for question in asked:
            question.alone = True
            self._lane(question).waiting.pop(question, None)
            if question.scope is None:
                self._at(question, min(question.due, max(self._clock.monotonic(), question.soonest)))

    def settle(self, take: TakeKey) -> None:
        """Something new is known of the take: what has ended is not asked after any more."""
        for question in tuple(self._asked.get(take, {}).values()):
            if question.settled and not question.told:
                self._leave_off(question)

    def stop(self, takes: Set[TakeKey]) -> None:
        """Ask no more after these, and forget what was given up: another may try."""
        for take in takes & self._asked.keys():
            for question in tuple(self._asked[take].values()):
                self._leave_off(question)
        self._given_up = {name for name in self._given_up if name[0] not in takes}

    def forgive(self) -> None:
        """What was given up may be asked for again."""
        self._given_up.clear()

    async def serve(self) -> None:
        """Ask what is due, for as long as the run goes on."""
        while True:
            self._ask_what_is_due()
            with anyio.CancelScope(deadline=self._deadline()) as self._asleep:
                await anyio.sleep_forever()

    # ---- when

    def _at(self, what: Question | Lane, due: float) -> None:
        what.due = due
        heapq.heappush(self._queue, (due, next(self._order), what))
        self._asleep.deadline = min(self._asleep.deadline, self._deadline())

    def _put_off(self, question: Question, wait: float) -> None:
        self._at(question, self._clock.monotonic() + max(0.0, min(wait, question.left)))

    def _deadline(self) -> float:
        if not self._queue or self._asking >= AT_ONCE:
            return NEVER
        return anyio.current_time() + max(0.0, self._queue[0][0] - self._clock.monotonic())

    def _ask_what_is_due(self) -> None:
        now = self._clock.monotonic()
        while self._queue and self._queue[0][0] <= now and self._asking < AT_ONCE:
            due, _, what = heapq.heappop(self._queue)
            if what.due != due:
                continue  # put off, or brought forward, since
            what.due = NEVER
            if isinstance(what, Lane):
                self._tasks.start_soon(self._look, what)
                what.looking = True
            elif what.settled or what.left <= 0:
                self._finish(what)
            elif self._lane(what).takes(what, now):
                self._lane(what).waiting[what] = None
                self._call(self._lane(what))
            else:
                self._asking += 1
                what.scope = anyio.CancelScope()
                self._tasks.start_soon(self._ask, what, what.scope)

    def _call(self, lane: Lane) -> None:
        if lane.waiting and lane.due == NEVER and not lane.looking:
            self._at(lane, lane.next_look(self._clock.monotonic()))

    # ---- one task by itself

    async def _ask(self, question: Question, scope: anyio.CancelScope) -> None:
        wait = 0.0
        try:
            with scope:
                question.alone = False
                wait = await self._answered(question)
        except OrchestratorError as error:
            self._give_up((question,), error)
        finally:
            self._asking -= 1
            question.scope = None
            if not question.over:
                question.soonest = self._clock.monotonic() + question.pause
                self._put_off(question, question.pause if question.alone else wait)
            self._asleep.deadline = min(self._asleep.deadline, self._deadline())

    async def _answered(self, question: Question) -> float:
        """Seconds until it is asked for again."""
        desk, begun = question.desk, question.action.attempt.begun
        try:
            answer = await desk.provider.look_up(begun.kind, question.task_id)
        except UnreachableError as error:
            return self._unreachable(question, error)
        except ProviderError as error:
            desk.reporter.said(f"{begun.place}: cannot read the answer: {error}")
            return SULK
        question.pause = desk.provider.floor
        await self._hear(desk, {question: answer})
        return question.wait

    def _unreachable(self, question: Question, error: UnreachableError) -> float:
        desk, place = question.desk, question.action.attempt.begun.place
        desk.unreachable(error)
        desk.reporter.said(f"{place}: could not ask: {error}")
        return question.lengthened(error)

    # ---- many tasks at once

    async def _look(self, lane: Lane) -> None:
        waiting, lane.waiting = lane.waiting, {}
        try:
            if lane.watched:  # they may have been given back since the look was due
                await self._read(lane, waiting)
        except UnreachableError as error:
            self._put_all_off(lane, waiting, error)
        except ProviderError as error:
            lane.desk.reporter.said(f"cannot read the list of tasks: {error}")
            lane.leave_alone(self._clock.monotonic())
        except OrchestratorError as error:
            self._give_up(waiting, error)
        lane.looking = False
        for question in waiting:
            if not question.over and question.due == NEVER and question.scope is None:
                question.alone = True  # the list has not shown it, or it is late
                self._put_off(question, 0.0)
        self._call(lane)

    async def _read(self, lane: Lane, waiting: dict[Question, None]) -> None:
        """Those of the waiting ones that still run wait on, for the next look."""
        now = self._clock.monotonic()
        size, unseen = lane.begin_look(now), len(lane.watched)
        for number in count(1):
            page = await lane.page(number, size, now)
            if page is None:
                return
            watched = lane.watched
            await self._hear(
                lane.desk, {watched[name]: made for name, made in page.made.items() if name in watched}
            )
            for name in page.running:
                question = watched.get(name)
                if question in waiting and not (question.alone or question.is_late(now)):
                    del waiting[question]
                    lane.waiting[question] = None
            for name in page.unsure & watched.keys():
                self.hint(lane.watched[name].action.take, name)
            unseen -= page.shown
            if unseen <= 0 or not lane.goes_on(page):
                return

    def _put_all_off(self, lane: Lane, waiting: Iterable[Question], error: UnreachableError) -> None:
        lane.desk.unreachable(error)
        lane.desk.reporter.said(f"could not ask for the list of tasks: {error}")
        for question in waiting:
            if not question.over and question.due == NEVER:
                self._put_off(question, question.lengthened(error))

    # ---- what is answered

    async def _hear(self, desk: Desk, answers: Mapping[Question, Answer]) -> None:
        """Write what is news, all of it at once."""
        desk.gate.reached()
        news = {
            question: fact
            for question, answer in answers.items()
            if not (isinstance(answer, Running) or question.told or question.over or question.settled)
            and (fact := question.makes(answer)) is not None
        }
        ended = [question for question, fact in news.items() if not isinstance(fact, TaskMissed)]
        for question in ended:
            question.told = True
            answer = answers[question]
            if isinstance(answer, Succeeded) and answer.url is not None:
                desk.urls[question.action.take] = answer.url
        if news:
            await desk.record(*news.values())
        for question in ended:
            self._finish(question)

    def _leave_off(self, question: Question) -> None:
        self._finish(question)
        if question.scope is not None:
            question.scope.cancel()

    def _finish(self, question: Question) -> None:
        if question.over:
            return
        question.over, question.due = True, NEVER
        take, number = question.action.take, question.action.attempt.begun.number
        del self._asked[take][number]
        if not self._asked[take]:
            del self._asked[take]
        lane = self._lane(question)
        del lane.watched[question.task_id]
        lane.waiting.pop(question, None)
        self._ended(question.name)

    def _give_up(self, questions: Iterable[Question], error: OrchestratorError) -> None:
        for question in questions:
            self._given_up.add(question.name)
            self._finish(question)
        self._failed(error)

    def _lane(self, question: Question) -> Lane:
        desk, kind = question.desk, question.action.attempt.begun.kind
        return self._lanes.setdefault((id(desk), kind), Lane(desk, kind))

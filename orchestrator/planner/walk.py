"""Walks one chain from its source as far as it has come, and says what is next for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import assert_never

from orchestrator.facts import TaskSucceeded
from orchestrator.identity import TakeKey, existing_key
from orchestrator.lineage import Take, Video
from orchestrator.plan import FILL, SOURCE_STEP, Branch, By, Existing, Generation, Grown, Step
from orchestrator.planner.actions import Action, Adopt, Ending, Finish, Hold, Need, Place, Wait
from orchestrator.planner.continuing import over_the_cap, reached
from orchestrator.planner.known import Known, Wanted
from orchestrator.planner.reach import EVERYTHING
from orchestrator.planner.stepping import step_view
from orchestrator.planner.views import ChainView, StepView


def chain_view(known: Known) -> ChainView:
    """The chain as far as it has come, and what is next for it."""
    return _Walk(known).view()


class _Walk:
    def __init__(self, known: Known) -> None:
        self.known = known
        self.steps: list[StepView] = []
        self.beside: list[Action] = []
        self.more = 0  # steps made in this run, counted where it makes so many at most
        self.made: StepView | None = None  # the step that made what the next one grows out of
        self.unbarred = known.run.reach == EVERYTHING

    def view(self) -> ChainView:
        source = self._source()
        following: tuple[Action, ...]
        tip: Video | None
        if isinstance(source, Video):
            tip, following = self._extensions(source)
        else:
            tip, following = None, source
        return ChainView(
            plan=self.known.plan.name,
            chain=self.known.chain,
            source=source if isinstance(source, Video) else None,
            steps=tuple(self.steps),
            tip=tip,
            next=(*following, *self.beside),
            consulted=frozenset(self.known.consulted),
        )

    # ---- where the chain starts

    def _source(self) -> Video | tuple[Action, ...]:
        match self.known.chain.source:
            case Existing() as source:
                return self._adopted(source)
            case Generation() as source:
                return self._step(Wanted(source.step, None, 1))
            case Branch() as source:
                return self._branched(source)
            case Grown() as source:
                return self._grown(TakeKey(source.node))
            case source:
                assert_never(source)

    def _adopted(self, source: Existing) -> Video | tuple[Action, ...]:
        account = self.known.plan.provider.account
        key = existing_key(account, source)
        self.known.consulted.append(key)
        video, bar = self.known.lineage.video(key), self._bar(-1)
        if video is None and bar is not None:
            return (Finish(Ending.PAUSED, bar),)
        if video is None:
            return (Adopt(key, source, account, "made elsewhere: looked up first, which is free"),)
        # Asked once a run: the provider may know by now, or the plan may say it by now.
        asked = video.wants_keeping or video.at >= self.known.run.at or bar is not None
        if video.length is None and not asked:
            return (Adopt(key, source, account, "its length was not known before"),)
        return video

    def _branched(self, source: Branch) -> Video | tuple[Action, ...]:
        other = self.known.view_of(source.chain)
        self.known.consulted.extend(other.consulted)
        video = _grown_from(source, other)
        if video is not None:
            self.made = _maker(video, other)
            return video
        where = f"{source.chain}.{source.step}" if source.step else f"the tip of {source.chain}"
        bar = self._bar(-1)
        if bar is not None:
            return (Finish(Ending.PAUSED, bar),)
        if isinstance(other.end, Finish) and other.end.ending is Ending.PAUSED:
            return (Finish(Ending.PAUSED, f"its source, {where}, is not made: {other.end.because}"),)
        if isinstance(other.end, Finish):
            return (Finish(Ending.FAILED, f"its source, {where}, was not made: {other.end.because}"),)
        return (Wait(f"grows out of {where}, which is not made yet"),)

    def _grown(self, key: TakeKey) -> Video | tuple[Action, ...]:
        self.known.consulted.append(key)
        take, account = self.known.lineage.take(key), self.known.plan.provider.account
        if take.video is None and take.open:
            return (Wait("grows out of a video that is not made yet", key),)
        if take.video is None:
            return (Finish(Ending.FAILED, f"its source, {key}, is no video of this journal"),)
        if take.video.account != account:
            because = f"its source belongs to {take.video.account}, and cannot be extended at {account}"
            return (Finish(Ending.FAILED, because),)
        return take.video

    # ---- its steps

    def _extensions(self, source: Video) -> tuple[Video, tuple[Action, ...]]:
        parent = source
        for index, step in enumerate(self.known.chain.steps):
            for repeat in count(1) if step.repeat == FILL else range(1, step.repeat + 1):
                stop = self._stop(parent, step)
                if isinstance(stop, Hold) and (bar := self._bar(index)) is not None:
                    stop = Finish(Ending.PAUSED, bar, parent.kept)
                if stop is not None:
                    return parent, (stop,)
                made = self._as_before(parent, index, repeat) or self._step(
                    Wanted(step, parent, repeat, index, made=self.made)
                )
                if not isinstance(made, Video):
                    return parent, made
                parent = made
        return parent, (Finish(Ending.DONE, "all its steps are made", parent.kept),)

    def _as_before(self, parent: Video, index: int, repeat: int) -> Video | None:
        """What a step made that looks as it did: of a chain of forty, nearly all are walked past."""
        if not self.unbarred:
            return None
        name = (self.known.chain.name, index, repeat)
        found = self.known.memory.recall(name, self.known.lineage, parent)
        if found is None:
            return None
        assert found.view.picked is not None, "only what is made is remembered"
        self.known.consulted.extend(found.keys)
        self.steps.append(found.view)
        self.made = found.view
        return found.view.picked.video

    def _stop(self, parent: Video, step: Step) -> Finish | Hold | Wait | None:
        """Why the chain goes no further than `parent`, before this step."""
        length, goal = reached(self.known.chain, parent), self.known.chain.goal
        if length is None and parent.wants_keeping:
            return Wait("the provider gives no length: it is read from the file first", parent.take)
        if length is None:
            because = "the length of its source is not known: write duration beside task_id and video_id"
            here = Place(self.known.plan.name, self.known.chain.name, SOURCE_STEP)
            return Hold(Need.LENGTH, because, here, parent.take)
        if length >= goal:
            return Finish(Ending.DONE, f"{length} s reach the {goal} s wanted", parent.kept)
        over = over_the_cap(self.known, parent) if step.continuation.by is By.EXTEND else None
        if over is None:
            return None
        if step.repeat == FILL:
            return Finish(Ending.DONE, over, parent.kept)
        return Finish(Ending.CAPPED, f"{over}; steps from {step.id} on are left over", parent.kept)

    def _step(self, wanted: Wanted) -> Video | tuple[Action, ...]:
        view, following = step_view(self.known, wanted)
        if (bar := self._bar(wanted.index)) is not None:
            stop = Finish(Ending.PAUSED, bar, wanted.parent.kept if wanted.parent else None)
            if view.picked is None:
                return (stop,)
            view, following = _left_alone(view, stop), _instead(following, stop)
        self.steps.append(view)
        if view.picked is None:
            return following
        # The other takes are still made, beside going on with the picked one.
        self.beside.extend(each for each in following if not _given_up(each))
        if self.known.run.reach.steps is not None:
            self.more += _made_since(view.picked.state, self.known.run.began)
        self.made = view
        assert view.picked.video is not None
        return view.picked.video

    def _bar(self, index: int) -> str | None:
        return self.known.run.reach.bar(self.known.plan.name, self.known.chain, index, self.more)


def _left_alone(view: StepView, stop: Finish) -> StepView:
    """A step of which enough exists to go on from, without its takes that are still to be made."""
    takes = tuple(take if take.next is None else replace(take, next=stop) for take in view.takes)
    return replace(view, takes=takes)


def _instead(following: tuple[Action, ...], stop: Finish) -> tuple[Action, ...]:
    return () if all(_given_up(each) for each in following) else (stop,)


def _given_up(action: Action) -> bool:
    """Nothing more comes of it, whatever the reach of the run."""
    return isinstance(action, Finish) and action.ending is not Ending.PAUSED


def _made_since(take: Take, position: int) -> bool:
    return any(isinstance(each.end, TaskSucceeded) and each.position > position for each in take.attempts)


def _grown_from(source: Branch, other: ChainView) -> Video | None:
    if source.step is None:
        return other.tip if _whole(other) else None
    if source.step == SOURCE_STEP and source.take is None:
        return other.source
    views = [view for view in other.steps if view.place.step == source.step]
    if not views or not _last(views[-1], other):
        return None
    if source.take is not None:
        return next((take.video for take in views[-1].takes if take.number == source.take), None)
    return views[-1].picked.video if views[-1].picked else None


def _maker(video: Video, other: ChainView) -> StepView | None:
    """The step of the other chain that made this video, or that chain's source again."""
    return next((view for view in other.steps if any(take.key == video.take for take in view.takes)), None)


def _last(view: StepView, other: ChainView) -> bool:
    """Whether it is the step's last repetition, as written or because the chain went no further."""
    return view.step.repeat == (view.place.repeat or 1) or view is not other.steps[-1] or _whole(other)


def _whole(other: ChainView) -> bool:
    return any(
        isinstance(each, Finish) and each.ending in (Ending.DONE, Ending.CAPPED) for each in other.next
    )

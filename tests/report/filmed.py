"""A state folder with real films in it: a root, a chain of extensions, a branch, and what is under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from orchestrator.facts import Reason, TaskSucceeded, VideoKept
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.media import Caption, extend, probe, render
from orchestrator.plan import Step
from tests.histories import History, plan_of, task_of

PROMPTS = (
    "锦鲤缓缓游过荷叶，尾鳍在水面划出细细的涟漪",
    "锦鲤跃出水面，水珠在晨光里散开",
    "A slow pan along the pond; lanterns are lit one by one",
    "夜幕降临，萤火虫亮起",
)


@dataclass
class Filmed:
    """A history and the folder that holds its films."""

    history: History
    state: Path
    root: TakeKey
    chain: list[TakeKey]
    branch: TakeKey

    @property
    def lineage(self) -> Lineage:
        return self.history.lineage


def filmed(state: Path, prompts: Sequence[str] = PROMPTS, *, underway: bool = True) -> Filmed:
    """Films of these prompts, the first step taken twice; at the end one is unclear and one is in the air."""
    first, *rest = prompts
    wanted: list[str | Step] = [
        Step("1", first, takes=2), *rest, Step("next", "涟漪散开", takes=3, attempts=3)
    ]  # fmt: skip
    history = History(plan_of(*wanted)).adopt("5")
    root = history.facts[0].fact.take  # type: ignore[union-attr]
    film = state / "videos" / f"{root}.mp4"
    film.parent.mkdir(parents=True, exist_ok=True)
    render(Caption("source", "", "0:00"), Decimal(5), film)
    keep(history, root, film)
    made = [extended(history, state, _index(history, first)) for _ in range(2)]
    chain = [made[0], *(extended(history, state, _index(history, prompt)) for prompt in rest)]
    if underway:
        failed = history.start()
        history.later(minutes=4)
        history.fail(failed, Reason.OTHER, "Failure to render")
        history.start()
        history.unclear(history.begin(), "task-candidate")
    return Filmed(history, state, root, chain, made[1])


def extended(history: History, state: Path, index: int = 0) -> TakeKey:
    """The planner's submission of that index made, its film 4.5 s longer than its parent's."""
    begun = history.start(index)
    assert begun.parent is not None
    film = state / "videos" / f"{begun.take}.mp4"
    extend(
        state / "videos" / f"{begun.parent}.mp4",
        Caption(begun.place, begun.prompt or "", ""),
        Decimal("4.5"),
        film,
    )
    created = history.now
    history.later(seconds=300)
    history.write(
        TaskSucceeded(
            history.now, begun.take, begun.number, task_of(begun), f"video-{begun.take[:6]}",
            probe(film).seconds, created, ended_at=history.now, units=Decimal(2),
        )
    )  # fmt: skip
    keep(history, begun.take, film)
    return begun.take


def keep(history: History, key: TakeKey, film: Path) -> None:
    found = probe(film)
    size = film.stat().st_size
    history.write(
        VideoKept(history.now, key, f"videos/{key}.mp4", size, "00", found.seconds, found.width, found.height)
    )


def _index(history: History, prompt: str) -> int:
    return [submit.prompt for submit in history.submits()].index(prompt)

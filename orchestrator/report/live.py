"""A live view on a terminal: a head line, a line a chain, the last messages, redrawn in place."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from orchestrator.facts import Recorded
from orchestrator.lineage import Lineage
from orchestrator.plan import CAP, Plan
from orchestrator.planner import ChainView
from orchestrator.report.amounts import number
from orchestrator.report.news import BAD, news
from orchestrator.report.progress import ChainLine, Progress
from orchestrator.report.summary import Ended
from orchestrator.report.text import clean, cut, pad, width
from orchestrator.report.times import film, hour

_MESSAGES = 3
_PAUSE = 0.25
"""Seconds between two frames at least: a run may write hundreds of facts a second."""

_STYLES = {"under way": "cyan", "done": "green", "capped": "yellow"} | dict.fromkeys(
    ("failed", "refused", "expired", "lost"), "red"
)
_BAR = 12


class _Screen(Console):
    """A console that stops drawing when nobody looks any more, where rich would end the process."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


class LiveReporter:
    """Draws on events and on `tick`; what is worth keeping scrolls away above the live lines."""

    def __init__(self, plans: Sequence[Plan], stream: TextIO, now: Callable[[], datetime]) -> None:
        self.progress = Progress(plans)
        self._now = now
        # Prompts and provider messages are text: no markup, no emoji names, no guessing at colours.
        self._screen = _Screen(file=stream, markup=False, emoji=False, highlight=False)
        self._live = Live(
            console=self._screen,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._messages: deque[str] = deque(maxlen=_MESSAGES)
        self._drawn: datetime | None = None

    def __enter__(self) -> Self:
        self._do(self._live.start)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The live lines go; the cursor and what scrolled by stay."""
        self._do(self._live.stop)

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """A fact was written; bad news stays on the screen."""
        self.progress.happened(recorded, lineage)
        line = news(recorded.fact, lineage)
        if line is not None and isinstance(recorded.fact, BAD):
            self._keep(line, "red")
        elif line is not None:
            self._messages.append(f"{hour(self._now())}  {line}")
        self._draw_soon()

    def planned(self, view: ChainView) -> None:
        """A chain was planned anew; its end stays on the screen."""
        if self.progress.planned(view) and view.end is not None:
            state, because = view.standing
            self._keep(f"{view.plan}:{view.chain.name}: {state}: {because}", _STYLES.get(state, "yellow"))
        self._draw_soon()

    def said(self, message: str) -> None:
        """Something worth a line for a while."""
        self._messages.append(f"{hour(self._now())}  {clean(message)}")
        self._draw_soon()

    def tick(self) -> None:
        """Time goes by: ages grow; call it about once a second."""
        self._draw_soon()

    def ended(self, result: Ended) -> None:
        """The run is over; what came of it is the command's to print."""

    def _keep(self, line: str, style: str) -> None:
        self._do(lambda: self._screen.print(Text(f"{hour(self._now())}  {clean(line)}", style=style)))

    def _draw_soon(self) -> None:
        # Every frame sorts every chain, 15 µs each: thousands of them are drawn more seldom.
        pause = max(_PAUSE, len(self.progress.views) / 2000)
        if self._drawn is None or (self._now() - self._drawn).total_seconds() >= pause:
            self._draw()

    def _draw(self) -> None:
        now = self._now()
        self._drawn = now
        self.progress.foresee(now)
        # The terminal writes ^C behind the last line; a line that broke there would never be erased.
        size = (self._screen.width - 3, max(4, self._screen.height - 1))
        drawn = frame(self.progress, self._messages, now, *size)
        self._do(lambda: self._live.update(drawn, refresh=True))

    def _do(self, draw: Callable[[], None]) -> None:
        """Draw unless the terminal has gone; a run never ends because nobody can see it."""
        if self._screen.quiet:
            return
        try:
            draw()
        except (OSError, ValueError):
            self._screen.quiet = True


def frame(progress: Progress, messages: Sequence[str], now: datetime, columns: int, rows: int) -> Text:
    """The whole live view in at most so many cells and lines."""
    chains = progress.lines(now)
    tail = [Text(cut(each, columns), style="dim") for each in messages][-(rows - 2) :]
    room = rows - 1 - len(tail)
    if len(chains) > room:
        room = max(0, room - 1)
        tail.insert(0, Text(cut(_rest(chains[room:]), columns), style="dim"))
    names = min(max((width(each.name) for each in chains[:room]), default=0), max(8, columns // 4))
    lines = [Text(cut(progress.headline(), columns), style="bold")]
    lines += [_chain(each, names, columns) for each in chains[:room]]
    return Text("\n", no_wrap=True, overflow="crop").join([*lines, *tail])


def _rest(chains: Sequence[ChainLine]) -> str:
    states = Counter(each.state for each in chains)
    return f"  … and {len(chains)} more: " + ", ".join(f"{count} {state}" for state, count in states.items())


def _chain(line: ChainLine, names: int, columns: int) -> Text:
    """As many columns as fit: the name, its length and what it does come first."""
    style = _STYLES.get(line.state, "yellow")
    shown = Text("  " + pad(line.name, names) + "  ")
    if columns >= 70:
        shown.append_text(_bar(line, style)).append("  ")
    shown.append(pad(f"{film(line.length)}/{film(line.goal)}", 9, right=True) + "  ")
    if columns >= 60:
        shown.append(pad(_steps(line), 8, right=True) + "  ")
    if columns >= 90:
        units = "? u" if line.units is None else f"{number(line.units)} u"
        shown.append(pad(units, 7, right=True) + "  ")
    doing = line.doing
    if line.state != "under way" and not doing.startswith(line.state):
        doing = f"{line.state}: {doing}"
    return shown.append(cut(doing, max(0, columns - width(shown.plain))), style=style)


def _bar(line: ChainLine, style: str) -> Text:
    """The running length against the cap, or a goal beyond it; the thin line goes as far as it is to grow."""
    whole = max(CAP, line.goal)
    filled, goal = _cells(line.length or Decimal(0), whole), max(1, _cells(line.goal, whole))
    bar = Text("━" * filled, style=style)
    return bar.append("─" * max(0, goal - filled), style="dim").append(" " * (_BAR - max(filled, goal)))


def _cells(seconds: Decimal, whole: Decimal) -> int:
    return min(_BAR, round(seconds / whole * _BAR))


def _steps(line: ChainLine) -> str:
    """Extensions made of those wanted."""
    if line.wanted is None:
        return str(line.made)
    low, high = line.wanted.low, line.wanted.high
    return f"{line.made}/{low}" if low == high else f"{line.made}/{low}–{high}"

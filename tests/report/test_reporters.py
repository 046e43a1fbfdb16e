"""Reporters: plain lines, JSON events and the live view; none of them ever raises into a run."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import select
import struct
import termios
import tty
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from orchestrator.budget import Spent
from orchestrator.facts import Reason
from orchestrator.lineage import Lineage
from orchestrator.plan import Chain, Plan, ProviderSettings
from orchestrator.planner import views_of
from orchestrator.report import RunReporter, json_reporter, reporter_for
from orchestrator.report.live import LiveReporter, frame
from orchestrator.report.plainly import PlainReporter
from orchestrator.report.text import width
from tests.histories import NOW, History, generation, plan_of, steps
from tests.report.pond import pond, views
from tests.report.test_texts import Result

pytestmark = pytest.mark.usefixtures("shanghai")


class Time:
    """A clock that stands until it is told to go on."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def replay(reporter: RunReporter, history: History) -> None:
    """Tell a reporter a whole history, fact by fact, and how the chains look after each."""
    told = Lineage()
    for recorded in history.facts:
        told.apply(recorded)
        reporter.happened(recorded, told)
        for view in views_of(history.plan, told, history.ledger, history.now, history.run).values():
            reporter.planned(view)


def plain(history: History) -> tuple[PlainReporter, io.StringIO, Time]:
    out, time = io.StringIO(), Time(history.now)
    return PlainReporter([history.plan], out, time), out, time


def test_plain_lines_tell_every_change_once() -> None:
    """A log without a terminal holds each fact and each end of a chain, with the local time."""
    history = History(plan_of("锦鲤")).adopt()
    history.make()
    reporter, out, _ = plain(history)
    replay(reporter, history)
    lines = [line.partition("  ")[2] for line in out.getvalue().splitlines()]
    assert lines[:2] == ["video video-0: adopted, 0:05", "p:c.1: submitting: 锦鲤"]
    assert lines[3] == "p:c.1: made in 5 min 20 s, 0:09 long"
    assert lines[4] == "p:c: done: all its steps are made"
    assert len(lines) == 6
    assert out.getvalue().startswith("20:05:20  ")


def test_nothing_foreign_steers_the_terminal() -> None:
    """Prompts and messages with escape sequences or markup arrive as harmless text."""
    reporter, out, _ = plain(pond())
    replay(reporter, pond())
    reporter.said("could not ask: \x1b]0;title\x07\u202e [/red]")
    assert all(letter.isprintable() or letter == "\n" for letter in out.getvalue())
    assert "[/red]" in out.getvalue()


def test_a_heartbeat_after_a_minute_of_silence() -> None:
    """A log that is quiet for long still shows that the run is alive, and no more often."""
    history = History(plan_of("a", "b")).adopt()
    history.start()
    reporter, out, time = plain(history)
    replay(reporter, history)
    before = out.getvalue()
    for _ in range(119):
        time.now += timedelta(seconds=1)
        reporter.tick()
    beats = out.getvalue()[len(before) :].splitlines()
    assert len(beats) == 1
    assert "1/5 slots" in beats[0]
    assert "left" in beats[0]


def test_json_events_are_one_object_a_line() -> None:
    """A program can follow a run: facts, changes of chains, messages, and one last `end`."""
    history = pond()
    out = io.StringIO()
    reporter = json_reporter([history.plan], out, Time())
    replay(reporter, history)
    reporter.said("\x1b[31m waiting")
    reporter.tick()
    reporter.ended(Result(views(history)))
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    names = [event["event"] for event in events]
    assert names[0] == "RunBegan"
    assert "text" not in events[0]
    assert names[-2:] == ["message", "end"]
    assert events[-1]["spent"]["calls"] == 8
    begun = next(event for event in events if event["event"] == "AttemptBegun")
    assert begun["at"].endswith("Z")
    assert (begun["units"], begun["cost"]) == ("2", "2")
    assert all(letter.isprintable() or letter == "\n" for letter in out.getvalue())


class Broken(io.StringIO):
    """A pipe that nobody reads any more."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")

    def flush(self) -> None:
        raise BrokenPipeError(32, "Broken pipe")


@pytest.mark.parametrize("kind", ["plain", "json", "live", "closed"])
def test_a_closed_pipe_never_ends_a_run(kind: str) -> None:
    """`orchestrate run | head` goes on making what was paid for."""
    history = pond()
    stream = Broken()
    reporter: RunReporter
    if kind == "closed":
        stream.close()
    if kind == "json":
        reporter = json_reporter([history.plan], stream, Time())
    elif kind == "live":
        reporter = LiveReporter([history.plan], stream, Time())
    else:
        reporter = PlainReporter([history.plan], stream, Time())
    with reporter:
        replay(reporter, history)
        reporter.said("hello")
        reporter.tick()
        reporter.ended(Result(views(history), spent=Spent()))


def test_the_live_view_is_for_terminals_that_redraw() -> None:
    """Pipes, files and dumb terminals get plain lines."""
    plan = plan_of("a")
    assert isinstance(reporter_for([plan], io.StringIO(), Time(), {"TERM": "xterm"}), PlainReporter)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert isinstance(reporter_for([plan], Terminal(), Time(), {"TERM": "dumb"}), PlainReporter)
    assert isinstance(reporter_for([plan], Terminal(), Time(), {}), PlainReporter)
    assert isinstance(reporter_for([plan], Terminal(), Time(), {"TERM": "xterm"}), LiveReporter)


def lived(history: History) -> LiveReporter:
    reporter = LiveReporter([history.plan], io.StringIO(), Time(history.now))
    replay(reporter, history)
    reporter.progress.foresee(history.now)
    return reporter


@pytest.mark.parametrize("columns", [20, 40, 59, 79, 120])
def test_a_frame_fits_the_terminal(columns: int) -> None:
    """However narrow the terminal, no line breaks and the view never grows beyond the screen."""
    history = pond()
    drawn = frame(lived(history).progress, ["message " * 30] * 3, history.now, columns, 8)
    lines = drawn.plain.split("\n")
    assert len(lines) <= 8
    assert all(width(line) <= columns for line in lines)


def test_a_frame_tells_state_steps_length_and_time() -> None:
    """One line a chain: how long it is, how far it will grow, what it is doing and for how long."""
    history = History(plan_of("a", "b", "c", chain={"until": None})).adopt()
    history.make()
    history.start()
    history.later(seconds=100)
    lines = frame(lived(history).progress, [], history.now, 79, 10).plain.split("\n")
    assert lines[0].startswith("1/5 slots · ")
    assert lines[1] == "  c  ━───────────  0:09/3:00       1/3  step 2: 1 min 40 s of about 5 min 20 s"


def test_more_chains_than_lines_show_the_busiest() -> None:
    """With a hundred chains those in the air are seen, and the rest is counted."""
    chains = tuple(
        Chain(f"c{number}", generation(step={"prompt": str(number)}), steps("x")) for number in range(100)
    )
    history = History(Plan("p", ProviderSettings(), chains))
    history.start(97)
    lines = frame(lived(history).progress, [], history.now, 79, 10).plain.split("\n")
    assert len(lines) == 10
    assert lines[1].startswith("  c97")
    assert lines[-1].startswith("  … and 92 more: 92 under way")


def test_what_ends_or_fails_stays_on_the_screen() -> None:
    """Bad news does not vanish with the next frame."""
    history = History(plan_of("a")).adopt()
    history.decline(history.begin(), Reason.MODERATION, "risk control")
    out = io.StringIO()
    reporter = LiveReporter([history.plan], out, Time(history.now))
    replay(reporter, history)
    assert "p:c.1: declined (moderation): risk control" in out.getvalue()


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """A pseudo terminal of 80 by 24: what is read, what is written to."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    yield master, slave
    os.close(master)


def everything(master: int) -> str:
    """What was drawn, however many pieces the terminal hands it over in."""
    found = b""
    while select.select([master], [], [], 0.2)[0]:
        found += os.read(master, 1 << 16)
    return found.decode()


def test_on_a_terminal_it_redraws_and_leaves_nothing_behind(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The live lines are drawn in place, without colours where NO_COLOR is set, and gone at the end."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    master, slave = terminal
    history = pond()
    with os.fdopen(slave, "w") as stream:
        reporter = reporter_for([history.plan], stream, Time(history.now), os.environ)
        assert isinstance(reporter, LiveReporter)
        with reporter:
            replay(reporter, history)
            reporter.tick()
        stream.flush()
        drawn = everything(master)
    assert "锦鲤" in drawn
    assert "\x1b[31m" not in drawn  # neither ours nor a prompt's
    assert "\x1b[2J" not in drawn
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h") == 1  # the cursor comes back

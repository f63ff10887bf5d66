"""Work that only spins is captured, and neither painted nor understood again at every tick."""

import inspect
import logging
import math
import signal
from dataclasses import replace
from typing import Any

import pytest

from agent_status.agents.registry import Registry
from agent_status.daemon.panes import TrackedPanes
from agent_status.detect.found import Found
from agent_status.detect.observation import Observation
from agent_status.detect.pace import find_rest
from agent_status.detect.throttle import SPIN_INTERVALS_S
from agent_status.detect.tracker import PaneTracker
from agent_status.features.base import Feature
from agent_status.model import Capture, Cursor, Pane, PaneId, Screen, State
from agent_status.system import cpu_limit as limits
from agent_status.system.cpu_limit import cpu_limit, shared_cpu_limit
from agent_status.terminal.spinning import STYLE, only_spins, still_shows
from agent_status.tmux.query import Tick
from tests.support.knowledge import KNOWLEDGE
from tests.support.tmux_lab import Lab, run_daemon, wait_for
from tests.support.word_tracker import WordTracker

PANE = Pane(PaneId("%0"), width=60, height=8)
TICK_S = 0.25
ASK = (
    "● Bash(rm -rf build)",
    "─" * 60,
    " Bash command",
    "   rm -rf build",
    " Do you want to proceed?",
    " ❯ 1. Yes",
    "   2. No",
    " Esc to cancel",
)


def draw(turn: int, said: str = "● I run the tests") -> Capture:
    """
    Claude at work, its spinner at the `turn`-th glyph.
    """
    glyph = "·✢✳✶✻✽"[turn % 6]
    colour = f"\x1b[38;5;{170 + turn % 3}m"
    spinner = f"{colour}{glyph} Pondering… ({turn}s · esc to interrupt)\x1b[39m"
    lines = (said, "", spinner, "", "─" * 60, "❯ ", "─" * 60, "  ? for shortcuts")
    return Capture(60, 8, lines, Cursor(2, 5), f"{glyph} tests")


"""
Learnt before anybody counts the time that a watch takes.
"""


def read_lines(capture: Capture) -> tuple[str, ...]:
    """
    The text of a capture.
    """
    return tuple(STYLE.sub("", line).rstrip() for line in capture.lines)


class ScreenCounter(PaneTracker):
    """A tracker that keeps the texts of the screens it was shown."""

    def __init__(self, registry: Registry, now: float) -> None:
        super().__init__(registry, now)
        self.shown: list[tuple[str, ...]] = []
        self._last: Screen | None = None

    def advance(self, seen: Observation, now: float) -> Found:
        """Take an observation."""
        if seen.screen is not self._last:
            self._last = seen.screen
            self.shown.append(seen.screen.lines)
        return super().advance(seen, now)


class Bench:
    """One pane with Claude in it, looked at four times a second."""

    def __init__(self) -> None:
        self.watches = TrackedPanes(self._make, KNOWLEDGE, logging.getLogger("lab"))
        self.now = 100.0
        self.looks: list[str] = []

    def _make(self, registry: Registry, now: float) -> ScreenCounter:
        self.tracker = ScreenCounter(registry, now)
        return self.tracker

    def show(self, capture: Capture, stamp: str = "100 60 8 0") -> State:
        """Let the next tick see this as the daemon does, and return the state that it told."""
        self.now += TICK_S
        captured, text_only = self.watches.list_stale(self.now)
        first = not self.watches.panes or captured
        self.looks.append("")
        state = self._look(capture, stamp, "all " if first else "text " if text_only else "")
        stale = self.watches.list_stale(self.now)[0]
        return self._look(capture, stamp, "all ") if stale and not first else state

    def _look(self, capture: Capture, stamp: str, what: str) -> State:
        self.looks[-1] += what
        pane = replace(PANE, title=capture.title, cursor=capture.cursor)
        bare = replace(capture, lines=read_lines(capture))
        tick = Tick(
            (pane,),
            {pane.id: capture} if what == "all " else {},
            {pane.id: stamp},
            {pane.id: "claude"},
            texts={pane.id: bare} if what == "text " else {},
            whole=True,
        )
        return self.watches.advance(tick, self.now, self.now)[0].status.state


def test_what_stays_the_same_but_for_spinners_and_timers_says_the_same() -> None:
    """
    Glyphs, numbers and colours differ; so may the cursor.
    """
    assert only_spins(draw(1), draw(2))
    assert only_spins(draw(1), replace(draw(9), cursor=Cursor(7, 7)))


@pytest.mark.parametrize(
    "after",
    [
        replace(draw(2), lines=ASK),
        draw(2, "● I run the test"),
        draw(2, ""),
        replace(draw(2), title="waits"),
        replace(draw(2), alternate=True),
        replace(draw(2), lines=draw(2).lines[:-1], height=7),
    ],
)
def test_any_other_word_row_title_size_or_page_is_news(after: Capture) -> None:
    """
    So is a line that came or went, even without a word in it.
    """
    assert not only_spins(draw(1), after)
    assert not only_spins(after, draw(1))


def test_a_spinner_is_painted_every_second_or_so() -> None:
    """
    In between, its text alone is looked at.
    """
    bench = Bench()
    states = [bench.show(draw(turn)) for turn in range(60)]

    assert {State.WORKING} == set(states)
    assert len(bench.tracker.shown) <= 2 + 60 * TICK_S / min(SPIN_INTERVALS_S)
    assert {"all ", "text "} == set(bench.looks)
    assert bench.looks.count("all ") == len(bench.tracker.shown)


def test_what_is_said_at_work_is_painted_by_the_next_look() -> None:
    """
    As long as the line stands that says that work goes on, nobody waits for the rest.
    """
    bench = Bench()
    for turn in range(4):
        bench.show(draw(turn))
    for turn in range(4, 9):
        said = f"● line {'abcdefghi'[turn]}"
        bench.show(draw(turn, said))
        bench.show(draw(turn + 1, said))

        assert "text " == bench.looks[-2]
        assert read_lines(draw(turn + 1, said)) == bench.tracker.shown[-1]


def test_where_the_line_that_tells_of_work_goes_the_same_tick_looks_again() -> None:
    """
    Whatever stands there instead: words that nobody knows, too.
    """
    bench = Bench()
    for turn in range(4):
        bench.show(draw(turn))

    bench.show(replace(draw(5), lines=("What now?", *draw(5).lines[3:], "", "", "")))

    assert "text all " == bench.looks[-1]
    assert "What now?" == bench.tracker.shown[-1][0]


def test_words_of_an_ask_are_looked_at_by_the_same_tick() -> None:
    """
    Also while the line still stands that says that work goes on.
    """
    bench = Bench()
    for turn in range(4):
        bench.show(draw(turn))
    said, *rest = draw(5).lines

    bench.show(replace(draw(5), lines=(f"{said} now", *rest)))
    assert "text " == bench.looks[-1]
    bench.show(draw(6))
    assert "all " == bench.looks[-1]
    bench.show(replace(draw(7), lines=("Do you want to proceed?", *rest)))
    assert "text all " == bench.looks[-1]


def test_a_line_stands_by_its_words_in_a_row() -> None:
    """
    In a line of the screen or in the title, whatever turns, counts or is coloured in it.
    """
    shown = draw(3)

    assert still_shows(shown, "✻ Pondering… (17s · esc to interrupt)")
    assert still_shows(shown, "✳ tests")
    assert not still_shows(shown, "✻ Pondering… (17s · interrupt)")
    assert not still_shows(shown, "✻ 17")
    assert not still_shows(shown, "")


def test_an_ask_is_told_by_the_tick_that_sees_it() -> None:
    """
    However short ago a spinner was painted.
    """
    bench = Bench()
    for turn in range(10):
        for each in range(turn % 4 + 1):
            assert State.WORKING is bench.show(draw(each))

        assert State.APPROVAL is bench.show(replace(draw(turn), lines=ASK))


def test_an_ask_after_a_screen_stood_still_is_told_by_the_tick_that_sees_it() -> None:
    """
    Its stamp was believed until then, and with the cursor all that is known has changed.
    """
    bench = Bench()
    for _ in range(20):
        bench.show(draw(1), "90 60 8 0")
    assert "" == bench.looks[-1]

    asked = bench.show(replace(draw(2), lines=ASK, cursor=Cursor(1, 5)), "104 60 8 0")

    assert "all " == bench.looks[-1]
    assert State.APPROVAL is asked


def test_a_screen_that_stops_spinning_is_painted_in_the_end() -> None:
    """
    Its stamp is not believed before that, so it is captured until then.
    """
    bench = Bench()
    for turn in range(4):
        bench.show(draw(turn))
    last = draw(77)
    bench.show(last, "90 60 8 0")
    assert [PaneId("%0")] == bench.watches.list_stale(bench.now + 60)[0]
    assert read_lines(last) != bench.tracker.shown[-1]

    for _ in range(math.ceil(max(SPIN_INTERVALS_S) / TICK_S) + 1):
        bench.show(last, "90 60 8 0")
    assert ([], []) == bench.watches.list_stale(bench.now + 60)
    assert read_lines(last) == bench.tracker.shown[-1]


def test_who_looks_at_a_screen_sees_it_spin() -> None:
    """
    As the chooser does, which asks for it again and again.
    """
    bench = Bench()
    bench.show(draw(0))
    for turn in range(1, 9):
        watched = bench.watches.find("%0")
        bench.show(draw(turn))

        assert watched
        assert draw(turn) == watched.capture
        assert read_lines(draw(turn)) == bench.tracker.shown[-1]


def test_a_spinner_does_not_fill_the_tape() -> None:
    """
    What is not painted is not kept either.
    """
    bench = Bench()
    for turn in range(200):
        bench.show(draw(turn))
    watched = bench.watches.find("%0")
    assert watched
    frames = [entry for number, entry in watched.history.read(-1)[0]]

    assert 1 == len(frames)
    assert len(bench.tracker.shown) < 200 / 4


def test_a_tick_counts_as_pause_unless_it_takes_long() -> None:
    """
    Ticks come at even times, and never hurry to do so.
    """
    rests = [find_rest(0.25, passed_s) for passed_s in (0.0, 0.01, 0.024, 0.1, 3.0)]

    assert [0.25, 0.24, 0.24, 0.25, 0.25] == rests


def spin() -> None:
    """
    Never come back; a loop in the limit's own frame has a jump that Python 3.13 guards by nothing.
    """
    while True:
        pass


def test_panes_that_share_an_alarm_are_stopped_each_by_itself() -> None:
    """
    One that never ends is stopped, and those before and behind it are not.
    """
    done: list[int] = []
    with shared_cpu_limit(0.01):
        for number in range(4):
            try:
                with cpu_limit(0.01):
                    if number in {1, 2}:
                        spin()
                    done.append(number)
            except TimeoutError:
                done.append(-number)

    assert [0, -1, -2, 3] == done


def test_an_alarm_that_rings_while_its_limit_ends_stops_nothing() -> None:
    """
    An exception in there would leave it armed, to stop whatever comes next.
    """
    found: dict[str, Any] = {}
    exec(compile("import sys; frame = sys._getframe()", limits.__file__, "exec"), found)  # noqa: S102  a frame of its

    with cpu_limit(60.0):
        limits.TIMER.ring(signal.SIGVTALRM, found["frame"])
        with pytest.raises(TimeoutError):
            limits.TIMER.ring(signal.SIGVTALRM, inspect.currentframe())

    limits.TIMER.ring(signal.SIGVTALRM, inspect.currentframe())


class Listener(Feature):
    """Counts how often something was to be told."""

    def __init__(self) -> None:
        self.told = 0

    def observe(self, sightings: object, now: float) -> None:
        """Count."""
        del sightings, now
        self.told += 1


def test_a_tick_asks_only_what_somebody_reads(lab: Lab) -> None:
    """
    Until some time has passed, it asks of other panes only whether they are there, and tells
    nobody what is known already.
    """
    for _ in range(4):
        lab.tmux("new-window", "-dt", "work:", "exec cat")
    lab.tmux("respawn-pane", "-k", "-t", "%0", "-c", str(lab.folder), "exec cat")
    lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "word")
    lab.tmux("send-keys", "-t", "%0", "-l", "working\n")
    listener = Listener()
    with run_daemon(lab, WordTracker, [listener], clock=lambda: 100.0) as tmux:
        wait_for(lambda: [one["state"] for one in lab.ask("list")["agents"]] == ["working"])
        told, began = listener.told, len(tmux.scripts)
        wait_for(lambda: len(tmux.scripts) > began + 8)
        assert told == listener.told
        lab.tmux("send-keys", "-t", "%0", "-l", "approval x\n")
        wait_for(lambda: listener.told > told)

    asking = [script for script in tmux.scripts[began:] if "list-panes" in script]
    assert not [script for script in asking if "session_name" in script]
    assert not [line for script in asking for line in script.splitlines()[6:]]


def test_a_pane_that_comes_or_goes_is_seen_by_the_next_tick(lab: Lab) -> None:
    """
    The list of all is asked for at once then.
    """
    lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "word")
    with run_daemon(lab, WordTracker) as tmux:
        wait_for(lambda: len(tmux.scripts) > 3)
        for number in range(1, 4):
            with tmux.gate:
                lab.tmux("new-window", "-dt", "work:", "exec cat")
                seen = len(tmux.scripts)
            wait_for(lambda number=number: lab.ask("ping")["panes"] == number + 1)  # type: ignore[misc]

            assert any("session_name" in script for script in tmux.scripts[seen : seen + 4])

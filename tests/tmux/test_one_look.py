"""What one verdict is made of comes from one look: rows, title and cursor of the same instant."""

import shlex
import sys
from collections.abc import Iterator

import pytest

from agent_status.agents.registry import Registry
from agent_status.detect.found import Found
from agent_status.detect.observation import Observation
from agent_status.model import Screen
from tests.support.tmux_lab import Lab, open_lab, run_daemon, wait_for
from tests.support.word_tracker import WordTracker

DRAW = """\
import os, sys, time
for n in range(1000000):
    rows = "".join(f"\\x1b[{row};1Hframe {n}" for row in range(1, 6))
    os.write(1, f"\\x1b]2;frame {n}\\x1b\\\\{rows}\\x1b[8;{n % 60 + 1}H".encode())
"""
"""A program that writes its number into title, rows and cursor, each time at once."""

QUICK = f"{DRAW}    time.sleep(0.004)\n"
STEPWISE = f"{DRAW}    sys.stdin.read(1)\n"

MANY = 300
CALM = 9
"""Looks, at four a second, after which a pane is no longer captured at each of them."""


class FrameTracker(WordTracker):
    """
    Also keeps each screen on which the program has drawn.
    """

    def __init__(self, registry: Registry, now: float) -> None:
        super().__init__(registry, now)
        self.frames: list[Screen] = []
        self.looks = 0
        self._last: Screen | None = None

    def advance(self, seen: Observation, now: float) -> Found:
        """
        Keep the screen, or count how often nothing was new.
        """
        self.looks += 1
        if seen.screen is not self._last:
            self.looks = 0
            if seen.screen.title.startswith("frame"):
                self.frames.append(seen.screen)
        self._last = seen.screen
        return super().advance(seen, now)


class Maker:
    """
    Makes the trackers of a daemon, and knows them.
    """

    def __init__(self) -> None:
        self.trackers: list[FrameTracker] = []

    def __call__(self, registry: Registry, now: float) -> FrameTracker:
        """
        Make one.
        """
        self.trackers.append(FrameTracker(registry, now))
        return self.trackers[-1]

    def list_frames(self) -> list[Screen]:
        """
        Return what all of them were painted with.
        """
        return [frame for one in self.trackers for frame in one.frames]

    def has_calmed(self) -> bool:
        """
        Whether the program has drawn, and the daemon has looked for long at what is the same.
        """
        return any(one.frames and one.looks > CALM for one in self.trackers)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private world in which nothing runs so far.
    """
    with open_lab(monkeypatch.setenv) as lab:
        yield lab


def start(lab: Lab, program: str) -> None:
    """
    Let the program draw in one pane, beside a quiet one; both are said to be agents.
    """
    lab.start(f"stty raw -echo; exec {shlex.quote(sys.executable)} -c {shlex.quote(program)}")
    lab.tmux("new-window", "-d", "exec cat")
    for pane in ("%0", "%1"):
        lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "word")


def find_torn(frames: list[Screen]) -> list[str]:
    """
    Describe the frames of which title, rows and cursor are not of the same number.
    """
    numbers = [int(frame.title.split()[1]) for frame in frames]
    return [
        f"title {number}, rows {frame.lines[:5]}, cursor {frame.cursor.x}"
        for number, frame in zip(numbers, frames, strict=True)
        if set(frame.lines[:5]) != {frame.title} or frame.cursor.x != number % 60
    ]


def test_a_look_at_another_pane_puts_no_title_over_older_rows(lab: Lab) -> None:
    """
    Whoever asks after a quiet pane has all panes listed, but only that one captured.
    """
    start(lab, QUICK)
    make_tracker = Maker()
    with run_daemon(lab, make_tracker):
        wait_for(make_tracker.list_frames)
        for _ in range(MANY):
            lab.ask("inspect", pane="%1")

    assert [] == find_torn(make_tracker.list_frames())


def test_a_calm_pane_that_draws_puts_no_title_over_older_rows(lab: Lab) -> None:
    """
    It is listed as before, and captured only then, as its activity is new.
    """
    start(lab, STEPWISE)
    make_tracker = Maker()
    with run_daemon(lab, make_tracker):
        for _ in range(4):
            wait_for(make_tracker.has_calmed)
            before = len(make_tracker.list_frames())
            lab.tmux("send-keys", "-t", "%0", "x")
            wait_for(lambda: len(make_tracker.list_frames()) > before)  # noqa: B023

    assert [] == find_torn(make_tracker.list_frames())

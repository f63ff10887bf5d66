"""What one verdict is made of comes from one look: rows, title and cursor of the same instant."""

import shlex
import sys
from collections.abc import Iterator

import pytest

from agent_status.model import Capture, Status
from tests.support.tmux_lab import Lab, open_lab, run_daemon, wait_for
from tests.support.word_watch import WordWatch

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


class FrameWatch(WordWatch):
    """
    Also keeps each screen on which the program has drawn.
    """

    def __init__(self, width: int, height: int, at: float) -> None:
        super().__init__(width, height, at)
        self.frames: list[Capture] = []
        self.looks = 0

    def paint(self, capture: Capture, at: float) -> None:
        """
        Keep the capture.
        """
        super().paint(capture, at)
        self.looks = 0
        if capture.title.startswith("frame"):
            self.frames.append(capture)

    def status(self, at: float) -> Status:
        """
        Count how often nothing was new.
        """
        self.looks += 1
        return super().status(at)


class Maker:
    """
    Makes the watches of a daemon, and knows them.
    """

    def __init__(self) -> None:
        self.watches: list[FrameWatch] = []

    def __call__(self, width: int, height: int, at: float) -> FrameWatch:
        """
        Make one.
        """
        self.watches.append(FrameWatch(width, height, at))
        return self.watches[-1]

    def list_frames(self) -> list[Capture]:
        """
        Return what all of them were painted with.
        """
        return [frame for watch in self.watches for frame in watch.frames]

    def has_calmed(self) -> bool:
        """
        Whether the program has drawn, and the daemon has looked for long at what is the same.
        """
        return any(watch.frames and watch.looks > CALM for watch in self.watches)


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


def find_torn(frames: list[Capture]) -> list[str]:
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
    make_watch = Maker()
    with run_daemon(lab, make_watch):
        wait_for(make_watch.list_frames)
        for _ in range(MANY):
            lab.ask("inspect", pane="%1")

    assert [] == find_torn(make_watch.list_frames())


def test_a_calm_pane_that_draws_puts_no_title_over_older_rows(lab: Lab) -> None:
    """
    It is listed as before, and captured only then, as its activity is new.
    """
    start(lab, STEPWISE)
    make_watch = Maker()
    with run_daemon(lab, make_watch):
        for _ in range(4):
            wait_for(make_watch.has_calmed)
            before = len(make_watch.list_frames())
            lab.tmux("send-keys", "-t", "%0", "x")
            wait_for(lambda: len(make_watch.list_frames()) > before)  # noqa: B023

    assert [] == find_torn(make_watch.list_frames())

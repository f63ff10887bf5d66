"""Differences between our emulator and tmux, kept as small private recordings to learn from."""

import io
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agent_status.files import write_private
from agent_status.model import Capture, PaneId, Screen
from agent_status.model.finding import Finding
from agent_status.terminal.asciicast import Writer
from agent_status.terminal.render import render_capture
from agent_status.tmux.tap_ring import Heard

MAX_FILES = 20
MAX_FILE = 64 * 1024
SUFFIX = ".cast"
WHAT = "live check"


class Difference(NamedTuple):
    """What a pane's emulator showed, and what tmux showed instead."""

    pane: PaneId
    screen: Screen
    capture: Capture


class DifferenceStore:
    """
    The newest differences, one asciicast file each, in a folder of the user's alone.

    The events are the last bytes of the pane; `difference` in the header holds both screens.
    """

    def __init__(self, folder: Path, log: logging.Logger) -> None:
        self._folder = folder
        self._log = log

    def keep(self, difference: Difference, heard: Sequence[Heard]) -> None:
        """Write a difference down with the last bytes of its pane; the oldest makes room."""
        at = time.time()
        name = f"{int(at * 1000)}-{difference.pane.removeprefix('%')}{SUFFIX}"
        text = render_difference(difference, heard, at)
        try:
            if text:
                write_private(self._folder / name, text)
            for old in list_kept(self._folder)[:-MAX_FILES]:
                old.unlink(missing_ok=True)
        except OSError as error:
            self._log.warning("a difference could not be kept: %s", error)

    def describe(self) -> tuple[Finding, ...]:
        """Return how many differences are kept, and where; empty if there is none."""
        count = len(list_kept(self._folder))
        return (Finding(WHAT, f"{count} differences kept in {self._folder}"),) if count else ()


def list_kept(folder: Path) -> list[Path]:
    """Return the files of differences, oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def render_difference(difference: Difference, heard: Sequence[Heard], at: float) -> str:
    """
    Return the recording of a difference, of at most MAX_FILE bytes; `at` is in Unix seconds.

    The oldest bytes make room. Empty if the screens alone are too large.
    """
    while True:
        text = _render(difference, heard, at)
        if len(text.encode()) <= MAX_FILE:
            return text
        if not heard:
            return ""
        heard = heard[len(heard) // 2 + 1 :]


def _render(difference: Difference, heard: Sequence[Heard], at: float) -> str:
    screen, capture = difference.screen, difference.capture
    ours = render_capture(screen)
    facts = {
        "pane": difference.pane,
        "ours": _render_screen(ours),
        "tmux": _render_screen(capture),
    }
    file = io.StringIO()
    writer = Writer(file, screen.width, screen.height, {"timestamp": at, "difference": facts})
    for each in heard:
        writer.write(each.at - heard[0].at, "o", each.data.decode("utf-8", "replace"))
    return file.getvalue()


def _render_screen(capture: Capture) -> dict[str, Any]:
    cursor = capture.cursor
    return {
        "lines": capture.lines,
        "cursor": [cursor.x, cursor.y, cursor.visible],
        "title": capture.title,
        "alternate": capture.alternate,
    }

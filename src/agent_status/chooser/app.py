"""The Textual edge of the chooser: keys, mouse and news in, lines of cells out."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from agent_status.chooser import view as views
from agent_status.chooser.detail import count_hidden
from agent_status.chooser.entry import parse_report
from agent_status.chooser.feed import Feed, Lost, News, Pictured, Reported
from agent_status.chooser.frame import draw_frame, find_pane, plan_layout
from agent_status.chooser.keys import ACTIONS
from agent_status.chooser.looks import Looks
from agent_status.chooser.preview import Shot, parse_screen
from agent_status.chooser.source import Source
from agent_status.chooser.view import View

TICK_S = 1.0
"""Seconds after which the times in the list are told again."""
WHEEL_LINES = 3


class Told(Message):
    """News from another thread."""

    def __init__(self, news: News) -> None:
        super().__init__()
        self.news = news


class Canvas(Widget, can_focus=True):
    """The whole popup. Only the rows that differ from what is drawn are drawn again."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Canvas { width: 100%; height: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Text] = []

    def show_lines(self, lines: list[Text]) -> None:
        """Draw the popup's lines."""
        last, self._lines = self._lines, lines
        if len(last) != len(lines):
            self.refresh()
            return
        pairs = enumerate(zip(last, lines, strict=True))
        changed = [y for y, (old, new) in pairs if old != new]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """Return row `y` as Textual draws it."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width)
        return Strip(self._lines[y].render(self.app.console), self.size.width)


class Chooser(App[str], inherit_bindings=False):
    """The popup. Its result is the pane to jump to, or None."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { layout: vertical; overflow: hidden; }"
    BINDINGS: ClassVar = []

    def __init__(
        self,
        source: Source,
        opening: View,
        looks: Looks,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(ansi_color=True)
        self.view = opening
        self._looks = looks
        self._clock = clock
        self._canvas = Canvas()
        self._feed = Feed(source, lambda news: self.post_message(Told(news)))
        self._home = os.environ.get("HOME", "")

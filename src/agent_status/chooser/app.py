"""The Textual edge of the chooser: keys, mouse and news in, lines of cells out."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.message import Message

from agent_status.chooser import view as views
from agent_status.chooser.canvas import Canvas
from agent_status.chooser.detail import find_start
from agent_status.chooser.driver import PopupDriver
from agent_status.chooser.entry import parse_report
from agent_status.chooser.feed import Feed, Lost, News, Pictured, Reported
from agent_status.chooser.frame import Layout, draw_frame, find_pane, plan_layout
from agent_status.chooser.keys import ACTIONS
from agent_status.chooser.looks import Looks
from agent_status.chooser.preview import miss_screen, parse_screen
from agent_status.chooser.source import Source
from agent_status.chooser.text import clean_cells
from agent_status.chooser.view import View

TICK_S = 1.0
"""Seconds after which the times in the list are told again."""
WHEEL_LINES = 3
STARTING = "Starting it…"
LEAVES = frozenset({"close", "escape", "help"})
"""What keys still do while the table of keys hides the list; any other one shows it again."""


class Told(Message):
    """News from another thread."""

    def __init__(self, news: News) -> None:
        super().__init__()
        self.news = news


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
        super().__init__(PopupDriver, ansi_color=True)
        self.view = opening
        self._looks = looks
        self._clock = clock
        self._canvas = Canvas()
        self._feed = Feed(source, lambda news: self.post_message(Told(news)))
        self._home = os.environ.get("HOME", "")

    def compose(self) -> ComposeResult:
        """Return the one widget."""
        yield self._canvas

    def on_mount(self) -> None:
        """Begin to listen."""
        self._canvas.focus()
        self._feed.start()
        self.set_interval(TICK_S, self._tick)

    def on_unmount(self) -> None:
        """Stop listening."""
        self._feed.stop()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.show(self.view)

    def show(self, view: View) -> None:
        """Make `view` what is seen, and follow the screen of its selected pane."""
        width, height = self.size
        room = plan_layout(width, height, len(view.found)).room
        self.view = views.scroll_list(view, room)
        self._feed.look_at(self.view.selected)
        self._canvas.show_lines(draw_frame(self.view, width, height, self._looks))

    def on_told(self, message: Told) -> None:
        """Take news from the daemon."""
        view = replace(self.view, now=self._clock())
        match message.news:
            case Reported(report):
                self.show(views.take_entries(view, parse_report(report, self._home)))
            case Pictured(pane, _, str(trouble)) if trouble:
                self.show(views.take_shot(view, miss_screen(pane, trouble)))
            case Pictured(pane, screen):
                self.show(views.take_shot(view, parse_screen(pane, screen)))
            case Lost(words):
                self.show(views.lose_daemon(view, words))

    def on_key(self, event: events.Key) -> None:
        """Type into the filter, or do what the table of keys says."""
        event.stop()
        event.prevent_default()
        typed = views.type_key(self.view, event.key, event.character or "")
        if typed is not None:
            self.show(typed)
        elif event.key in ACTIONS:
            self.act(ACTIONS[event.key])

    def act(self, action: str) -> None:
        """Do one action of the table of keys."""
        if self.view.help and action not in LEAVES:
            self.show(views.leave_inner(self.view))
        elif action in views.MOVES:
            self.show(views.MOVES[action](self.view))
        else:
            getattr(self, f"do_{action}")()

    def on_paste(self, event: events.Paste) -> None:
        """Add pasted words to the filter."""
        event.stop()
        if self.view.filter is not None:
            self.show(views.type_filter(self.view, self.view.filter + clean_cells(event.text)))

    def on_click(self, event: events.Click) -> None:
        """Select the agent that was clicked; jump if it was selected already."""
        pane = find_pane(self.view, self._layout, event.x, event.y)
        if pane and pane == self.view.selected:
            self.do_jump()
        elif pane:
            self.show(views.select_pane(self.view, pane))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go up in the list, or scroll the screen back."""
        self._roll(event, -1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go down in the list, or scroll the screen forward."""
        self._roll(event, 1)

    def do_jump(self) -> None:
        """Leave for the selected agent, if it is still there."""
        if self.view.entry:
            self.exit(self.view.selected)

    def do_close(self) -> None:
        """Leave for nowhere."""
        self.exit(None)

    def do_escape(self) -> None:
        """Leave the innermost thing that is open."""
        left = views.leave_inner(self.view)
        if left == self.view:
            self.do_close()
        else:
            self.show(left)

    def do_start(self) -> None:
        """Start the daemon, if there is none."""
        if self.view.lost:
            self.show(replace(self.view, note=STARTING))
            self._feed.start_daemon()

    def do_page_up(self) -> None:
        """Scroll the ask and the screen back by a page."""
        self._scroll(-max(1, self._layout.detail.height - 2))

    def do_page_down(self) -> None:
        """Scroll the ask and the screen forward by a page."""
        self._scroll(max(1, self._layout.detail.height - 2))

    @property
    def _layout(self) -> Layout:
        return plan_layout(self.size.width, self.size.height, len(self.view.found))

    def _roll(self, event: events.MouseEvent, step: int) -> None:
        box = self._layout.list
        if box.x <= event.x < box.x + box.width and box.y <= event.y < box.y + box.height:
            self.show(views.move_by(self.view, step))
        else:
            self._scroll(step * WHEEL_LINES)

    def _scroll(self, lines: int) -> None:
        box = self._layout.detail
        start = find_start(self.view, lines, box.width, box.height, self._looks)
        self.show(replace(self.view, start=start))

    def _tick(self) -> None:
        self.show(replace(self.view, now=self._clock()))

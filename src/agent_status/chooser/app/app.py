"""The Textual edge of the chooser: keys, mouse and news in, lines of cells out."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.message import Message

from agent_status.chooser.app.canvas import Canvas
from agent_status.chooser.app.driver import PopupDriver
from agent_status.chooser.app.worker import (
    Done,
    Feed,
    Logged,
    Lost,
    News,
    Pictured,
    Printed,
    Recalled,
    Reported,
)
from agent_status.chooser.draw.detail import find_start, take_history
from agent_status.chooser.draw.frame import (
    Layout,
    arrange,
    draw_frame,
    find_key,
    find_pane,
    find_pick,
    see_whole,
)
from agent_status.chooser.draw.preview import miss_screen, parse_history, parse_screen
from agent_status.chooser.draw.theme import Looks
from agent_status.chooser.panels import press
from agent_status.chooser.panels.keys import ACTIONS
from agent_status.chooser.panels.log import take_log
from agent_status.chooser.state import actions
from agent_status.chooser.state import view as views
from agent_status.chooser.state.actions import Step
from agent_status.chooser.state.effects import ReadHistory
from agent_status.chooser.state.entry import parse_notices, parse_report
from agent_status.chooser.state.source import Source
from agent_status.chooser.state.text import clean_cells
from agent_status.chooser.state.view import SILENCE, View

TICK_S = 1.0
"""Seconds after which the times in the list are told again."""
WHEEL_LINES = 3
STARTING = "Starting it…"
GONE = "Its pane is gone: d shows what it changed, a marks that as reviewed."
REVIEWED = "Reviewed? Then press a; u takes it back."
LEAVES = frozenset({"close", "escape", "help"})
"""What keys still do while the table of keys hides the list; any other one shows it again."""
PRESENT = frozenset(
    {"jump", "reply", "interrupt", "note", "pin", "mute", "snooze", "explain", "report"}
)
"""What an agent can't be asked for once its pane is gone."""
SCROLLS = frozenset({"page_up", "page_down"})

Outside = Callable[[Sequence[str]], int]
"""Runs one of our commands in the popup's terminal, and returns its exit code."""


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
        outside: Outside = lambda _: 0,
    ) -> None:
        super().__init__(PopupDriver, ansi_color=True)
        self.view = opening
        self._looks = looks
        self._clock = clock
        self._outside = outside
        self._source = source
        self._canvas = Canvas()
        self._feed = Feed(source, lambda news: self.post_message(Told(news)))
        self._home = os.environ.get("HOME", "")
        self._recalled = ("", "")
        self._left = False

    def compose(self) -> ComposeResult:
        """Return the one widget."""
        yield self._canvas

    def on_mount(self) -> None:
        """Begin to listen, and start a daemon if there is none; what is asked is in sight."""
        if self.view.asked_at:
            self.view = replace(self.view, asked_at=self._clock())
        self._canvas.focus()
        if self.view.lost:
            self.do_start()
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
        if view.drafts != self.view.drafts:
            self._source.keep_drafts(self.view.drafts, view.drafts)
        if view.grouping is not self.view.grouping:
            self._source.keep_grouping(view.grouping.value)
        scrolled = views.scroll_list(view, arrange(view, width, height).room)
        self.view = see_whole(scrolled, width, height)
        self._feed.look_at(self.view.selected)
        self._recall()
        self._canvas.show_lines(draw_frame(self.view, width, height, self._looks))

    def take(self, step: Step) -> None:
        """Show what a key made of the view, and have done what it asks for."""
        self.show(step.view)
        if step.deed:
            self._feed.do(step.deed)

    def on_told(self, message: Told) -> None:
        """Take news from the daemon."""
        view = replace(self.view, now=self._clock())
        match message.news:
            case Reported(report):
                view = replace(view, notices=parse_notices(report))
                self.show(views.take_entries(view, parse_report(report, self._home)))
            case Pictured(pane, _, str(trouble)) if trouble:
                self.show(views.take_shot(view, miss_screen(pane, trouble)))
            case Pictured(pane, screen):
                self.show(views.take_shot(view, parse_screen(pane, screen)))
            case Lost(words):
                self.show(views.lose_daemon(view, words))
            case Done(deed, good, words):
                self.show((actions.end_deed if good else actions.fail_deed)(view, deed, words))
            case Logged(pane, entries, trouble):
                self.show(take_log(view, pane, entries, trouble))
            case Printed(("diff", *_, pane), code, text):
                self._open_diff(view, pane, code, text)
            case Printed(words, _, text):
                self.show(actions.take_page(view, words, text))
            case Recalled(pane, lines):
                width = self._layout.detail.width
                past = parse_history(lines)
                self.show(take_history(view, pane, past, width, self._looks))

    def on_key(self, event: events.Key) -> None:
        """Type into what is open, or do what the table of keys says."""
        event.stop()
        event.prevent_default()
        self.view = replace(self.view, now=self._clock())
        writes = self.view.panel and self.view.panel.writes
        if event.key == "alt+enter" and not writes:
            self.hear("escape")
            self.hear("enter")
        else:
            self.hear(event.key, event.character or "")

    def hear(self, key: str, character: str = "") -> None:
        """Take a key: what is pending first, then an open panel, the filter, the table."""
        view = self.view
        if self._left:
            return
        if view.pending:
            self.take(actions.confirm(view, key))
        elif view.panel and not view.help:
            self.take(press.press(view, view.panel, key, character))
        elif typed := views.type_key(view, key, character):
            self.show(typed)
        elif ACTIONS.get(key) == "option" and not view.help:
            self.take(actions.answer(view, key))
        elif key in ACTIONS:
            self.act(ACTIONS[key])

    def act(self, action: str) -> None:
        """Do one action of the table of keys."""
        view = replace(self.view, told=SILENCE)
        if view.help and action not in LEAVES | SCROLLS:
            self.show(views.leave_inner(view))
        elif action in views.MOVES:
            self.show(views.MOVES[action](view))
        elif action == "snooze" and view.lost:
            self.do_start()
        elif action in PRESENT and view.entry and not view.entry.is_here:
            self.show(views.refuse(view, GONE))
        elif action in actions.DECISIONS:
            self.take(actions.DECISIONS[action](view))
        else:
            getattr(self, f"do_{action}")()

    def on_paste(self, event: events.Paste) -> None:
        """Add pasted words to what is being written."""
        event.stop()
        if self.view.panel:
            self.show(press.paste(self.view, self.view.panel, event.text))
        elif self.view.filter is not None:
            self.show(views.type_filter(self.view, self.view.filter + clean_cells(event.text)))

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked, mark an option, select an agent, or jump to it."""
        if self._left:
            return
        self.view = replace(self.view, now=self._clock())
        layout, (width, height) = self._layout, self.size
        key = find_key(self.view, width, height, event.x, event.y)
        lines = draw_frame(self.view, width, height, self._looks)
        free = not (self.view.panel or self.view.help)
        picked = find_pick(lines, layout, event.x, event.y) if free else ""
        pane = find_pane(self.view, layout, event.x, event.y)
        if key:
            self.hear(key)
        elif picked:
            self.take(actions.pick(self.view, picked))
        elif self.view.pending:
            self.take(actions.confirm(self.view, ""))
        elif pane and pane == self.view.selected:
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
        entry = self.view.entry
        if entry and entry.is_here:
            self._leave(entry.pane)
        elif entry:
            self.show(views.refuse(self.view, GONE))

    def do_close(self) -> None:
        """Leave for nowhere."""
        self._leave(None)

    def do_escape(self) -> None:
        """Leave the innermost thing that is open."""
        left = views.leave_inner(self.view)
        if left == self.view:
            self.do_close()
        else:
            self.show(left)

    def do_start(self) -> None:
        """Start the daemon, as there is none."""
        self.show(replace(self.view, note=STARTING))
        self._feed.start_daemon()

    def _open_diff(self, view: View, pane: str, code: int, text: str) -> None:
        """Show what an agent changed, in all of the popup, until that is closed."""
        nothing = actions.seek_diff(view, pane, code, text)
        if nothing or self._left:
            self.show(nothing or view)
            return
        with self.suspend():
            code = self._outside(("diff", "--wait", pane))
        view = replace(self.view, now=self._clock())
        words = f"The diff ended with exit code {code}: see agent-status diff {pane}"
        self.show(views.refuse(view, words) if code else views.tell(view, REVIEWED))
        self.refresh(layout=True)

    def do_page_up(self) -> None:
        """Scroll the ask and the screen back by a page."""
        self._scroll(-max(1, self._layout.detail.height - 2))

    def do_page_down(self) -> None:
        """Scroll the ask and the screen forward by a page."""
        self._scroll(max(1, self._layout.detail.height - 2))

    def _leave(self, pane: str | None) -> None:
        """End; no key that came with the one that ends changes where that leads."""
        self._left = True
        self.exit(pane)

    @property
    def _layout(self) -> Layout:
        return arrange(self.view, *self.size)

    def _roll(self, event: events.MouseEvent, step: int) -> None:
        box, view = self._layout.list, self.view
        if view.panel:
            self.show(press.scroll(view, view.panel, step * WHEEL_LINES))
        elif view.pending:
            return
        elif box.x <= event.x < box.x + box.width and box.y <= event.y < box.y + box.height:
            self.show(views.move_by(view, step))
        else:
            self._scroll(step * WHEEL_LINES)

    def _scroll(self, lines: int) -> None:
        if self.view.help:
            self.show(replace(self.view, start=max(0, (self.view.start or 0) + lines)))
            return
        box = self._layout.detail
        start = find_start(self.view, lines, box.width, box.height, self._looks)
        self.show(replace(self.view, start=start))

    def _recall(self) -> None:
        """Ask once for what is above the pane's edge, if the ask begins there or the user looks."""
        view = self.view
        wanted = (view.selected, view.entry.fingerprint if view.entry else "")
        if (view.is_cut or view.start is not None) and wanted != self._recalled and view.entry:
            self._recalled = wanted
            self._feed.do(ReadHistory(view.selected))

    def _tick(self) -> None:
        self.show(replace(self.view, now=self._clock()))

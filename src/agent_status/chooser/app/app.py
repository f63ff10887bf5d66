"""The Textual edge of the chooser: keys, mouse and news in, lines of cells out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.message import Message

from agent_status.chooser.app.canvas import Canvas
from agent_status.chooser.app.driver import PopupDriver
from agent_status.chooser.app.worker import Worker
from agent_status.chooser.draw.detail import find_start
from agent_status.chooser.frame.frame import (
    Layout,
    arrange,
    draw_frame,
    find_agent,
    find_key,
    find_pick,
    fit,
)
from agent_status.chooser.panels.keys import press
from agent_status.chooser.state import actions, moves
from agent_status.chooser.state.effects import ReadAbove, ReadPatch
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.text import clean_cells
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import Event, Step, Takeover, View
from agent_status.model.ref import NO_REF, AgentRef

TICK_S = 1.0
"""Seconds after which the times in the list are drawn again."""
WHEEL_LINES = 3

Outside = Callable[[Sequence[str]], int]
"""Runs one of our commands in the popup's terminal, and returns its exit code."""


class EventMessage(Message):
    """News from another thread."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class Chooser(App[AgentRef], inherit_bindings=False):
    """The popup. Its result is the agent to jump to, or None."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { layout: vertical; overflow: hidden; }"
    BINDINGS: ClassVar = []

    def __init__(
        self,
        source: ChooserSource,
        view: View,
        theme: Theme,
        clock: Callable[[], float] = time.time,
        outside: Outside = lambda _: 0,
    ) -> None:
        super().__init__(PopupDriver, ansi_color=True)
        self.view = view
        self._theme = theme
        self._clock = clock
        self._outside = outside
        self._source = source
        self._canvas = Canvas()
        self._worker = Worker(source, lambda event: self.post_message(EventMessage(event)))
        self._read = (NO_REF, "")
        self._left = False

    def compose(self) -> ComposeResult:
        """Return the one widget."""
        yield self._canvas

    def on_mount(self) -> None:
        """Begin to listen, and start a daemon if there is none."""
        if self.view.asked_at:
            self.view = replace(self.view, asked_at=self._clock())
        self._canvas.focus()
        if self.view.lost:
            self.apply(actions.start_daemon(self.view))
        self._worker.start()
        self.set_interval(TICK_S, self._tick)

    def on_unmount(self) -> None:
        """Stop listening."""
        self._worker.stop()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.show(self.view)

    def show(self, view: View) -> None:
        """Show `view`, and follow the screen of its selected agent."""
        width, height = self.size
        if view.drafts != self.view.drafts:
            self._source.keep_drafts(self.view.drafts, view.drafts)
        if view.grouping is not self.view.grouping:
            self._source.keep_grouping(view.grouping.value)
        self.view = fit(view, self.view, width, height, self._theme)
        self._worker.look_at(self.view.selected)
        self._read_above()
        self._read_patch()
        self._canvas.show_lines(draw_frame(self.view, width, height, self._theme))

    def apply(self, step: Step) -> None:
        """Show what a key or an event made of the view, and do what follows from it."""
        self.show(step.view)
        if step.effect:
            self._worker.run(step.effect)
        if step.pages:
            self._scroll(step.pages * max(1, self._layout.detail.height - 2))
        if step.takeover and not self._left:
            self._give_terminal(step.takeover)
        if step.exit:
            self._left = True
            self.exit(step.exit.ref)

    def on_event_message(self, message: EventMessage) -> None:
        """Apply news from another thread."""
        self.apply(message.event.apply(replace(self.view, now=self._clock())))

    def on_key(self, event: events.Key) -> None:
        """Type into what is open, or do what the table of keys says."""
        event.stop()
        event.prevent_default()
        self.view = replace(self.view, now=self._clock())
        writes = self.view.panel and self.view.panel.writes
        if event.key == "alt+enter" and not writes:
            self.press_key("escape")
            self.press_key("enter")
        else:
            self.press_key(event.key, event.character or "")

    def press_key(self, key: str, character: str = "") -> None:
        """Apply a key, unless one before it has ended the chooser."""
        if not self._left:
            self.apply(press(self.view, key, character))

    def on_paste(self, event: events.Paste) -> None:
        """Add pasted words to what is being written."""
        event.stop()
        if self.view.panel:
            self.show(self.view.panel.paste(self.view, event.text))
        elif self.view.filter is not None:
            self.show(moves.type_filter(self.view, self.view.filter + clean_cells(event.text)))

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked, mark an option, select an agent, or jump to it."""
        if self._left:
            return
        self.view = replace(self.view, now=self._clock())
        layout, (width, height) = self._layout, self.size
        key = find_key(self.view, width, height, event.x, event.y)
        lines = draw_frame(self.view, width, height, self._theme)
        free = not (self.view.panel or self.view.help)
        picked = find_pick(lines, layout, event.x, event.y) if free else ""
        ref = find_agent(self.view, layout, event.x, event.y)
        if key:
            self.press_key(key)
        elif picked:
            self.apply(actions.pick(self.view, picked))
        elif self.view.pending:
            self.apply(actions.confirm(self.view, ""))
        elif ref and ref == self.view.selected:
            self.apply(actions.jump(self.view))
        elif ref:
            self.show(moves.select(self.view, ref))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go up in the list, or scroll the screen back."""
        self._roll(event, -1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go down in the list, or scroll the screen forward."""
        self._roll(event, 1)

    def _give_terminal(self, takeover: Takeover) -> None:
        """Give a command of ours all of the popup until it ends."""
        with self.suspend():
            code = self._outside(takeover.words)
        self.show(takeover.end(replace(self.view, now=self._clock()), code))
        self.refresh(layout=True)

    @property
    def _layout(self) -> Layout:
        return arrange(self.view, *self.size, self._theme)

    def _roll(self, event: events.MouseEvent, step: int) -> None:
        box, view = self._layout.list, self.view
        if view.panel:
            self.show(view.panel.scroll(view, step * WHEEL_LINES))
        elif view.pending:
            return
        elif box.x <= event.x < box.x + box.width and box.y <= event.y < box.y + box.height:
            self.show(moves.move_by(view, step))
        else:
            self._scroll(step * WHEEL_LINES)

    def _scroll(self, lines: int) -> None:
        if self.view.help:
            self.show(replace(self.view, start=max(0, (self.view.start or 0) + lines)))
            return
        box = self._layout.detail
        start = find_start(self.view, lines, box.width, box.height, self._theme)
        self.show(replace(self.view, start=start))

    def _read_above(self) -> None:
        """Read once what is above the pane's edge, if a request begins there or it is in sight."""
        view = self.view
        wanted = (view.selected, view.entry.fingerprint if view.entry else "")
        if (view.is_cut or view.start is not None) and wanted != self._read and view.entry:
            self._read = wanted
            self._worker.run(ReadAbove(view.selected))

    def _read_patch(self) -> None:
        """Read the diff of the selected agent if its preview shows it: one at a time."""
        view = self.view
        wanted = view.wanted
        if wanted and view.needs_patch and not view.reading.ref:
            self.view = replace(view, reading=wanted)
            self._worker.run(ReadPatch(wanted))

    def _tick(self) -> None:
        self.show(replace(self.view, now=self._clock()))

"""The emulator of a pane: raw bytes or captures go in, an immutable screen comes out."""

import codecs
from dataclasses import replace

from agent_status.model import Capture, Cursor, Row, Screen
from agent_status.terminal.capture import Painter
from agent_status.terminal.emulator import Canvas
from agent_status.terminal.grid import MAX_HISTORY
from agent_status.terminal.join import DEFAULT_MODES, Modes, begin_canvas, repaint
from agent_status.terminal.osc import Messages, MessageScanner
from agent_status.terminal.parser import Stream

__all__ = ["DEFAULT_MODES", "Modes", "Terminal"]

MAX_BYTES = 1000
PIECE = 1 << 16
MAX_WAITING = 1 << 14
"""Bytes that wait until somebody looks: emulated together they cost less than one by one."""


class Terminal:
    """
    The one mutable emulator of a pane, faithful to tmux 3.3.

    It is fed with bytes, cut anywhere, or painted with captures; neither ever raises, and what it
    remembers is bounded. Sizes are columns and rows, from 1 to 1000; others are brought inside.
    """

    def __init__(self, width: int, height: int, max_history: int = MAX_HISTORY) -> None:
        """Begin with a blank screen. Lines of the history serve a new size alone."""
        self.version = 0
        self._max_history = max_history
        self._canvas = self._make_canvas(_bound(width), _bound(height))
        self._stream = Stream(self._canvas)
        self._waiting = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._scanner = MessageScanner(self._stream.messages)
        self._painter: Painter | None = None
        self._painted: Screen | None = None
        self._lines: tuple[str, ...] = ()
        """Those of the capture that was painted."""
        self._last: Screen | None = None
        self._seen = -1

    @property
    def bells(self) -> int:
        """How often BEL rang."""
        return self._read_messages().bells

    @property
    def notices(self) -> tuple[str, ...]:
        """The texts of the last notifications (OSC 9, 99 and 777), newest last."""
        return self._read_messages().notices

    @property
    def progress(self) -> tuple[int, int] | None:
        """State and per cent of the last OSC 9;4."""
        return self._read_messages().progress

    @property
    def report(self) -> str:
        """State and kind that the program reports of itself (OSC 7501)."""
        return self._read_messages().report

    @property
    def prompt_marks(self) -> str:
        """The letters of the last prompt marks (OSC 133), newest last."""
        return self._read_messages().prompt_marks

    def feed(self, data: bytes) -> None:
        """Take what the pane's program wrote. Bytes that are not UTF-8 show nothing, as in tmux."""
        if data:
            self.version += 1
            self._waiting += data
        if len(self._waiting) > MAX_WAITING:
            self._emulate()

    def hear(self, data: bytes) -> None:
        """Take only the messages in what the program wrote; the screen comes by captures."""
        if not self._scanner.is_needed(data):
            return
        self._scanner.messages = self._read_messages()
        self._scanner.scan(self._decoder.decode(data))

    def resize(self, width: int, height: int) -> None:
        """Give the pane another size; a normal screen's wrapped lines reflow."""
        self._emulate()
        self._thaw()
        size = (_bound(height), _bound(width))
        if size != (self._canvas.lines, self._canvas.columns):
            self._canvas.resize(*size)
            self.version += 1

    def paint(self, capture: Capture) -> None:
        """
        Show a capture instead; lines that were in the last one cost nothing.

        Bytes that follow go on from there, with the modes that the bytes before have set.
        """
        self._emulate()
        self._painter = self._painter or Painter()
        width, height = _bound(capture.width), _bound(capture.height)
        rows = self._painter.paint(capture.lines, width, height, blanks=capture.blanks)
        screen = Screen(width, height, rows, capture.cursor, capture.title, capture.alternate)
        if screen != self._painted:
            self._painted = screen
            self.version += 1
        self._lines = capture.lines

    def join(self, capture: Capture, modes: Modes = DEFAULT_MODES) -> None:
        """Begin again with a capture and the modes of that moment, from which bytes go on."""
        self.paint(capture)
        if self._painted:
            self._begin(self._painted, modes)
        self._decoder.reset()
        self._thaw()

    def screen(self) -> Screen:
        """Return what is shown now: the same rows where nothing changed, or the same screen."""
        last = self._last
        if last is not None and self._seen == self.version:
            return last
        self._emulate()
        self._seen = self.version
        screen = self._painted or self._look()
        if last is not None:
            screen = replace(screen, rows=_keep_equal(screen.rows, last.rows))
        if last is None or screen != last:
            self._last = last = screen
        return last

    def _emulate(self) -> None:
        """Emulate what was fed since the last time."""
        if not self._waiting:
            return
        self._thaw()
        data, self._waiting = bytes(self._waiting), bytearray()
        for start in range(0, len(data), PIECE):
            self._stream.feed(self._decoder.decode(data[start : start + PIECE]))

    def _read_messages(self) -> Messages:
        self._emulate()
        return self._stream.messages

    def _look(self) -> Screen:
        canvas = self._canvas
        width = canvas.columns
        rows = tuple([line.row or line.render(width) for line in canvas.page.lines])
        cursor = Cursor(canvas.cursor.x, canvas.cursor.y, not canvas.cursor.hidden)
        return Screen(width, canvas.lines, rows, cursor, canvas.title, canvas.alternate)

    def _make_canvas(self, width: int, height: int) -> Canvas:
        canvas = Canvas(width, height)
        canvas.page.limit = self._max_history
        return canvas

    def _thaw(self) -> None:
        """Put the painted screen onto the canvas, so that bytes can go on from there."""
        screen, self._painted = self._painted, None
        if screen is None:
            return
        canvas = self._canvas
        is_same_kind = (canvas.columns, canvas.lines) == (screen.width, screen.height)
        if not is_same_kind or canvas.alternate != screen.alternate:
            self._begin(screen, DEFAULT_MODES)
        repaint(self._canvas, screen, self._lines)

    def _begin(self, screen: Screen, modes: Modes) -> None:
        self._canvas = begin_canvas(screen, modes)
        self._canvas.page.limit = self._max_history
        messages, self._stream = self._stream.messages, Stream(self._canvas)
        self._stream.messages = messages


def _bound(size: int) -> int:
    return max(1, min(size, MAX_BYTES))


def _keep_equal(rows: tuple[Row, ...], last: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return `rows` with the objects of `last` where they are equal; `last` itself if all are."""
    kept = [old if new is old or new == old else new for new, old in zip(rows, last, strict=False)]
    kept += rows[len(kept) :]
    same = len(kept) == len(last) and all(new is old for new, old in zip(kept, last, strict=True))
    return last if same else tuple(kept)

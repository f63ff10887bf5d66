"""The canvas: a pyte screen whose every operation does what tmux 3.3 does, on lines of ours."""

from itertools import groupby
from typing import Any, NamedTuple

import pyte
from pyte import charsets, modes

from agent_status.model import PLAIN, Style
from agent_status.sense.terminal.glyph import (
    BLANK,
    JOINER,
    LONGEST_CELL,
    NARROW,
    PADDING,
    is_narrow,
    measure,
)
from agent_status.sense.terminal.ink import Ink, Palette
from agent_status.sense.terminal.line import Line
from agent_status.sense.terminal.page import Page
from agent_status.sense.terminal.reflow import reflow_page, resize_page

DRAWINGS = {code: charsets.VT100_MAP[code] for code in range(0x20, 0x7F)}
"""What ASCII draws in the line-drawing character set; other characters are not touched."""

MOST_TITLES = 100
ALTERNATES = frozenset({47, 1047, 1049})


class Saved(NamedTuple):
    """What DECSC keeps."""

    x: int = 0
    y: int = 0
    ink: Ink | None = None
    drawings: tuple[bool, bool] = (False, False)
    charset: int = 0
    origin: bool = False


class Canvas(pyte.Screen):
    """
    A terminal's screen. `cursor.x` may stand right of the last column: the next character wraps.

    pyte gives the vocabulary: names, cursor, modes, tab stops, character sets. Cells lie in
    `page`, `ink` is the style to write with.
    """

    def __init__(self, columns: int, lines: int) -> None:
        self.palette = Palette()
        self.ink = self.palette.plain
        self.page = Page(columns, lines)
        self.top, self.bottom = 0, lines - 1
        self.titles: list[str] = []
        self.drawings = (False, False)
        self.saved = Saved()
        self.joining = False
        self.hidden: Hidden | None = None
        self.before: tuple[int, int, Ink] | None = None
        super().__init__(columns, lines)

    @property
    def line(self) -> Line:
        """The line that the cursor is on."""
        return self.page.lines[self.cursor.y]

    def has(self, mode: int) -> bool:
        """Return whether a mode of `pyte.modes` is set."""
        return mode in self.mode

    # -- the whole -------------------------------------------------------------------------------

    def reset(self) -> None:
        """Do RIS: all but the title, the history and the alternate screen is as at the start."""
        title = getattr(self, "title", "")
        self.ink, self.saved, self.drawings = self.palette.plain, Saved(), (False, False)
        self.page.wipe(PLAIN)
        super().reset()
        self.buffer.clear()
        self.title = title
        self.top, self.bottom = 0, self.lines - 1

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Give the screen another size; the normal screen's wrapped lines flow anew."""
        self._resize(lines or self.lines, columns or self.columns, flow=self.hidden is None)

    def _resize(self, lines: int, columns: int, *, flow: bool) -> None:
        flow = flow and columns != self.columns
        if columns != self.columns:
            self.tabstops = set(range(8, columns, 8))
            for line in self.page.lines:
                line.row = None
        place = resize_page(self.page, self.cursor.x, self.cursor.y, columns, lines)
        if flow:
            place = reflow_page(self.page, *place)
        if lines != self.lines:
            self.top, self.bottom = 0, lines - 1
        self.lines, self.columns = lines, columns
        self.cursor.x, self.cursor.y = place

    def alignment_display(self) -> None:
        """Fill the screen with E."""
        for line in self.page.lines:
            line.write(0, "E" * self.columns, PLAIN)
        self.top, self.bottom = 0, self.lines - 1
        self._go(0, 0)

    # -- characters ------------------------------------------------------------------------------

    def draw(self, data: str) -> None:
        """Write text at the cursor."""
        if self.drawings[self.charset]:
            data = data.translate(DRAWINGS)
        if self.has(modes.DECAWM) and not self.has(modes.IRM):
            if data.isascii() or (not self.joining and is_narrow(data)):
                self._draw_narrow(data)
            else:
                self._draw_mixed(data)
            return
        for char in data:
            self._draw_char(char)

    def _draw_narrow(self, data: str) -> None:
        cursor, width = self.cursor, self.columns
        start = 0
        while start < len(data):
            if cursor.x >= width:
                self._wrap()
            part = data[start : start + width - cursor.x]
            self.page.lines[cursor.y].write(cursor.x, part, self.ink.style)
            cursor.x += len(part)
            start += len(part)

    def _draw_mixed(self, data: str) -> None:
        for narrow, run in groupby(data, NARROW.__contains__):
            if narrow and not self.joining:
                self._draw_narrow("".join(run))
                continue
            for char in run:
                self._draw_char(char)

    def _draw_char(self, char: str) -> None:
        """Write one character of any width, in any mode."""
        columns = measure(char)
        if columns < 0:
            return
        if char == JOINER:
            self.joining = True
        elif columns == 0 or (self.joining and not char.isascii()):
            self._combine(char)
        else:
            self._place(char, columns)

    def _combine(self, mark: str) -> None:
        """Join a character to the cell before the cursor, if there is room in it."""
        marks = (JOINER, mark) if self.joining else (mark,)
        self.joining = False
        x = self.cursor.x
        for each in marks:
            cells = self.line.cells
            at = min(x, len(cells)) - 1 if x <= len(cells) else -1
            while at > 0 and cells[at] == PADDING:
                at -= 1
            cell = cells[at] if at >= 0 else BLANK
            if x and len((cell + each).encode(errors="replace")) <= LONGEST_CELL:
                self.line.combine(x, each)

    def _place(self, char: str, columns: int) -> None:
        cursor, width, wraps = self.cursor, self.columns, self.has(modes.DECAWM)
        if not wraps and columns > 1 and cursor.x != width and cursor.x > width - columns:
            return
        if self.has(modes.IRM):
            self._insert_cells(columns, PLAIN)
        if wraps and cursor.x > width - columns:
            self._wrap()
        if cursor.x > width - columns:
            return
        if columns == 1:
            self.line.write(cursor.x, char, self.ink.style)
        else:
            self.line.put(cursor.x, char, self.ink.style, columns)
        cursor.x = min(cursor.x + columns, width if wraps else width - 1)

    def _wrap(self) -> None:
        self.line.wrapped = True
        self._feed_line(PLAIN)
        self.cursor.x = 0

    def define_charset(self, code: str, mode: str) -> None:
        """Make G0 or G1 the line-drawing set, `0`, or ASCII, `B`; tmux knows no others."""
        if code in "0B":
            first, second = self.drawings
            on = code == "0"
            self.drawings = (on, second) if mode == "(" else (first, on)

    # -- lines -----------------------------------------------------------------------------------

    def _feed_line(self, style: Style) -> None:
        cursor = self.cursor
        if cursor.y == self.bottom:
            self.page.scroll_up(self.top, self.bottom, style)
        elif cursor.y < self.lines - 1:
            cursor.y += 1

    def index(self) -> None:
        """Go down a line, scrolling at the bottom of the region."""
        self._feed_line(self.ink.blank)

    linefeed = index

    def next_line(self) -> None:
        """Go to the start of the next line, scrolling at the bottom of the region."""
        self.cursor.x = 0
        self.index()

    def reverse_index(self) -> None:
        """Go up a line, scrolling at the top of the region."""
        if self.cursor.y == self.top:
            self.page.scroll_down(self.top, self.bottom, self.ink.blank)
        elif self.cursor.y > 0:
            self.cursor.y -= 1

    def scroll_up(self, count: int | None = None) -> None:
        """Scroll the region up; the cursor stays."""
        for _ in range(min(count or 1, self.bottom - self.top + 1)):
            self.page.scroll_up(self.top, self.bottom, self.ink.blank)

    def scroll_down(self, count: int | None = None) -> None:
        """Scroll the region down; the cursor stays."""
        for _ in range(min(count or 1, self.bottom - self.top + 1)):
            self.page.scroll_down(self.top, self.bottom, self.ink.blank)

    def _find_bottom(self) -> int:
        inside = self.top <= self.cursor.y <= self.bottom
        return self.bottom if inside else self.lines - 1

    def insert_lines(self, count: int | None = None) -> None:
        """Insert blank lines above the cursor's line."""
        y, bottom = self.cursor.y, self._find_bottom()
        self.page.insert_lines(y, bottom, min(count or 1, bottom + 1 - y), self.ink.blank)

    def delete_lines(self, count: int | None = None) -> None:
        """Delete lines from the cursor's on."""
        y, bottom = self.cursor.y, self._find_bottom()
        self.page.delete_lines(y, bottom, min(count or 1, bottom + 1 - y), self.ink.blank)

    def set_margins(self, top: int | None = None, bottom: int | None = None) -> None:
        """Set the scrolling region, of two lines at least, and go home."""
        upper = min((top or 1) - 1, self.lines - 1)
        lower = min((bottom or (1 if bottom == 0 else self.lines)) - 1, self.lines - 1)
        if upper < lower:
            self._go(0, 0)
            self.top, self.bottom = upper, lower

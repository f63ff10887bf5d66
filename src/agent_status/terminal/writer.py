"""Writing: characters of every width onto the lines of a page, as tmux 3.3 puts them."""

from itertools import groupby
from typing import NamedTuple

import pyte
from pyte import charsets, modes

from agent_status.model import PLAIN, Style
from agent_status.terminal.grid import Page
from agent_status.terminal.line import Line
from agent_status.terminal.sgr import PALETTE, Ink
from agent_status.terminal.width import BLANK, JOINER, NARROW, is_narrow, measure

DRAWINGS = {code: charsets.VT100_MAP[code] for code in range(0x20, 0x7F)}
"""What ASCII draws in the line-drawing character set; other characters are not touched."""


class Saved(NamedTuple):
    """What DECSC keeps."""

    ink: Ink
    x: int = 0
    y: int = 0
    drawings: tuple[bool, bool] = (False, False)
    charset: int = 0
    origin: bool = False


class WritingScreen(pyte.Screen):
    """
    A pyte screen on lines of ours. `cursor.x` may be right of the last column: then it will wrap.

    pyte gives the vocabulary: names, cursor, modes, tab stops, character sets. The cells lie in
    `page`; `ink` is the style to write with; `top` and `bottom` are the scrolling region.
    """

    def __init__(self, columns: int, lines: int) -> None:
        self.palette = PALETTE
        self.ink = self.palette.plain
        self.page = Page(columns, lines)
        self.top, self.bottom = 0, lines - 1
        self.drawings = (False, False)
        self.saved = Saved(self.ink)
        self.joining = False
        super().__init__(columns, lines)

    @property
    def line(self) -> Line:
        """The line that the cursor is on."""
        return self.page.lines[self.cursor.y]

    def draw(self, data: str) -> None:
        """Write text at the cursor."""
        if self.drawings[self.charset]:
            data = data.translate(DRAWINGS)
        if modes.IRM in self.mode:
            for char in data:
                self._draw_char(char)
        elif data.isascii() or (not self.joining and is_narrow(data)):
            self._draw_narrow(data)
        else:
            self._draw_mixed(data)

    def _draw_narrow(self, data: str) -> None:
        cursor, width = self.cursor, self.columns
        if modes.DECAWM not in self.mode:
            self._draw_unwrapped(data)
            return
        while cursor.x + len(data) > width:
            if cursor.x >= width:
                self._wrap()
            part, data = data[: width - cursor.x], data[width - cursor.x :]
            self.page.lines[cursor.y].write(cursor.x, part, self.ink.style)
            cursor.x += len(part)
        if data:
            self.page.lines[cursor.y].write(cursor.x, data, self.ink.style)
            cursor.x += len(data)

    def _draw_unwrapped(self, data: str) -> None:
        """Write narrow characters in a line; what doesn't fit goes over the last column."""
        cursor, line = self.cursor, self.line
        room = self.columns - cursor.x
        if room <= 0:
            return
        part = data[:room]
        if self._skips_blanks():
            filled = len(part.rstrip(BLANK))
            stored = self._count_stored(max(len(line.cells), cursor.x + filled if filled else 0))
            part = part[: max(stored - cursor.x, filled)]
        if part:
            line.write(cursor.x, part, self.ink.style)
        cursor.x = min(cursor.x + len(data), self.columns - 1)
        for char in data[room:]:
            self._place(char, 1)

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
        for each in marks:
            self.line.combine(self.cursor.x, each)

    def _place(self, char: str, columns: int) -> None:
        cursor, width, wraps = self.cursor, self.columns, (modes.DECAWM in self.mode)
        if not wraps and columns > 1 and cursor.x != width and cursor.x > width - columns:
            return
        if modes.IRM in self.mode:
            self._insert_cells(columns, PLAIN)
        if wraps and cursor.x > width - columns:
            self._wrap()
        if cursor.x > width - columns:
            return
        if columns == 1 and not self._is_nothing(char):
            self.line.write(cursor.x, char, self.ink.style)
        elif columns > 1:
            self.line.put(cursor.x, char, self.ink.style, columns)
        cursor.x = min(cursor.x + columns, width if wraps else width - 1)

    def _is_nothing(self, char: str) -> bool:
        if char != BLANK or not self._skips_blanks():
            return False
        return self.cursor.x >= self._count_stored(len(self.line.cells))

    def _count_stored(self, written: int) -> int:
        """Return how many cells tmux stores of a line: as many quarters of the width as needed."""
        sizes = (0, self.columns // 4, self.columns // 2)
        return next((size for size in sizes if written <= size), self.columns)

    def _skips_blanks(self) -> bool:
        """Return whether a blank where nothing was is nothing: tmux stores and reflows none."""
        return self.ink.style is PLAIN and not self.drawings[self.charset]

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

    def _feed_line(self, style: Style) -> None:
        cursor = self.cursor
        if cursor.y == self.bottom:
            self.page.scroll_up(self.top, self.bottom, style)
        elif cursor.y < self.lines - 1:
            cursor.y += 1

    def _insert_cells(self, count: int, style: Style) -> None:
        x, width = self.cursor.x, self.columns
        if x >= width - 1:
            self.line.clear(x, 1, style)
        else:
            self.line.move(x + count, x, width - x - count, style)

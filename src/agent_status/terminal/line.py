"""A line of the grid: cells with styles, as written; and how it looks as a row of a screen."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from agent_status.model import PLAIN, Row, Span, Style
from agent_status.terminal.width import BLANK, MAX_CELL, NARROW, PADDING, measure_cell

EMPTY_ROW = Row()


class Line:
    """
    Cells from the left edge; what lies beyond them is blank.

    `used` counts the cells that were ever written since the line was cleared: erasing does not
    lower it, and that is the width by which tmux reflows. `wrapped` says that the next line goes
    on with this one's text. `mixed` is set once a cell may hold anything but one narrow character.
    """

    __slots__ = ("cells", "mixed", "row", "styles", "used", "wrapped")

    def __init__(self, blanks: int = 0, style: Style = PLAIN) -> None:
        self.cells: list[str] = [BLANK] * blanks
        self.styles: list[Style] = [style] * blanks
        self.used = 0
        self.wrapped = False
        self.mixed = False
        self.row: Row | None = None

    def copy(self) -> "Line":
        """Return another line with the same content."""
        return self.pack().unpack()

    def expand(self, size: int) -> None:
        """Make sure that there are `size` cells."""
        missing = size - len(self.cells)
        if missing > 0:
            self.cells += [BLANK] * missing
            self.styles += [PLAIN] * missing

    def write(self, x: int, text: str, style: Style) -> None:
        """Put narrow characters over the cells from `x` on."""
        cells, end = self.cells, x + len(text)
        if x > len(cells):
            self.expand(x)
        if self.mixed and not (x == 1 and text[0].isascii()):
            self.sever(x)  # tmux, too, leaves a wide character in the first column alone
        if x + 1 == end <= len(cells):
            cells[x] = NARROW.get(text, text)
            self.styles[x] = style
        else:
            cells[x:end] = text if text.isascii() else map(NARROW.get, text, text)
            self.styles[x:end] = [style] * (end - x)
        if self.mixed:
            self.hint(end)
        self.used = max(self.used, end)
        self.row = None

    def put(self, x: int, cell: str, style: Style, columns: int) -> None:
        """Put one character, which may be wide, over the cells from `x` on."""
        self.mixed = True
        self.sever(x)
        self.write(x, BLANK * columns, style)
        self.cells[x] = cell
        for at in range(x + 1, x + columns):
            self.cells[at] = PADDING
            self.styles[at] = PLAIN

    def sever(self, x: int) -> None:
        """Blank the wide character whose second cell is `x`, as that is about to be written."""
        if x < len(self.cells) and self.cells[x] == PADDING:
            while x > 0 and self.cells[x] == PADDING:
                self._blank(x)
                x -= 1
            self._blank(x)

    def hint(self, x: int) -> None:
        """Blank the second cell of a wide character that was written over, from `x` on."""
        while x < len(self.cells) and self.cells[x] == PADDING:
            self._blank(x)
            x += 1

    def _blank(self, x: int) -> None:
        self.cells[x] = BLANK
        self.styles[x] = PLAIN

    def combine(self, x: int, mark: str) -> None:
        """Join `mark` to the character that ends before `x`, if it has room for that."""
        self.expand(x)
        at = x - 1
        while at > 0 and self.cells[at] == PADDING:
            at -= 1
        if at < 0 or len((self.cells[at] + mark).encode()) > MAX_CELL:
            return
        self.cells[at] += mark
        self.used = max(self.used, at + 1)
        self.mixed, self.row = True, None

    def clear(self, x: int, count: int, style: Style) -> None:
        """Erase `count` cells from `x` on; plain ones beyond the last cell are blank already."""
        if style is PLAIN:
            count = min(count, len(self.cells) - x)
        if count > 0:
            self.expand(x + count)
            self.cells[x : x + count] = [BLANK] * count
            self.styles[x : x + count] = [style] * count
            self.row = None

    def move(self, to: int, start: int, count: int, style: Style) -> None:
        """Move `count` cells, and erase those that they left and did not cover."""
        if count <= 0 or to == start:
            return
        self.expand(max(to, start) + count)
        cells, styles = self.cells, self.styles
        cells[to : to + count] = cells[start : start + count]
        styles[to : to + count] = styles[start : start + count]
        self.used = max(self.used, to + count)
        self.row = None
        if to < start:
            self.clear(max(start, to + count), start + count - max(start, to + count), style)
        else:
            self.clear(start, min(start + count, to) - start, style)

    def render(self, width: int) -> Row:
        """Return the row that shows the first `width` columns; the same object until a change."""
        if self.row is None:
            cells, styles = self.cells[:width], self.styles
            goes_on = self._goes_on(min(self.used, width))
            if self.mixed:
                cells, styles = _cut_mixed(cells, styles, width)
            self.row = build_row("".join(cells), styles, goes_on=goes_on)
        return self.row

    def _goes_on(self, used: int) -> bool:
        """Return True if blanks were written behind the text, or what was there was erased."""
        return used > len(self.cells) or (used > 0 and self.cells[used - 1] == BLANK)

    def pack(self) -> "Packed":
        """Return the line in the form that takes the least memory."""
        cells, styles = self.cells, self.styles
        runs = tuple((len(list(run)), style) for style, run in groupby(styles))
        packed = tuple(cells) if self.mixed else "".join(cells)
        return Packed(packed, runs, self.used, self.wrapped)


class Packed(NamedTuple):
    """A line at rest, in the history."""

    cells: str | tuple[str, ...]
    runs: tuple[tuple[int, Style], ...]
    used: int
    wrapped: bool

    def unpack(self) -> Line:
        """Return the line as it was."""
        line = Line()
        line.cells = list(self.cells)
        for size, style in self.runs:
            line.styles += [style] * size
        line.used, line.wrapped = self.used, self.wrapped
        line.mixed = not isinstance(self.cells, str)
        return line


def build_row(text: str, styles: Sequence[Style], *, goes_on: bool = False) -> Row:
    """
    Return the row of `text`, each character of which has a style of its own.

    It `goes_on` if blanks were written behind the text.
    """
    text = text.rstrip(BLANK)
    if not text:
        return EMPTY_ROW
    spans: list[Span] = []
    start = 0
    for style, run in groupby(styles[: len(text)]):
        end = start + len(list(run))
        if style != PLAIN:
            spans.append(Span(start, end, style))
        start = end
    return Row(text, tuple(spans), goes_on)


def _cut_mixed(cells: list[str], styles: list[Style], width: int) -> tuple[list[str], list[Style]]:
    """Return as many cells as take at most `width` columns, and a style for each character."""
    parts: list[str] = []
    each: list[Style] = []
    columns = 0
    for cell, style in zip(cells, styles, strict=False):
        columns += measure_cell(cell)
        if columns > width:
            break
        parts.append(cell)
        each += [style] * len(cell)
    return parts, each

"""Captures: what `capture-pane -p -e` printed becomes rows, parsed only where it changed."""

import re
from collections.abc import Sequence

from agent_status.model import PLAIN, Row, Span, Style
from agent_status.terminal.sgr import PALETTE, Ink
from agent_status.terminal.width import BLANK, is_narrow, measure
from agent_status.terminal.writer import DRAWINGS

PIECES = re.compile(
    r"([^\x00-\x1f\x7f]+)"
    r"|\x1b\[([0-9:;]*)m"
    r"|([\x0e\x0f])"
    r"|(\t)"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b\[[^@-~]*[@-~]"
    r"|[\x00-\x1f\x7f]"
)
TEXT, STYLE, SHIFT, TAB = 1, 2, 3, 4
STOP = 8
"""tmux keeps tabs since 3.6; of stops that a program has set it tells nothing."""
BLANK_ROW = Row()

Start = tuple[str, Ink, bool]
"""What a row depends on: its text, and the style and character set carried into it."""
End = tuple[Row, Ink, bool]


class Painter:
    """
    Turns captures into rows; a line that was in the last capture is not parsed again.

    If it doesn't trim them, the rows' texts keep the blanks at their ends.
    """

    def __init__(self, *, trims: bool = True) -> None:
        self.palette = PALETTE
        self._trims = trims
        self._width = 0
        self._blanks = False
        self._starts: list[Start] = []
        self._ends: list[End] = []

    def paint(
        self, lines: Sequence[str], width: int, height: int, *, blanks: bool = False
    ) -> tuple[Row, ...]:
        """
        Return `height` rows of at most `width` columns for the lines of a capture.

        With `blanks` they hold what was written at their ends.
        """
        known = list(zip(self._starts, self._ends, strict=True))
        if (width, blanks) != (self._width, self._blanks):
            known = []
        moved: dict[Start, End] | None = None
        self._width, self._blanks, self._starts, self._ends = width, blanks, [], []
        end: End = (BLANK_ROW, self.palette.plain, False)
        for y, text in enumerate(lines[:height]):
            start = (text, end[1], end[2])
            if y < len(known) and known[y][0] == start:
                end = known[y][1]
            else:
                moved = dict(known) if moved is None else moved
                end = moved.get(start) or self._parse(*start, width)
            self._starts.append(start)
            self._ends.append(end)
        rows = [row for row, _, _ in self._ends]
        return (*rows, *[BLANK_ROW] * (height - len(rows)))

    def _parse(self, line: str, ink: Ink, drawing: bool, width: int) -> End:  # noqa: FBT001
        parts: list[str] = []
        spans: list[Span] = []
        end = 0
        for piece in PIECES.finditer(line):
            if piece.lastindex in {TEXT, TAB}:
                text = piece[1] or " " * _measure_tab("".join(parts), width)
                parts.append(text.translate(DRAWINGS) if drawing else text)
                start, end = end, end + len(parts[-1])
                _add_span(spans, start, end, ink.style)
            elif piece.lastindex == STYLE:
                ink = ink.shift(piece[2])
            elif piece.lastindex == SHIFT:
                drawing = piece[3] == "\x0e"
        written = "".join(parts)
        text = cut_text(written.rstrip(BLANK), width).rstrip(BLANK)
        if not self._trims:
            text = cut_text(written, width)
        goes_on = self._blanks and written.endswith(BLANK)
        return _make_row(text, spans, goes_on=goes_on), ink, drawing


def _measure_tab(before: str, width: int) -> int:
    """Return the columns that a tab takes behind `before` in a row of `width`."""
    column = sum(max(0, measure(char)) for char in before)
    return max(0, min(column - column % STOP + STOP, width - 1) - column)


def _add_span(spans: list[Span], start: int, end: int, style: Style) -> None:
    """Add a run of one style; one that only goes on makes the last span longer."""
    last = spans[-1] if spans else None
    if last and last.end == start and last.style == style:
        spans[-1] = Span(last.start, end, style)
    elif style != PLAIN:
        spans.append(Span(start, end, style))


def _make_row(text: str, spans: list[Span], *, goes_on: bool) -> Row:
    """Return the row of `text`; of the spans as much as it has characters."""
    if not text:
        return BLANK_ROW
    end = len(text)
    while spans and spans[-1].end > end:
        last = spans.pop()
        if last.start < end:
            spans.append(Span(last.start, end, last.style))
    return Row(text, tuple(spans), goes_on)


def cut_text(text: str, width: int) -> str:
    """Return as much of `text` as `width` columns show."""
    if len(text) * 2 <= width:
        return text
    if is_narrow(text):
        return text[:width]
    columns = 0
    for index, char in enumerate(text):
        columns += max(0, measure(char))
        if columns > width:
            return text[:index]
    return text


def split_row(row: Row) -> tuple[list[str], list[Style], list[int]]:
    """Return the cells of a row, their styles, and the columns that each takes."""
    cells: list[str] = []
    styles: list[Style] = []
    columns: list[int] = []
    for index, char in enumerate(row.text):
        size = measure(char)
        if size <= 0 and cells:
            cells[-1] += char
            continue
        cells.append(char)
        styles.append(row.style_at(index))
        columns.append(max(1, size))
    return cells, styles, columns

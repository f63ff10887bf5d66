"""Captures: what `capture-pane -p -e` printed becomes rows, parsed only where it changed."""

import re

from agent_status.model import Capture, Row, Style
from agent_status.sense.terminal.glyph import BLANK, measure
from agent_status.sense.terminal.ink import Ink, Palette
from agent_status.sense.terminal.line import build_row
from agent_status.sense.terminal.writing import DRAWINGS

PIECES = re.compile(
    r"([^\x00-\x1f\x7f]+)"
    r"|\x1b\[([0-9:;]*)m"
    r"|([\x0e\x0f])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b\[[^@-~]*[@-~]"
    r"|[\x00-\x1f\x7f]"
)
TEXT, STYLE, SHIFT = 1, 2, 3

Start = tuple[Style, bool, int, str]
"""What a row depends on: style and character set carried into it, width, and its text."""
End = tuple[Row, Ink, bool]


class Painter:
    """Turns captures into rows; a line that was in the last capture is not parsed again."""

    def __init__(self) -> None:
        self.palette = Palette()
        self._known: dict[Start, End] = {}

    def paint(self, capture: Capture, height: int) -> tuple[Row, ...]:
        """Return `height` rows for the capture's lines."""
        ink, drawing = self.palette.plain, False
        known: dict[Start, End] = {}
        rows: list[Row] = []
        for text in capture.lines[:height]:
            start = (ink.style, drawing, capture.width, text)
            found = self._known.get(start) or self._parse(ink, text, capture.width, drawing=drawing)
            known[start] = found
            row, ink, drawing = found
            rows.append(row)
        self._known = known
        return (*rows, *[Row()] * (height - len(rows)))

    def _parse(self, ink: Ink, line: str, width: int, *, drawing: bool) -> End:
        parts: list[str] = []
        styles: list[Style] = []
        for piece in PIECES.finditer(line):
            if piece.lastindex == TEXT:
                text = piece[1].translate(DRAWINGS) if drawing else piece[1]
                parts.append(text)
                styles += [ink.style] * len(text)
            elif piece.lastindex == STYLE:
                ink = ink.shift(piece[2])
            elif piece.lastindex == SHIFT:
                drawing = piece[3] == "\x0e"
        text = "".join(parts).rstrip(BLANK)
        return build_row(cut_text(text, width), styles), ink, drawing


def cut_text(text: str, width: int) -> str:
    """Return as much of `text` as `width` columns show."""
    if len(text) * 2 <= width or (text.isascii() and len(text) <= width):
        return text
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

"""The parts of a screen that rules look at: input box, dialog, last item of the talk, title."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from agent_status.infer.colour import Colour, find_role
from agent_status.infer.schema import AgentRules, Box, Pattern
from agent_status.model import Cursor, Row, Screen, Style

BOTTOM_LINES = 12
"""Lines of the region `bottom`: the last ones that are not blank."""

INDENTED = re.compile("^ ")
"""The further lines of an open box that does not say what they look like."""

FAINT = frozenset({Colour.GREY, Colour.BLACK})
"""Colours of hints and suggestions, never of what a user typed."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the screen without its borders."""

    y: int
    text: str
    offset: int
    """Where `text` starts in the row's text."""
    room: int
    """Columns in which text may go on between its end and the right border or edge."""
    row: Row

    def style_at(self, index: int) -> Style:
        """Return the style of the character at `index` of the line's text."""
        return self.row.style_at(self.offset + index)

    def is_faint(self, index: int) -> bool:
        """Return whether the character at `index` looks like a hint and not like typed text."""
        style = self.style_at(index)
        return style.dim or find_role(style.fg) in FAINT


Lines = tuple[Line, ...]


def join_lines(lines: Sequence[Line]) -> str:
    """Return the lines' texts, one a line."""
    return "\n".join(line.text for line in lines)


class Layout:
    """Where everything is on a screen of one kind of agent; each part is found once, when asked."""

    def __init__(self, screen: Screen, agent: AgentRules) -> None:
        self.screen = screen
        self.agent = agent

    @cached_property
    def lines(self) -> Lines:
        """All rows down to the last that is not blank, without the agent's borders."""
        rows = list(self._rows)
        while rows and not rows[-1].text:
            rows.pop()
        width, border = self._width - self.agent.margin, self.agent.border
        return tuple(_strip_borders(y, row, width, border) for y, row in enumerate(rows))

    @cached_property
    def _width(self) -> int:
        """The columns of the talk: all but the agent's sidebar, where there is one."""
        edge = self.screen.width - self.agent.sidebar
        if not self.agent.sidebar or edge < self.agent.sidebar:
            return self.screen.width
        return edge if has_sidebar(self.screen.rows, edge) else self.screen.width

    @cached_property
    def _rows(self) -> tuple[Row, ...]:
        if self._width == self.screen.width:
            return self.screen.rows
        return tuple(_cut_row(row, self._width) for row in self.screen.rows)

    @cached_property
    def box(self) -> tuple[int, int] | None:
        """The input box as first and past-the-last row inside its edges."""
        return self._found_box[1] if self._found_box else None

    @cached_property
    def _found_box(self) -> tuple[Box, tuple[int, int]] | None:
        for box in self.agent.boxes:
            found = find_box(self._rows, box, self.screen.cursor)
            if found:
                return box, found
        return None

    @cached_property
    def _start(self) -> int:
        """The row at which the last item of the talk begins, or 0."""
        y = (self.box[0] if self.box else len(self.lines)) - 1
        while y > 0 and not self._is_item(y):
            y -= 1
        while self.agent.blocks and y > 0 and self._is_item(y - 1):
            y -= 1
        return max(0, y)

    def _is_item(self, y: int) -> bool:
        item = self.agent.item
        return item is not None and bool(item.search(self._rows[y].text))

    def find(self, region: str) -> Lines:
        """Return the lines of `region`, none if this screen does not have it."""
        return self._regions.get(region, ())

    @cached_property
    def _regions(self) -> dict[str, Lines]:
        first, end = self.box or (len(self.lines), len(self.lines))
        filled = [line for line in self.lines if line.text]
        title = Line(-1, self.screen.title.strip(), 0, 0, Row(self.screen.title))
        return {
            "screen": self.lines,
            "title": (title,),
            "box": self.lines[first:end],
            "above-box": self.lines[:first] if self.box else (),
            "below-box": self.lines[end:] if self.box else (),
            "last-item": self.lines[self._start : first],
            "dialog": () if self.box else self._find_dialog(),
            "bottom": tuple(filled[-BOTTOM_LINES:]),
        }

    def _find_dialog(self) -> Lines:
        """Return what stands below the last item's upper edge of a dialog, to the bottom."""
        edge = self.agent.edge
        for y in range(self._start, len(self.lines)):
            if edge and edge.search(self._rows[y].text):
                return self.lines[y:]
        return self.lines[self._start :]

    @cached_property
    def draft(self) -> str:
        """What the user has typed into the input box, without prompt sign and suggestions."""
        if not self._found_box:
            return ""
        box, (first, end) = self._found_box
        lines = list(self.lines[first : max(first, end - box.tail)])
        if lines:
            lines[0] = _strip_sign(lines[0], box.prompt)
        return "\n".join(filter(None, map(read_typed, lines)))


def read_typed(line: Line) -> str:
    """Return the part of a box's line that does not look like a suggestion or a drawn cursor."""
    kept = [
        char if not line.is_faint(i) and not line.style_at(i).reverse else " "
        for i, char in enumerate(line.text)
    ]
    return "".join(kept).strip().strip("\N{NO-BREAK SPACE}").strip()


def _strip_sign(line: Line, sign: Pattern) -> Line:
    match = sign.search(line.row.text)
    end = match.end() if match else 0
    return line if end <= line.offset else replace(line, text=line.row.text[end:], offset=end)


def _strip_borders(y: int, row: Row, width: int, border: Pattern | None) -> Line:
    text, offset, edge = row.text, 0, width
    while border and (match := border.match(text)) and match.end():
        text, offset = text[match.end() :], offset + match.end()
    while border and text and border.fullmatch(text[-1]):
        edge = offset + len(text) - 2
        text = text[:-1].rstrip()
    return Line(y, text, offset, edge - offset - len(text), row)


def has_sidebar(rows: Sequence[Row], edge: int) -> bool:
    """Return whether something stands right of column `edge` and no row reaches across it."""
    cuts = [(row.text, find_index(row.text, edge)) for row in rows]
    beyond = [(text, at) for text, at in cuts if at < len(text)]
    return bool(beyond) and not any(text[max(0, at - 1) : at + 2].strip() for text, at in beyond)


def find_index(text: str, column: int) -> int:
    """Return the index of the character at `column`, or the text's length if it is shorter."""
    if text.isascii():
        return min(column, len(text))
    at = 0
    for i, char in enumerate(text):
        if at >= column:
            return i
        at += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return len(text)


def _cut_row(row: Row, column: int) -> Row:
    return replace(row, text=row.text[: find_index(row.text, column)].rstrip())


def find_box(rows: Sequence[Row], box: Box, cursor: Cursor) -> tuple[int, int] | None:
    """
    Return the lowest input box that looks like `box`, as rows [first, end) inside its edges.

    At most `box.below` filled rows may stand below it, so that a box left behind in the
    scrolled text, above a dialog, does not count.
    """
    texts = [row.text for row in rows]
    filled = 0
    for y in range(len(texts) - 1, -1, -1):
        found = _find_box_at(texts, y, box)
        if found and (not box.cursor or found[0] <= cursor.y < found[1]):
            return found
        filled += bool(texts[y])
        if filled > box.below:
            return None
    return None


def _find_box_at(texts: Sequence[str], y: int, box: Box) -> tuple[int, int] | None:
    """Return the box whose lower edge, or whose prompt if it has no such edge, is row `y`."""
    if box.bottom is None:
        return _find_open_box(texts, y, box)
    if not box.bottom.search(texts[y]):
        return None
    first = y
    while first > 0 and not (box.top and box.top.search(texts[first - 1])):
        if box.body and not box.body.search(texts[first - 1]):
            if box.top:
                return None
            break
        first -= 1
    closed = first > 0 or box.top is None
    return (first, y) if closed and first < y and box.prompt.search(texts[first]) else None


def _find_open_box(texts: Sequence[str], y: int, box: Box) -> tuple[int, int] | None:
    if not box.prompt.search(texts[y]):
        return None
    top = box.top
    if top and not any(top.search(text) for text in texts[max(0, y - 1 - box.gap) : y]):
        return None
    end, body = y + 1, box.body or INDENTED
    while end < len(texts) and body.search(texts[end]):
        end += 1
    return y, end

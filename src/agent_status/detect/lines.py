"""A row of the screen as rules see it: without its borders, and what stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from agent_status.agents.colours import Colour, find_role
from agent_status.agents.patterns import Pattern
from agent_status.detect.columns import measure_text
from agent_status.model import Row, Style

FAINT = frozenset({Colour.GREY, Colour.BLACK})
"""Colours of hints and suggestions, never of what a user typed."""
MAX_BORDERS = 99


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
    signs: str = ""
    """The text with normalized glyphs, which rules test; see `agents.glyphs`."""
    present: frozenset[str] = frozenset()
    """Which words of the agent's patterns stand here; see `literals`."""
    left: int = 0
    """How many borders stand before the text."""
    right: int = 0
    """How many borders stand behind it."""

    @property
    def column(self) -> int:
        """The column of the first character that is no blank."""
        blanks = len(self.text) - len(self.text.lstrip(" "))
        return measure_text(self.row.text[: self.offset]) + blanks

    @property
    def end(self) -> int:
        """The column behind the text."""
        return measure_text(self.row.text[: self.offset]) + measure_text(self.text)

    def style_at(self, index: int) -> Style:
        """Return the style of the character at `index` of the line's text."""
        return self.row.style_at(self.offset + index)

    def is_faint(self, index: int) -> bool:
        """Return True if the character at `index` looks like a hint and not like typed text."""
        style = self.style_at(index)
        return style.dim or find_role(style.fg) in FAINT


Lines = tuple[Line, ...]


def join_lines(lines: Sequence[Line]) -> str:
    """Return the lines' texts, one a line."""
    return "\n".join(line.text for line in lines)


def join_signs(lines: Sequence[Line]) -> str:
    """Return the lines' texts with their glyphs normalized, one a line."""
    return "\n".join(line.signs for line in lines)


def is_wrapped(line: Line, following: Line) -> bool:
    """Return True if `following` continues `line`: its first word would not have fitted there."""
    words = following.text.split()
    if not words or following.column < line.column:
        return False
    return measure_text(words[0]) + 1 > line.room


class Cut(NamedTuple):
    """A row's text between its borders, where it starts, what room it leaves, and the borders."""

    text: str
    offset: int
    room: int
    left: int
    right: int


def cut_borders(
    text: str,
    width: int,
    border: Pattern | None,
    most: tuple[int, int] = (MAX_BORDERS, MAX_BORDERS),
) -> Cut:
    """Return `text` without its borders, at most so many on the left and on the right."""
    if border is None:
        return Cut(text, 0, width - measure_text(text), 0, 0)
    whole, offset, left, right = text, 0, 0, 0
    edge = width
    while left < most[0] and (match := border.match(text)) and match.end():
        text, offset, left = text[match.end() :], offset + match.end(), left + 1
    while right < most[1] and text and border.fullmatch(text[-1]):
        edge = measure_text(whole[: max(0, offset + len(text) - 2)])
        text, right = text[:-1].rstrip(), right + 1
    return Cut(text, offset, edge - measure_text(whole[: offset + len(text)]), left, right)

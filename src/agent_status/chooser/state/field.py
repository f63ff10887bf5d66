"""A text that is being edited: the text, the cursor, and what each key makes of them."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from rich.cells import cell_len

from agent_status.chooser.state.text import clean_cells

MAX_TEXT = 20_000
WORD_LEFT = re.compile(r"\S+\s*$")
WORD_RIGHT = re.compile(r"\s*\S+")


@dataclass(frozen=True, slots=True)
class Field:
    """`at` is an index into `text`, before which the cursor stands."""

    text: str = ""
    at: int = 0

    @property
    def before(self) -> str:
        """The text before the cursor."""
        return self.text[: self.at]

    @property
    def after(self) -> str:
        """The text from the cursor on."""
        return self.text[self.at :]

    @property
    def line_start(self) -> int:
        """Where the cursor's line begins."""
        return self.text.rfind("\n", 0, self.at) + 1

    @property
    def line_end(self) -> int:
        """Where the cursor's line ends."""
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end


NO_FIELD = Field()


def fill(text: str) -> Field:
    """Return a field with the cursor behind `text`."""
    clean = clean_field(text)
    return Field(clean, len(clean))


def insert(field: Field, text: str) -> Field:
    """Return the field with `text` at the cursor, cleaned, as far as there is room."""
    room = max(0, MAX_TEXT - len(field.text))
    clean = clean_field(text)[:room]
    return Field(field.before + clean + field.after, field.at + len(clean))


def clean_field(text: str) -> str:
    """Return `text` inert, line by line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").split("\n")
    return "\n".join(map(clean_cells, lines))


def edit(field: Field, key: str) -> Field | None:
    """Return what a key of the table makes of the field; None if it is no key of the table."""
    return EDITS[key](field) if key in EDITS else None


def lay_out(text: str, width: int) -> list[tuple[int, int]]:
    """Return where each line of at most `width` cells begins and ends in `text`."""
    lines, start, used = [], 0, 0
    for index, char in enumerate(text):
        if char == "\n":
            lines.append((start, index))
            start, used = index + 1, 0
            continue
        cells = cell_len(char)
        if used + cells > width and index > start:
            lines.append((start, index))
            start, used = index, 0
        used += cells
    return [*lines, (start, len(text))]


def _move(field: Field, at: int) -> Field:
    return Field(field.text, min(max(0, at), len(field.text)))


def _left(field: Field) -> Field:
    at = field.at - 1
    while at > 0 and unicodedata.combining(field.text[at]):
        at -= 1
    return _move(field, at)


def _right(field: Field) -> Field:
    at = field.at + 1
    while at < len(field.text) and unicodedata.combining(field.text[at]):
        at += 1
    return _move(field, at)


def _word_left(field: Field) -> Field:
    found = WORD_LEFT.search(field.before)
    return _move(field, found.start() if found else 0)


def _word_right(field: Field) -> Field:
    found = WORD_RIGHT.match(field.after)
    return _move(field, field.at + found.end() if found else len(field.text))


def _up(field: Field) -> Field:
    start = field.line_start
    if not start:
        return _move(field, 0)
    above = field.text.rfind("\n", 0, start - 1) + 1
    return _move(field, min(above + field.at - start, start - 1))


def _down(field: Field) -> Field:
    end = field.line_end
    if end == len(field.text):
        return _move(field, end)
    below = Field(field.text, end + 1)
    return _move(field, min(end + 1 + field.at - field.line_start, below.line_end))


def _cut_to(go: Callable[[Field], Field]) -> Callable[[Field], Field]:
    def cut(field: Field) -> Field:
        first, last = sorted((field.at, go(field).at))
        return Field(field.text[:first] + field.text[last:], first)

    return cut


def _line_start(field: Field) -> Field:
    return _move(field, field.line_start)


def _line_end(field: Field) -> Field:
    return _move(field, field.line_end)


ROWS: tuple[tuple[tuple[str, ...], Callable[[Field], Field]], ...] = (
    (("left", "ctrl+b"), _left),
    (("right", "ctrl+f"), _right),
    (("ctrl+left", "alt+left"), _word_left),
    (("ctrl+right", "alt+right"), _word_right),
    (("home", "ctrl+a"), _line_start),
    (("end", "ctrl+e"), _line_end),
    (("ctrl+home",), lambda field: _move(field, 0)),
    (("ctrl+end",), lambda field: _move(field, len(field.text))),
    (("up", "ctrl+p"), _up),
    (("down", "ctrl+n"), _down),
    (("backspace", "ctrl+h"), _cut_to(_left)),
    (("delete", "ctrl+d"), _cut_to(_right)),
    (("ctrl+w",), _cut_to(_word_left)),
    (("ctrl+delete",), _cut_to(_word_right)),
    (("ctrl+u",), _cut_to(_line_start)),
    (("ctrl+k",), _cut_to(_line_end)),
    (("ctrl+j", "shift+enter", "alt+enter"), lambda field: insert(field, "\n")),
)

EDITS = {key: change for keys, change in ROWS for key in keys}
"""What each key, as Textual calls it, makes of a field."""

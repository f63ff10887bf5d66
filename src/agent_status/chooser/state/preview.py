"""The picture of a pane as styled lines, from what the daemon's `screen` op answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rich.style import Style
from rich.text import Text

from agent_status.chooser.state.text import clean_cells
from agent_status.chooser.state.theme import PLAIN, name_colour

MAX_ROWS = 500
MAX_COLUMNS = 1000
MAX_HISTORY = 500
SCREENFUL = 60
EDGE = re.compile(r"\s*[╭┌╔]?[─━═╌┄▔]{12}")
"""The line that most agents draw above a dialog."""
ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse", "strike")


@dataclass(frozen=True, slots=True)
class Shot:
    """A pane's screen, cleaned and styled, without the blank rows at its end."""

    pane: str = ""
    lines: tuple[Text, ...] = ()
    trouble: str = ""
    """Why there is no picture, in words."""


NO_SHOT = Shot()


def parse_screen(pane: str, screen: Any) -> Shot:
    """Return the picture of `pane`; what can't be read of `screen` is left out."""
    rows = screen.get("rows") if isinstance(screen, Mapping) else None
    lines = [_parse_row(row) for row in rows[:MAX_ROWS]] if isinstance(rows, list) else []
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return Shot(pane, tuple(lines))


def miss_screen(pane: str, words: str) -> Shot:
    """Return the words that stand where the picture of `pane` would be."""
    return Shot(pane, trouble=clean_cells(words))


def parse_history(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the last lines above a pane's top."""
    return tuple(line[:MAX_COLUMNS].rstrip() for line in lines[-MAX_HISTORY:])


def find_beginning(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the end of `lines` from the last rule across the pane on, or a screenful."""
    for back in range(1, len(lines) + 1):
        if EDGE.match(lines[-back]):
            return tuple(lines[-back:])
    return tuple(lines[-SCREENFUL:])


def is_cut(shot: Shot, begin: str) -> bool:
    """Return whether a dialog that begins with these words does so on the first row or above it."""
    top = shot.lines[0].plain.strip() if shot.lines else ""
    return bool(begin) and top.startswith(begin)


def _parse_row(row: Any) -> Text:
    if not isinstance(row, list) or not row or not isinstance(row[0], str):
        return Text()
    text, line, at = row[0][:MAX_COLUMNS], Text(), 0
    spans = row[1] if len(row) > 1 and isinstance(row[1], list) else []
    for start, end, style in filter(None, map(_parse_span, spans)):
        if at <= start < end:
            line.append(clean_cells(text[at:start]), PLAIN)
            line.append(clean_cells(text[start:end]), style)
            at = end
    line.append(clean_cells(text[at:]), PLAIN)
    line.rstrip()
    return line


def _parse_span(span: Any) -> tuple[int, int, Style] | None:
    match span:
        case [int(start), int(end), {**style}]:
            named = tuple((key, style[key]) for key in ("fg", "bg") if type(style.get(key)) is str)
            marks = tuple(key for key in ATTRIBUTES if style.get(key) is True)
            return start, end, _find_style(named, marks)
    return None


@lru_cache(maxsize=1024)
def _find_style(named: tuple[tuple[str, str], ...], marks: tuple[str, ...]) -> Style:
    colours = {key: name_colour(name) for key, name in named}
    flags: dict[str, Any] = dict.fromkeys(marks, True)
    return Style(color=colours.get("fg"), bgcolor=colours.get("bg"), **flags)

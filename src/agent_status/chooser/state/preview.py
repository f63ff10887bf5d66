"""The picture of a pane as styled lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rich.style import Style
from rich.text import Text

from agent_status.chooser.state.text import clean_cells
from agent_status.chooser.state.theme import PLAIN, name_colour
from agent_status.model import Row, Screen
from agent_status.model import Style as PaneStyle
from agent_status.model.ref import NO_REF, AgentRef

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

    ref: AgentRef = NO_REF
    lines: tuple[Text, ...] = ()
    trouble: str = ""
    """Why there is no picture, in words."""


NO_SHOT = Shot()


def draw_screen(ref: AgentRef, screen: Screen) -> Shot:
    """Return the picture of a pane."""
    lines = [_draw_row(row) for row in screen.rows[:MAX_ROWS]]
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return Shot(ref, tuple(lines))


def miss_screen(ref: AgentRef, words: str) -> Shot:
    """Return the words that stand where the picture of a pane would be."""
    return Shot(ref, trouble=clean_cells(words))


def trim_history(lines: Sequence[str]) -> tuple[str, ...]:
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


def _draw_row(row: Row) -> Text:
    text, line, at = row.text[:MAX_COLUMNS], Text(), 0
    for span in row.spans:
        if at <= span.start < span.end:
            line.append(clean_cells(text[at : span.start]), PLAIN)
            line.append(clean_cells(text[span.start : span.end]), _find_style(span.style))
            at = span.end
    line.append(clean_cells(text[at:]), PLAIN)
    line.rstrip()
    return line


@lru_cache(maxsize=1024)
def _find_style(style: PaneStyle) -> Style:
    flags: dict[str, Any] = {name: True for name in ATTRIBUTES if getattr(style, name)}
    return Style(color=name_colour(style.fg), bgcolor=name_colour(style.bg), **flags)

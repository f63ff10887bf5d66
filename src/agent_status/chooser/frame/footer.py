"""The lines at the bottom: the box being written into, the last message, and the keys."""

from collections.abc import Iterable

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from agent_status.chooser.draw.rule import draw_rule
from agent_status.chooser.panels.keys import (
    FILTER_HINTS,
    JUMP,
    LOST_HINTS,
    PENDING_HINTS,
    TAIL,
    find_hints,
)
from agent_status.chooser.state.key import BACK
from agent_status.chooser.state.text import clean_cells, reveal_cells, wrap_cells
from agent_status.chooser.state.theme import ACCENT, BAD, BOLD, DIM, GOOD, Theme
from agent_status.chooser.state.view import Hint, Panel, Size, View

GAP = "   "
TYPED = "▏"
PRESS = "press"
"""The name under which a hint bears the key that a click presses."""
MAX_LINES = 3
"""Lines of the last message: more is in the journal."""


def draw_foot(view: View, width: int, height: int, theme: Theme) -> list[Text]:
    """Return the lines between the body and the keys, at most a third of the popup."""
    if view.help:
        return []
    lines = _draw_message(view, width)
    if view.panel and not view.panel.covers:
        lines += draw_panel(view, view.panel, Size(width, height // 3), theme)
    return lines[: max(0, height // 2 - 1)]


def draw_panel(view: View, panel: Panel, size: Size, theme: Theme) -> list[Text]:
    """Return a panel below its title."""
    room = Size(size.width, max(0, size.height - 1))
    return [
        draw_rule(panel.title(view, room), size.width, BOLD),
        *panel.draw(view, room, theme),
    ]


def draw_footer(view: View, width: int) -> Text:
    """Return the last line: the keys that apply, or what is typed to filter."""
    line = Text()
    if view.filter is not None:
        line.append(" / ", ACCENT + BOLD).append(clean_cells(view.filter)).append(TYPED, ACCENT)
        line.append(f" {len(view.found)} of {len(view.entries)}", DIM)
    hints = _find_hints(view)
    ends = [_draw_hint(hint) for hint in hints if hint in TAIL]
    room = width - sum(cell_len(end.plain) + len(GAP) for end in ends)
    line = _append(line, [_draw_hint(hint) for hint in hints if hint not in TAIL], room)
    return _append(line, ends, width)


def find_press(line: Text, x: int) -> str:
    """Return the key that a click at a cell of the last line presses, or nothing."""
    cells, at = 0, len(line.plain)
    for index, char in enumerate(line.plain):
        cells += cell_len(char)
        if cells > x:
            at = index
            break
    for span in line.spans:
        if span.start <= at < span.end and not isinstance(span.style, str):
            found = span.style.meta.get(PRESS)
            if found:
                return str(found)
    return ""


def _find_hints(view: View) -> tuple[Hint, ...]:
    if view.help:
        return (BACK, *TAIL)
    if view.pending:
        return PENDING_HINTS
    return view.panel.hints(view) if view.panel else _find_list_hints(view)


def _find_list_hints(view: View) -> tuple[Hint, ...]:
    if view.lost:
        return LOST_HINTS
    if not view.entries:
        return TAIL
    if view.filter is not None:
        return FILTER_HINTS
    return (*(find_hints(view) or (JUMP,)), *TAIL)


def _draw_hint(hint: Hint) -> Text:
    text = Text.assemble((hint.shown, ACCENT), (f" {hint.word}", DIM))
    text.stylize(Style(meta={PRESS: hint.key}))
    return text


def _append(line: Text, parts: Iterable[Text], width: int) -> Text:
    for part in parts:
        gap = GAP if line.plain else " "
        if cell_len(line.plain + gap + part.plain) > width:
            break
        line.append(gap).append_text(part)
    return line


def _draw_message(view: View, width: int) -> list[Text]:
    """Return what is to be confirmed, or what became of the last key."""
    if view.pending:
        style = BAD if view.pending.grave else BOLD
        words = reveal_cells(view.pending.words)
        return [Text(f" {line}", style) for line in wrap_cells(words, width - 2)]
    style = GOOD if view.message.good else BAD
    lines = wrap_cells(view.message.words, width - 2)[:MAX_LINES]
    return [Text(f" {line}", style) for line in lines]

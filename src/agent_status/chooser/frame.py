"""The whole popup as lines of text: the layout for a size, and every part in its place."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from agent_status.chooser.detail import draw_detail
from agent_status.chooser.keys import EMPTY_FOOTER, FILTER_FOOTER, FOOTER, HELP, LOST_FOOTER, Hints
from agent_status.chooser.looks import ACCENT, BOLD, DIM, Looks
from agent_status.chooser.rows import (
    FIRST_LINE,
    Pen,
    choose_columns,
    draw_row,
    draw_second_line,
)
from agent_status.chooser.text import clean_cells, fit_cells, wrap_cells
from agent_status.chooser.view import View

WIDE = 100
"""
From so many columns on, the screen is beside the list, and each agent has two lines, with a blank
one between agents when all of them fit so.
"""

LIST_SHARE, LIST_LEAST, LIST_MOST = 0.42, 44, 76
ABOVE_SHARE = 0.4
DETAIL_LEAST = 4
"""Fewer rows than these show nothing of use: the list takes them."""

AIRY = 20
"""From so many rows on, a blank one stands below the head."""

BETWEEN = " │ "
NO_DAEMON = ("The agent-status daemon is not running.", "Press s to start it.")
NO_AGENTS = (
    "No coding agents in this tmux server.",
    "Start one in a pane and it appears here by itself.",
)
NO_MATCH = ("No agent matches.", "Esc shows all again.")
CURSOR = "▏"
GAP = "   "


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the popup in cells; empty when it has no width or no height."""

    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the list and the detail are, below one line of head and above one of keys."""

    list: Box
    detail: Box
    row_lines: int = 1

    @property
    def room(self) -> int:
        """How many agents the list shows at once."""
        return max(1, self.list.height // self.row_lines)


def plan_layout(width: int, height: int, agents: int) -> Layout:
    """Return the layout of a popup of `width` by `height` cells that lists `agents`."""
    top = 2 if height >= AIRY else 1
    body = max(0, height - top - 1)
    if width >= WIDE:
        left = min(max(int(width * LIST_SHARE), LIST_LEAST), LIST_MOST)
        start = left + len(BETWEEN)
        lines = 3 if agents * 3 <= body else 2
        return Layout(Box(0, top, left, body), Box(start, top, width - start, body), lines)
    above = min(max(agents, 1), max(1, int(body * ABOVE_SHARE)))
    if body - above < DETAIL_LEAST or not agents:
        return Layout(Box(0, top, width, body), Box())
    return Layout(Box(0, top, width, above), Box(0, top + above, width, body - above))


def draw_frame(view: View, width: int, height: int, looks: Looks) -> list[Text]:
    """Return `height` lines, each exactly `width` cells wide, whatever the view holds."""
    layout = plan_layout(width, height, len(view.found))
    top = layout.list.y
    head = [draw_header(view, layout, width, looks), *[Text()] * (top - 1)]
    body = _draw_body(view, layout, width, max(0, height - top - 1), looks)
    return [_pad(line, width) for line in [*head, *body, draw_footer(view, width)][:height]]


def find_pane(view: View, layout: Layout, x: int, y: int) -> str:
    """Return the pane whose row is at a cell of the popup, or nothing."""
    box = layout.list
    inside = box.x <= x < box.x + box.width and box.y <= y < box.y + box.height
    number = (y - box.y) // layout.row_lines
    found = view.found[view.top : view.top + layout.room]
    return found[number].pane if inside and number < len(found) and not view.help else ""


def draw_header(view: View, layout: Layout, width: int, looks: Looks) -> Text:
    """Return the first line: how many agents need you, how many are in each state."""
    line = Text().append(" agent-status", ACCENT + BOLD)
    if not view.entries:
        return line
    waiting = sum(entry.needs_you for entry in view.entries)
    words = f"{waiting} need{'s' if waiting == 1 else ''} you" if waiting else "nobody needs you"
    parts = [Text.assemble((words, BOLD if waiting else DIM))]
    if len(view.found) > layout.room:
        shown = f"{view.top + 1}-{min(view.top + layout.room, len(view.found))}"
        parts.append(Text.assemble((f"{shown} of {len(view.found)}", DIM)))
    for state, number in Counter(entry.state for entry in view.entries).items():
        icon = (looks.find_icon(state), looks.find_style(state))
        parts.append(Text.assemble(icon, (f" {number}", DIM)))
    return _append_fitting(line, parts, width)


def draw_footer(view: View, width: int) -> Text:
    """Return the last line: the keys, or what is typed to filter."""
    line, hints = Text(), _find_hints(view)
    if view.filter is not None:
        line.append(" / ", ACCENT + BOLD).append(clean_cells(view.filter)).append(CURSOR, ACCENT)
        line.append(f" {len(view.found)} of {len(view.entries)}", DIM)
    parts = [Text.assemble((key, ACCENT), (f" {what}", DIM)) for key, what in hints]
    return _append_fitting(line, parts, width)


def _find_hints(view: View) -> Hints:
    if view.lost:
        return LOST_FOOTER
    if not view.entries:
        return EMPTY_FOOTER
    return FOOTER if view.filter is None else FILTER_FOOTER


def _append_fitting(line: Text, parts: Sequence[Text], width: int) -> Text:
    for part in parts:
        gap = GAP if line.plain else " "
        if cell_len(line.plain + gap + part.plain) > width:
            break
        line.append(gap).append_text(part)
    return line


def _draw_body(view: View, layout: Layout, width: int, height: int, looks: Looks) -> list[Text]:
    if view.help:
        return _center([_draw_help(key, what) for key, what in HELP], width, height)
    if view.lost:
        return _say((*NO_DAEMON, *filter(None, [view.note])), width, height)
    if not view.entries:
        return _say(NO_AGENTS, width, height)
    if not view.found and view.filter:
        return _say(NO_MATCH, width, height)
    listed = _draw_list(view, layout, looks)
    box = layout.detail
    detail = draw_detail(view, box.width, box.height, looks)
    if layout.row_lines == 1:
        return [*_fill(listed, layout.list), *_fill(detail, box)]
    pairs = zip(_fill(listed, layout.list), _fill(detail, box), strict=True)
    return [left.append(BETWEEN, DIM).append_text(right) for left, right in pairs]


def _draw_list(view: View, layout: Layout, looks: Looks) -> list[Text]:
    width, pen = layout.list.width, Pen(looks, view.now, view.selected)
    found = view.found
    if layout.row_lines == 1:
        slots = choose_columns(found, width, view.now)
    else:
        slots = choose_columns(found, width, view.now, FIRST_LINE)
    lines = []
    for entry in found[view.top : view.top + layout.room]:
        lines.append(draw_row(entry, slots, pen))
        if layout.row_lines > 1:
            blank = [Text()] * (layout.row_lines - 2)
            lines += [draw_second_line(entry, width, pen), *blank]
    return lines


def _say(sentences: Sequence[str], width: int, height: int) -> list[Text]:
    wrapped = [line for words in sentences for line in wrap_cells(words, max(1, width - 4))]
    return _center([Text(f"  {line}") for line in wrapped], width, height)


def _draw_help(key: str, what: str) -> Text:
    return Text.assemble("  ", (fit_cells(key, 10), ACCENT), what)


def _center(lines: list[Text], width: int, height: int) -> list[Text]:
    above = max(0, (height - len(lines)) // 3)
    return _fill([*[Text()] * above, *lines], Box(0, 0, width, height))


def _fill(lines: Sequence[Text], box: Box) -> list[Text]:
    blank = [Text() for _ in range(box.height - len(lines))]
    return [_pad(line, box.width) for line in [*lines[: box.height], *blank]]


def _pad(line: Text, width: int) -> Text:
    fitted = line.copy()
    fitted.truncate(width, overflow="ellipsis" if width > 1 else "crop")
    fitted.append(" " * (width - cell_len(fitted.plain)))
    return fitted

"""The whole popup as lines of text: the layout for a size, and every part in its place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.text import Text

from agent_status.chooser.draw.detail import PICK, draw_detail, keep_place
from agent_status.chooser.draw.rows import (
    FIRST_LINE,
    Pen,
    choose_columns,
    draw_group,
    draw_row,
    draw_second_line,
)
from agent_status.chooser.frame.footer import draw_foot, draw_footer, draw_panel, find_press
from agent_status.chooser.panels.keys import HELP, MARKS_HELP
from agent_status.chooser.state.moves import scroll_list
from agent_status.chooser.state.text import fit_cells, show_line, wrap_cells
from agent_status.chooser.state.theme import ACCENT, BOLD, DIM, Theme
from agent_status.chooser.state.view import Size, View
from agent_status.model import count_states
from agent_status.model.load import describe_load
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.protocol.rows import AgentRow

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
    "One is missing? agent-status doctor says how to declare it.",
)
NO_MATCH = ("No agent matches.", "Esc shows all again.")
GAP = "   "
HELP_WIDTH = 52


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


def plan_layout(width: int, height: int, items: int, foot: int = 0) -> Layout:
    """Return the layout of a popup that lists `items` and has `foot` lines above its keys."""
    top = 2 if height >= AIRY else 1
    whole = max(0, height - top - 1)
    body = max(0, whole - foot)
    if width >= WIDE:
        left = min(max(int(width * LIST_SHARE), LIST_LEAST), LIST_MOST)
        start = left + len(BETWEEN)
        lines = 3 if items * 3 <= whole else 2
        return Layout(Box(0, top, left, body), Box(start, top, width - start, body), lines)
    above = min(max(items, 1), max(1, int(whole * ABOVE_SHARE)))
    if body - above < DETAIL_LEAST or not items:
        return Layout(Box(0, top, width, body), Box())
    return Layout(Box(0, top, width, above), Box(0, top + above, width, body - above))


def arrange(view: View, width: int, height: int, theme: Theme) -> Layout:
    """Return the layout for what `view` shows."""
    foot = len(draw_foot(view, width, height, theme))
    return plan_layout(width, height, len(view.items), foot)


def fit(view: View, before: View, width: int, height: int, theme: Theme) -> View:
    """Return the view with the selected agent, and the same lines as before, in sight."""
    layout = arrange(view, width, height, theme)
    kept = keep_place(scroll_list(view, layout.room), before, layout.detail.width, theme)
    if view.panel is None or not view.panel.covers:
        return kept
    foot = len(draw_foot(view, width, height, theme))
    room = Size(width, max(0, height - layout.list.y - foot - 2))
    return replace(kept, panel=view.panel.fit(view, room))


def draw_frame(view: View, width: int, height: int, theme: Theme) -> list[Text]:
    """Return `height` lines for any view, each exactly `width` cells wide."""
    layout = arrange(view, width, height, theme)
    top = layout.list.y
    foot = draw_foot(view, width, height, theme)
    head = [draw_header(view, layout, width, theme), *[_draw_news(view)] * (top - 1)]
    body = _draw_body(view, layout, width, max(0, height - top - 1 - len(foot)), theme)
    keys = draw_footer(view, width)
    keys.plain = theme.write_plain(keys.plain)
    lines = [*head, *body, *foot, keys]
    return [_pad(line, width) for line in lines[:height]]


def find_agent(view: View, layout: Layout, x: int, y: int) -> AgentRef:
    """Return the agent whose row is at a cell of the popup; NO_REF if there is no row."""
    box = layout.list
    inside = box.x <= x < box.x + box.width and box.y <= y < box.y + box.height
    number = (y - box.y) // layout.row_lines
    items = view.items[view.top : view.top + layout.room]
    if not inside or number >= len(items) or view.help or view.panel:
        return NO_REF
    item = items[number]
    return item.ref if isinstance(item, AgentRow) else NO_REF


def find_pick(lines: Sequence[Text], layout: Layout, x: int, y: int) -> str:
    """Return what a click at a cell of the drawn detail picks, or nothing."""
    inside = layout.detail.x <= x and 0 <= y - layout.detail.y < layout.detail.height
    return find_meta(lines[y], PICK) if inside and y < len(lines) else ""


def find_key(view: View, width: int, height: int, x: int, y: int) -> str:
    """Return the key that a click on the last line presses, or nothing."""
    return find_press(draw_footer(view, width), x) if y == height - 1 else ""


def find_meta(line: Text, name: str) -> str:
    """Return what a line bears under `name`."""
    metas = (span.style.meta for span in line.spans if not isinstance(span.style, str))
    return next((str(meta[name]) for meta in metas if name in meta), "")


def draw_header(view: View, layout: Layout, width: int, theme: Theme) -> Text:
    """Return the first line: how many agents need you, how many are in each state."""
    line = Text().append(" agent-status", ACCENT + BOLD)
    if not view.entries:
        return line
    waiting = sum(entry.needs_you for entry in view.entries)
    words = f"{waiting} need{'s' if waiting == 1 else ''} you" if waiting else "nobody needs you"
    parts = [Text.assemble((words, BOLD if waiting else DIM))]
    if view.notices and layout.list.y == 1:
        parts.append(Text(_join_notices(view), ACCENT))
    if len(view.items) > layout.room:
        shown = _describe_shown(view, layout)
        parts.append(Text.assemble((f"{shown} of {len(view.found)}", DIM)))
    for state, number in count_states(view.entries).items():
        icon = (theme.find_icon(state), theme.find_style(state))
        parts.append(Text.assemble(icon, (f" {number}", DIM)))
    if layout.list.y == 1 and (load := describe_load(view.load, view.now)):
        parts.append(Text(load, DIM))
    return _append_fitting(line, parts, width)


def _draw_news(view: View) -> Text:
    """Return the second line: what the daemon has to say, else what waits for review."""
    if view.notices:
        return Text(f" {_join_notices(view)}", ACCENT)
    return Text(f" {describe_load(view.load, view.now)}".rstrip(), DIM)


def _describe_shown(view: View, layout: Layout) -> str:
    before = sum(isinstance(item, AgentRow) for item in view.items[: view.top])
    seen = view.items[view.top : view.top + layout.room]
    return f"{before + 1}-{before + sum(isinstance(item, AgentRow) for item in seen)}"


def _append_fitting(line: Text, parts: Sequence[Text], width: int) -> Text:
    for part in parts:
        gap = GAP if line.plain else " "
        if cell_len(line.plain + gap + part.plain) > width:
            break
        line.append(gap).append_text(part)
    return line


def _draw_body(view: View, layout: Layout, width: int, height: int, theme: Theme) -> list[Text]:
    if view.help:
        return _draw_help(view, width, height, theme)
    if view.panel and view.panel.covers:
        lines = draw_panel(view, view.panel, Size(width, height), theme)
        return _fill(lines, Box(0, 0, width, height))
    missing = _find_missing(view)
    if missing:
        return _say(missing, width, height)
    listed = _draw_list(view, layout, theme)
    box = layout.detail
    detail = draw_detail(view, box.width, box.height, theme)
    if layout.row_lines == 1:
        return [*_fill(listed, layout.list), *_fill(detail, box)]
    pairs = zip(_fill(listed, layout.list), _fill(detail, box), strict=True)
    return [left.append(BETWEEN, DIM).append_text(right) for left, right in pairs]


def _join_notices(view: View) -> str:
    return show_line("; ".join(view.notices))


def _find_missing(view: View) -> tuple[str, ...]:
    """Return the sentences that stand in the place of a list that is empty."""
    if view.lost:
        return (*NO_DAEMON, *filter(None, [view.note]))
    if not view.entries:
        return NO_AGENTS
    return NO_MATCH if not view.found and view.filter else ()


def _draw_list(view: View, layout: Layout, theme: Theme) -> list[Text]:
    width, pen = layout.list.width, Pen(theme, view.now, view.selected, view.marked)
    two = layout.row_lines > 1
    slots = choose_columns(view.found, width, pen, *([FIRST_LINE] if two else []))
    lines: list[Text] = []
    for item in view.items[view.top : view.top + layout.room]:
        if isinstance(item, str):
            lines += [*[Text()] * (layout.row_lines - 1), draw_group(item, width)]
            continue
        lines.append(draw_row(item, slots, pen))
        if two:
            blank = [Text()] * (layout.row_lines - 2)
            lines += [draw_second_line(item, width, pen), *blank]
    return lines


def _say(sentences: Sequence[str], width: int, height: int) -> list[Text]:
    wrapped = [line for words in sentences for line in wrap_cells(words, max(1, width - 4))]
    return _center([Text(f"  {line}") for line in wrapped], width, height)


def _draw_help(view: View, width: int, height: int, theme: Theme) -> list[Text]:
    marks = [(theme.find_mark(name), what) for name, what in MARKS_HELP]
    rows = [
        Text.assemble("  ", (fit_cells(key, 10), ACCENT), what) for key, what in (*HELP, *marks)
    ]
    columns = min(max(1, width // HELP_WIDTH), -(-len(rows) // max(1, height)))
    tall = -(-len(rows) // columns)
    if tall > height:
        return _scroll_help(rows, view.start or 0, height)
    parts = [rows[tall * number :][:tall] for number in range(columns)]
    box = Box(0, 0, width // columns, tall)
    lines = [Text() for _ in range(box.height)]
    for part in parts:
        lines = [a.append_text(b) for a, b in zip(lines, _fill(part, box), strict=True)]
    return _center(lines, width, height)


def _scroll_help(rows: list[Text], start: int, height: int) -> list[Text]:
    room = max(0, height - 1)
    first = min(start, len(rows) - room)
    more = len(rows) - first - room
    words = f"  … {more} more: PageDown" if more else "  PageUp goes back"
    blank = [Text() for _ in range(room - len(rows))]
    return [*rows[first : first + room], *blank, Text(words, DIM)][:height]


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

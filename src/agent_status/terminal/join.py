"""How a canvas takes over a captured screen, so that the bytes that follow go on from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pyte import modes as codes

from agent_status.model import Row, Screen
from agent_status.terminal.capture import Painter, split_row
from agent_status.terminal.emulator import Canvas
from agent_status.terminal.line import Line
from agent_status.terminal.width import is_narrow


@dataclass(frozen=True, slots=True)
class Modes:
    """What a capture doesn't show, but decides what the next bytes do."""

    top: int = 0
    bottom: int = -1
    """The scrolling region; negative for the last row."""
    wraps: bool = True
    inserts: bool = False
    origin: bool = False
    tab_stops: tuple[int, ...] | None = None
    """The columns; None for every eighth."""
    saved: tuple[int, int] = (0, 0)
    """The cursor's place on the normal screen, while the alternate one is shown."""
    hidden: tuple[str, ...] = ()
    """The captured lines of the normal screen, while the alternate one is shown."""


DEFAULT_MODES = Modes()


def begin_canvas(screen: Screen, modes: Modes = DEFAULT_MODES) -> Canvas:
    """Return a blank canvas of the size of a screen, as `modes` says; `repaint` shows the rest."""
    canvas = Canvas(screen.width, screen.height)
    if screen.alternate:
        _hide_normal(canvas, modes)
    bottom = modes.bottom if modes.bottom >= 0 else canvas.lines - 1
    if 0 <= modes.top < bottom < canvas.lines:
        canvas.top, canvas.bottom = modes.top, bottom
    if modes.tab_stops is not None:
        canvas.tabstops = set(modes.tab_stops)
    wanted = {codes.DECAWM: modes.wraps, codes.IRM: modes.inserts, codes.DECOM: modes.origin}
    for code, is_set in wanted.items():
        (canvas.mode.add if is_set else canvas.mode.discard)(code)
    return canvas


def repaint(canvas: Canvas, screen: Screen, lines: Sequence[str]) -> None:
    """Show a screen on a canvas of its size; `lines` are the captured ones that it is read from."""
    rows = _read_rows(lines, screen.width, screen.height)
    for y, (row, wanted) in enumerate(zip(rows, screen.rows, strict=True)):
        old = canvas.page.lines[y]
        if not old.cells or old.render(screen.width) != wanted:
            line = canvas.page.lines[y] = _build_line(row)
            line.wrapped = old.wrapped
    cursor = canvas.cursor
    cursor.x = max(0, min(screen.cursor.x, screen.width))
    cursor.y = max(0, min(screen.cursor.y, screen.height - 1))
    cursor.hidden = not screen.cursor.visible
    (canvas.mode.discard if cursor.hidden else canvas.mode.add)(codes.DECTCEM)
    canvas.title = screen.title


def _hide_normal(canvas: Canvas, modes: Modes) -> None:
    width, height = canvas.columns, canvas.lines
    rows = _read_rows(modes.hidden, width, len(modes.hidden) or height)
    canvas.cursor.x, canvas.cursor.y = modes.saved
    canvas.show_alternate(1049)
    if canvas.hidden:
        lines = [_build_line(row) for row in rows]
        canvas.hidden = canvas.hidden._replace(lines=lines, height=len(lines))


def _read_rows(lines: Sequence[str], width: int, height: int) -> tuple[Row, ...]:
    return Painter(trims=False).paint(lines, width, height)


def _build_line(row: Row) -> Line:
    """Return the line that shows a row, whose text holds all that was written."""
    line = Line()
    if is_narrow(row.text):
        _write_narrow(line, row)
        return line
    x = 0
    for cell, style, columns in zip(*split_row(row), strict=True):
        line.put(x, cell, style, columns)
        x += columns
    return line


def _write_narrow(line: Line, row: Row) -> None:
    edges = sorted({0, len(row.text), *(at for one in row.spans for at in (one.start, one.end))})
    for start, end in pairwise(edges):
        line.write(start, row.text[start:end], row.style_at(start))

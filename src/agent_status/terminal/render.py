"""A screen as a capture: the lines that `capture-pane -p -e` would print for it."""

from collections.abc import Iterator
from functools import lru_cache

from agent_status.model import PLAIN, Capture, Row, Screen, Style
from agent_status.terminal.sgr import COLOURS

MAX_ROWS = 4096
RESET = "\x1b[m"
CODES = {"bold": 1, "dim": 2, "italic": 3, "underline": 4, "reverse": 7, "strike": 9}
INDEXES = {name: index for index, name in enumerate(COLOURS[:16])}


def render_capture(screen: Screen) -> Capture:
    """Return the capture of a screen. Each line begins and ends in the plain style."""
    lines = tuple(map(render_row, screen.rows))
    return Capture(
        screen.width, screen.height, lines, screen.cursor, screen.title, screen.alternate
    )


def render_row(row: Row) -> str:
    """Return the text of a row with SGR sequences."""
    if not row.spans:
        return row.text
    known = _rendered.get(id(row))
    if known is None or known[0] is not row:
        if len(_rendered) >= MAX_ROWS:
            _rendered.clear()
        known = _rendered[id(row)] = (row, _render_spans(row))
    return known[1]


_rendered: dict[int, tuple[Row, str]] = {}
"""Rows by their identity, which is quicker than by their content; a row keeps its number here."""


def _render_spans(row: Row) -> str:
    parts, at = [], 0
    for span in row.spans:
        if span.style == PLAIN:
            continue
        parts += [row.text[at : span.start], f"\x1b[{render_style(span.style)}m"]
        parts += [row.text[span.start : span.end], RESET]
        at = span.end
    return "".join((*parts, row.text[at:]))


@lru_cache(MAX_ROWS)
def render_style(style: Style) -> str:
    """Return the parameters of the SGR sequence that sets a style from the plain one."""
    codes = [str(code) for name, code in CODES.items() if getattr(style, name)]
    codes += _render_colour(style.fg, 38)
    codes += _render_colour(style.bg, 48)
    return ";".join(codes)


def _render_colour(colour: str, ground: int) -> Iterator[str]:
    if colour == "default":
        return
    if colour in INDEXES:
        yield f"{ground};5;{INDEXES[colour]}"
        return
    red, green, blue = (int(colour[at : at + 2], 16) for at in (0, 2, 4))
    yield f"{ground};2;{red};{green};{blue}"

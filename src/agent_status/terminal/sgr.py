"""Ink: the style that the next character gets, and what SGR sequences make of it, as in tmux."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pyte import graphics

from agent_status.model import PLAIN, Style

MAX_PARAMETERS = 23
MAX_PARAMETER_BYTES = 63
BIGGEST_PARAMETER = 2**31 - 1
MAX_STEPS = 512
MAX_INKS = 2048

NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
COLOURS = (*NAMES, *("bright" + name for name in NAMES), *graphics.FG_BG_256[16:])
"""The 256 indexed colours: the user's theme decides about the first sixteen, so these are names."""

CHANGES: dict[int, dict[str, Any]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"reverse": True},
    9: {"strike": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"reverse": False},
    29: {"strike": False},
    39: {"fg": "default"},
    49: {"bg": "default"},
}
for _index, _name in enumerate(NAMES):
    CHANGES |= {30 + _index: {"fg": _name}, 40 + _index: {"bg": _name}}
    CHANGES |= {90 + _index: {"fg": "bright" + _name}, 100 + _index: {"bg": "bright" + _name}}

GROUNDS = {38: "fg", 48: "bg", 58: ""}
"""What an extended colour sets; a style has no colour for its underline."""


@lru_cache(maxsize=4096)
def parse_parameters(text: str) -> tuple[int | str | None, ...] | None:
    """
    Return the parameters of a control sequence, or None for a list that tmux refuses.

    A missing one is None; one with colons stays text.
    """
    if not text:
        return ()
    parts = text.split(";")
    if len(text) > MAX_PARAMETER_BYTES or len(parts) > MAX_PARAMETERS:
        return None
    found = tuple((part if ":" in part else int(part)) if part else None for part in parts)
    if any(isinstance(part, int) and part > BIGGEST_PARAMETER for part in found):
        return None
    return found


class Ink:
    """A style, and where each SGR sequence leads from it; all terminals share their inks."""

    __slots__ = ("after", "blank", "palette", "style")

    def __init__(self, style: Style, palette: "Palette") -> None:
        self.style = style
        self.palette = palette
        self.after: dict[str, Ink] = {}
        self.blank = palette.find_blank(style.bg)

    def shift(self, text: str) -> "Ink":
        """Return the ink after an SGR sequence with the parameters `text`."""
        found = self.after.get(text)
        if found is None:
            found = self.palette.find_ink(advance_style(self.style, text))
            if len(self.after) >= MAX_STEPS:
                self.after.clear()
            self.after[text] = found
        return found


class Palette:
    """One object a style, for all terminals; forgotten as a whole when they are too many."""

    def __init__(self) -> None:
        self._inks: dict[Style, Ink] = {}
        self._blanks: dict[str, Style] = {"default": PLAIN}
        self.plain = self.find_ink(PLAIN)

    def find_ink(self, style: Style) -> Ink:
        """Return the ink of `style`."""
        found = self._inks.get(style)
        if found is None:
            if len(self._inks) >= MAX_INKS:
                self._inks = {PLAIN: self.plain}
                self._blanks = {"default": PLAIN}
            found = self._inks[style] = Ink(style, self)
        return found

    def find_blank(self, bg: str) -> Style:
        """Return the style of a cell that was erased on `bg`."""
        found = self._blanks.get(bg)
        if found is None:
            found = self._blanks[bg] = Style(bg=bg)
        return found


def advance_style(style: Style, text: str) -> Style:
    """Return `style` after an SGR sequence with the parameters `text`."""
    parameters = parse_parameters(text)
    if parameters is None:
        return style
    if not parameters:
        return PLAIN
    rest = iter(parameters)
    for part in rest:
        if isinstance(part, str):
            style = replace(style, **_read_colons(part))
        elif part in GROUNDS:
            style = replace(style, **_read_colour(GROUNDS[part], rest))
        elif not part:
            style = PLAIN
        elif part in CHANGES:
            style = replace(style, **CHANGES[part])
    return style


def _read_colour(ground: str, rest: Iterator[int | str | None]) -> dict[str, Any]:
    """Take the parameters of an extended colour from `rest`."""
    kind = next(rest, None)
    if kind == 5:  # noqa: PLR2004
        return _pick_indexed(ground, _as_number(next(rest, None)))
    if kind == 2:  # noqa: PLR2004
        return _pick_rgb(ground, [_as_number(next(rest, None)) for _ in range(3)])
    return {}


def _as_number(part: int | str | None) -> int:
    return part if isinstance(part, int) else -1


def _pick_indexed(ground: str, index: int) -> dict[str, str]:
    if not ground:
        return {}
    return {ground: COLOURS[index] if 0 <= index < len(COLOURS) else "default"}


def _pick_rgb(ground: str, parts: list[int]) -> dict[str, str]:
    if not ground or not all(0 <= part <= 255 for part in parts):  # noqa: PLR2004
        return {}
    return {ground: "{:02x}{:02x}{:02x}".format(*parts)}


def _read_colons(part: str) -> dict[str, Any]:
    """Return the change that a parameter with colons asks for: `4:3`, `38:5:n`, `38:2::r:g:b`."""
    fields = [int(field) if field else -1 for field in part.split(":")]
    reader = COLONS.get(fields[0])
    if reader is None or not 2 <= len(fields) <= 7:  # noqa: PLR2004
        return {}
    return reader(fields)


def _read_underline(fields: list[int]) -> dict[str, Any]:
    if len(fields) != 2 or not 0 <= fields[1] <= 5:  # noqa: PLR2004
        return {}
    return {"underline": fields[1] > 0}


def _read_ground(fields: list[int]) -> dict[str, Any]:
    ground, kind, size = GROUNDS[fields[0]], fields[1], len(fields)
    if kind == 5 and size >= 3:  # noqa: PLR2004
        return {**_pick_indexed(ground, fields[2])}
    start = 2 if size == 5 else 3  # noqa: PLR2004
    if kind == 2 and size >= start + 3:  # noqa: PLR2004
        return {**_pick_rgb(ground, fields[start : start + 3])}
    return {}


COLONS: dict[int, Callable[[list[int]], dict[str, Any]]] = {
    4: _read_underline,
    38: _read_ground,
    48: _read_ground,
    58: _read_ground,
}


PALETTE = Palette()

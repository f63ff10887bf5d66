"""Captures drawn again: the rows that differ become bytes that any terminal shows."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent_status.terminal.writer import DRAWINGS

MAX_BYTES = 1000
PIECE = re.compile(r"\x1b\[([0-9:;]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|([\x00-\x1f\x7f])")

COLOURS = {
    "text": re.compile(r"(?:3[0-79]|9[0-7]|38[;:][0-9;:]*)\Z"),
    "back": re.compile(r"(?:4[0-79]|10[0-7]|48[;:][0-9;:]*)\Z"),
    "line": re.compile(r"(?:59|58[;:][0-9;:]*)\Z"),
}
Carried = dict[str, str]
"""The style sequences that hold at the end of a row, by what they are about."""


class Picture:
    """A pane as the entries that were taken so far left it. Strange parts are left out."""

    def __init__(self) -> None:
        self.width, self.height = 80, 24
        self.rows: list[str] = [""] * 24
        self.cursor = (0, 0, True)
        self.title = ""
        self.alternate = False
        self.tree: list[Mapping[str, Any]] = []
        self.finding: tuple[str, ...] = ()

    def take(self, entry: Mapping[str, Any]) -> None:
        """Take what an entry says is different."""
        if isinstance(entry.get("size"), list):
            self.width, self.height = (
                max(1, min(int(one), MAX_BYTES)) for one in entry["size"][:2]
            )
            self.rows = [""] * self.height
        for y, line in entry.get("rows", ()):
            if 0 <= y < self.height:
                self.rows[y] = str(line)
        if "cursor" in entry:
            x, y, visible = entry["cursor"]
            self.cursor = (int(x), int(y), bool(visible))
        self.title = str(entry.get("title", self.title))
        self.alternate = bool(entry.get("alternate", self.alternate))
        self.tree = entry.get("tree", self.tree)
        self.finding = tuple(map(str, entry["said"])) if "said" in entry else self.finding

    @property
    def standalone(self) -> tuple[str, ...]:
        """The rows, each with the style that the one above carries into it, and text plain."""
        carried: Carried = {}
        drawing = False
        found: list[str] = []
        for row in self.rows:
            text, carried, drawing = _stand_alone(row, carried, drawing=drawing)
            found.append(text)
        return tuple(found)


def _stand_alone(row: str, carried: Carried, *, drawing: bool) -> tuple[str, Carried, bool]:
    """Return a row that begins with its own style, and what it carries into the next one."""
    parts = list(carried.values())
    at = 0
    for piece in PIECE.finditer(row):
        parts.append(_draw(row[at : piece.start()], drawing=drawing))
        at = piece.end()
        if piece[1] is not None:
            parts.append(piece[0])
            carried = _carry(carried, piece[1], piece[0])
        elif piece[2] in {"\x0e", "\x0f"}:
            drawing = piece[2] == "\x0e"
    parts.append(_draw(row[at:], drawing=drawing))
    return "".join(parts), carried, drawing


def _carry(carried: Carried, codes: str, sequence: str) -> Carried:
    """Return what is carried after a style sequence, the last one of each kind."""
    if codes in {"", "0"} or codes.startswith("0;"):
        return {"": sequence} if codes.strip("0") else {}
    kind = next((name for name, first in COLOURS.items() if first.match(codes)), codes)
    return {name: one for name, one in carried.items() if name != kind} | {kind: sequence}


def _draw(text: str, *, drawing: bool) -> str:
    return text.translate(DRAWINGS) if drawing else text


def repaint(picture: Picture, rows: Sequence[str], before: Sequence[str]) -> str:
    """Return the bytes, as text, that turn a screen of the rows `before` into `picture`."""
    whole = not before
    parts = [f"\x1b[?1049{'h' if picture.alternate else 'l'}\x1b[m\x1b[2J"] if whole else []
    for y, row in enumerate(rows):
        if whole or y >= len(before) or row != before[y]:
            parts.append(f"\x1b[{y + 1};1H\x1b[m\x1b[2K{row}\x1b[m")
    x, y, visible = picture.cursor
    parts.append(f"\x1b[{y + 1};{x + 1}H\x1b[?25{'h' if visible else 'l'}")
    return "".join(parts)


def render_title(title: str) -> str:
    """Return the sequence that names a pane."""
    return f"\x1b]2;{PIECE.sub('', title)}\x1b\\"

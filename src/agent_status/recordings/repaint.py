"""Captures drawn again: the rows that differ become bytes that any terminal shows."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent_status.model import Capture, Cursor
from agent_status.terminal import Terminal
from agent_status.terminal.render import render_capture
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


MODES = "\x1b[r\x1b[?6l\x1b[4l\x1b[?7h\x1b(B\x0f"
"""Takes back what a program may have set and a screen does not show."""


class Picture:
    """
    A pane as the entries that were taken so far left it. Strange parts are left out.

    Bytes are emulated from a screen on that is said to be live.
    """

    def __init__(self) -> None:
        self.width, self.height = 80, 24
        self.rows: list[str] = [""] * 24
        self.cursor = (0, 0, True)
        self.title = ""
        self.alternate = False
        self.tree: list[Mapping[str, Any]] = []
        self.finding: tuple[str, ...] = ()
        self.terminal: Terminal | None = None
        """What goes on from a live screen; another one wherever the bytes don't join up."""

    def take(self, entry: Mapping[str, Any]) -> None:
        """Take what an entry says is different."""
        if self.terminal and "raw" in entry:
            self._feed(self.terminal, encode_raw(entry["raw"]))
        before = self._capture
        self._take_screen(entry)
        if "rows" in entry and not entry.get("live"):
            self.terminal = None
        elif "rows" in entry and (self.terminal is None or self._capture != before):
            self.join()
        self.tree = entry.get("tree", self.tree)
        self.finding = tuple(map(str, entry["said"])) if "said" in entry else self.finding

    def join(self) -> None:
        """Go on from what is shown, as a terminal does in which nothing else was set."""
        self.terminal = Terminal(self.width, self.height)
        self.terminal.paint(self._capture)

    @property
    def _capture(self) -> Capture:
        cursor = Cursor(*self.cursor)
        lines = tuple(self.rows)
        return Capture(self.width, self.height, lines, cursor, self.title, self.alternate)

    def _feed(self, terminal: Terminal, data: bytes) -> None:
        terminal.feed(data)
        shown = render_capture(terminal.screen())
        self.rows, self.title, self.alternate = list(shown.lines), shown.title, shown.alternate
        self.cursor = shown.cursor.x, shown.cursor.y, shown.cursor.visible

    def _take_screen(self, entry: Mapping[str, Any]) -> None:
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


def encode_raw(text: object) -> bytes:
    """Return the bytes of an entry."""
    return str(text).encode("utf-8", "surrogateescape")


def render_title(title: str) -> str:
    """Return the sequence that names a pane."""
    return f"\x1b]2;{PIECE.sub('', title)}\x1b\\"

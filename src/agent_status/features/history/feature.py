"""The last minutes of each pane with an agent, compressed: what `report` writes down."""

import base64
import json
import weakref
import zlib
from collections import deque
from dataclasses import dataclass
from typing import Any

from agent_status.model import Capture, Process, Status
from agent_status.terminal.asciicast import render_processes

BLOCK = 16 * 1024
"""Bytes that are packed together; every block begins with a whole screen."""
MAX_PANE = 256 * 1024
MAX_ALL = 3 * 1024 * 1024
"""Packed bytes that are kept of one pane, and of all of them."""
MAX_S = 1800.0
"""Older blocks go as soon as newer ones come."""
LEVEL = 6
MAX_ANSWER = 512 * 1024


@dataclass(frozen=True, slots=True)
class Block:
    """Some entries, one JSON object a line, packed."""

    number: int
    at: float
    """When its last entry was made."""
    data: bytes


class PaneHistory:
    """What one pane showed and what was found in it; costs nothing while both stay the same."""

    def __init__(self) -> None:
        self.blocks: deque[Block] = deque()
        self._open = bytearray()
        self._number = 0
        self._at = 0.0
        self._capture: Capture | None = None
        self._tree: tuple[Process, ...] = ()
        self._said: tuple[object, ...] = ()

    @property
    def size(self) -> int:
        """Packed bytes."""
        return sum(len(block.data) for block in self.blocks)

    def keep(
        self, capture: Capture | None, tree: tuple[Process, ...], status: Status, now: float
    ) -> bool:
        """Add what is known `now`; return whether a block was filled."""
        said = (status.state, status.rule, status.reason)
        if capture is self._capture and tree is self._tree and said == self._said:
            return False
        if capture is None or (status.agent is None and not self._number and not self._open):
            return False
        entry = self._find_difference(capture, tree, status)
        self._capture, self._tree, self._said, self._at = capture, tree, said, now
        self._open += json.dumps({"at": round(now, 3), **entry}, separators=(",", ":")).encode()
        self._open += b"\n"
        if len(self._open) < BLOCK:
            return False
        self.blocks.append(self._pack())
        self._number += 1
        self._open.clear()
        while self.blocks and (self.blocks[0].at < now - MAX_S or self.size > MAX_PANE):
            self.blocks.popleft()
        return True

    def read(self, after: int) -> tuple[list[tuple[int, str]], bool]:
        """Return (number, base64) of the blocks after that number, and whether there are more."""
        found: list[tuple[int, str]] = []
        room = MAX_ANSWER
        for block in (*self.blocks, *([self._pack()] if self._open else [])):
            if block.number <= after:
                continue
            text = base64.b64encode(block.data).decode()
            room -= len(text)
            if found and room < 0:
                return found, True
            found.append((block.number, text))
        return found, False

    def _pack(self) -> Block:
        return Block(self._number, self._at, zlib.compress(self._open, LEVEL))

    def _find_difference(
        self, capture: Capture, tree: tuple[Process, ...], status: Status
    ) -> dict[str, Any]:
        whole = not self._open
        entry: dict[str, Any] = {}
        if whole or capture is not self._capture:
            entry |= _describe_capture(capture, None if whole else self._capture)
        if whole or tree != self._tree:
            entry["tree"] = render_processes(tree)
        said = (status.state, status.rule, status.reason)
        if whole or said != self._said:
            kind = status.agent.kind if status.agent else ""
            entry |= {"agent": kind, "said": [status.state.value, status.rule, status.reason]}
        return entry


def _describe_capture(capture: Capture, before: Capture | None) -> dict[str, Any]:
    """Return the size, the rows that differ, the cursor, and title and page where they differ."""
    size = (capture.width, capture.height)
    same = before is not None and (before.width, before.height) == size
    known = list(before.lines) if before and same else []
    known += [""] * (len(capture.lines) - len(known))
    cursor = capture.cursor
    entry: dict[str, Any] = {
        "rows": [
            [y, line]
            for y, (line, old) in enumerate(zip(capture.lines, known, strict=False))
            if line != old
        ],
        "cursor": [cursor.x, cursor.y, cursor.visible],
    }
    if not same:
        entry["size"] = size
    if before is None or before.title != capture.title:
        entry["title"] = capture.title
    if before is None or before.alternate != capture.alternate:
        entry["alternate"] = capture.alternate
    return entry


class History:
    """Keeps all histories together within bounds: the longest is cut first."""

    def __init__(self, most: int = MAX_ALL) -> None:
        self._most = most
        self._tapes: weakref.WeakSet[PaneHistory] = weakref.WeakSet()

    def keep(
        self,
        tape: PaneHistory,
        capture: Capture | None,
        tree: tuple[Process, ...],
        status: Status,
        now: float,
    ) -> None:
        """Add what is known `now` about its pane to a history."""
        if not tape.keep(capture, tree, status, now):
            return
        self._tapes.add(tape)
        sizes = {one: one.size for one in self._tapes}
        while sum(sizes.values()) > self._most:
            longest = max(sizes, key=lambda one: sizes[one])
            longest.blocks.popleft()
            sizes[longest] = longest.size

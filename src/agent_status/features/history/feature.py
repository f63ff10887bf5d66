"""
The last minutes of each pane with an agent, compressed, for an incident report.

A pane that is captured is kept as the rows that differ from one entry to the next. One that is
emulated is kept as its bytes (`raw`), which join up with the screen of an entry that is `live`.
"""

import base64
import json
import weakref
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent_status.model import Capture, Process, Status
from agent_status.terminal.asciicast import render_processes

BLOCK = 16 * 1024
"""Bytes that are packed together; every block begins with a whole screen."""
MAX_PANE_BYTES = 256 * 1024
MAX_BYTES = 3 * 1024 * 1024
"""Packed bytes that are kept of one pane, and of all of them."""
MAX_HEARD_BYTES = 64 * 1024
"""Bytes of one entry; after more than that the screen is kept again."""
MAX_S = 1800.0
"""Older blocks go as soon as newer ones come."""
LEVEL = 6
MAX_ANSWER = 512 * 1024


@dataclass(frozen=True, slots=True)
class Block:
    """Compressed entries, one JSON object per line."""

    number: int
    at: float
    """When its last entry was made."""
    data: bytes


class PaneHistory:
    """What one pane showed and what was found in it; free while both stay the same."""

    def __init__(self) -> None:
        self.blocks: deque[Block] = deque()
        self.size = 0
        """Of the compressed blocks, in bytes."""
        self._open = bytearray()
        self._number = 0
        self._at = 0.0
        self._capture: Capture | None = None
        self._tree: tuple[Process, ...] = ()
        self._finding: tuple[object, ...] = ()
        self._heard = bytearray()
        self._is_live = False
        """True if what was kept and what was heard since add up to the screen."""

    def drop_oldest(self) -> None:
        """Forget the oldest block."""
        self.size -= len(self.blocks.popleft().data)

    def hear(self, data: bytes) -> None:
        """Take bytes of an emulated pane, all of them from one entry to the next."""
        self._heard += data
        if len(self._heard) > MAX_HEARD_BYTES:
            self.break_off()

    def break_off(self) -> None:
        """Note that the screen has become another one than the bytes say."""
        self._heard.clear()
        self._is_live = False

    def keep(
        self, capture: Capture | None, tree: tuple[Process, ...], status: Status, now: float
    ) -> bool:
        """Add the state of a captured pane at `now`; return True if a block was filled."""
        is_same = capture is self._capture and not self._is_live
        if capture is None or (is_same and not self._has_news(tree, status)):
            return False
        if status.agent is None and not self._number and not self._open:
            return False
        shown = self._take_heard()
        if not is_same or not self._open:
            before = None if self._is_live or not self._open else self._capture
            shown |= _describe_capture(capture, before)
        self._capture, self._is_live = capture, False
        return self._add(shown, tree, status, now)

    def keep_live(
        self, look: Callable[[], Capture], tree: tuple[Process, ...], status: Status, now: float
    ) -> bool:
        """Add what an emulated pane printed until `now`; `look` returns what it shows then."""
        if self._is_live and not self._heard and not self._has_news(tree, status):
            return False
        shown = self._take_heard()
        if not self._is_live or not self._open:
            shown |= _describe_capture(look(), None) | {"live": True}
        self._capture, self._is_live = None, True
        return self._add(shown, tree, status, now)

    def _has_news(self, tree: tuple[Process, ...], status: Status) -> bool:
        return tree is not self._tree or _read_finding(status) != self._finding

    def _take_heard(self) -> dict[str, Any]:
        """Return the bytes since the last entry, if they join up with that."""
        raw = self._heard.decode("utf-8", "surrogateescape") if self._is_live else ""
        self._heard.clear()
        return {"raw": raw} if raw else {}

    def _add(
        self, shown: dict[str, Any], tree: tuple[Process, ...], status: Status, now: float
    ) -> bool:
        entry = {"at": round(now, 3), **shown, **self._find_news(tree, status)}
        self._tree, self._finding, self._at = tree, _read_finding(status), now
        self._open += json.dumps(entry, separators=(",", ":")).encode()
        self._open += b"\n"
        if len(self._open) < BLOCK:
            return False
        self.blocks.append(self._pack())
        self.size += len(self.blocks[-1].data)
        self._number += 1
        self._open.clear()
        while self.blocks and (self.blocks[0].at < now - MAX_S or self.size > MAX_PANE_BYTES):
            self.drop_oldest()
        return True

    def read(self, after: int) -> tuple[list[tuple[int, str]], bool]:
        """Return (number, base64) of the blocks after that number, and True if there are more."""
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

    def _find_news(self, tree: tuple[Process, ...], status: Status) -> dict[str, Any]:
        whole = not self._open
        entry: dict[str, Any] = {}
        if whole or tree != self._tree:
            entry["tree"] = render_processes(tree)
        if whole or _read_finding(status) != self._finding:
            kind = status.agent.kind if status.agent else ""
            entry |= {"agent": kind, "said": [status.state.value, status.rule, status.reason]}
        return entry


def _read_finding(status: Status) -> tuple[object, ...]:
    return status.state, status.rule, status.reason


def _describe_capture(capture: Capture, before: Capture | None) -> dict[str, Any]:
    """Return size, changed rows and cursor, with title and screen if they changed."""
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
    """Keeps all histories within MAX_BYTES: the longest one is cut first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._histories: weakref.WeakSet[PaneHistory] = weakref.WeakSet()

    def keep(
        self,
        history: PaneHistory,
        capture: Capture | None,
        tree: tuple[Process, ...],
        status: Status,
        now: float,
    ) -> None:
        """Add the state of a captured pane at `now` to its history."""
        if history.keep(capture, tree, status, now):
            self._limit_size(history)

    def keep_live(
        self,
        history: PaneHistory,
        look: Callable[[], Capture],
        tree: tuple[Process, ...],
        status: Status,
        now: float,
    ) -> None:
        """Add what an emulated pane printed until `now` to its history."""
        if history.keep_live(look, tree, status, now):
            self._limit_size(history)

    def _limit_size(self, history: PaneHistory) -> None:
        self._histories.add(history)
        sizes = {one: one.size for one in self._histories}
        while sum(sizes.values()) > self._max_bytes:
            longest = max(sizes, key=lambda one: sizes[one])
            longest.drop_oldest()
            sizes[longest] = longest.size

"""Taps of a private tmux, driven by ticks as the daemon drives them."""

import contextlib
import logging
import os
import re
import select
import time
from collections.abc import Iterator
from pathlib import Path

from agent_status.model import Pane, PaneId
from agent_status.paths import find_runtime
from agent_status.system.platforms import find_system
from agent_status.tmux.client import Tmux
from agent_status.tmux.tap_policy import RateLimits, TapMode
from agent_status.tmux.taps import Taps
from tests.support.tmux_lab import Lab, wait_for

NONCE = "n0nce"
FORM = "#{pane_id} #{pane_pid} #{pane_width} #{pane_height} #{pane_dead}"
LIMITS = RateLimits(hold_s=0.2, span_s=0.2)
"""Short spans, so that a test sees a pane calm down."""


def find_peer() -> tuple[int, ...]:
    """Return the socket option that tells a peer's user here, as Taps takes it."""
    query = find_system().peer_uid
    return (query.level, query.option, query.answer.size, 4) if query else ()


class TapLab:
    """Taps of every pane of a lab's inner tmux, and what came from each."""

    def __init__(self, socket: str, limits: RateLimits = LIMITS) -> None:
        self.tmux = Tmux(socket)
        log = logging.getLogger(f"taps.{socket}")
        log.propagate = False
        self.taps = Taps(find_runtime(socket), log, peer=find_peer(), limits=limits)
        self.captures: dict[PaneId, str] = {}
        """The last capture of each pane whose tap was opened by the same tick, up to its cursor."""
        self.bytes: dict[PaneId, bytes] = {}
        """What has come from each pane since that capture."""
        self.later_s = 0.0
        """How far the clock of the taps is ahead."""

    def list_panes(self) -> list[Pane]:
        """Return every pane of the server."""
        rows = (
            line.split(" ") for line in self.tmux.run(("list-panes", "-a", "-F", FORM)).split("\n")
        )
        return [
            Pane(
                PaneId(row[0]),
                pid=int(row[1] or 0),
                width=int(row[2]),
                height=int(row[3]),
                dead=row[4] == "1",
            )
            for row in rows
            if row[0]
        ]

    def tick(self) -> None:
        """Do what a tick of the daemon does."""
        now = time.monotonic() + self.later_s
        self.read()
        self.taps.sync(self.list_panes(), now)
        due = self.taps.list_due(now)
        script = self.taps.plan(NONCE, now)
        for pane in due:
            head = f"display-message -p -t '{pane}' '{NONCE}:C{pane} #{{cursor_x}}'"
            script += f"{head}\ncapture-pane -p -t '{pane}'\n"
        answer = self.tmux.feed(script) if script else ""
        records = answer.split(f"{NONCE}:")[1:]
        self.taps.check(records, NONCE, now)
        for record in records:
            found = re.match(r"C(%\d+) (\d+)\n", record)
            if found:
                at_margin = "\n" * (found[2] == "0")
                self.captures[PaneId(found[1])] = record[found.end() :].rstrip("\n") + at_margin
                self.bytes[PaneId(found[1])] = b""
        self.read()

    def wait_resync(self, pane: PaneId) -> None:
        """Tick until a tap is closed to be opened again, and until it is open."""
        before = self.taps.find_status(pane).resyncs
        wait_for(lambda: self._tick_past(pane, before))
        self.wait_mode(pane)

    def read(self, seconds: float = 0.0) -> None:
        """Take what the reader says, once it says something."""
        if self.taps.fileno is not None and seconds:
            select.select([self.taps.fileno], [], [], seconds)
        for pane, news in self.taps.read(time.monotonic() + self.later_s).items():
            self.bytes[pane] = self.bytes.get(pane, b"") + news.data

    def wait_mode(self, pane: PaneId, mode: TapMode = TapMode.EMULATE) -> None:
        """Tick until a pane is followed that way."""
        wait_for(lambda: self._tick_to(pane, mode))

    def wait_bytes(self, pane: PaneId, wanted: bytes) -> bytes:
        """Read until these bytes have come from a pane; return all that came."""
        wait_for(lambda: self._read_to(pane, wanted))
        return self.bytes[pane]

    def wait_left(self, pane: PaneId, words: str) -> None:
        """Tick until a pane is left alone, and the reason holds these words."""
        wait_for(lambda: self._tick_why(pane, words))

    def ask(self, pane: PaneId, form: str = "#{pane_pipe}") -> str:
        """Return what a format says about a pane."""
        return self.tmux.run(("display-message", "-p", "-t", pane, form)).strip()

    def type(self, pane: PaneId, *keys: str) -> None:
        """Type into a pane."""
        self.tmux.run(("send-keys", "-t", pane, *keys))

    def _tick_to(self, pane: PaneId, mode: TapMode) -> bool:
        self.tick()
        return self.taps.find_status(pane).mode is mode

    def _tick_past(self, pane: PaneId, resyncs: int) -> bool:
        self.tick()
        return self.taps.find_status(pane).resyncs > resyncs

    def _tick_why(self, pane: PaneId, words: str) -> bool:
        self.tick()
        return words in self.taps.find_status(pane).why

    def _read_to(self, pane: PaneId, wanted: bytes) -> bool:
        self.read(0.1)
        return wanted in self.bytes.get(pane, b"")


@contextlib.contextmanager
def open_taps(lab: Lab, limits: RateLimits = LIMITS) -> Iterator[TapLab]:
    """Yield taps of the lab's server; all are closed at the end."""
    taps = TapLab(lab.inner, limits)
    try:
        yield taps
    finally:
        taps.taps.close()


def read_rss_mb(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

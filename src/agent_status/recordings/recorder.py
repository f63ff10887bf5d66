"""Records a live pane."""

import codecs
import os
import select
import selectors
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from agent_status.errors import AgentStatusError, DaemonGoneError, RefusedError
from agent_status.model import PaneId, Process
from agent_status.model.ref import make_ref
from agent_status.protocol.client import DaemonClient
from agent_status.protocol.messages import LendPipe
from agent_status.system.processes import ProcessReader
from agent_status.terminal.asciicast import Writer, render_processes
from agent_status.tmux.client import PaneGoneError, Tmux, TmuxError, quote

POLL_S = 0.25
START_S = 10.0
FREE_S = 5.0
"""The daemon's own tap has given up a pane's pipe after so long."""
FREE_INTERVAL_S = 0.02
LOAN_S = 10.0
RENEW_S = 1.0
"""Sooner than a daemon that has just started leaves a pane with a pipe alone for good."""
CHUNK = 65536
FACTS = "#{pane_width} #{pane_height} #{pane_pid} #{pane_pipe} #{pane_dead}"


class RecordError(AgentStatusError):
    """A pane can't be recorded; the message says why and what to do."""


class Loan:
    """
    A pane's pipe, lent by the daemon while we use it; a daemon that does not run holds none.

    Used as a context manager; the pipe is given back at the end.
    """

    def __init__(self, tmux: Tmux, pane: PaneId) -> None:
        self._tmux, self._pane = tmux, pane
        self._renew_at = 0.0

    def __enter__(self) -> Self:
        """Ask for the pipe, and wait until our own tap has left it; raise TmuxError."""
        if self._ask(LOAN_S):
            end = time.monotonic() + FREE_S
            while read_facts(self._tmux, self._pane)[3] and time.monotonic() < end:
                time.sleep(FREE_INTERVAL_S)
        return self

    def __exit__(self, *error: object) -> None:
        """Give it back."""
        self._ask(0.0)

    def renew(self) -> None:
        """Ask for more time, if it is time to."""
        if time.monotonic() >= self._renew_at:
            self._ask(LOAN_S)

    def _ask(self, seconds: float) -> bool:
        """Return True if the daemon's tap held the pipe."""
        self._renew_at = time.monotonic() + RENEW_S
        try:
            with DaemonClient.open(self._tmux.socket) as daemon:
                return daemon.ask(LendPipe(make_ref(self._pane), seconds)).was_ours
        except (DaemonGoneError, RefusedError):
            return False


class Tap:
    """
    A pane's bytes by way of `pipe-pane`, which exists once a pane: taken only if it is free.

    Used as a context manager; the pipe is closed, if it is ours still, and its FIFO removed at
    the end. It is ours while the `cat` that we had started holds the FIFO open.
    """

    def __init__(self, tmux: Tmux, pane: PaneId) -> None:
        self._tmux, self._pane = tmux, pane
        self._folder = tempfile.TemporaryDirectory(prefix="agent-status-record-")
        self._fifo = Path(self._folder.name) / "bytes"
        self.descriptor = -1

    def __enter__(self) -> Self:
        """Open the pipe; raise RecordError if another program uses it."""
        if read_facts(self._tmux, self._pane)[3]:
            self._folder.cleanup()
            message = (
                f"{self._pane} is piped already; end that first: tmux pipe-pane -t {self._pane}"
            )
            raise RecordError(message)
        os.mkfifo(self._fifo, 0o600)
        self.descriptor = os.open(self._fifo, os.O_RDONLY | os.O_NONBLOCK)
        end = os.open(self._fifo, os.O_WRONLY)
        try:
            command = f"exec > {quote(str(self._fifo))}; echo; exec cat"
            self._tmux.run(("pipe-pane", "-O", "-t", self._pane, command))
            self._await_start()
        except BaseException:
            self._close()
            raise
        finally:
            os.close(end)
        return self

    def _await_start(self) -> None:
        """Read the first line of our command; from then on its end can be seen."""
        if not select.select([self.descriptor], [], [], START_S)[0]:
            message = f"what {self._pane} shows does not reach us: try again"
            raise RecordError(message)
        os.read(self.descriptor, 1)

    def __exit__(self, *error: object) -> None:
        """Close the pipe if it is ours and the pane still exists."""
        self._close()

    def _close(self) -> None:
        try:
            if self._is_ours():
                self._tmux.run(("pipe-pane", "-t", self._pane))
        except TmuxError:
            pass
        finally:
            os.close(self.descriptor)
            self._folder.cleanup()

    def _is_ours(self) -> bool:
        poll = select.poll()
        poll.register(self.descriptor, 0)  # only its end
        return not poll.poll(0)


def read_facts(tmux: Tmux, pane: PaneId) -> tuple[int, int, int, bool, bool]:
    """Return width, height, process id, whether it is piped, whether it is dead."""
    words = tmux.ask(FACTS, pane).split()
    if len(words) != 5:  # noqa: PLR2004
        message = f"there is no pane {pane}"
        raise PaneGoneError(message)
    width, height, pid, piped, dead = (int(word) for word in words)
    return width, height, pid, bool(piped), bool(dead)


def open_private(path: str, flags: int) -> int:
    """Open a file that only its owner can read: a pane may show secrets."""
    return os.open(path, flags, 0o600)


def record(tmux: Tmux, pane: PaneId, file: Path, until: Callable[[], bool]) -> int:
    """
    Write what happens in `pane` to `file` until the pane is gone or `until()` is true.

    Returns the number of bytes seen. Raises RecordError, TmuxError or OSError.
    """
    width, height, pid, _, _ = read_facts(tmux, pane)
    with (
        Loan(tmux, pane) as loan,
        Tap(tmux, pane) as tap,
        open(file, "x", encoding="utf-8", opener=open_private) as out,
    ):
        started = time.monotonic()
        writer = Writer(out, width, height, {"timestamp": int(time.time())})
        screen = tmux.run(("capture-pane", "-p", "-e", "-t", pane)).rstrip("\n")
        writer.write(0.0, "o", screen.replace("\n", "\r\n"))
        session = _Session(tmux, pane, loan, writer, started, (width, height), pid)
        return _follow(session, tap, until)


@dataclass
class _Session:
    """The state of one recording."""

    tmux: Tmux
    pane: PaneId
    loan: Loan
    writer: Writer
    started: float
    size: tuple[int, int]
    pid: int
    reader: ProcessReader = field(default_factory=ProcessReader)
    tree: tuple[Process, ...] = ()

    @property
    def at(self) -> float:
        return time.monotonic() - self.started

    def refresh(self) -> bool:
        """Write a new size and process tree; return True if the pane is alive."""
        self.loan.renew()
        try:
            width, height, _, _, dead = read_facts(self.tmux, self.pane)
        except TmuxError:
            return False
        if (width, height) != self.size:
            self.size = width, height
            self.writer.write(self.at, "r", f"{width}x{height}")
        tree = self.reader.read_trees((self.pid,), time.monotonic()).get(self.pid, ())
        if tree != self.tree:
            self.tree = tree
            self.writer.write(self.at, "p", render_processes(tree))
        return not dead

    def end(self) -> None:
        """Raise RecordError if the pane is alive but its output has ended."""
        if self.refresh():
            message = f"{self.pane} is piped elsewhere by now; what came before is in the file"
            raise RecordError(message)


def _follow(session: _Session, tap: Tap, until: Callable[[], bool]) -> int:
    count, look_at = 0, 0.0
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    with selectors.DefaultSelector() as selector:
        selector.register(tap.descriptor, selectors.EVENT_READ)
        while not until():
            if session.at >= look_at:
                if not session.refresh():
                    break
                look_at = session.at + POLL_S
            if selector.select(max(0.0, look_at - session.at)):
                data = os.read(tap.descriptor, CHUNK)
                if not data:
                    session.end()
                    break
                count += len(data)
                session.writer.write(session.at, "o", decode(data))
    return count

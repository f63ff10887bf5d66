"""What was known of each agent, kept on disk, so that a restart of the daemon forgets nothing."""

import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from agent_status.files import read_bounded, write_private
from agent_status.model import Kept, Pane, PaneId, Process, Standstill, State, clip_text
from agent_status.system.processes import read_started_at

MAX_BYTES = 4 * 1024 * 1024
VERSION = 1
SAME_S = 2.0
"""The start of a process is known this exactly."""
TIMES = ("since", "asked_at")
STANDS = ("moved_at", "failed_at")
"""The times in what is kept; on disk they are Unix seconds."""


@dataclass(frozen=True, slots=True)
class Memory:
    """One agent's past, and whose it is: its process, when that began, and its session."""

    pid: int
    started_at: float
    """In Unix seconds."""
    session: str
    """What tells the agent's session from its others; empty where that is not known."""
    kept: Kept


class Recall:
    """
    The memories of one tmux server's panes, in one file. Times are on the daemon's clock.

    `read_ahead_s` says what Unix time is ahead of that. A file that can't be read counts as
    empty; if one can't be written, `tell` is called once.
    """

    def __init__(
        self,
        file: Path,
        report_fault: Callable[[str], None] = lambda _: None,
        read_ahead_s: Callable[[], float] = lambda: time.time() - time.monotonic(),
    ) -> None:
        self._file = file
        self._report_fault = report_fault
        self._read_ahead_s = read_ahead_s
        self._server = 0
        self._known: dict[PaneId, Memory] = {}
        self._written: Mapping[PaneId, Memory] = {}
        self._trouble = ""

    def begin(self, server: int) -> None:
        """Read what is known of the panes of the tmux server with this pid; of others nothing."""
        self._server = server
        self._known = _read(self._file, server, self._read_ahead_s())
        self._written = dict(self._known)

    def find(self, pane: Pane, tree: Sequence[Process]) -> Memory | None:
        """Return what is known of the agent in `pane`, if the same process still runs there."""
        found = self._known.get(pane.id)
        if found is None or found.pid not in {pane.pid, *(one.pid for one in tree)}:
            return None
        started_at = read_started_at(found.pid)
        same = started_at is not None and abs(started_at - found.started_at) <= SAME_S
        return found if same else None

    def note(self, pane: Pane, pid: int | None, session: str, kept: Kept) -> None:
        """Remember this about the agent `pid` in a pane, or about what runs in it."""
        pid = pid or pane.pid
        known = self._known.get(pane.id)
        if known is None or known.pid != pid:
            started_at = read_started_at(pid)
            if started_at is None:
                return
            known = Memory(pid, started_at, session, kept)
        self._known[pane.id] = replace(known, session=session, kept=kept)

    def keep(self, panes: Mapping[PaneId, Any]) -> None:
        """Forget all but `panes`, and write what is different."""
        self._known = {pane: one for pane, one in self._known.items() if pane in panes}
        if self._known == self._written or not self._server:
            return
        ahead_s = self._read_ahead_s()
        panes = {pane: _render(one, ahead_s) for pane, one in self._known.items()}
        trouble = ""
        try:
            data = {"version": VERSION, "server": self._server, "panes": panes}
            write_private(self._file, json.dumps(data))
        except OSError as error:
            trouble = f"states are forgotten at a restart: {self._file}: {error.strerror or error}"
        if trouble and trouble != self._trouble:
            self._report_fault(clip_text(trouble, 300))
        self._written, self._trouble = dict(self._known), trouble

    def remove(self) -> None:
        """Take the file away, as the server has ended."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)


def _read(file: Path, server: int, ahead_s: float) -> dict[PaneId, Memory]:
    """Return the memories of that server; none of a file that is broken or another's."""
    try:
        data = json.loads(read_bounded(file, MAX_BYTES))
        if (data["version"], data["server"]) != (VERSION, server):
            return {}
        return {PaneId(str(pane)): _parse(one, ahead_s) for pane, one in data["panes"].items()}
    except (OSError, ArithmeticError, LookupError, AttributeError, TypeError, ValueError):
        return {}
    except RecursionError:
        return {}


def _render(memory: Memory, ahead_s: float) -> dict[str, Any]:
    data = asdict(memory)
    _shift(data["kept"], TIMES, ahead_s)
    _shift(data["kept"]["stand"], STANDS, ahead_s)
    return data


def _parse(data: dict[str, Any], ahead_s: float) -> Memory:
    """Return a memory; raise TypeError, LookupError or ValueError for anything else."""
    kept, stand = dict(data["kept"]), dict(data["kept"]["stand"])
    _shift(kept, TIMES, -ahead_s)
    _shift(stand, STANDS, -ahead_s)
    failures = tuple((str(text), int(count)) for text, count in stand["failures"])
    kept["stand"] = Standstill(**stand | {"rows": str(stand["rows"]), "failures": failures})
    texts = {name: str(kept[name]) for name in ("kind", "asked", "left")}
    flags = {name: kept[name] is True for name in ("unseen", "worked")}
    kept |= texts | flags | {"state": State(kept["state"])}
    return Memory(int(data["pid"]), float(data["started_at"]), str(data["session"]), Kept(**kept))


def _shift(data: dict[str, Any], names: Sequence[str], ahead_s: float) -> None:
    for name in names:
        if data[name] is not None:
            data[name] = float(data[name]) + ahead_s

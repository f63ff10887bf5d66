"""What acting touches: tmux, the daemon, the journal and the clock, opened together."""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from agent_status.actions.target import Clock, Journal, Senses, Terminal
from agent_status.features.journal import find_journal, open_journal
from agent_status.features.journal.who import name_caller
from agent_status.model import PaneId, Verb
from agent_status.paths import find_runtime, find_state
from agent_status.protocol.client import Client
from agent_status.system.foreground import Keyboard, find_keyboard
from agent_status.system.locks import lock_pane
from agent_status.tmux.client import Tmux


class SystemClock:
    """The machine's clocks."""

    def read_monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def read_unix(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class OpenContext:
    """A context manager that closes what it holds; use it in one thread only."""

    tmux: Terminal
    daemon: Senses
    journal: Journal
    clock: Clock
    who: str
    folder: Path
    """Where turns are taken."""
    stack: contextlib.ExitStack

    def find_keyboard(self, pid: int) -> Keyboard:
        """Return whether a process is in the foreground of its terminal."""
        return find_keyboard(pid)

    def lock_pane(self, pane: PaneId) -> contextlib.AbstractContextManager[bool]:
        """Return what says whether nobody else acts on the pane; see `system.locks`."""
        return lock_pane(self.folder / f"hand-{pane.removeprefix('%')}", self.clock.wait)

    def close(self) -> None:
        """Close every connection. Idempotent."""
        self.stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_context(
    socket: str, origin: str = "cli", *, verb: Verb = Verb.ANSWER, pane: str = ""
) -> OpenContext:
    """
    Return the desk of the tmux server at `socket`, if our caller may do `verb` to `pane`.

    The daemon judges that by the process that connects; unsaid, the verb is the one that is never
    left to agents. `origin` tells the journal where from. Raises CallerError, with nothing
    done, or client.DaemonGoneError.
    """
    with contextlib.ExitStack() as stack:
        daemon = stack.enter_context(Client.open(socket))
        daemon.ask("may", verb=verb, pane=pane)
        journal = stack.enter_context(open_journal(find_journal(find_state()), socket))
        who = name_caller(origin)
        folder = find_runtime(socket)
        kept = stack.pop_all()
    return OpenContext(Tmux(socket), daemon, journal, SystemClock(), who, folder, kept)

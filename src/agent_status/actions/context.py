"""What acting touches: tmux, the daemon, the journal and the clock, opened together."""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from agent_status.actions.target import Clock, Connection, Journal, Terminal
from agent_status.features.journal import find_journal, open_journal
from agent_status.features.journal.who import name_caller
from agent_status.model import Verb
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.paths import find_runtime, find_state
from agent_status.protocol.client import DaemonClient
from agent_status.protocol.messages import May
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
    daemon: Connection
    journal: Journal
    clock: Clock
    who: str
    folder: Path
    """Where locks are kept."""
    stack: contextlib.ExitStack

    def find_keyboard(self, pid: int) -> Keyboard:
        """Return whether a process is in the foreground of its terminal."""
        return find_keyboard(pid)

    def lock_pane(self, ref: AgentRef) -> contextlib.AbstractContextManager[bool]:
        """Return whether nothing else acts on the pane; see `system.locks`."""
        return lock_pane(self.folder / f"hand-{ref.pane.removeprefix('%')}", self.clock.wait)

    def close(self) -> None:
        """Close every connection. Idempotent."""
        self.stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_context(
    socket: str, origin: str = "cli", *, verb: Verb = Verb.ANSWER, ref: AgentRef = NO_REF
) -> OpenContext:
    """
    Return a context for the tmux server at `socket`, if our caller may do `verb` to the pane.

    The daemon judges that by the process that connects; the default is the verb that is never
    left to agents. The journal keeps `origin`. Raises CallerError, with nothing done, or
    client.DaemonGoneError.
    """
    with contextlib.ExitStack() as stack:
        daemon = stack.enter_context(DaemonClient.open(socket))
        daemon.ask(May(ref, verb=verb))
        journal = stack.enter_context(open_journal(find_journal(find_state()), socket))
        who = name_caller(origin)
        folder = find_runtime(socket)
        kept = stack.pop_all()
    return OpenContext(Tmux(socket), daemon, journal, SystemClock(), who, folder, kept)

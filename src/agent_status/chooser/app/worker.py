"""Two threads that bring the report and the selected screen, and never hold up a key."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any

from agent_status.chooser.state.effects import Deed, ReadHistory, ReadLog, Run, Tend
from agent_status.chooser.state.source import DeniedError, NoDaemonError, NoScreenError, Source

SCREEN_S = 0.25
"""Seconds between two looks at the selected pane."""
NO_DAEMON = "the daemon does not answer"
RETRY_S = 1.0
"""Seconds between two tries to reach a daemon that is not there."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The daemon said what the agents do."""

    report: Any


@dataclass(frozen=True, slots=True)
class Pictured:
    """The daemon showed a pane; `trouble` says why it did not."""

    pane: str
    screen: Any = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """No daemon answers; the sentence says so."""

    words: str


@dataclass(frozen=True, slots=True)
class Done:
    """A deed was carried out, or could not be; the words say so where it does not itself."""

    deed: Deed
    good: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """The journal's entries, the latest first or last, as the daemon gives them."""

    pane: str
    entries: Any = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Recalled:
    """The lines above the top of a pane."""

    pane: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Printed:
    """A command ended with that code, and printed that."""

    words: tuple[str, ...]
    code: int
    text: str


News = Reported | Pictured | Lost | Done | Logged | Recalled | Printed


class Feed:
    """Brings news to `tell`, which is called from other threads, until `stop`."""

    def __init__(self, source: Source, tell: Callable[[News], object]) -> None:
        self._source = source
        self._tell = tell
        self._pane = ""
        self._turned = Event()
        self._retry = Event()
        self._over = Event()
        self._telling = Lock()
        self._tending = Lock()

    def start(self) -> None:
        """Begin; call once."""
        for work in (self._follow_reports, self._follow_screen):
            Thread(target=work, name=work.__name__, daemon=True).start()

    def stop(self) -> None:
        """End both threads soon; nothing is told from now on. Idempotent."""
        with self._telling:
            self._over.set()
        self._turned.set()
        self._retry.set()

    def look_at(self, pane: str) -> None:
        """Bring the screen of `pane` from now on, first at once."""
        if pane != self._pane:
            self._pane = pane
            self._turned.set()

    def start_daemon(self) -> None:
        """Start the daemon in a thread of its own; what went wrong comes as Lost."""
        Thread(target=self._start_daemon, name="start-daemon", daemon=True).start()

    def do(self, deed: Deed) -> None:
        """Carry out a deed in a thread of its own; its end comes as news."""
        Thread(target=self._do, args=(deed,), name=type(deed).__name__, daemon=True).start()

    def _do(self, deed: Deed) -> None:
        # one by one, so that what is told last of what is remembered is true
        with self._tending if isinstance(deed, Tend) else nullcontext():
            self._say(self._carry_out(deed))

    def _carry_out(self, deed: Deed) -> News:
        try:
            match deed:
                case ReadLog(pane):
                    return Logged(pane, self._source.read_log(pane))
                case Run(command):
                    return Printed(command, *self._source.run(command))
                case ReadHistory(pane):
                    return Recalled(pane, self._source.read_history(pane))
                case _:
                    return Done(deed, *self._source.act(deed))
        except (DeniedError, NoDaemonError) as error:
            words = str(error) or NO_DAEMON
        if isinstance(deed, ReadHistory):
            return Recalled(deed.pane)
        return (
            Logged(deed.pane, None, words)
            if isinstance(deed, ReadLog)
            else Done(deed, good=False, words=words)
        )

    def _start_daemon(self) -> None:
        trouble = self._source.start_daemon()
        if trouble:
            self._say(Lost(trouble))
        self._retry.set()

    def _follow_reports(self) -> None:
        while not self._over.is_set():
            self._retry.clear()
            try:
                for report in self._source.watch_reports():
                    self._say(Reported(report))
            except NoDaemonError as error:
                self._say(Lost(str(error)))
            self._retry.wait(RETRY_S)

    def _follow_screen(self) -> None:
        last: Pictured | None = None
        while not self._over.is_set():
            self._turned.clear()
            found = self._read_screen(self._pane) if self._pane else None
            if found and found != last:
                self._say(found)
                last = found
            self._turned.wait(SCREEN_S)

    def _read_screen(self, pane: str) -> Pictured | None:
        try:
            return Pictured(pane, self._source.read_screen(pane))
        except NoScreenError as error:
            return Pictured(pane, trouble=str(error))
        except NoDaemonError:
            return None

    def _say(self, news: News) -> None:
        with self._telling:
            if not self._over.is_set():
                self._tell(news)

"""The threads that bring the report and the selected screen, and run effects."""

from collections.abc import Callable
from contextlib import nullcontext
from threading import Event as Flag
from threading import Lock, Thread

from agent_status.chooser.state.events import Lost, ReportReceived, ScreenReceived
from agent_status.chooser.state.source import NoDaemonError, NoScreenError, Source
from agent_status.chooser.state.view import Effect, Event

SCREEN_S = 0.25
"""Seconds between two looks at the selected pane."""
RETRY_S = 1.0
"""Seconds between two tries to reach a daemon that is not there."""


class Worker:
    """Tells events to `tell`, which is called from other threads, until `stop`."""

    def __init__(self, source: Source, tell: Callable[[Event], object]) -> None:
        self._source = source
        self._tell = tell
        self._pane = ""
        self._turned = Flag()
        self._retry = Flag()
        self._over = Flag()
        self._telling = Lock()
        self._ordering = Lock()

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

    def run(self, effect: Effect) -> None:
        """Run an effect in a thread of its own; its end is told as an event."""
        name = type(effect).__name__
        Thread(target=self._run, args=(effect,), name=name, daemon=True).start()

    def _run(self, effect: Effect) -> None:
        with self._ordering if effect.in_order else nullcontext():
            self._say(effect.run(self._source))
        self._retry.set()  # there may be a daemon now

    def _follow_reports(self) -> None:
        while not self._over.is_set():
            self._retry.clear()
            try:
                for report in self._source.watch_reports():
                    self._say(ReportReceived(report))
            except NoDaemonError as error:
                self._say(Lost(str(error)))
            self._retry.wait(RETRY_S)

    def _follow_screen(self) -> None:
        last: ScreenReceived | None = None
        while not self._over.is_set():
            self._turned.clear()
            found = self._read_screen(self._pane) if self._pane else None
            if found and found != last:
                self._say(found)
                last = found
            self._turned.wait(SCREEN_S)

    def _read_screen(self, pane: str) -> ScreenReceived | None:
        try:
            return ScreenReceived(pane, self._source.read_screen(pane))
        except NoScreenError as error:
            return ScreenReceived(pane, trouble=str(error))
        except NoDaemonError:
            return None

    def _say(self, event: Event) -> None:
        with self._telling:
            if not self._over.is_set():
                self._tell(event)

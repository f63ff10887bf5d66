"""The threads that bring the report and the selected screen, and run effects."""

from collections.abc import Callable
from contextlib import nullcontext
from threading import Event as Flag
from threading import Lock, Thread

from agent_status.chooser.state.events import Lost, ReportReceived, ScreenReceived
from agent_status.chooser.state.source import ChooserSource, describe_loss
from agent_status.chooser.state.view import Effect, Event
from agent_status.errors import AgentStatusError, DaemonGoneError, RefusedError
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.protocol.messages import ShowScreen

POLL_INTERVAL_S = 0.25
"""Seconds between two looks at the selected pane."""
RETRY_S = 1.0
"""Seconds between two tries to reach a daemon that is not there."""


class Worker:
    """Passes events to `send`, which is called from other threads, until `stop`."""

    def __init__(self, source: ChooserSource, send: Callable[[Event], object]) -> None:
        self._source = source
        self._send = send
        self._ref = NO_REF
        self._turned = Flag()
        self._retry = Flag()
        self._over = Flag()
        self._sending = Lock()
        self._ordering = Lock()

    def start(self) -> None:
        """Begin; call once."""
        for work in (self._follow_reports, self._follow_screen):
            Thread(target=work, name=work.__name__, daemon=True).start()

    def stop(self) -> None:
        """End both threads soon; nothing is sent from now on. Idempotent."""
        with self._sending:
            self._over.set()
        self._turned.set()
        self._retry.set()

    def look_at(self, ref: AgentRef) -> None:
        """Bring the screen of this agent from now on, first at once."""
        if ref != self._ref:
            self._ref = ref
            self._turned.set()

    def run(self, effect: Effect) -> None:
        """Run an effect in a thread of its own; its end is an event."""
        name = type(effect).__name__
        Thread(target=self._run, args=(effect,), name=name, daemon=True).start()

    def _run(self, effect: Effect) -> None:
        with self._ordering if effect.in_order else nullcontext():
            self._pass_on(effect.run(self._source))
        self._retry.set()  # there may be a daemon now

    def _follow_reports(self) -> None:
        while not self._over.is_set():
            self._retry.clear()
            try:
                for report in self._source.watch():
                    self._pass_on(ReportReceived(report))
            except AgentStatusError as error:
                self._pass_on(Lost(describe_loss(error)))
            self._retry.wait(RETRY_S)

    def _follow_screen(self) -> None:
        last: ScreenReceived | None = None
        while not self._over.is_set():
            self._turned.clear()
            found = self._read_screen(self._ref) if self._ref else None
            if found and found != last:
                self._pass_on(found)
                last = found
            self._turned.wait(POLL_INTERVAL_S)

    def _read_screen(self, ref: AgentRef) -> ScreenReceived | None:
        try:
            return ScreenReceived(ref, self._source.ask(ShowScreen(ref)).screen)
        except DaemonGoneError:
            return None
        except RefusedError as error:
            return ScreenReceived(ref, trouble=str(error))

    def _pass_on(self, event: Event) -> None:
        with self._sending:
            if not self._over.is_set():
                self._send(event)

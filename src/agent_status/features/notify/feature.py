"""Daemon plug-in that notifies the user, as far as the options ask for it."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent_status.features.base import Feature
from agent_status.features.notify.channels import CHANNELS
from agent_status.features.notify.message import Notice, NotifyError, render_notice
from agent_status.features.notify.policy import (
    Key,
    Memory,
    advance_memory,
    find_news,
    is_due,
    is_in_front,
    is_quiet,
    list_waiting,
    mark_sent,
    name_news,
)
from agent_status.model import Sighting, clip_text
from agent_status.options import Options
from agent_status.tmux.client import Tmux, TmuxError
from agent_status.tmux.clients import read_onlookers

CLOSE_S = 8.0
"""How long `close` waits for the thread: longer than a program may take."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Agents to notify the user about, and the channels for it."""

    sightings: tuple[Sighting, ...]
    channels: frozenset[str]


class NotifyFeature(Feature):
    """Notifies the user once about what waits. `clock` gives Unix seconds."""

    def __init__(
        self, tmux: Tmux, log: logging.Logger, clock: Callable[[], float] = time.time
    ) -> None:
        self._tmux = tmux
        self._log = log
        self._clock = clock
        self._options = Options()
        self._memory = Memory()
        self._notifications: queue.SimpleQueue[Notification | None] = queue.SimpleQueue()
        self._sent: queue.SimpleQueue[frozenset[Key]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._busy = False
        self._troubles: set[str] = set()

    def take_options(self, options: Options) -> None:
        """Set what to notify about, how, and when not."""
        self._options = options

    def observe(self, sightings: Sequence[Sighting], now: float) -> None:
        """Notify the user about what is pending, in a thread, if it is time to."""
        options = self._options
        if not options.notify and not self._memory.sent:
            return
        self._take_results(now)
        news = find_news(sightings, options.notify)
        self._memory = advance_memory(self._memory, news, now)
        if self._busy or not is_due(self._memory, now) or self._is_quiet():
            return
        self._start()
        self._busy = True
        self._notifications.put(Notification(list_waiting(self._memory, news), options.notify_by))

    def close(self) -> None:
        """End the thread. Idempotent."""
        if self._thread:
            self._notifications.put(None)
            self._thread.join(CLOSE_S)
        self._thread = None

    def _take_results(self, now: float) -> None:
        while not self._sent.empty():
            self._busy = False
            self._memory = mark_sent(self._memory, self._sent.get(), now)

    def _is_quiet(self) -> bool:
        local = time.localtime(self._clock())
        return is_quiet(self._options.quiet_hours, local.tm_hour * 60 + local.tm_min)

    def _start(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="notify", daemon=True)
            thread.start()
            self._thread = thread

    def _work(self) -> None:
        while notification := self._notifications.get():
            self._sent.put(self._run(notification))

    def _run(self, notification: Notification) -> frozenset[Key]:
        """Return what was sent; the rest is tried again, unless it must not be sent."""
        try:
            clients = read_onlookers(self._tmux)
        except TmuxError:
            return frozenset()
        clock = self._clock()
        away = [one for one in notification.sightings if not is_in_front(one.pane, clients, clock)]
        names = sorted(notification.channels)
        usable = [name for name in names if clients or not CHANNELS[name].needs_client]
        if not away or not (clients or usable):
            return frozenset()
        notice = render_notice(away)
        tty, term = (clients[0].tty, clients[0].term) if clients else ("", "")
        for name in usable:
            self._send(name, notice, tty, term)
        return frozenset(map(name_news, away))

    def _send(self, name: str, notice: Notice, tty: str, term: str) -> None:
        """Send a notice by one channel, and log what keeps it from being shown."""
        channel = CHANNELS[name]
        if lack := channel.find_lack(term):
            self._log_once(f"notification at {tty}: {lack}")
        try:
            channel.send(notice, tty, term)
        except NotifyError as error:
            self._log_once(f"no notification: {error}")

    def _log_once(self, trouble: str) -> None:
        if trouble not in self._troubles:
            self._troubles.add(trouble)
            self._log.warning("%s", clip_text(trouble, 300))

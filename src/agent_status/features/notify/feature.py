"""Daemon plug-in that notifies the user, as far as the options ask for it."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent_status.features.base import Feature
from agent_status.features.notify.channels import CHANNELS
from agent_status.features.notify.message import Notice, NotifyError, render_notice
from agent_status.features.notify.policy import (
    Key,
    Memory,
    Topic,
    advance_memory,
    find_notable,
    is_due,
    is_in_front,
    is_quiet,
    list_waiting,
    make_key,
    mark_sent,
)
from agent_status.model import Sighting, clip_text
from agent_status.options import Options
from agent_status.system.log import format_error
from agent_status.system.workers import WorkerPool
from agent_status.tmux.client import Tmux, TmuxError
from agent_status.tmux.clients import read_clients

KEY = "notify"
CLOSE_S = 8.0
"""How long `close` waits for the thread: longer than a program may take."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What to notify the user about, and the channels to use."""

    topics: tuple[Topic, ...]
    channels: frozenset[str]


class NotifyFeature(Feature):
    """Notifies the user once about each waiting agent. `clock` returns Unix seconds."""

    def __init__(
        self, tmux: Tmux, log: logging.Logger, clock: Callable[[], float] = time.time
    ) -> None:
        self._tmux = tmux
        self._log = log
        self._clock = clock
        self._options = Options()
        self._memory = Memory()
        self._pool: WorkerPool[frozenset[Key]] = WorkerPool()
        self._troubles: set[str] = set()

    def take_options(self, options: Options) -> None:
        """Set what to notify about, how, and when not to."""
        self._options = options

    def observe(self, sightings: Sequence[Sighting], now: float) -> None:
        """Notify the user about what is due, in a thread."""
        options = self._options
        if not options.notify and not self._memory.sent:
            return
        self._take_results(now)
        notable = find_notable(sightings, options.notify)
        self._memory = advance_memory(self._memory, notable, now)
        if self._pool.is_busy(KEY) or not is_due(self._memory, now) or self._is_quiet():
            return
        notification = Notification(list_waiting(self._memory, notable), options.notify_by)
        self._pool.submit(KEY, lambda _: self._run(notification))
        self._pool.begin(now)

    def close(self) -> None:
        """Wait for what is being sent. Idempotent."""
        self._pool.close(CLOSE_S)

    def _take_results(self, now: float) -> None:
        for _, outcome in self._pool.collect(now):
            if isinstance(outcome, BaseException):
                self._log_once(f"no notification: {format_error(outcome)}")
                outcome = frozenset[Key]()  # noqa: PLW2901
            self._memory = mark_sent(self._memory, outcome, now)

    def _is_quiet(self) -> bool:
        local = time.localtime(self._clock())
        return is_quiet(self._options.quiet_hours, local.tm_hour * 60 + local.tm_min)

    def _run(self, notification: Notification) -> frozenset[Key]:
        """Return what was sent; the rest is retried, unless it must not be sent."""
        try:
            clients = read_clients(self._tmux)
        except TmuxError:
            return frozenset()
        clock = self._clock()
        away = [
            one for one in notification.topics if not is_in_front(one.sighting.pane, clients, clock)
        ]
        names = sorted(notification.channels)
        usable = [name for name in names if clients or not CHANNELS[name].needs_client]
        if not away or not (clients or usable):
            return frozenset()
        notice = render_notice(away)
        tty, term = (clients[0].tty, clients[0].term) if clients else ("", "")
        for name in usable:
            self._send(name, notice, tty, term)
        return frozenset(map(make_key, away))

    def _send(self, name: str, notice: Notice, tty: str, term: str) -> None:
        """Send a notice by one channel, and log why it can't be shown."""
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

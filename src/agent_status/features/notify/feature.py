"""The daemon's part that interrupts the user, as far as the options ask for it."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agent_status.features.base import Feature
from agent_status.features.notify.channels import NotifyError, send_desktop, write_terminal
from agent_status.features.notify.message import (
    BELL,
    Notice,
    find_lack,
    render_escape,
    render_notice,
)
from agent_status.features.notify.policy import (
    Key,
    Memory,
    advance_memory,
    find_news,
    is_due,
    is_in_front,
    is_quiet,
    list_waiting,
    name_news,
    settle,
)
from agent_status.model import Sighting, TmuxClient, clip_text
from agent_status.options import Options
from agent_status.system.log import format_error
from agent_status.system.workers import WorkerPool
from agent_status.tmux.client import Tmux, TmuxError
from agent_status.tmux.clients import read_clients

KEY = "notify"
CLOSE_S = 8.0
"""Longer than a program may take."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Agents to tell the user of, and the ways to do it."""

    sightings: tuple[Sighting, ...]
    ways: frozenset[str]


class NotifyFeature(Feature):
    """Tells the user once of what waits. `clock` gives Unix seconds."""

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
        """Set what to notify about, how, and when not."""
        self._options = options

    def observe(self, sightings: Sequence[Sighting], now: float) -> None:
        """Notify the user about what is pending, in a thread, if it is time to."""
        options = self._options
        if not options.notify and not self._memory.told:
            return
        self._take_results(now)
        news = find_news(sightings, options.notify)
        self._memory = advance_memory(self._memory, news, now)
        if self._pool.is_busy(KEY) or not is_due(self._memory, now) or self._is_quiet():
            return
        notification = Notification(list_waiting(self._memory, news), options.notify_by)
        self._pool.submit(KEY, lambda _: self._run(notification))
        self._pool.begin(now)

    def close(self) -> None:
        """Wait for what is being sent. Idempotent."""
        self._pool.close(CLOSE_S)

    def _take_results(self, now: float) -> None:
        for _, outcome in self._pool.collect(now):
            if isinstance(outcome, BaseException):
                self._complain(f"no notification: {format_error(outcome)}")
                outcome = frozenset[Key]()  # noqa: PLW2901
            self._memory = settle(self._memory, outcome, now)

    def _is_quiet(self) -> bool:
        local = time.localtime(self._clock())
        return is_quiet(self._options.quiet_hours, local.tm_hour * 60 + local.tm_min)

    def _run(self, errand: Notification) -> frozenset[Key]:
        """Return what was sent; the rest is tried again, unless it must not be sent."""
        try:
            onlookers = read_clients(self._tmux)
        except TmuxError:
            return frozenset()
        clock = self._clock()
        away = [one for one in errand.sightings if not is_in_front(one.pane, onlookers, clock)]
        if not away or not (onlookers or "desktop" in errand.ways):
            return frozenset()
        self._tell(render_notice(away), errand.ways, onlookers)
        return frozenset(map(name_news, away))

    def _tell(self, notice: Notice, ways: Iterable[str], onlookers: Sequence[TmuxClient]) -> None:
        """Go every way; of several terminals to the one that was used last."""
        for way in sorted(ways):
            try:
                if way == "desktop":
                    send_desktop(notice.title, notice.body)
                elif onlookers:
                    self._write(way, notice, onlookers[0])
            except NotifyError as error:
                self._complain(f"no notification: {error}")

    def _write(self, way: str, notice: Notice, last: TmuxClient) -> None:
        """Ring, or show a notice as far as that terminal can; what it can't is said."""
        lack = find_lack(last.term) if way == "terminal" else ""
        if lack:
            self._complain(f"notification at {last.tty}: {lack}")
        write_terminal(last.tty, BELL if way == "bell" else render_escape(notice, last.term))

    def _complain(self, trouble: str) -> None:
        """Log a trouble once."""
        if trouble not in self._troubles:
            self._troubles.add(trouble)
            self._log.warning("%s", clip_text(trouble, 300))

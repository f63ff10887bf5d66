"""Daemon plug-in that keeps a chooser ready, so the popup need not start one."""

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Sequence

from agent_status.features.base import Feature
from agent_status.model import Sighting
from agent_status.options import Options
from agent_status.system.interpreter import ISOLATED

CALM_S = 1.0
"""Wait so long after the first agent, or after a popup: the user needs the processor then."""
MAX_S = 600.0
"""One that ends on its own is started again after ever longer pauses."""
END_S = 2.0
COMMAND = (sys.executable, *ISOLATED, "-m", "agent_status", "choose", "--stand-by")

Child = subprocess.Popen[bytes]


class StandbyChooser(Feature):
    """
    Starts a standby chooser once there is an agent, and another one after it was used.

    It reads from a pipe that the daemon holds, so it ends with the daemon.
    """

    def __init__(self, socket: str, log: logging.Logger, command: Sequence[str] = COMMAND) -> None:
        self._socket = socket
        self._log = log
        self._command = tuple(command)
        self._child: Child | None = None
        self._taken: list[Child] = []
        self._wanted = Options().stand_by
        self._next_at = 0.0
        self._pause_s = CALM_S

    def take_options(self, options: Options) -> None:
        """Keep a chooser ready, or end it."""
        self._wanted = options.stand_by
        if not self._wanted:
            self._end()

    def observe(self, sightings: Sequence[Sighting], now: float) -> None:
        """Start a chooser if there is an agent and none is ready."""
        self._taken = [one for one in self._taken if one.poll() is None]
        if self._child:
            self._look_after(self._child, now)
        elif self._wanted and any(one.status.agent for one in sightings):
            self._start_in_time(now)

    def close(self) -> None:
        """End it. Idempotent."""
        self._wanted = False
        self._end()

    def _start_in_time(self, now: float) -> None:
        self._next_at = self._next_at or now + CALM_S
        if now >= self._next_at:
            self._child = self._start(now)

    def _start(self, now: float) -> Child | None:
        try:
            child = subprocess.Popen(
                (*self._command, self._socket),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            self._log.warning("no chooser stands by: %s", error)
            self._delay(now)
            return None
        if child.stdout:
            os.set_blocking(child.stdout.fileno(), False)
        return child

    def _look_after(self, child: Child, now: float) -> None:
        """Check if it was used or has ended: both close its output."""
        output = child.stdout.read() if child.stdout else b""
        if output is None:
            return
        self._drop(child)
        if output:
            self._pause_s = CALM_S
            self._next_at = now + CALM_S
        else:
            self._log.warning("the chooser that stood by has ended")
            self._delay(now)

    def _delay(self, now: float) -> None:
        self._pause_s = min(MAX_S, 4 * self._pause_s)
        self._next_at = now + self._pause_s

    def _drop(self, child: Child) -> None:
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
        self._taken.append(child)
        self._child = None

    def _end(self) -> None:
        child = self._child
        if child:
            self._drop(child)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(END_S)

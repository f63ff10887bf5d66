"""One recording that plays into a pane of its own, at its own pace."""

import os
import time
from collections import deque
from dataclasses import dataclass, field

from tests.support.tmux_lab import Lab

from agent_status.recordings.replay import SIZE
from agent_status.terminal.asciicast import Event, Recording

OPTION = "@agent-status-agent"
REST_S = 3.0
"""After its end, so that the daemon has said all that it says."""


@dataclass
class Player:
    """A pane with the size of a recording; `step` has to be called often. Times are monotonic."""

    lab: Lab
    recording: Recording
    kind: str
    serial: int
    late_s: float
    pane: str = ""
    began_at: float = 0.0
    """When the recording began to play."""
    began: float = 0.0
    """The same in Unix seconds."""
    ended_at: float | None = None
    shown: list[tuple[float, str]] = field(default_factory=list)
    """When the daemon said another state, in seconds of the recording, and which."""

    def __post_init__(self) -> None:
        self._events = deque(event for event in self.recording.read_events() if event.code in "or")
        self._pending = b""
        self._is_named = False
        path = self.lab.folder / f"play{self.serial}"
        os.mkfifo(path)
        width, height = self.recording.width, self.recording.height
        size = ("-x", str(width), "-y", str(height))
        program = f"stty raw -echo; exec cat {path}"
        place = ("-s", self.session, "-c", str(self.lab.folder))
        words = ("new-session", "-dPF", "#{pane_id}", *place, *size, program)
        self.pane = self.lab.tmux(*words).strip()
        self._end = os.open(path, os.O_WRONLY)
        os.set_blocking(self._end, False)
        path.unlink()
        self._born_at = time.monotonic()
        if not self.late_s:
            self._name()

    @property
    def session(self) -> str:
        """The session that holds its pane alone."""
        return f"play{self.serial}"

    @property
    def name(self) -> str:
        """Folder and file of the recording."""
        path = self.recording.path
        return f"{path.parent.name}/{path.name.removesuffix('.gz').removesuffix('.cast')}"

    @property
    def is_over(self) -> bool:
        """Return whether all was played, some time ago."""
        return self.ended_at is not None and time.monotonic() - self.ended_at > REST_S

    def begin(self) -> None:
        """Begin to play. Idempotent."""
        if not self.began_at:
            self.began_at, self.began = time.monotonic(), time.time()

    def step(self, now: float) -> None:
        """Print what is due."""
        if not self.began_at:
            if self.late_s:
                self.begin()
            return
        if not self._is_named and now - self.began_at >= self.late_s:
            self._name()
        self._flush()
        while self._events and not self._pending and self._events[0].at <= now - self.began_at:
            self._play(self._events.popleft())
        if not self._events and not self._pending and self.ended_at is None:
            self.ended_at = now

    def note(self, state: str, now: float) -> None:
        """Take the state that the daemon says."""
        if self.is_over:
            return
        if self.began_at and (not self.shown or self.shown[-1][1] != state):
            self.shown.append((now - self.began_at, state))

    def close(self) -> None:
        """End the program in the pane, and with it the pane."""
        os.close(self._end)

    def _name(self) -> None:
        self._is_named = True
        self.lab.tmux("set-option", "-p", "-t", self.pane, OPTION, self.kind)

    def _play(self, event: Event) -> None:
        if event.code == "o":
            self._pending = event.data.encode("utf-8", "replace")
            self._flush()
        elif SIZE.fullmatch(event.data):
            width, _, height = event.data.partition("x")
            self.lab.tmux("resize-window", "-t", self.pane, "-x", width, "-y", height)

    def _flush(self) -> None:
        try:
            while self._pending:
                self._pending = self._pending[os.write(self._end, self._pending) :]
        except BlockingIOError:
            return

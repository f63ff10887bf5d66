"""Where the chooser's data comes from: the daemon's socket, or literal data in a test."""

from collections.abc import Iterator
from typing import Any, Protocol


class NoDaemonError(Exception):
    """No daemon answers, or it went away."""


class NoScreenError(Exception):
    """The daemon has no picture of that pane; the message says why."""


class Source(Protocol):
    """What the chooser asks of the world. Every method may be called from any thread."""

    def read_report(self) -> Any:
        """Return the report of now; raise NoDaemonError."""

    def watch_reports(self) -> Iterator[Any]:
        """Yield the report now and at every change; raise NoDaemonError when it ends."""

    def read_screen(self, pane: str) -> Any:
        """Return the pane's screen; raise NoScreenError or NoDaemonError."""

    def start_daemon(self) -> str:
        """Start the daemon and return nothing, or what went wrong in one sentence."""

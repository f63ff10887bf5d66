"""Where the chooser's data comes from: the daemon's socket, or literal data in a test."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from agent_status.chooser.state.drafts import Drafts
from agent_status.chooser.state.effects import Tend, Typing


class NoDaemonError(Exception):
    """No daemon answers, or it went away."""


class NoScreenError(Exception):
    """The daemon has no picture of that pane; the message says why."""


class DeniedError(Exception):
    """The daemon, or tmux, refused; the message says why."""


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

    def act(self, deed: Typing | Tend) -> tuple[bool, str]:
        """
        Carry out a deed and return whether all is as the user wants it, and words for them.

        Raises DeniedError or NoDaemonError.
        """

    def read_log(self, pane: str) -> Any:
        """Return the journal's entries of a pane, or of all; raise as `act` does."""

    def run(self, words: Sequence[str]) -> tuple[int, str]:
        """Run one of our commands and return its exit code and what it printed; never raises."""

    def read_history(self, pane: str) -> tuple[str, ...]:
        """Return what has scrolled off the top of a pane; raise DeniedError."""

    def read_replies(self) -> tuple[str, ...]:
        """Return the replies that were sent before, the oldest first."""

    def read_drafts(self) -> Drafts:
        """Return the replies that were begun before."""

    def keep_drafts(self, before: Drafts, after: Drafts) -> None:
        """Keep what has changed in the replies that were begun; never raises."""

    def read_grouping(self) -> str:
        """Return by what the list was grouped last, as `keep_grouping` took it; else nothing."""

    def keep_grouping(self, grouping: str) -> None:
        """Keep by what the list is grouped; never raises."""

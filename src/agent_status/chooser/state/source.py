"""Where the chooser's data comes from: the daemon's socket, or literal data in a test."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from agent_status.chooser.state.drafts import Drafts

NO_DAEMON = "the daemon does not answer"


class SourceError(Exception):
    """What was to be done was not done; the message says why, or is empty."""


class NoDaemonError(SourceError):
    """No daemon answers, or it went away."""


class DeniedError(SourceError):
    """The daemon, or tmux, refused."""


class NoScreenError(Exception):
    """The daemon has no picture of that pane; the message says why."""


def describe_error(error: SourceError) -> str:
    """Return why something was not done, in words that are never empty."""
    return str(error) or NO_DAEMON


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

    def answer(self, pane: str, choice: str, expect: str, *, dangerous: bool) -> tuple[bool, str]:
        """
        Answer a request; return True if all is as the user wants it, and words for them.

        All that types into panes returns that, and raises DeniedError or NoDaemonError.
        """

    def approve_all(self, requests: Sequence[tuple[str, str]]) -> tuple[bool, str]:
        """Approve requests, given as pane and fingerprint."""

    def interrupt(self, pane: str, expect: str) -> tuple[bool, str]:
        """Interrupt an agent that asks what has that fingerprint; nothing if that is empty."""

    def send(self, pane: str, text: str) -> tuple[bool, str]:
        """Send a text to an agent at its prompt, and keep it among the replies."""

    def request(self, op: str, pane: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have the daemon carry out one of its ops on a pane; raise as `answer` does."""

    def read_log(self, pane: str) -> Any:
        """Return the journal's entries of a pane, or of all; raise as `answer` does."""

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

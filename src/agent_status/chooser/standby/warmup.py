"""A chooser that is drawn once and shown to no one: what it needs is in memory then."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from agent_status.chooser.app.app import Chooser
from agent_status.chooser.state.drafts import Drafts
from agent_status.chooser.state.entry import parse_report
from agent_status.chooser.state.moves import take_entries
from agent_status.chooser.state.source import DeniedError, NoDaemonError
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import View

SIZE = (120, 40)
REPORT = {"agents": [{"pane": "%0", "state": "approval", "ask": {"question": "?", "command": "é"}}]}


class NullSource:
    """A source that has nothing to say."""

    def read_report(self) -> NoReturn:
        """Raise NoDaemonError."""
        raise NoDaemonError

    def watch_reports(self) -> Iterator[Any]:
        """Raise NoDaemonError."""
        raise NoDaemonError

    def read_screen(self, pane: str) -> NoReturn:
        """Raise NoDaemonError."""
        del pane
        raise NoDaemonError

    def start_daemon(self) -> str:
        """Start nothing."""
        return ""

    def answer(self, pane: str, choice: str, expect: str, *, dangerous: bool) -> NoReturn:
        """Raise NoDaemonError."""
        del pane, choice, expect, dangerous
        raise NoDaemonError

    def approve_all(self, requests: Sequence[tuple[str, str]]) -> NoReturn:
        """Raise NoDaemonError."""
        del requests
        raise NoDaemonError

    def interrupt(self, pane: str, expect: str) -> NoReturn:
        """Raise NoDaemonError."""
        del pane, expect
        raise NoDaemonError

    def send(self, pane: str, text: str) -> NoReturn:
        """Raise NoDaemonError."""
        del pane, text
        raise NoDaemonError

    def request(self, op: str, pane: str, args: Mapping[str, Any]) -> NoReturn:
        """Raise NoDaemonError."""
        del op, pane, args
        raise NoDaemonError

    def read_log(self, pane: str) -> NoReturn:
        """Raise NoDaemonError."""
        del pane
        raise NoDaemonError

    def read_history(self, pane: str) -> NoReturn:
        """Raise DeniedError."""
        del pane
        raise DeniedError

    def run(self, words: Sequence[str]) -> tuple[int, str]:
        """Run nothing."""
        return len(words), ""

    def read_replies(self) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    def read_drafts(self) -> Drafts:
        """Return nothing."""
        return ()

    def keep_drafts(self, before: Drafts, after: Drafts) -> None:
        """Forget them."""

    def read_grouping(self) -> str:
        """Return nothing."""
        return ""

    def keep_grouping(self, grouping: str) -> None:
        """Forget it."""


class WarmUp(Chooser):
    """A chooser that ends as soon as it was drawn."""

    def on_ready(self) -> None:
        """Leave."""
        self.exit(None)


def warm_up() -> None:
    """Draw one frame without a terminal."""
    view = take_entries(View(), parse_report(REPORT))
    WarmUp(NullSource(), view, Theme()).run(headless=True, size=SIZE)

"""A chooser that is drawn for nobody: what it needs is in memory from then on."""

from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from agent_status.chooser.app.app import Chooser
from agent_status.chooser.draw.theme import Looks
from agent_status.chooser.state.drafts import Drafts
from agent_status.chooser.state.entry import parse_report
from agent_status.chooser.state.source import DeniedError, NoDaemonError
from agent_status.chooser.state.view import View, take_entries

SIZE = (120, 40)
REPORT = {"agents": [{"pane": "%0", "state": "approval", "ask": {"question": "?", "command": "é"}}]}


class Nobody:
    """A source that has nothing to say."""

    def read_report(self) -> NoReturn:
        """Raise NoDaemonError."""
        raise NoDaemonError

    def watch_reports(self) -> Iterator[Any]:
        """Raise NoDaemonError."""
        raise NoDaemonError

    def read_screen(self, pane: str) -> NoReturn:
        """Raise NoDaemonError."""
        raise NoDaemonError(pane)

    def start_daemon(self) -> str:
        """Start nothing."""
        return ""

    def act(self, deed: object) -> NoReturn:
        """Raise NoDaemonError."""
        raise NoDaemonError(str(deed))

    def read_log(self, pane: str) -> NoReturn:
        """Raise NoDaemonError."""
        raise NoDaemonError(pane)

    def read_history(self, pane: str) -> NoReturn:
        """Raise DeniedError."""
        raise DeniedError(pane)

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


class Rehearsal(Chooser):
    """A chooser that ends as soon as it was drawn."""

    def on_ready(self) -> None:
        """Leave."""
        self.exit(None)


def rehearse() -> None:
    """Draw one frame without a terminal."""
    view = take_entries(View(), parse_report(REPORT))
    Rehearsal(Nobody(), view, Looks()).run(headless=True, size=SIZE)

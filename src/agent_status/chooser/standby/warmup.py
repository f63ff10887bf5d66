"""A chooser that is drawn once without a terminal, so that all it needs is in memory."""

from agent_status.chooser.app.app import Chooser
from agent_status.chooser.state.agents import list_agents
from agent_status.chooser.state.moves import update_agents
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import View
from agent_status.protocol.convert import decode
from agent_status.protocol.rows import Report
from agent_status.sources.literal import LiteralSource

SIZE = (120, 40)
REPORT = {"agents": [{"pane": "%0", "state": "approval", "ask": {"question": "?", "command": "é"}}]}


class NullSource(LiteralSource, ChooserSource):
    """A source without a daemon and without files."""


class WarmUp(Chooser):
    """A chooser that ends as soon as it was drawn."""

    def on_ready(self) -> None:
        """Leave."""
        self.exit(None)


def warm_up() -> None:
    """Draw one frame without a terminal."""
    view = update_agents(View(), list_agents(decode(Report, REPORT)))
    WarmUp(NullSource(), view, Theme()).run(headless=True, size=SIZE)

"""What the chooser asks of the world: where its agents are, and what its user keeps."""

from collections.abc import Sequence

from agent_status.chooser.state.drafts import Drafts
from agent_status.errors import AgentStatusError, DaemonGoneError
from agent_status.model.ref import AgentRef
from agent_status.sources.source import Source


class ChooserSource(Source):
    """
    A source of agents whose user has no files here, and no commands.

    Every method may be called from any thread.
    """

    def start_daemon(self) -> str:
        """Start the daemon and return nothing, or what went wrong in one sentence."""
        return ""

    def run(self, words: Sequence[str]) -> tuple[int, str]:
        """Run one of our commands and return its exit code and what it printed; never raises."""
        return len(words), ""

    def read_above(self, ref: AgentRef) -> tuple[str, ...]:
        """Return what has scrolled off the top of a pane; raise AgentStatusError."""
        del ref
        return ()

    def read_replies(self) -> tuple[str, ...]:
        """Return the replies that were sent before, the oldest first."""
        return ()

    def keep_reply(self, text: str) -> None:
        """Add a reply to them; never raises."""

    def read_drafts(self) -> Drafts:
        """Return the replies that were begun before."""
        return ()

    def keep_drafts(self, before: Drafts, after: Drafts) -> None:
        """Keep what has changed in the replies that were begun; never raises."""

    def read_grouping(self) -> str:
        """Return by what the list was grouped last, as `keep_grouping` kept it; else nothing."""
        return ""

    def keep_grouping(self, grouping: str) -> None:
        """Keep by what the list is grouped; never raises."""


def describe_loss(error: AgentStatusError) -> str:
    """Return why there is no report; empty if no daemon is there, which the list says."""
    return "" if isinstance(error, DaemonGoneError) else f"It answered: {error}"

"""What types into panes for the chooser, by the functions of `actions`."""

from collections.abc import Sequence

from agent_status.actions.answer import answer_ask, approve_all, interrupt, send_text
from agent_status.actions.context import open_context
from agent_status.actions.outcome import Outcome
from agent_status.chooser.app.draft_files import find_file, keep_list, read_replies
from agent_status.chooser.state.drafts import add_reply
from agent_status.model import Grade, PaneId, Verb
from agent_status.paths import find_state

ORIGIN = "chooser"
"""Where it comes from, in the journal."""


class Performer:
    """
    Types into panes of the tmux server at `socket`, on connections of its own for each key.

    Each method returns True if all is as it should be, and words; it raises CallerError if
    nobody sits at our terminal who may do that.
    """

    def __init__(self, socket: str) -> None:
        self._socket = socket

    def answer(self, pane: str, choice: str, expect: str, *, dangerous: bool) -> tuple[bool, str]:
        """Answer a request."""
        most = Grade.DANGEROUS if dangerous else Grade.WRITES
        with open_context(self._socket, ORIGIN, verb=Verb.ANSWER, pane=pane) as context:
            return _tell(answer_ask(context, PaneId(pane), choice, expect, most))

    def approve_all(self, requests: Sequence[tuple[str, str]]) -> tuple[bool, str]:
        """Approve requests, given as pane and fingerprint."""
        panes = [pane for pane, _ in requests]
        asks = [(PaneId(pane), expect) for pane, expect in requests]
        first = min(panes, default="")
        with open_context(self._socket, ORIGIN, verb=Verb.ANSWER, pane=first) as context:
            return sum_up(panes, approve_all(context, asks))

    def interrupt(self, pane: str, expect: str) -> tuple[bool, str]:
        """Interrupt an agent."""
        with open_context(self._socket, ORIGIN, verb=Verb.INTERRUPT, pane=pane) as context:
            return _tell(interrupt(context, PaneId(pane), expect))

    def send(self, pane: str, text: str) -> tuple[bool, str]:
        """Send a text, and keep it among the replies once it was taken."""
        with open_context(self._socket, ORIGIN, verb=Verb.SEND, pane=pane) as context:
            outcome = send_text(context, PaneId(pane), text)
        if outcome.done:
            file = find_file(find_state())
            keep_list(file, add_reply(read_replies(file), text))
        return _tell(outcome)


def _tell(outcome: Outcome) -> tuple[bool, str]:
    words = outcome.words[:1].upper() + outcome.words[1:]
    return outcome.done, words if words.endswith(".") else f"{words}."


def sum_up(panes: Sequence[str], outcomes: Sequence[Outcome]) -> tuple[bool, str]:
    """Return how many were approved, and what became of each other one."""
    done = sum(outcome.done for outcome in outcomes)
    rest = [
        f"{pane}: {outcome.words}"
        for pane, outcome in zip(panes, outcomes, strict=True)
        if not outcome.done
    ]
    return not rest, f"Approved {done} of {len(outcomes)}. {'; '.join(rest)}".strip()

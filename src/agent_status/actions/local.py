"""What can be done to one agent of this machine: each action is allowed by the daemon first."""

from dataclasses import dataclass

from agent_status.actions.answer import answer_ask
from agent_status.actions.context import open_context
from agent_status.actions.interrupt import interrupt
from agent_status.actions.send import send_text
from agent_status.model import Grade, Verb
from agent_status.model.ref import AgentRef
from agent_status.protocol.outcome import Outcome


@dataclass(frozen=True, slots=True)
class LocalActions:
    """
    Implements `sources.source.Actions` for an agent of the tmux server at `socket`.

    Each method opens its own context, and raises as `open_context` does.
    """

    socket: str
    ref: AgentRef
    origin: str = "cli"
    """Where the user acts, for the journal."""

    def answer(self, choice: str, expect: str, most: Grade) -> Outcome:
        """Answer its request; see `answer_ask`."""
        with open_context(self.socket, self.origin, verb=Verb.ANSWER, ref=self.ref) as context:
            return answer_ask(context, self.ref, choice, expect, most)

    def send(self, text: str) -> Outcome:
        """Send it a message; see `send_text`."""
        with open_context(self.socket, self.origin, verb=Verb.SEND, ref=self.ref) as context:
            return send_text(context, self.ref, text)

    def interrupt(self, expect: str | None = None) -> Outcome:
        """Interrupt it; see `interrupt.interrupt`."""
        with open_context(self.socket, self.origin, verb=Verb.INTERRUPT, ref=self.ref) as context:
            return interrupt(context, self.ref, expect)

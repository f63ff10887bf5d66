"""An action that ends before all is done, and how what is asked is described."""

from agent_status.model import Ask, clip_text
from agent_status.protocol.outcome import Kind, Outcome

MAX_WORDS = 160
"""Characters of what is asked, in words for the user."""


class ActionStoppedError(Exception):
    """An answer that ends here, with its outcome."""

    def __init__(self, kind: Kind, words: str) -> None:
        super().__init__(words)
        self.outcome = Outcome(kind is Kind.SENT, kind.value, words)


class RestlessError(ActionStoppedError):
    """The screen was never the same from a look to the key after it."""

    def __init__(self, sent: str) -> None:
        super().__init__(Kind.REFUSED, f"the screen keeps changing; {sent}")


def describe_ask(ask: Ask) -> str:
    """Return what is asked on one line."""
    return clip_text(ask.command or ask.file or ask.question or ask.text, MAX_WORDS)

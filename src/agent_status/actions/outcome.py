"""What became of a key of the user's: one word that programs read, and words for the user."""

from dataclasses import dataclass
from enum import StrEnum

from agent_status.model import Ask, clip_text

MAX_WORDS = 160
"""Characters of what is asked, in words for the user."""


class Kind(StrEnum):
    """
    What became of it.

    All but `sent`, `surprise`, `ignored` and `failed` mean that nothing was sent.
    """

    SENT = "sent"
    """Sent, and seen to have had its effect."""
    CHANGED = "changed"
    """Something else is asked there now."""
    GONE = "gone"
    """Nothing is asked there any more, or the agent has ended."""
    SURPRISE = "surprise"
    """Sent, but the screen at that moment, or what came next, was not what was answered."""
    IGNORED = "ignored"
    """Sent, but the screen says the same as before."""
    REFUSED = "refused"
    """The pane is not in a state in which a key would surely reach what it is meant for."""
    FAILED = "failed"
    """tmux or the daemon did not answer; the words tell whether something was sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`kind` is one of Kind's words; `words` may hold pane text, which is hostile until escaped."""

    done: bool
    kind: str
    words: str


class ActionStoppedError(Exception):
    """An answer that ends here, with its outcome."""

    def __init__(self, kind: Kind, words: str) -> None:
        super().__init__(words)
        self.outcome = Outcome(kind is Kind.SENT, kind.value, words)


class RestlessError(ActionStoppedError):
    """The screen was never the same from a look to the key after it."""

    def __init__(self, told: str) -> None:
        super().__init__(Kind.REFUSED, f"the screen keeps changing; {told}")


def tell_ask(ask: Ask) -> str:
    """Return what is asked on one line."""
    return clip_text(ask.command or ask.file or ask.question or ask.text, MAX_WORDS)

"""What became of a key of the user's: one word that programs read, and words for the user."""

from dataclasses import dataclass
from enum import StrEnum


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
    """tmux or the daemon did not answer; the words say whether something was sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`kind` is one of Kind's words; `words` may hold pane text, which is hostile until escaped."""

    done: bool
    kind: str
    words: str

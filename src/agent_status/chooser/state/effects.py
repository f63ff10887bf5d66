"""What the user asked to be done in the world, as values; the feed carries them out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the ask with that fingerprint."""

    pane: str
    choice: str
    """As `act.choice.find_option` takes it."""
    expect: str
    dangerous: bool = False
    """Whether the user was told that it is dangerous; only a second key sends such an answer."""


@dataclass(frozen=True, slots=True)
class ApproveAll:
    """Approve asks that are the same: pane and fingerprint of each."""

    asks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Send:
    """Send a text to an agent at its prompt."""

    pane: str
    text: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Interrupt what an agent does, if it asks no other thing than that fingerprint's by then."""

    pane: str
    expect: str
    """Empty where nothing was asked."""


@dataclass(frozen=True, slots=True)
class Tend:
    """Ask the daemon to remember something about a pane: one of its ops with its arguments."""

    pane: str
    op: str
    wish: tuple[tuple[str, Any], ...] = ()
    words: str = ""
    """What is told once it is done."""
    unless: tuple[str, str] = ("", "")
    """A flag of the answer, and what is told if it is off then."""

    def tell(self, answer: Mapping[str, Any]) -> str:
        """Return what is told, by what the daemon answered."""
        flag, words = self.unless
        return words if flag and answer.get(flag) is False else self.words


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Read the journal's entries of a pane; of all panes if that is empty."""

    pane: str = ""


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """Read what has scrolled off the top of a pane."""

    pane: str


@dataclass(frozen=True, slots=True)
class Run:
    """Run one of our commands that only looks, for what it prints."""

    words: tuple[str, ...]


Typing = Answer | ApproveAll | Send | Interrupt
"""What types into a pane."""

Deed = Typing | Tend | ReadLog | ReadHistory | Run


def list_panes(deed: Deed) -> frozenset[str]:
    """Return the panes that a deed types into."""
    match deed:
        case ApproveAll(asks):
            return frozenset(pane for pane, _ in asks)
        case Answer() | Send() | Interrupt():
            return frozenset({deed.pane})
        case _:
            return frozenset()

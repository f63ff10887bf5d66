"""
Where agents are seen and acted on: one source for each tmux server, here or on another host.

Code that uses a source can't tell where its agents run. A reference is understood by the source
that it came from. The anchor is a transport: few methods, and the test double is one of them.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from agent_status.model import Grade
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import Inspect, List, Request
from agent_status.protocol.outcome import Outcome
from agent_status.protocol.pane_state import PaneState
from agent_status.protocol.rows import Report

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a source answered when it was asked last; if not, `words` say why."""

    is_up: bool = True
    words: str = ""


class Actions(Protocol):
    """
    What can be done to one agent.

    Raises CallerError if the caller may not do that, and DaemonGoneError. The outcome describes any
    other obstacle.
    """

    def answer(self, choice: str, expect: str, most: Grade) -> Outcome:
        """Answer the request with that fingerprint, unless it is graded worse than `most`."""

    def send(self, text: str) -> Outcome:
        """Send a message to an agent at its prompt."""

    def interrupt(self, expect: str | None = None) -> Outcome:
        """Interrupt it, unless its request has another fingerprint than `expect`, if given."""


class Source(ABC):
    """One tmux server. Thread-safe. All methods but `health` may raise AgentStatusError."""

    @abstractmethod
    def ask(self, request: Request[T]) -> T:
        """Return the answer to a request."""

    @abstractmethod
    def watch(self) -> Iterator[Report]:
        """Yield the report now, and again after each change."""

    @abstractmethod
    def open_actions(self, ref: AgentRef) -> Actions:
        """Return what can be done to an agent."""

    def poll(self, now: float) -> Report:
        """Return the report of `now`, in Unix seconds."""
        del now
        return self.ask(List())

    def inspect(self, ref: AgentRef) -> PaneState:
        """Return what is in a pane, after a look at it now."""
        return self.ask(Inspect(ref))

    def health(self) -> Health:
        """Return whether it answered when it was asked last."""
        return Health()

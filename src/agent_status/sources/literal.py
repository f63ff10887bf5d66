"""A source of literal answers: for tests, and for a chooser that is drawn before it has any."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from agent_status.errors import DaemonGoneError
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import Request, Watch
from agent_status.protocol.rows import Report
from agent_status.sources.source import Actions, Source

T = TypeVar("T")


class LiteralSource(Source):
    """Answers a request with what stands below its type; without that, no daemon is there."""

    def __init__(self, answers: Mapping[type, Any] | None = None) -> None:
        self._answers = answers or {}

    def ask(self, request: Request[T]) -> T:
        """Return the answer."""
        if type(request) not in self._answers:
            _miss()
        answer: T = self._answers[type(request)]
        return answer

    def watch(self) -> Iterator[Report]:
        """Yield the one report."""
        yield self.ask(Watch())
        _miss()

    def open_actions(self, ref: AgentRef) -> Actions:
        """Raise DaemonGoneError."""
        del ref
        _miss()


def _miss() -> NoReturn:
    message = "the daemon does not answer"
    raise DaemonGoneError(message)

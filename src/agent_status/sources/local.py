"""The agents of a tmux server of this machine, as its daemon reports them."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from agent_status.errors import AgentStatusError, DaemonGoneError
from agent_status.model.ref import AgentRef
from agent_status.protocol.client import DaemonClient
from agent_status.protocol.messages import Request
from agent_status.protocol.rows import Report
from agent_status.sources.source import Actions, Health, Source

T = TypeVar("T")
OpenActions = Callable[[str, AgentRef], Actions]
"""Opens what types into a pane of the tmux server at a socket; see `actions.local`."""


class LocalSource(Source):
    """The daemon of the tmux server at `socket`; typing is left to `open_actions`."""

    def __init__(self, socket: str, open_actions: OpenActions) -> None:
        self.socket = socket
        self._open_actions = open_actions
        self._idle: list[DaemonClient] = []
        self._health = Health()

    def ask(self, request: Request[T]) -> T:
        """Return the answer, on a connection that is kept for the next request."""
        client = self._open_client()
        try:
            answer = client.ask(request)
        except AgentStatusError as error:
            client.close()
            self._note_failure(error)
            raise
        self._idle.append(client)
        self._health = Health()
        return answer

    def watch(self) -> Iterator[Report]:
        """Yield the reports, on a connection of their own."""
        try:
            with DaemonClient.open(self.socket) as client:
                yield from client.watch()
        except DaemonGoneError as error:
            self._note_failure(error)
            raise

    def open_actions(self, ref: AgentRef) -> Actions:
        """Return what can be done to the agent, on connections of its own."""
        return self._open_actions(self.socket, ref)

    def health(self) -> Health:
        """Return whether the daemon answered last."""
        return self._health

    def close(self) -> None:
        """Close all idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _open_client(self) -> DaemonClient:
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return DaemonClient.open(self.socket)
        except DaemonGoneError as error:
            self._note_failure(error)
            raise

    def _note_failure(self, error: AgentStatusError) -> None:
        if isinstance(error, DaemonGoneError):
            self._health = Health(is_up=False, words=str(error))

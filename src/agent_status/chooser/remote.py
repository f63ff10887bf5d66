"""The chooser's source in real life: the daemon's socket."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from agent_status.chooser.source import NoDaemonError, NoScreenError
from agent_status.client import Client, DaemonGoneError, RefusedError


class DaemonSource:
    """The daemon of the tmux server at `socket`; `start` starts it, and says what went wrong."""

    def __init__(self, socket: str, start: Callable[[], str]) -> None:
        self._socket = socket
        self._start = start
        self._client: Client | None = None

    def read_report(self) -> Any:
        """Return the report of now."""
        with _translate_errors():
            return self._ask("list")

    def watch_reports(self) -> Iterator[Any]:
        """Yield the report now and at every change, on a connection of its own."""
        with _translate_errors(), Client.open(self._socket) as client:
            yield from client.watch()

    def read_screen(self, pane: str) -> Any:
        """Return the pane's screen."""
        with _translate_errors():
            try:
                return self._ask("screen", pane=pane)
            except RefusedError as error:
                raise NoScreenError(str(error)) from error

    def start_daemon(self) -> str:
        """Start the daemon and return nothing, or what went wrong in one sentence."""
        return self._start()

    def _ask(self, op: str, **args: str) -> Any:
        """Ask on the one connection; it is opened when needed, and dropped when it breaks."""
        client, self._client = self._client or Client.open(self._socket), None
        answer = client.ask(op, **args)
        self._client = client
        return answer


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except DaemonGoneError as error:
        raise NoDaemonError from error
    except RefusedError as error:
        message = f"It answered: {error}"
        raise NoDaemonError(message) from error

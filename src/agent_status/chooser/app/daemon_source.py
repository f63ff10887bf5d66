"""The chooser's source in real life: the daemon's socket."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from agent_status.chooser.app.draft_files import (
    find_drafts,
    find_file,
    find_grouping,
    keep_list,
    read_drafts,
    read_replies,
)
from agent_status.chooser.state.drafts import Drafts, merge_drafts
from agent_status.chooser.state.outside import take_mapping
from agent_status.chooser.state.source import DeniedError, NoDaemonError, NoScreenError
from agent_status.errors import RefusedError
from agent_status.paths import find_runtime, find_state
from agent_status.protocol.client import Client, DaemonGoneError
from agent_status.tmux.client import Tmux, TmuxError

if TYPE_CHECKING:
    from agent_status.chooser.app.perform import Performer

MAX_HISTORY = 500
MAX_LOG = 300


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

    def answer(self, pane: str, choice: str, expect: str, *, dangerous: bool) -> tuple[bool, str]:
        """Answer it, on connections of its own, as all that types."""
        with self._perform() as performer:
            return performer.answer(pane, choice, expect, dangerous=dangerous)

    def approve_all(self, requests: Sequence[tuple[str, str]]) -> tuple[bool, str]:
        """Approve them, one by one."""
        with self._perform() as performer:
            return performer.approve_all(requests)

    def interrupt(self, pane: str, expect: str) -> tuple[bool, str]:
        """Interrupt it."""
        with self._perform() as performer:
            return performer.interrupt(pane, expect)

    def send(self, pane: str, text: str) -> tuple[bool, str]:
        """Send it."""
        with self._perform() as performer:
            return performer.send(pane, text)

    def request(self, op: str, pane: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask for it on a connection of its own, and have the daemon look again."""
        with _translate_denials(), Client.open(self._socket) as client:
            answer = client.ask(op, pane=pane, **args)
            client.ask("look")
        return take_mapping(answer)

    def read_log(self, pane: str) -> Any:
        """Return the journal's entries."""
        about = {"pane": pane} if pane else {}
        with _translate_denials(), Client.open(self._socket) as client:
            return client.ask("log", limit=MAX_LOG, **about)

    def run(self, words: Sequence[str]) -> tuple[int, str]:
        """Run it in the user's home, where a file that it writes is found again."""
        from agent_status.fastpath.popup import read_outside  # noqa: PLC0415  no frame needs it

        return read_outside(words)

    def read_history(self, pane: str) -> tuple[str, ...]:
        """Return what has scrolled off; nothing of a program that has the whole screen."""
        tmux = Tmux(self._socket)
        try:
            size, alternate = tmux.ask("#{history_size} #{alternate_on}", pane).split(" ")
            if alternate == "1" or not size.isdecimal() or not int(size):
                return ()
            lines = tmux.run(
                ("capture-pane", "-p", "-t", pane, "-S", f"-{MAX_HISTORY}", "-E", "-1")
            )
        except (TmuxError, ValueError) as error:
            raise DeniedError(str(error)) from error
        return tuple(lines.removesuffix("\n").split("\n"))

    def read_replies(self) -> tuple[str, ...]:
        """Return the replies of all choosers before."""
        return read_replies(find_file(find_state()))

    def read_drafts(self) -> Drafts:
        """Return the drafts of all choosers of this server before."""
        try:
            return read_drafts(find_drafts(find_state(), find_runtime(self._socket).name))
        except OSError:
            return ()

    def keep_drafts(self, before: Drafts, after: Drafts) -> None:
        """Write them down, beside those of another chooser that is open."""
        with suppress(OSError):
            file = find_drafts(find_state(), find_runtime(self._socket).name)
            keep_list(file, merge_drafts(read_drafts(file), before, after))

    def read_grouping(self) -> str:
        """Return by what the last chooser of this user grouped the list."""
        return next(iter(read_replies(find_grouping(find_state()))), "")

    def keep_grouping(self, grouping: str) -> None:
        """Write it down."""
        keep_list(find_grouping(find_state()), (grouping,) if grouping else ())

    @contextmanager
    def _perform(self) -> Iterator["Performer"]:
        """Yield what types; what it needs is imported by the first key, as no frame needs it."""
        from agent_status.chooser.app.perform import Performer  # noqa: PLC0415

        with _translate_denials():
            yield Performer(self._socket)

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


@contextmanager
def _translate_denials() -> Iterator[None]:
    try:
        yield
    except DaemonGoneError as error:
        raise NoDaemonError(str(error)) from error
    except RefusedError as error:
        raise DeniedError(str(error)) from error

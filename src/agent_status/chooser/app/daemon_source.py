"""The chooser's source in real life: the daemon of a tmux server, and the user's own files."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from agent_status.chooser.app.draft_files import (
    find_drafts,
    find_file,
    find_grouping,
    keep_drafts,
    keep_list,
    read_drafts,
    read_replies,
)
from agent_status.chooser.state.drafts import Drafts, add_reply, merge_drafts
from agent_status.chooser.state.source import ChooserSource
from agent_status.model.ref import AgentRef
from agent_status.paths import find_runtime, find_state
from agent_status.sources.local import LocalSource
from agent_status.sources.source import Actions
from agent_status.tmux.client import Tmux

MAX_ABOVE = 500
"""Lines above a pane's top that are read."""


class DaemonSource(LocalSource, ChooserSource):
    """The daemon of the tmux server at `socket`; `start` starts it, or returns what went wrong."""

    def __init__(self, socket: str, start: Callable[[], str]) -> None:
        super().__init__(socket, _open_actions)
        self._start = start

    def start_daemon(self) -> str:
        """Start the daemon and return nothing, or what went wrong in one sentence."""
        return self._start()

    def run(self, words: Sequence[str]) -> tuple[int, str]:
        """Run it in the user's home, where a file that it writes is found again."""
        from agent_status.fastpath.popup import read_outside  # noqa: PLC0415  no frame needs it

        return read_outside(words)

    def read_above(self, ref: AgentRef) -> tuple[str, ...]:
        """Return what has scrolled off; nothing of a program that has the whole screen."""
        tmux = Tmux(self.socket)
        size, _, alternate = tmux.ask("#{history_size} #{alternate_on}", ref.pane).partition(" ")
        if alternate == "1" or not size.isdecimal() or not int(size):
            return ()
        lines = tmux.run(("capture-pane", "-p", "-t", ref.pane, "-S", f"-{MAX_ABOVE}", "-E", "-1"))
        return tuple(lines.removesuffix("\n").split("\n"))

    def read_replies(self) -> tuple[str, ...]:
        """Return the replies of all choosers before."""
        return read_replies(find_file(find_state()))

    def keep_reply(self, text: str) -> None:
        """Write it down."""
        keep_list(find_file(find_state()), add_reply(self.read_replies(), text))

    def read_drafts(self) -> Drafts:
        """Return the drafts of all choosers of this server before."""
        try:
            return read_drafts(find_drafts(find_state(), find_runtime(self.socket).name))
        except OSError:
            return ()

    def keep_drafts(self, before: Drafts, after: Drafts) -> None:
        """Write them down, beside those of another chooser that is open."""
        with suppress(OSError):
            file = find_drafts(find_state(), find_runtime(self.socket).name)
            keep_drafts(file, merge_drafts(read_drafts(file), before, after))

    def read_grouping(self) -> str:
        """Return by what the last chooser of this user grouped the list."""
        return next(iter(read_replies(find_grouping(find_state()))), "")

    def keep_grouping(self, grouping: str) -> None:
        """Write it down."""
        keep_list(find_grouping(find_state()), (grouping,) if grouping else ())


def _open_actions(socket: str, ref: AgentRef) -> Actions:
    """Return what types; the first key imports what that needs, as no frame needs it."""
    from agent_status.actions.local import LocalActions  # noqa: PLC0415

    return LocalActions(socket, ref, "chooser")

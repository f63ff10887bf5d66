"""What the first frame shows, fetched before there is anything to draw it with."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Thread

from agent_status.chooser.entry import parse_notices, parse_report
from agent_status.chooser.looks import Looks
from agent_status.chooser.preview import Shot, miss_screen, parse_screen
from agent_status.chooser.remote import DaemonSource
from agent_status.chooser.source import NoDaemonError, NoScreenError, Source
from agent_status.chooser.view import View, find_grouping, lose_daemon, take_entries, take_shot
from agent_status.model.caller import CLIENT_VARIABLE
from agent_status.options import parse_options
from agent_status.sense.tmux import Tmux, TmuxGoneError, TmuxLackError, TmuxSlowError


class Opening:
    """
    Source, first view and looks of a chooser; `read` fills the last two, in any thread.

    What is asked counts as new: a key that was pressed before it could be read answers nothing.
    """

    def __init__(self, tmux: Tmux, start: Callable[[], str]) -> None:
        self.source: Source = DaemonSource(tmux.socket, start)
        self.view = View()
        self.looks = Looks()
        self.gone: TmuxGoneError | None = None
        self._tmux = tmux

    def read(self) -> None:
        """Ask the daemon and tmux; a tmux server that is not there is remembered in `gone`."""
        looks = Thread(target=self._read_looks, name="looks", daemon=True)
        looks.start()
        view = read_view(self.source)
        self.view = replace(view, asked_at=view.now)
        looks.join()

    def _read_looks(self) -> None:
        try:
            self.looks = read_looks(self._tmux)
        except TmuxGoneError as error:
            self.gone = error


def read_view(source: Source, clock: Callable[[], float] = time.time) -> View:
    """Return the view to begin with: the agents, and the screen of the most urgent one."""
    view = View(
        now=clock(),
        replies=source.read_replies(),
        drafts=source.read_drafts(),
        grouping=find_grouping(source.read_grouping()),
    )
    try:
        report = source.read_report()
        view = replace(view, notices=parse_notices(report))
        view = take_entries(view, parse_report(report, os.environ.get("HOME", "")))
        return take_shot(view, _read_shot(source, view.selected)) if view.selected else view
    except NoDaemonError as error:
        return lose_daemon(view, str(error))


def read_looks(tmux: Tmux) -> Looks:
    """Return the looks that the user's options ask for, if their client can draw them."""
    client = os.environ.get(CLIENT_VARIABLE, "")
    try:
        options, _ = parse_options(tmux.read_options())
        return Looks(options if _takes_utf8(tmux, client) else replace(options, icons="ascii"))
    except (TmuxSlowError, TmuxLackError):
        return Looks()


def _takes_utf8(tmux: Tmux, named: str) -> bool:
    """Return whether the client of that name, else the one that was used last, takes UTF-8."""
    form = "#{client_activity} #{client_utf8} #{client_name}"
    rows = [line.split(" ", 2) for line in tmux.run(("list-clients", "-F", form)).splitlines()]
    used = max(rows, key=lambda row: (row[2] == named, int(row[0])), default=("0", "1"))
    return used[1] == "1"


def _read_shot(source: Source, pane: str) -> Shot:
    try:
        return parse_screen(pane, source.read_screen(pane))
    except NoScreenError as error:
        return miss_screen(pane, str(error))

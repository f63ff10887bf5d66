"""What the first frame shows, fetched before there is anything to draw it with."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Thread

from agent_status.chooser.app.daemon_source import DaemonSource
from agent_status.chooser.state.agents import list_agents
from agent_status.chooser.state.moves import lose_daemon, set_shot, update_agents
from agent_status.chooser.state.preview import Shot, draw_screen, miss_screen
from agent_status.chooser.state.source import ChooserSource, describe_loss
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import View, find_grouping
from agent_status.errors import AgentStatusError, RefusedError
from agent_status.model.caller import CLIENT_VARIABLE
from agent_status.model.ref import AgentRef
from agent_status.options import parse_options
from agent_status.protocol.messages import ShowScreen
from agent_status.tmux.client import Tmux, TmuxGoneError, TmuxSlowError, TmuxUnavailableError


class Startup:
    """
    Source, first view and theme of a chooser; `read` fills the last two, in any thread.

    The request counts as new: a key that was pressed before it could be read answers nothing.
    """

    def __init__(self, tmux: Tmux, start: Callable[[], str]) -> None:
        self.source: ChooserSource = DaemonSource(tmux.socket, start)
        self.view = View()
        self.theme = Theme()
        self.gone: TmuxGoneError | None = None
        self._tmux = tmux

    def read(self) -> None:
        """Ask the daemon and tmux; a tmux server that is not there is remembered in `gone`."""
        theme = Thread(target=self._read_theme, name="theme", daemon=True)
        theme.start()
        view = read_view(self.source)
        self.view = replace(view, asked_at=view.now)
        theme.join()

    def _read_theme(self) -> None:
        try:
            self.theme = read_theme(self._tmux)
        except TmuxGoneError as error:
            self.gone = error


def read_view(source: ChooserSource, clock: Callable[[], float] = time.time) -> View:
    """Return the view to begin with: the agents, and the screen of the most urgent one."""
    view = View(
        now=clock(),
        home=os.environ.get("HOME", ""),
        replies=source.read_replies(),
        drafts=source.read_drafts(),
        grouping=find_grouping(source.read_grouping()),
    )
    try:
        report = source.poll(view.now)
        view = replace(view, notices=report.notices)
        view = update_agents(view, list_agents(report, view.home))
        return set_shot(view, _read_shot(source, view.selected)) if view.selected else view
    except AgentStatusError as error:
        return lose_daemon(view, describe_loss(error))


def read_theme(tmux: Tmux) -> Theme:
    """Return the theme that the user's options ask for, if their client can draw them."""
    client = os.environ.get(CLIENT_VARIABLE, "")
    try:
        options, _ = parse_options(tmux.read_options())
        return Theme(options if _takes_utf8(tmux, client) else replace(options, icons="ascii"))
    except (TmuxSlowError, TmuxUnavailableError):
        return Theme()


def _takes_utf8(tmux: Tmux, named: str) -> bool:
    """Return whether the client of that name, else the one that was used last, takes UTF-8."""
    form = "#{client_activity} #{client_utf8} #{client_name}"
    rows = [line.split(" ", 2) for line in tmux.run(("list-clients", "-F", form)).splitlines()]
    used = max(rows, key=lambda row: (row[2] == named, int(row[0])), default=("0", "1"))
    return used[1] == "1"


def _read_shot(source: ChooserSource, ref: AgentRef) -> Shot:
    try:
        return draw_screen(ref, source.ask(ShowScreen(ref)).screen)
    except RefusedError as error:
        return miss_screen(ref, str(error))

"""The clients of a tmux server: their terminals, what each shows, and its last key press."""

import re

from agent_status.model import PaneId, TmuxClient
from agent_status.tmux.client import Tmux

FORMAT = (
    "#{client_control_mode} #{client_activity} #{window_zoomed_flag} #{client_utf8} #{session_id}"
    " #{window_id} #{pane_id} #{client_name} #{client_tty} #{client_termname} #{client_termtype}"
)
LINE = re.compile(
    r"0? (?P<active>\d{1,12}) (?P<zoomed>[01]) (?P<utf8>[01]?) (?P<session>\$\d+) (?P<window>@\d+)"
    r" (?P<pane>%\d+) (?P<name>\S+) (?P<tty>/\S+) ?(?P<term>\S*) ?(?P<type>.*)"
)
"""Matches no control client: those show nothing."""


def read_clients(tmux: Tmux) -> tuple[TmuxClient, ...]:
    """Return the attached clients, most recently used first. Raises TmuxError."""
    return parse_clients(tmux.run(("list-clients", "-F", FORMAT)))


def parse_clients(text: str) -> tuple[TmuxClient, ...]:
    """Return the clients that tmux lists by FORMAT, most recently used first."""
    found = (_make_client(row) for row in map(LINE.fullmatch, text.splitlines()) if row)
    return tuple(sorted(found, key=lambda one: -one.active_at))


def _make_client(row: re.Match[str]) -> TmuxClient:
    return TmuxClient(
        tty=row["tty"],
        term="tmux" if row["type"].startswith("tmux ") else row["term"],
        window_id=row["window"],
        pane=PaneId(row["pane"]),
        active_at=int(row["active"]),
        zoomed=row["zoomed"] == "1",
        name=row["name"],
        session_id=row["session"],
        utf8=row["utf8"] == "1",
    )

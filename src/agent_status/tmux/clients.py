"""Who looks at a tmux server: its terminals, what each shows, and when a key was pressed there."""

import re

from agent_status.model import PaneId, TmuxClient
from agent_status.tmux.client import Tmux

FORMAT = (
    "#{client_control_mode} #{client_activity} #{window_zoomed_flag} #{window_id} #{pane_id}"
    " #{client_tty} #{client_termname} #{client_termtype}"
)
LINE = re.compile(r"([01]?) (\d{1,12}) ([01]) (@\d+) (%\d+) (/\S+) ?(\S*) ?(.*)")


def name_terminal(term: str, told: str) -> str:
    """Return a client's TERM; `tmux` if it is another tmux, as its terminal may have reported."""
    return "tmux" if told.startswith("tmux ") else term


def read_clients(tmux: Tmux) -> tuple[TmuxClient, ...]:
    """
    Return the terminals that are attached, the last used one first.

    Control clients show nothing, and are left out. Raises TmuxError.
    """
    text = tmux.run(("list-clients", "-F", FORMAT))
    found = (LINE.fullmatch(line) for line in text.splitlines())
    onlookers = [
        TmuxClient(tty, name_terminal(term, told), window, PaneId(pane), int(active), zoomed == "1")
        for control, active, zoomed, window, pane, tty, term, told in (
            one.groups() for one in found if one
        )
        if control != "1"
    ]
    return tuple(sorted(onlookers, key=lambda one: -one.active_at))

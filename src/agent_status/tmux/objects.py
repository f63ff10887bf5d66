"""
A tmux server as libtmux objects, for look-ups off the hot path.

Importing libtmux takes longer than most of our commands: import this where it is used.
"""

from typing import Any

import libtmux
from libtmux._internal.query_list import QueryList
from libtmux.common import tmux_cmd

from agent_status.tmux.client import Tmux

PANE_FIELDS = ("pane_id", "session_id", "window_id", "pane_tty")
"""What we look for, none of which may hold a blank."""


class _Answer(tmux_cmd):
    """The output of one command, in the form that libtmux expects."""

    def __init__(self, text: str) -> None:
        self.stdout = text.splitlines()
        self.stderr = []
        self.returncode = 0


class BoundedServer(libtmux.Server):
    """
    A libtmux server whose commands and panes have our timeouts and errors.

    What libtmux reads on its own has no timeout: use `panes`, and `cmd` of its objects.
    """

    def __init__(self, tmux: Tmux) -> None:
        super().__init__(socket_path=tmux.socket)
        self._tmux = tmux

    def cmd(self, cmd: str, *args: object, target: str | int | None = None) -> tmux_cmd:
        """Return the output of one command; raise TmuxError."""
        at = () if target is None else ("-t", str(target))
        return _Answer(self._tmux.run((cmd, *at, *map(str, args))))

    @property
    def panes(self) -> QueryList[libtmux.Pane]:
        """All panes, one of a linked window once for each of its sessions; raise TmuxError."""
        form = " ".join(f"#{{{name}}}" for name in PANE_FIELDS)
        rows = (line.split(" ") for line in self.cmd("list-panes", "-a", "-F", form).stdout)
        whole: list[dict[str, Any]] = [
            dict(zip(PANE_FIELDS, row, strict=True)) for row in rows if len(row) == len(PANE_FIELDS)
        ]
        return QueryList(libtmux.Pane(server=self, **row) for row in whole)

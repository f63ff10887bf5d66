"""Taking a client somewhere, and saying there what is to be said."""

import contextlib
import os
from collections.abc import Callable
from typing import Any

import click

from agent_status.errors import AgentStatusError

CLIENT = "AGENT_STATUS_CLIENT"
"""A key binding names its client here; a popup has no other way to learn which one shows it."""


def jump_there(tmux: Any, pane: Any, client: str) -> str:
    """Jump to a pane, count its result as seen, and return what there is to say."""
    from agent_status.actions.jump import jump_to

    return count_as_seen(tmux, jump_to(tmux, pane, client))


def count_as_seen(tmux: Any, done: Any) -> str:
    """Count the result where a jump led as seen; return what there is to say."""
    from agent_status.errors import RefusedError
    from agent_status.protocol.client import Client, DaemonGoneError

    with contextlib.suppress(DaemonGoneError, RefusedError), Client.open(tmux.socket) as daemon:
        daemon.ask("seen", pane=done.pane, jumped=True)
    return "" if done.client else f"No client is attached; {done.pane} is the current pane now."


def run_move(go: Callable[[Any, str], str], client: str | None = None) -> None:
    """
    Do it, and say what is to be said where the user will see it.

    That is the status line of `client`: unsaid, of the one whose key it was; here if that is empty.
    """
    from agent_status.actions.jump import tell
    from agent_status.tmux.client import Tmux, find_socket

    tmux = Tmux(find_socket())
    client = os.environ.get(CLIENT, "") if client is None else client
    code = 0
    try:
        words = go(tmux, client)
    except AgentStatusError as error:
        words, code = error.describe(), error.exit_code
    if client and words:
        tell(tmux, client, f"agent-status: {words}")
    elif words:
        click.echo(words, err=bool(code))
    # tmux would show an exit code of its key binding's program in a view of its own
    raise SystemExit(0 if client else code)

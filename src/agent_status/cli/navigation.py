"""Taking a client to a pane, and showing a message there."""

import contextlib
import os
from collections.abc import Callable
from typing import Any

import click

from agent_status.errors import AgentStatusError
from agent_status.protocol.messages import Acknowledge

CLIENT = "AGENT_STATUS_CLIENT"
"""A key binding names its client here; a popup has no other way to learn which one shows it."""


def jump_there(tmux: Any, ref: Any, client: str) -> str:
    """Jump to an agent, count its result as seen, and return what there is to say."""
    from agent_status.actions.jump import jump_to

    return count_as_seen(tmux, jump_to(tmux, ref, client))


def count_as_seen(tmux: Any, done: Any) -> str:
    """Count the result where a jump led as seen; return what there is to say."""
    from agent_status.errors import DaemonGoneError, RefusedError
    from agent_status.protocol.client import DaemonClient

    with (
        contextlib.suppress(DaemonGoneError, RefusedError),
        DaemonClient.open(tmux.socket) as daemon,
    ):
        daemon.ask(Acknowledge(done.ref, jumped=True))
    return "" if done.client else f"No client is attached; {done.ref} is the current pane now."


def run_move(go: Callable[[Any, str], str], client: str | None = None) -> None:
    """
    Do it, and show its message where the user will see it.

    That is the status line of `client`, by default of the one whose key it was; stdout if that is
    empty.
    """
    from agent_status.actions.jump import show_message
    from agent_status.tmux.client import Tmux, find_socket

    tmux = Tmux(find_socket())
    client = os.environ.get(CLIENT, "") if client is None else client
    code = 0
    try:
        words = go(tmux, client)
    except AgentStatusError as error:
        words, code = error.describe(), error.exit_code
    if client and words:
        show_message(tmux, client, f"agent-status: {words}")
    elif words:
        click.echo(words, err=bool(code))
    # tmux would show an exit code of its key binding's program in a view of its own
    raise SystemExit(0 if client else code)

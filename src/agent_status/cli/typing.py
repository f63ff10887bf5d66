"""Typing into an agent's pane, and what came of it."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import click

from agent_status.cli.target import find_agent
from agent_status.errors import AgentStatusError, CallerError, ChangedError, RefusedError

IGNORED = 7
"""It was sent, and the screen says the same as before, or what was not to be expected."""
CODES: Mapping[str, int] = {
    "sent": 0,
    "gone": ChangedError.exit_code,
    "changed": ChangedError.exit_code,
    "refused": CallerError.exit_code,
    "surprise": IGNORED,
    "ignored": IGNORED,
    "failed": AgentStatusError.exit_code,
}


def run_typing(target: str | None, verb: Any, work: Callable[[Any, Any], Any]) -> None:
    """Do it with an open desk, say what became of it, and end with its code."""
    from agent_status.actions.context import open_context
    from agent_status.model.plain import reveal_text
    from agent_status.tmux.client import find_socket

    pane = find_agent(target)
    with open_context(find_socket(), verb=verb, pane=pane) as context:
        outcome = work(context, pane)
    click.echo(f"{outcome.kind}: {reveal_text(outcome.words)}", err=not outcome.done)
    sys.exit(CODES[outcome.kind])


def read_pane_state(daemon: Any, pane: Any) -> Any:
    """Return what is on the pane's screen now; raise AgentStatusError."""
    from agent_status.protocol.client import DaemonGoneError
    from agent_status.protocol.pane_state import parse_pane_state

    try:
        return parse_pane_state(daemon.ask("sense", pane=pane))
    except (DaemonGoneError, RefusedError, LookupError, TypeError, ValueError) as error:
        message = f"{error}: nothing was sent"
        raise AgentStatusError(message) from error

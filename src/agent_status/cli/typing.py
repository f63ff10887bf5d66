"""Typing into an agent's pane, and what came of it."""

import sys
from collections.abc import Callable, Mapping

import click

from agent_status.cli.target import find_agent
from agent_status.errors import AgentStatusError, CallerError, ChangedError
from agent_status.model.plain import reveal_text
from agent_status.protocol.outcome import Outcome
from agent_status.sources.source import Actions

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


def run_typing(target: str | None, work: Callable[[Actions], Outcome]) -> None:
    """Do it, print what became of it, and end with its code."""
    from agent_status.actions.local import LocalActions
    from agent_status.tmux.client import find_socket

    outcome = work(LocalActions(find_socket(), find_agent(target)))
    click.echo(f"{outcome.kind}: {reveal_text(outcome.words)}", err=not outcome.done)
    sys.exit(CODES[outcome.kind])

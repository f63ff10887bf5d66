"""Changing an agent's place in the list."""

from typing import Any

import click

from agent_status.cli.target import find_agent
from agent_status.protocol.messages import ChangeTriage, Look, TriageState


def toggle(pane: str | None, name: str, state: str) -> None:
    """Toggle a setting of the agent in `pane`, and print what it is then."""
    found = change_triage(pane, **{name: "toggle"})
    click.echo(f"{found.ref} is {'' if getattr(found, state) else 'no longer '}{state}.")


def change_triage(pane: str | None, **changes: Any) -> TriageState:
    """Change the triage of the agent in `pane`, and return what it is then."""
    from agent_status.protocol.client import DaemonClient
    from agent_status.tmux.client import find_socket

    with DaemonClient.open(find_socket()) as daemon:
        done = daemon.ask(ChangeTriage(find_agent(pane), **changes))
        daemon.ask(Look())
    return done

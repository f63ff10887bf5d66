"""Changing an agent's place in the list."""

from typing import Any

import click

from agent_status.cli.target import find_agent


def toggle(pane: str | None, name: str, state: str) -> None:
    """Turn a setting of the agent in `pane` over, and print what it is then."""
    found = change_triage(pane, lambda now: {name: not now[state]})
    click.echo(f"{found['pane']} is {'' if found[state] else 'no longer '}{state}.")


def change_triage(pane: str | None, decide: Any) -> Any:
    """Send what `decide` makes of the agent's triage as it is, and return what it is then."""
    from agent_status.protocol.client import Client
    from agent_status.tmux.client import find_socket

    target = find_agent(pane)
    with Client.open(find_socket()) as daemon:
        agents = {agent["pane"]: agent for agent in daemon.ask("list")["agents"]}
        done = daemon.ask("care", pane=target, **decide(agents[target]["care"]))
        daemon.ask("look")
    return done

"""The command `next`."""

from typing import Any

import click

from agent_status.cli.navigation import count_as_seen, run_move
from agent_status.protocol.messages import List

PLACE = ("Look", 6)
ROUND_OVER = "That was the last agent that needs you. Press again to start over."


@click.command("next")
def command() -> None:
    """
    Jump to the agent that needs you first; again, to the next one.

    It visits each agent that needs you once, in the order of the list. After the last one it says
    so, and then starts over. `back` returns to where you were before.

    Exit codes: 0 done (also when no agent needs you), 1 refused by tmux, 3 no tmux server,
    4 no daemon.
    """
    run_move(_go_next)


def _go_next(tmux: Any, client: str) -> str:
    from agent_status.actions.jump import find_client, jump_next
    from agent_status.actions.round import Stop

    guest = find_client(tmux, client)
    waiting = [agent for agent in _read_agents(tmux.socket) if agent.needs_you]
    if not waiting:
        return "No agent needs you."
    stops = [
        Stop(one.ref, one.fingerprint or one.state.value) for one in waiting if one.ref.is_here
    ]
    if all(guest is not None and stop.ref.pane == guest.pane for stop in stops):
        return "No other agent needs you."
    done = jump_next(tmux, stops, client)
    return count_as_seen(tmux, done) if done else ROUND_OVER


def _read_agents(socket: str) -> Any:
    """Return the report's agents; a daemon that was killed is started again first."""
    from agent_status.errors import DaemonGoneError
    from agent_status.protocol.client import DaemonClient

    try:
        with DaemonClient.open(socket) as client:
            return client.ask(List()).agents
    except DaemonGoneError:
        _start_again(socket)
    with DaemonClient.open(socket) as client:
        return client.ask(List()).agents


def _start_again(socket: str) -> None:
    from agent_status.daemon.control import LaunchError, start
    from agent_status.errors import DaemonGoneError

    try:
        start(socket)
    except LaunchError as error:
        raise DaemonGoneError(str(error)) from error

"""Which pane a command is about: the one that is named, else its own, else the most urgent one."""

import os
import re
from collections.abc import Callable
from typing import Any

import click

from agent_status.errors import AgentStatusError

PANE = click.argument("pane", required=False)
"""An id such as %3, or a place such as work:1.0; see `find_pane`."""
PLACE = re.compile(r"[^\s-]\S*|.*:\d+(?:\.\d+)?")
"""What may be a pane: one word, or what ends as a place does."""


def find_pane(target: str | None) -> Any:
    """
    Return the id of the pane at `target`, also of one without an agent.

    Without a target it is the pane that the command runs in, if that holds an agent, else that of
    the agent that needs the user first; stderr says which. Raises TmuxError, DaemonGoneError,
    RefusedError, or AgentStatusError where there is no agent at all.
    """
    from agent_status.tmux.client import Tmux, find_socket

    return Tmux(find_socket()).find_pane(target) if target else _choose_pane()


def find_agent(target: str | None) -> Any:
    """
    Return what `find_pane` does, or the work of an agent that has ended, such as ended:1a2b3c4d.

    Raises AgentStatusError if there is no agent in the pane.
    """
    if not target:
        return _choose_pane()
    if target.startswith("ended:"):
        return target
    from agent_status.protocol.client import Client
    from agent_status.tmux.client import find_socket

    pane = find_pane(target)
    with Client.open(find_socket()) as daemon:
        if not daemon.ask("sense", pane=pane).get("agent"):
            message = f"No agent in {pane}: agent-status explain {pane} says why"
            raise AgentStatusError(message)
    return pane


def _choose_pane() -> Any:
    from agent_status.model.plain import clean_text
    from agent_status.protocol.client import Client
    from agent_status.tmux.client import find_socket

    with Client.open(find_socket()) as daemon:
        agents = [one for one in daemon.ask("list")["agents"] if one["pane"].startswith("%")]
    if not agents:
        message = "No agent in any pane: agent-status doctor says which may be one"
        raise AgentStatusError(message)
    own = os.environ.get("TMUX_PANE")
    chosen = next((one for one in agents if one["pane"] == own), agents[0])
    why = "this pane" if chosen["pane"] == own else "the most urgent"
    told = clean_text(f"{chosen['pane']}, {chosen['name']} in {chosen['place']} ({why})")
    click.echo(told, err=True)
    return chosen["pane"]


def split_target(
    pane: str | None, rest: str | None, is_pane: Callable[[str], bool]
) -> tuple[str | None, str | None]:
    """Return PANE and what follows it, where either may be left out; one alone may be either."""
    if pane is None or rest is not None or is_pane(pane):
        return pane, rest
    return None, pane


def is_place(word: str) -> bool:
    """Return whether `word` may be a pane, and not a text: it is one word, or ends as a place."""
    return bool(PLACE.fullmatch(word))

"""Which pane a command is about: the one that is named, else its own, else the most urgent one."""

import os
import re
from collections.abc import Callable

import click

from agent_status.errors import AgentStatusError
from agent_status.model.plain import clean_text
from agent_status.model.ref import AgentRef, make_ref, parse_ref
from agent_status.protocol.messages import Inspect, List

PANE = click.argument("pane", required=False)
"""An id such as %3, or a place such as work:1.0; see `find_pane`."""
PLACE = re.compile(r"[^\s-]\S*|.*:\d+(?:\.\d+)?")
"""What may be a pane: one word, or what ends as a place does."""


def find_pane(target: str | None) -> AgentRef:
    """
    Return the pane at `target`, also one without an agent.

    Without a target it is the pane that the command runs in, if that holds an agent, else that of
    the agent that needs the user first; stderr says which. Raises TmuxError, DaemonGoneError,
    RefusedError, or AgentStatusError where there is no agent at all.
    """
    from agent_status.tmux.client import Tmux, find_socket

    if not target:
        return _choose_agent()
    ref = parse_ref(target)
    return ref if ref and ref.host else make_ref(Tmux(find_socket()).find_pane(target))


def find_agent(target: str | None) -> AgentRef:
    """
    Return what `find_pane` does, or the work of an agent that has ended, such as ended:1a2b3c4d.

    Raises AgentStatusError if there is no agent in the pane.
    """
    from agent_status.protocol.client import DaemonClient
    from agent_status.tmux.client import find_socket

    known = parse_ref(target or "")
    if known and not known.is_here:
        return known
    ref = find_pane(target)
    if target:
        with DaemonClient.open(find_socket()) as daemon:
            if not daemon.ask(Inspect(ref)).agent:
                message = f"No agent in {ref}: agent-status explain {ref} says why"
                raise AgentStatusError(message)
    return ref


def _choose_agent() -> AgentRef:
    from agent_status.protocol.client import DaemonClient
    from agent_status.tmux.client import find_socket

    with DaemonClient.open(find_socket()) as daemon:
        agents = [one for one in daemon.ask(List()).agents if one.ref.is_here]
    if not agents:
        message = "No agent in any pane: agent-status doctor says which may be one"
        raise AgentStatusError(message)
    own = os.environ.get("TMUX_PANE")
    chosen = next((one for one in agents if one.ref.is_local and one.pane == own), agents[0])
    why = "this pane" if chosen.pane == own else "the most urgent"
    words = f"{chosen.ref}, {chosen.name} in {chosen.place} ({why})"
    click.echo(clean_text(words), err=True)
    return chosen.ref


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

"""Asking the daemon of this tmux server."""

from collections.abc import Callable
from typing import TypeVar

from agent_status.cli.target import find_agent
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import List, Request
from agent_status.protocol.rows import ReportedFacet

T = TypeVar("T")


def ask_daemon(request: Request[T]) -> T:
    """Return what the daemon answers; raise DaemonGoneError or RefusedError."""
    from agent_status.protocol.client import DaemonClient
    from agent_status.tmux.client import find_socket

    with DaemonClient.open(find_socket()) as client:
        return client.ask(request)


def ask_about(target: str | None, make: Callable[[AgentRef], Request[T]]) -> T:
    """Return what the daemon answers about an agent; raise as `find_agent` does."""
    return ask_daemon(make(find_agent(target)))


def find_facet(ref: AgentRef, name: str) -> ReportedFacet:
    """Return a fact of an agent as its row shows it; an empty one if there is none."""
    agents = (one for one in ask_daemon(List()).agents if one.ref == ref)
    return next((one.facets[name] for one in agents if name in one.facets), ReportedFacet())

"""Asking the daemon of this tmux server."""

from collections.abc import Callable
from typing import TypeVar

from agent_status.cli.target import find_agent
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import Request

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

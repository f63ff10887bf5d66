"""Asking the daemon of this tmux server."""

from typing import Any

from agent_status.cli.target import find_agent


def ask_daemon(op: str, **args: Any) -> Any:
    """Return what the daemon answers; raise DaemonGoneError or RefusedError."""
    from agent_status.protocol.client import Client
    from agent_status.tmux.client import find_socket

    with Client.open(find_socket()) as client:
        return client.ask(op, **args)


def ask_about(target: str | None, op: str, **args: Any) -> Any:
    """Return what the daemon answers about the pane of an agent; raise as `find_agent` does."""
    return ask_daemon(op, pane=find_agent(target), **args)

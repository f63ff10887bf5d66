"""The command `daemon`."""

import sys
from collections.abc import Callable
from typing import Any

import click

from agent_status.cli.errors import Program
from agent_status.protocol.messages import DaemonFacts

PLACE = ("Repair", 2)


@click.group("daemon", cls=Program)
def command() -> None:
    """Start, stop and check the daemon of this tmux server."""


@command.command()
@click.option("--unless-stopped", is_flag=True, help="Do nothing after `daemon stop`.")
def start(*, unless_stopped: bool) -> None:
    """
    Start the daemon, unless it runs; replace one of another version.

    Exit codes: 0 it runs, 1 it could not be started, 3 no tmux server.
    """
    from agent_status.daemon import control

    _say(lambda socket: control.start(socket, unless_stopped=unless_stopped))


@command.command()
def stop() -> None:
    """
    Stop the daemon, and remove its badges.

    It stays stopped until you start it, press the chooser's key, or load agent-status again.

    Exit codes: 0 it has ended or did not run, 1 it does not end, 6 refused.
    """
    from agent_status.daemon import control

    _say(control.ask_to_stop)


@command.command()
def status() -> None:
    """
    Show whether the daemon runs, and for how many agents.

    Exit codes: 0 it runs, 4 it does not run.
    """
    from agent_status.daemon.control import find_log, find_running
    from agent_status.errors import DaemonGoneError
    from agent_status.tmux.client import find_socket

    socket = find_socket()
    running = find_running(socket)
    if not running:
        click.echo("The daemon does not run: agent-status daemon start")
        sys.exit(DaemonGoneError.exit_code)
    for line in _render_facts(running.facts, str(find_log(socket))):
        click.echo(line)
    if not running.is_current:
        click.echo("It runs other code than this command: agent-status daemon start replaces it.")


@command.command()
def run() -> None:
    """
    Watch this tmux server in the foreground until it ends, or Ctrl-C.

    Exit codes: 0 ended, 1 another daemon watches it, 3 no tmux server.
    """
    from agent_status.daemon.run import run as run_daemon

    _say(lambda socket: sys.exit(_run(run_daemon, socket)))


def _run(run_daemon: Callable[[str], int], socket: str) -> int:
    from agent_status.tmux.client import Tmux

    Tmux(socket).read_version()
    code = run_daemon(socket)
    if code:
        click.echo("Another daemon watches this tmux server.", err=True)
    return code


def _say(act: Callable[[str], Any]) -> None:
    from agent_status.tmux.client import find_socket

    click.echo(act(find_socket()))


def _render_facts(facts: DaemonFacts, log: str) -> list[str]:
    problems = [f"  {problem}" for problem in facts.problems]
    return [
        f"pid       {facts.pid}",
        f"version   {facts.version}",
        f"socket    {facts.socket}",
        f"panes     {facts.panes}",
        f"agents    {facts.agents}",
        f"tick      {facts.tick_s} s",
        f"log       {log}",
        f"problems  {'none' if not problems else len(problems)}",
        *problems,
    ]

"""The command `load`."""

import contextlib
from typing import Any

import click

from agent_status.errors import AgentStatusError

PLACE = ("Repair", 3)


@click.command("load")
def command() -> None:
    """
    Put keys, badges and summary into this tmux server, and start the daemon.

    A link in ~/.local/bin, if nothing else has that name, makes this program agent-status there.

    This is what agent-status.tmux runs; running it again changes nothing twice.

    Exit codes: 0 done, 1 it could not be done or tmux refused a part of it, 3 no tmux server.
    """
    from agent_status.daemon.control import start
    from agent_status.install import link, plugin
    from agent_status.tmux.client import PartialError, Tmux, find_socket

    socket = find_socket()
    refused: str = ""
    problems: tuple[Any, ...] = ()
    wanted: bool | None = None
    program = plugin.find_program()
    try:
        options, problems = plugin.load(Tmux(socket), program)
        wanted = options.link
    except PartialError as error:
        refused = f"tmux refused a part of it: {error}"
    start(socket)
    with contextlib.suppress(OSError):  # all but the name works without it
        if wanted:
            link.place_link(program[0])
        elif wanted is not None:
            link.remove_link()
    for problem in problems:
        click.echo(f"agent-status: {problem}", err=True)
    if len(problems) > 1:  # tmux's status line shows the last line
        words = f"{len(problems)} problems, the first: {problems[0]}; all: agent-status doctor"
        click.echo(f"agent-status: {words}", err=True)
    if refused:
        raise AgentStatusError(refused)

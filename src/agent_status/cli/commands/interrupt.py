"""The command `interrupt`."""

import click

from agent_status.cli.target import PANE
from agent_status.cli.typing import run_typing

PLACE = ("Act", 3)


@click.command("interrupt")
@PANE
def command(pane: str | None) -> None:
    """
    Interrupt the agent in PANE, if it works or waits for an answer, and check that it stopped.

    A request that is there when the command begins is given up; a later one is left alone.

    Exit codes: 0 interrupted, 1 no such pane, no agent in it, or tmux or the daemon failed, 3 no
    tmux server, 4 no daemon, 5 the agent is gone or has another request, 6 refused, 7 the key was
    sent, but the agent continues.
    """
    run_typing(pane, lambda actions: actions.interrupt())

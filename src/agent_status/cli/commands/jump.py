"""The command `jump`."""

import click

from agent_status.cli.navigation import jump_there, run_move
from agent_status.cli.target import find_pane

PLACE = ("Look", 8)


@click.command("jump")
@click.argument("pane")
def command(pane: str) -> None:
    """
    Jump to PANE, across sessions and windows.

    PANE is an id such as %3, or a place such as work:1.0. Zoomed windows stay zoomed. A result
    that waits in PANE counts as seen from then on.

    Exit codes: 0 done, 1 no such pane, 3 no tmux server.
    """
    run_move(lambda tmux, client: jump_there(tmux, find_pane(pane), client))

"""The command `acknowledge`."""

import click

from agent_status.cli.asking import ask_about
from agent_status.cli.target import PANE
from agent_status.protocol.messages import Acknowledge, Unreview

PLACE = ("Review", 3)


@click.command("acknowledge")
@PANE
@click.option(
    "--undo", is_flag=True, help="Undo the last acknowledgement: count from the one before it."
)
def command(pane: str | None, *, undo: bool) -> None:
    """
    Mark the result in PANE as reviewed: its changes are counted from here on.

    A jump to PANE is not a review. PANE may also be the name that `list` gives to the work of an
    agent that has ended, such as ended:1a2b3c4d.

    Exit codes: 0 done, 1 no such pane or it could not be kept, 3 no tmux server,
    4 no daemon, 6 refused.
    """
    ask_about(pane, Unreview if undo else Acknowledge)

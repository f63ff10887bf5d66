"""The command `pin`."""

import click

from agent_status.cli.target import PANE
from agent_status.cli.triage import toggle

PLACE = ("Act", 4)


@click.command("pin")
@PANE
def command(pane: str | None) -> None:
    """
    Keep the agent in PANE on top of the list; again to undo.

    What has waited for days, or needs you
    while the pinned one does not, still comes first.

    Exit codes: 0 done, 1 no such pane, no agent in it or it could not be kept, 3 no
    tmux server, 4 no daemon, 6 refused.
    """
    toggle(pane, "pin", "pinned")

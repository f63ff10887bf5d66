"""The command `mute`."""

import click

from agent_status.cli.target import PANE
from agent_status.cli.triage import toggle

PLACE = ("Act", 6)


@click.command("mute")
@PANE
def command(pane: str | None) -> None:
    """
    Never count the agent in PANE as needing you; again to undo.

    It stays at the end of the list.

    Exit codes: 0 done, 1 no such pane, no agent in it or it could not be kept, 3 no
    tmux server, 4 no daemon, 6 refused.
    """
    toggle(pane, "mute", "muted")

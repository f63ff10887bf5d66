"""The command `note`."""

import click

from agent_status.cli.asking import ask_about
from agent_status.cli.target import PANE, is_place, split_target
from agent_status.protocol.messages import WriteNote

PLACE = ("Act", 7)


@click.command("note")
@PANE
@click.argument("text", required=False)
def command(pane: str | None, text: str | None) -> None:
    """
    Keep a note on an agent: why you started it, what you forbid; without TEXT print it.

    An empty TEXT deletes the note; TEXT without PANE needs quotes, and more than one word. The note
    belongs to the repository, the branch and the folder: it is there again after the agent or tmux
    has restarted, and two agents there share it.

    Exit codes: 0 done, 1 no such pane, no agent in it, or the note could not be kept, 3 no tmux
    server, 4 no daemon, 6 refused.
    """
    pane, text = split_target(pane, text, is_place)
    kept = ask_about(pane, lambda ref: WriteNote(ref, text))
    if text is None and kept.note:
        click.echo(kept.note)

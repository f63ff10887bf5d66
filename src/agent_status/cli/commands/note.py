"""The command `note`."""

from typing import Any

import click

from agent_status.cli.asking import ask_about
from agent_status.cli.target import PANE, is_place, split_target

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
    said: dict[str, Any] = {} if text is None else {"text": text}
    kept = ask_about(pane, "note", **said)
    if text is None and kept.get("note"):
        click.echo(kept["note"])

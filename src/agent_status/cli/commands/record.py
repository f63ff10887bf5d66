"""The command `record`."""

from pathlib import Path

import click

from agent_status.cli.errors import interruptible
from agent_status.cli.target import PANE, find_pane, split_target

PLACE = ("Tune", 5)


@click.command("record")
@PANE
@click.argument("file", metavar="FILE", required=False)
def command(pane: str | None, file: str | None) -> None:
    """
    Record what happens in PANE to FILE, until Ctrl-C or the pane's end.

    FILE must not exist. The recording holds the pane's bytes, its sizes and its process tree:
    everything that can be seen in the pane, so read it before you share it. It uses the pane's one
    `pipe-pane`, which the daemon lends it if it has it, and always gives it back.

    Exit codes: 0 done, 1 PANE can't be recorded, 3 no tmux server.
    """
    from agent_status.recordings import record as write_recording
    from agent_status.tmux.client import Tmux, find_socket

    pane, file = split_target(pane, file, lambda word: "%" in word or ":" in word)
    if file is None:
        message = "Missing argument 'FILE'."
        raise click.UsageError(message)
    try:
        with interruptible():
            target = find_pane(pane).pane
            click.echo(f"recording {target} to {file}; Ctrl-C ends it", err=True)
            count = write_recording(Tmux(find_socket()), target, Path(file), lambda: False)
    except KeyboardInterrupt:
        click.echo("ended", err=True)
        return
    click.echo(f"the pane is gone; {count} bytes", err=True)

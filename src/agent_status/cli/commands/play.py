"""The command `play`."""

from pathlib import Path

import click

from agent_status.cli.errors import interruptible
from agent_status.cli.files import FILE, read_file

PLACE = ("Tune", 6)


@click.command("play")
@click.argument("file", type=FILE)
@click.option("--hold", is_flag=True, help="Keep the last screen until the pane is closed.")
@click.option("--loop", is_flag=True, help="Begin again at the end.")
def command(file: Path, *, hold: bool, loop: bool) -> None:
    """
    Show a recording in this pane as if its agent ran here.

    Inside tmux, it sets the pane option @agent-status-agent to the agent that the pane shows, for
    as long as the recording's process tree has it. End it with Ctrl-C.

    Exit codes: 0 done, 1 FILE isn't a recording.
    """
    import signal

    from agent_status.recordings import player

    recording, registry = read_file(file)
    with interruptible():
        try:
            with player.take_terminal():
                player.play(recording, registry, player.name_in_tmux)
                while loop:
                    player.write_bytes(player.RESTORE.encode() + b"\x1b[2J\x1b[H")
                    player.play(recording, registry, player.name_in_tmux)
                if hold:
                    signal.pause()
        except KeyboardInterrupt:
            pass
        finally:
            player.name_in_tmux("")
            player.write_bytes(player.RESTORE.encode())

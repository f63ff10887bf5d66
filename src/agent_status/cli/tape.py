"""Commands about recordings: replay, record, play."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_status.cli.ending import FAILED, NO_TMUX, end

if TYPE_CHECKING:
    from agent_status.pipeline import Knowledge
    from agent_status.sense.recording import Recording

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a change, one a line.")
def replay(file: Path, *, as_json: bool) -> None:
    """
    Say what the daemon would have said of a recording.

    FILE is an asciicast, version 2 or 3, gzipped or not. It runs on a virtual clock, so a
    recording of a minute takes a second or two. Keys that were typed, markers and titles in the
    header are never evidence; events of code "p" tell the process tree, as `record` writes it.

    Exit codes: 0 done, 1 FILE is no recording.
    """
    from agent_status.replay import iterate_changes, iterate_statuses

    recording, knowledge = _open(file)
    for line in iterate_changes(iterate_statuses(recording, knowledge)):
        if as_json:
            click.echo(json.dumps(line, ensure_ascii=False))
        else:
            from agent_status.show.plain import clean_text

            agent = line["agent"] or "-"
            click.echo(
                f"{line['t']:8.2f}  {agent:10}  {line['state']:9}  {clean_text(line['reason'])}"
            )


@click.command()
@click.argument("file", type=FILE)
@click.option("--hold", is_flag=True, help="Keep the last screen until the pane is closed.")
@click.option("--loop", is_flag=True, help="Begin again at the end.")
def play(file: Path, *, hold: bool, loop: bool) -> None:
    """
    Show a recording in this pane as if its agent ran here.

    Inside tmux it says by the pane option @agent-status-agent which agent the pane shows, for
    as long as the recording's process tree has it. End it with Ctrl-C.

    Exit codes: 0 done, 1 FILE is no recording.
    """
    import signal

    from agent_status import play as player

    recording, knowledge = _open(file)
    try:
        with player.take_terminal():
            player.play(recording, knowledge, player.name_in_tmux)
            while loop:
                player.write_bytes(player.RESTORE.encode() + b"\x1b[2J\x1b[H")
                player.play(recording, knowledge, player.name_in_tmux)
            if hold:
                signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        player.write_bytes(player.RESTORE.encode())
        player.name_in_tmux("")


@click.command()
@click.argument("pane")
@click.argument("file", type=click.Path(exists=False, dir_okay=False, path_type=Path))
def record(pane: str, file: Path) -> None:
    """
    Record what happens in PANE to FILE, until Ctrl-C or the pane's end.

    PANE is an id such as %3, or session:window.pane. FILE must not exist. The recording holds
    the pane's bytes, its sizes and its process tree: everything that can be seen in the pane,
    so look through it before you give it away. It uses the pane's one `pipe-pane`.

    Exit codes: 0 done, 1 PANE can't be recorded, 3 no tmux server.
    """
    from agent_status.record import RecordError
    from agent_status.record import record as write_recording
    from agent_status.sense.tmux import Tmux, TmuxError, TmuxGoneError, find_socket

    tmux = Tmux(find_socket())
    try:
        target = tmux.find_pane(pane)
        click.echo(f"recording {target} to {file}; Ctrl-C ends it", err=True)
        count = write_recording(tmux, target, file, lambda: False)
    except KeyboardInterrupt:
        click.echo("ended", err=True)
        return
    except TmuxGoneError as error:
        end(str(error), NO_TMUX)
    except (RecordError, TmuxError, OSError) as error:
        end(str(error), FAILED)
    click.echo(f"the pane is gone; {count} bytes", err=True)


def _open(file: Path) -> "tuple[Recording, Knowledge]":
    from agent_status.paths import find_config
    from agent_status.pipeline import learn
    from agent_status.sense.recording import RecordingError, open_recording

    try:
        recording = open_recording(file)
    except RecordingError as error:
        end(str(error), FAILED)
    knowledge, problems = learn(find_config())
    for problem in problems:
        click.echo(f"warning: {problem}", err=True)
    return recording, knowledge


COMMANDS: tuple[click.Command, ...] = (replay, record, play)

"""Commands about recordings: replay, record, play, report, label."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_status.cli.errors import FAILED, end, ending, interruptible
from agent_status.cli.target import PANE, find_pane, split_target

if TYPE_CHECKING:
    from agent_status.agents.registry import Registry
    from agent_status.recordings.redaction import Person
    from agent_status.terminal.asciicast import Recording

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
    from agent_status.model.plain import render_json, reveal_text
    from agent_status.recordings.replay import iterate_changes, iterate_statuses

    recording, knowledge = _open(file)
    for line in iterate_changes(iterate_statuses(recording, knowledge)):
        if as_json:
            click.echo(render_json(line))
        else:
            agent = line["agent"] or "-"
            click.echo(
                f"{line['t']:8.2f}  {agent:10}  {line['state']:9}  {reveal_text(line['reason'])}"
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

    from agent_status.recordings import player

    recording, knowledge = _open(file)
    with interruptible():
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
            player.name_in_tmux("")
            player.write_bytes(player.RESTORE.encode())


@click.command()
@PANE
@click.argument("file", metavar="FILE", required=False)
def record(pane: str | None, file: str | None) -> None:
    """
    Record what happens in PANE to FILE, until Ctrl-C or the pane's end.

    FILE must not exist. The recording holds the pane's bytes, its sizes and its process tree:
    everything that can be seen in the pane, so look through it before you give it away. It uses
    the pane's one `pipe-pane`, and gives it back however it ends.

    Exit codes: 0 done, 1 PANE can't be recorded, 3 no tmux server.
    """
    from agent_status.recordings import RecordError
    from agent_status.recordings import record as write_recording
    from agent_status.tmux.client import Tmux, find_socket

    pane, file = split_target(pane, file, lambda word: "%" in word or ":" in word)
    if file is None:
        message = "Missing argument 'FILE'."
        raise click.UsageError(message)
    try:
        with ending(), interruptible():
            target = find_pane(pane)
            click.echo(f"recording {target} to {file}; Ctrl-C ends it", err=True)
            count = write_recording(Tmux(find_socket()), target, Path(file), lambda: False)
    except KeyboardInterrupt:
        click.echo("ended", err=True)
        return
    except (RecordError, OSError) as error:
        end(str(error), FAILED)
    click.echo(f"the pane is gone; {count} bytes", err=True)


@click.command()
@PANE
@click.argument("file", required=False)
@click.option(
    "--minutes", type=click.FloatRange(0.1, 30), default=5.0, help="How far back; 5 if left out."
)
def report(pane: str | None, file: str | None, minutes: float) -> None:
    """
    Write down what was seen of PANE in the last minutes, for when its badge was wrong.

    FILE, by itself a new one in this folder, must not exist; without PANE its name ends in .cast.
    It is a recording as `replay`, `explain`, `play` and `label` read it, with
    the evidence of now in its header. Keys, tokens, passwords, e-mail addresses, your home,
    your name and the machine's are masked as far as they are recognised: read it before you
    give it away. Only you can open it.

    Exit codes: 0 done, 1 no such pane, nothing kept or no file, 3 no tmux server, 4 no daemon.
    """
    from agent_status.protocol.client import Client
    from agent_status.recordings import RecordError, read_report, write_report
    from agent_status.recordings.redaction import Masker, describe_found
    from agent_status.tmux.client import find_socket

    masker = Masker(_find_person())
    pane, file = split_target(pane, file, lambda word: not word.endswith(".cast"))
    try:
        with ending():
            target = find_pane(pane)
            with Client.open(find_socket()) as client:
                told = read_report(client.ask, target)
        place = Path(file) if file else _find_free_name(told.agent or "pane")
        seconds = write_report(told, place, masker, minutes * 60, _find_command(told.hint))
    except FileExistsError as error:
        end(f"{error.filename} is there already; name another file", FAILED)
    except (RecordError, OSError) as error:
        end(str(error), FAILED)
    click.echo(f"{place}: {seconds:.0f} s; masked: {describe_found(masker.found)}")
    click.echo(
        f"Read it before you give it away: agent-status play {place}\n"
        f"Say what was true in it:        agent-status label {place} SECONDS LABEL"
    )


def _find_person() -> "Person":
    import contextlib
    import getpass
    import platform

    from agent_status.paths import find_home
    from agent_status.recordings.redaction import Person

    user = ""
    with contextlib.suppress(KeyError, OSError):  # a user who is a number, as in a container
        user = getpass.getuser()
    return Person(user, str(find_home()), platform.node())


def _find_free_name(kind: str) -> Path:
    import time

    return Path(f"agent-status-{kind}-{time.strftime('%Y%m%d-%H%M%S')}.cast")


def _find_command(hint: str) -> str:
    """Return a program's name that tells the kind of agent which only the user's hint told."""
    from agent_status.agents.files import load_agents
    from agent_status.paths import find_config

    rules = load_agents(find_config())[0].find(hint) if hint else None
    return rules.identify.names[0] if rules and rules.identify.names else ""


@click.command()
@click.argument("file", type=FILE)
@click.argument("at_s", metavar="[SECONDS", type=float, required=False)
@click.argument("name", metavar="LABEL]", required=False)
@click.option("--grace", type=float, help="Seconds after it that are not judged; 0.7.")
@click.option("--accept", default="", help="Labels that are as true, with commas between.")
@click.option("--remove", "remove_s", type=float, metavar="SECONDS", help="Remove that label.")
def label(
    file: Path,
    at_s: float | None,
    name: str | None,
    grace: float | None,
    accept: str,
    remove_s: float | None,
) -> None:
    """
    Say in a recording what was true from a second on, or show that beside what we say.

    With SECONDS and LABEL a marker is added, in the place of one at the same second; the last
    label holds until the label `end`, or the recording's end. Nothing else of FILE changes.
    Then, or alone, it prints both timelines and what is wrong: copied into a folder of
    tests/recordings, the file is a test that fails until the badge is right.

    Exit codes: 0 done, 1 FILE is no recording of version 2, or there is no such label.
    """
    from agent_status.recordings.accuracy.labels import LabelError
    from agent_status.recordings.accuracy.marks import add_mark, make_mark, remove_mark
    from agent_status.terminal.asciicast import RecordingError

    if (at_s is None) != (name is None):
        message = "SECONDS and LABEL come together"
        raise click.UsageError(message)
    try:
        if remove_s is not None:
            remove_mark(file, remove_s)
        if at_s is not None and name is not None:
            add_mark(file, at_s, make_mark(name, grace, accept))
        _show_labels(file)
    except (LabelError, RecordingError, OSError) as error:
        end(str(error), FAILED)


def _show_labels(file: Path) -> None:
    from agent_status.recordings.accuracy.comparison import render_comparison
    from agent_status.recordings.accuracy.trial import run_trial

    recording, knowledge = _open(file)
    trial = run_trial(file, knowledge, recording.command)
    click.echo(render_comparison(trial), nl=False)


def _open(file: Path) -> "tuple[Recording, Registry]":
    from agent_status.agents.files import load_agents
    from agent_status.paths import find_config
    from agent_status.terminal.asciicast import RecordingError, open_recording

    try:
        recording = open_recording(file)
    except RecordingError as error:
        end(str(error), FAILED)
    knowledge, problems = load_agents(find_config())
    for problem in problems:
        click.echo(f"warning: {problem}", err=True)
    return recording, knowledge


COMMANDS: tuple[click.Command, ...] = (replay, record, play, report, label)

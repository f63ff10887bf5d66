"""The command `label`."""

from pathlib import Path

import click

from agent_status.cli.files import FILE, read_file

PLACE = ("Tune", 9)


@click.command("label")
@click.argument("file", type=FILE)
@click.argument("at_s", metavar="[SECONDS", type=float, required=False)
@click.argument("name", metavar="LABEL]", required=False)
@click.option("--grace", type=float, help="Seconds after it that are not judged; 0.7.")
@click.option("--accept", default="", help="Labels that are equally true, separated by commas.")
@click.option("--remove", "remove_s", type=float, metavar="SECONDS", help="Remove that label.")
def command(
    file: Path,
    at_s: float | None,
    name: str | None,
    grace: float | None,
    accept: str,
    remove_s: float | None,
) -> None:
    """
    Add to a recording what was true from a second on, or show that beside the inferred states.

    SECONDS and LABEL add a marker, or replace the one at the same second; the last label holds
    until the label `end`, or the recording's end. Nothing else in FILE changes. Then, or without
    them, it prints both timelines and what is wrong: copied into a folder of tests/recordings, the
    file is a test that fails until the badge is right.

    Exit codes: 0 done, 1 FILE isn't a recording of version 2, or there is no such label.
    """
    from agent_status.recordings.accuracy.marks import add_mark, make_mark, remove_mark

    if (at_s is None) != (name is None):
        message = "SECONDS and LABEL come together"
        raise click.UsageError(message)
    if remove_s is not None:
        remove_mark(file, remove_s)
    if at_s is not None and name is not None:
        add_mark(file, at_s, make_mark(name, grace, accept))
    _show_labels(file)


def _show_labels(file: Path) -> None:
    from agent_status.recordings.accuracy.comparison import render_comparison
    from agent_status.recordings.accuracy.trial import run_trial

    recording, registry = read_file(file)
    trial = run_trial(file, registry, recording.command)
    click.echo(render_comparison(trial), nl=False)

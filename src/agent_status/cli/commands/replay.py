"""The command `replay`."""

from pathlib import Path

import click

from agent_status.cli.files import FILE, read_file

PLACE = ("Tune", 7)


@click.command("replay")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a change, one a line.")
def command(file: Path, *, as_json: bool) -> None:
    """
    Print the states that the daemon would have reported for a recording.

    FILE is an asciicast, version 2 or 3, gzipped or not. It runs on a virtual clock, so a
    recording of a minute takes a second or two. Keys that were typed, markers and titles in the
    header are never evidence; events of code "p" hold the process tree, as `record` writes it.

    Exit codes: 0 done, 1 FILE isn't a recording.
    """
    from agent_status.model.plain import render_json, reveal_text
    from agent_status.recordings.replay import iterate_changes, iterate_statuses

    recording, registry = read_file(file)
    for line in iterate_changes(iterate_statuses(recording, registry)):
        if as_json:
            click.echo(render_json(line))
        else:
            agent = line["agent"] or "-"
            click.echo(
                f"{line['t']:8.2f}  {agent:10}  {line['state']:9}  {reveal_text(line['reason'])}"
            )

"""The command `note`."""

import time

import click

from agent_status.cli.asking import ask_about
from agent_status.cli.target import PANE, is_place, split_target
from agent_status.model import Bounds
from agent_status.model.bounds import BoundsError, parse_bounds
from agent_status.model.plain import clean_text
from agent_status.protocol.messages import NoteState, WriteNote

PLACE = ("Act", 7)


@click.command("note")
@PANE
@click.argument("text", required=False)
@click.option("--only", multiple=True, metavar="GLOB", help="Mark changes to any other file.")
@click.option("--never", multiple=True, metavar="GLOB", help="Mark changes to these files.")
@click.option("--anywhere", is_flag=True, help="Take the boundary of the note away.")
def command(
    pane: str | None,
    text: str | None,
    *,
    only: tuple[str, ...],
    never: tuple[str, ...],
    anywhere: bool,
) -> None:
    """
    Keep a note on an agent: why you started it, what you forbid; without TEXT print it.

    An empty TEXT deletes the note; TEXT without PANE needs quotes, and more than one word. The note
    belongs to the repository, the branch and the folder: it is there again after the agent or tmux
    has restarted, and two agents there share it. It ends with its task: once the agent begins
    another one, the note is kept, but marked as old.

    --only and --never, which may be repeated, declare a boundary: a file that is changed outside
    marks the agent. It ends with the note. A GLOB such as 'src/api/**' begins at the checkout's top
    folder, one without a slash, such as '*.sql', matches anywhere.

    Exit codes: 0 done, 1 no such pane, no agent in it, or the note could not be kept, 2 no such
    GLOB, 3 no tmux server, 4 no daemon, 6 refused.
    """
    pane, text = split_target(pane, text, is_place)
    try:
        bounds = parse_bounds(only, never)
    except BoundsError as error:
        raise click.UsageError(str(error)) from error
    if bounds and anywhere:
        message = "--anywhere takes the boundary away: it goes with neither --only nor --never"
        raise click.UsageError(message)
    limits = (bounds.only, bounds.never) if bounds or anywhere else (None, None)
    kept = ask_about(pane, lambda ref: WriteNote(ref, text, *limits))
    if text is None and kept.note:
        click.echo(kept.note)
        click.echo(clean_text(_describe(kept)), err=True)


def _describe(kept: NoteState) -> str:
    """Return the date and boundary of a note."""
    date = time.strftime("%d %b %Y", time.localtime(kept.at)) if kept.at else ""
    old = "of an earlier task, its boundary has ended" if kept.is_old else ""
    return "; ".join(filter(None, (date, old, Bounds(kept.only, kept.never).describe())))

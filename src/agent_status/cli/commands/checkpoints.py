"""The command `checkpoints`."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from agent_status.cli.asking import ask_about
from agent_status.cli.target import PANE
from agent_status.cli.trees import list_turns
from agent_status.protocol.messages import ReadReview

PLACE = ("Review", 5)
HEAD = ("ID", "ENDED", "TOOK", "CHANGED", "PROMPT")


@click.command("checkpoints")
@PANE
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with the tree ids.")
def command(pane: str | None, *, as_json: bool) -> None:
    """
    List the turns in the checkout of the agent in PANE, the latest last.

    Of each one the files are kept as they were when it ended: `agent-status diff --turn N` shows
    what it changed, `agent-status checkpoint restore` puts them onto a new branch. The last 30 are
    kept, for 30 days.

    Exit codes: 0 done (also without any), 1 no such agent, 3 no tmux server, 4 no daemon.
    """
    turns = list_turns(ask_about(pane, ReadReview))
    if as_json:
        from agent_status.model.plain import render_json

        for turn in turns:
            click.echo(render_json(_render(turn)))
    elif turns:
        click.echo(render_table(turns), nl=False)
    else:
        click.echo("No turn has ended here while the daemon watched.", err=True)


def _render(turn: Any) -> dict[str, Any]:
    """Return a turn as JSON data: its trees as ids."""
    data = asdict(turn)
    before, after = data.pop("before"), data.pop("after")
    return data | {"base": before["tree"], "tree": after["tree"], "head": after["head"]}


def render_table(turns: Sequence[Any]) -> str:
    """Return a line for each turn, without terminal sequences."""
    from agent_status.model.plain import clean_text

    rows = [HEAD, *map(_list_cells, turns)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD) - 1)]
    lines = (
        "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]))
        for row in rows
    )
    return "".join(f"{clean_text(line).rstrip()}\n" for line in lines)


def _list_cells(turn: Any) -> tuple[str, ...]:
    from agent_status.model.attention import render_duration

    files = f"{turn.files} file{'' if turn.files == 1 else 's'} +{turn.added} -{turn.removed}"
    return (
        turn.id,
        time.strftime("%Y-%m-%d %H:%M", time.localtime(turn.ended_at)),
        render_duration(max(0.0, turn.ended_at - turn.began_at)),
        files if turn.files else "nothing",
        turn.prompt or "-",
    )

"""The command `conflicts`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from agent_status.cli.asking import ask_about
from agent_status.cli.target import PANE
from agent_status.cli.trees import take_trees
from agent_status.model.plain import clean_text, show_name
from agent_status.protocol.messages import OverlapFacts, ReadReview, ReviewFacts

PLACE = ("Review", 2)
MAX_FILES = 50
"""Files of which the lines are compared."""


@click.command("conflicts")
@PANE
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(pane: str | None, *, as_json: bool) -> None:
    """
    Show where the agent in PANE and those in other worktrees conflict.

    Prints the files that both changed since their branches parted, and the lines of the common
    version where both changes meet.

    Exit codes: 0 done (also without any), 1 no such agent, no checkout or git refuses,
    3 no tmux server, 4 no daemon.
    """
    facts = ask_about(pane, ReadReview)
    found = [_meet(facts, overlap) for overlap in facts.overlaps]
    if as_json:
        data = {"shared": list(facts.shared), "conflicts": found}
        from agent_status.model.plain import render_json

        click.echo(render_json(data, 2))
        return
    if facts.shared:
        click.echo(f"in the same checkout: {clean_text(', '.join(facts.shared))}")
    for one in found:
        click.echo(f"{clean_text(', '.join(one['names']))} in {clean_text(one['folder'])}")
        for file in one["files"]:
            click.echo(f"  {show_name(file['file'])}: {_render_lines(file['lines'])}")
    if not found and not facts.shared:
        click.echo("No other agent changes the same files.")


def _meet(facts: ReviewFacts, overlap: OverlapFacts) -> dict[str, Any]:
    """Return where the two worktrees of an overlap changed the same lines."""
    mine, theirs = (
        (parts[0].store, parts[0].tree)
        for parts in (take_trees(folder, facts.stores) for folder in (facts.folder, overlap.folder))
    )
    files = [
        {"file": file, "lines": list(_find_lines(file, overlap.base, mine, theirs))}
        for file in overlap.files[:MAX_FILES]
    ]
    return {"names": list(overlap.names), "folder": overlap.folder, "files": files}


def _find_lines(
    file: str, base: str, mine: tuple[Any, str], theirs: tuple[Any, str]
) -> Iterator[dict[str, list[int]]]:
    from agent_status.features.review.overlap import find_meeting, list_spans

    spans = [list_spans(store, base, tree, file) for store, tree in (mine, theirs)]
    for one, other in find_meeting(*spans):
        yield {"here": [one.start, one.end], "there": [other.start, other.end]}


def _render_lines(lines: Sequence[Mapping[str, Sequence[int]]]) -> str:
    pairs = (f"{_name(one['here'])} here, {_name(one['there'])} there" for one in lines)
    return "; ".join(pairs) or "no lines meet"


def _name(span: Sequence[int]) -> str:
    start, last = span
    if last < start:
        return f"before line {start}"
    return f"lines {start}-{last}" if last > start else f"line {start}"

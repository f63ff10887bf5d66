"""The command `conflicts`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from agent_status.cli.asking import ask_about
from agent_status.cli.target import PANE
from agent_status.cli.trees import take_trees
from agent_status.model.plain import clean_text, reveal_text, show_name
from agent_status.protocol.messages import OverlapFacts, ReadReview, ReviewFacts

PLACE = ("Review", 2)
MAX_FILES = 50
"""Files of which the lines are compared."""


@click.command("conflicts")
@PANE
@click.option("-v", "--verbose", is_flag=True, help="Show the lines that git can't merge.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(pane: str | None, *, verbose: bool, as_json: bool) -> None:
    """
    Show where the agent in PANE and those in other worktrees conflict.

    Prints the files that both changed since their branches parted: those that git can't merge, as
    a merge tried in memory says, apart from the others; and the lines of the common version where
    both changes meet. Neither worktree, index nor branch is touched.

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
        click.echo("\n".join(_render(one, verbose=verbose)))
    if not found and not facts.shared:
        click.echo("No other agent changes the same files.")


def _meet(facts: ReviewFacts, overlap: OverlapFacts) -> dict[str, Any]:
    """Return where the two worktrees of an overlap changed the same lines, and can't be merged."""
    mine, theirs = (
        (parts[0].store, parts[0].tree)
        for parts in (take_trees(folder, facts.stores) for folder in (facts.folder, overlap.folder))
    )
    conflicts, trouble = _try_merge(overlap.base, mine, theirs)
    both = [file for file in overlap.files[:MAX_FILES] if file not in conflicts]
    files = [
        {
            "file": file,
            "lines": list(_find_lines(file, overlap.base, mine, theirs)),
            "conflict": list(conflicts[file].kinds) if file in conflicts else [],
            "hunks": [asdict(one) for one in conflicts[file].hunks] if file in conflicts else [],
        }
        for file in (*conflicts, *both)
    ]
    names = {"names": list(overlap.names), "folder": overlap.folder}
    return (
        names
        | {"merges": None if trouble else not conflicts, "trouble": trouble}
        | {"files": files}
    )


def _try_merge(
    base: str, mine: tuple[Any, str], theirs: tuple[Any, str]
) -> tuple[dict[str, Any], str]:
    """Return the files that can't be merged, or why that isn't known."""
    from agent_status.features.review.merge import try_merge
    from agent_status.system.git import GitError

    try:
        return {one.file: one for one in try_merge(mine[0], base, mine[1], theirs[1])}, ""
    except GitError as error:
        return {}, str(error)


def _find_lines(
    file: str, base: str, mine: tuple[Any, str], theirs: tuple[Any, str]
) -> Iterator[dict[str, list[int]]]:
    from agent_status.features.review.overlap import find_meeting, list_spans

    spans = [list_spans(store, base, tree, file) for store, tree in (mine, theirs)]
    for one, other in find_meeting(*spans):
        yield {"here": [one.start, one.end], "there": [other.start, other.end]}


def _render(found: Mapping[str, Any], *, verbose: bool) -> Iterator[str]:
    """Yield the lines about one other worktree."""
    yield f"{clean_text(', '.join(found['names']))} in {clean_text(found['folder'])}"
    if found["trouble"]:
        yield f"  no merge was tried: {clean_text(found['trouble'])}"
    for file in found["files"]:
        kinds = f"conflict ({', '.join(file['conflict'])})" if file["conflict"] else ""
        merges = "" if kinds or found["trouble"] else "merges"
        parts = (clean_text(kinds), merges, _render_lines(file["lines"]))
        yield f"  {show_name(file['file'])}: {', '.join(filter(None, parts))}"
        if verbose:
            yield from _render_hunks(file["hunks"])


def _render_hunks(hunks: Sequence[Mapping[str, Sequence[str]]]) -> Iterator[str]:
    for hunk in hunks:
        for side in ("here", "there"):
            yield from (
                f"    {side:<5} | {reveal_text(line.expandtabs(4))}" for line in hunk[side] or ("",)
            )
        yield ""


def _render_lines(lines: Sequence[Mapping[str, Sequence[int]]]) -> str:
    pairs = (f"{_name(one['here'])} here, {_name(one['there'])} there" for one in lines)
    return "; ".join(pairs) or "no lines meet"


def _name(span: Sequence[int]) -> str:
    start, last = span
    if last < start:
        return f"before line {start}"
    return f"lines {start}-{last}" if last > start else f"line {start}"

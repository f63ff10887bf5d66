"""The command `diff`."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from agent_status.cli.asking import ask_daemon, find_facet
from agent_status.cli.diff_output import page_diff, print_diff
from agent_status.cli.target import PANE, find_agent
from agent_status.cli.trees import pick_turn, take_trees
from agent_status.errors import AgentStatusError
from agent_status.model.plain import clean_text, show_name
from agent_status.protocol.messages import ReadReview, ReviewFacts

PLACE = ("Review", 1)
NO_CHANGES = "No changes since you last acknowledged them."


@click.command("diff")
@PANE
@click.option("--files", is_flag=True, help="Only the names of the files.")
@click.option("--stat", is_flag=True, help="Only the list of files with their counts.")
@click.option(
    "--turn", type=click.IntRange(1), metavar="N", help="What the N-th last turn changed."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, without the lines.")
@click.option("--hunks", is_flag=True, help="One JSON object, with the lines, bounded.")
@click.option("--seen", multiple=True, hidden=True, help="Print the baseline past this file.")
@click.option("--tree", default="", hidden=True, help="The tree in which it was seen.")
@click.option("--no-pager", is_flag=True, help="Print it without a pager.")
@click.option("--wait", is_flag=True, help="Wait for a key if the pager does not, as in a popup.")
def command(pane: str | None, **options: Any) -> None:
    """
    Show what has changed in the checkout of the agent in PANE since you last acknowledged it.

    Covers committed, uncommitted and untracked files, but none that git ignores. In a terminal it
    goes through your git pager, such as delta. If several agents share a checkout, it shows what
    all of them changed. With `--turn 1`, it shows what the last turn changed, from its beginning
    to its end; `agent-status checkpoints` lists the turns.

    Exit codes: 0 done (also with no changes), 1 no such agent, no checkout or git refuses,
    3 no tmux server, 4 no daemon.
    """
    ref = find_agent(pane)
    facts, checks = ask_daemon(ReadReview(ref)), find_facet(ref, "checks").words
    if options["seen"]:
        _print_moved(facts, options["tree"], options["seen"])
        return
    store, base, tree = _compare_trees(facts, options["turn"])
    if options["as_json"] or options["hunks"]:
        data = _describe(store, facts, base, tree) | {"checks": checks}
        _print_json(data | {"files": _list_files(store, base, tree, hunks=options["hunks"])})
        return
    if checks:
        click.echo(clean_text(f"Checks: {checks}"), err=True)
    if facts.shared:
        names = ", ".join(facts.shared)
        click.echo(f"This checkout is shared with {clean_text(names)}.", err=True)
    _show(store, base, tree, options)


def _show(store: Any, base: str, tree: str, options: Mapping[str, Any]) -> None:
    if base == tree:
        none = "This turn changed nothing." if options["turn"] else NO_CHANGES
        click.echo(none)
    elif options["files"]:
        files = _compare(store, base, tree)
        click.echo("".join(f"{show_name(one.path)}\n" for one in files), nl=False)
    elif options["stat"]:
        print_diff(store, ("--stat", base, tree))
    elif options["no_pager"] or not sys.stdout.isatty():
        print_diff(store, ("--patch-with-stat", base, tree))
    else:
        page_diff(store, base, tree, wait=options["wait"])


def _compare_trees(facts: ReviewFacts, turn: int | None) -> tuple[Any, str, str]:
    """Return a store, and two trees in it that differ in what is to be reviewed."""
    from agent_status.features.review.baselines import parse_baseline
    from agent_status.features.review.parts import find_sides, join_stores
    from agent_status.features.review.turns import find_turn_sides

    parts = take_trees(facts.folder, facts.stores, facts.apart)
    store = join_stores(parts)
    if turn:
        return store, *find_turn_sides(parts, pick_turn(facts, turn))
    if not facts.base:
        return store, parts[0].tree, parts[0].tree
    return store, *find_sides(parts, parse_baseline(facts.base))


def _compare(store: Any, base: str, tree: str) -> Sequence[Any]:
    from agent_status.features.review.compare import compare

    return compare(store, base, tree, sys.maxsize).touched


def _describe(store: Any, facts: ReviewFacts, base: str, tree: str) -> dict[str, Any]:
    return {
        "root": store.checkout.root,
        "base": base,
        "tree": tree,
        "shared": list(facts.shared),
    }


def _list_files(store: Any, base: str, tree: str, *, hunks: bool) -> list[dict[str, Any]]:
    """Return each file with its counts, and with its lines if they are wanted."""
    from agent_status.features.review.hunks import read_patches

    touched = _compare(store, base, tree)
    files = [
        {"path": one.path, "status": one.status, "added": one.added, "removed": one.removed}
        for one in touched
    ]
    if not hunks:
        return files
    patches = read_patches(store, base, tree, touched)
    return [
        file | {"why": patch.why, "hunks": [asdict(one) for one in patch.hunks]}
        for file, patch in zip(files, patches, strict=True)
    ]


def _print_moved(facts: ReviewFacts, tree: str, paths: Sequence[str]) -> None:
    """Print the baseline, and the one that has these files as they are in `tree`."""
    from agent_status.features.review.baselines import parse_baseline
    from agent_status.features.review.seen import move_files

    if not facts.base or not re.fullmatch("[0-9a-f]{40,64}", tree):
        message = "there is nothing to review"
        raise AgentStatusError(message)
    parts = take_trees(facts.folder, facts.stores, facts.apart)
    base = move_files(parts, parse_baseline(facts.base), tree, paths)
    _print_json({"was": dict(facts.base), "base": asdict(base)})


def _print_json(data: Mapping[str, Any]) -> None:
    from agent_status.model.plain import render_json

    click.echo(render_json(data, 2))

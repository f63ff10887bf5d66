"""The command `diff`."""

import contextlib
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from agent_status.cli.asking import ask_daemon, find_facet
from agent_status.cli.paging import STAYING_LESS, hold_keys, waits_for_key
from agent_status.cli.target import PANE, find_agent
from agent_status.cli.trees import take_trees
from agent_status.errors import AgentStatusError
from agent_status.model.plain import clean_text, show_name
from agent_status.protocol.messages import ReadReview, ReviewFacts

PLACE = ("Review", 1)
COLOURS = {"@@": "cyan", "+": "green", "-": "red", "diff ": "yellow"}
QUICK_S = 0.5
"""A pager that ends sooner had no more than one screen to show."""


@click.command("diff")
@PANE
@click.option("--files", is_flag=True, help="Only the names of the files.")
@click.option("--stat", is_flag=True, help="Only the list of files with their counts.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, without the lines.")
@click.option("--no-pager", is_flag=True, help="Print it without a pager.")
@click.option("--wait", is_flag=True, help="Wait for a key if the pager does not, as in a popup.")
def command(
    pane: str | None, *, files: bool, stat: bool, as_json: bool, no_pager: bool, wait: bool
) -> None:
    """
    Show what has changed in the checkout of the agent in PANE since you last acknowledged it.

    Covers committed, uncommitted and untracked files, but none that git ignores. In a terminal it
    goes through your git pager, such as delta. If several agents share a checkout, it shows what
    all of them changed.

    Exit codes: 0 done (also with no changes), 1 no such agent, no checkout or git refuses,
    3 no tmux server, 4 no daemon.
    """
    ref = find_agent(pane)
    facts, checks = ask_daemon(ReadReview(ref)), find_facet(ref, "checks").words
    store, base, tree = _compare_trees(facts)
    if as_json:
        from agent_status.model.plain import render_json

        data = _describe(store, facts, base, tree) | {"checks": checks}
        click.echo(render_json(data, 2))
        return
    if checks:
        click.echo(clean_text(f"Checks: {checks}"), err=True)
    if facts.shared:
        names = ", ".join(facts.shared)
        click.echo(f"This checkout is shared with {clean_text(names)}.", err=True)
    if base == tree:
        click.echo("No changes since you last acknowledged them.")
    elif files:
        click.echo(
            "".join(f"{show_name(one.path)}\n" for one in _compare(store, base, tree)), nl=False
        )
    elif stat:
        _print(store, ("--stat", base, tree))
    elif no_pager or not sys.stdout.isatty():
        _print(store, ("--patch-with-stat", base, tree))
    else:
        _page(store, base, tree, wait=wait)


def _compare_trees(facts: ReviewFacts) -> tuple[Any, str, str]:
    """Return a store, and two trees in it that differ in what is to be reviewed."""
    from agent_status.features.review.baselines import parse_baseline
    from agent_status.features.review.parts import find_sides, join_stores

    parts = take_trees(facts.folder, facts.stores, facts.apart)
    store = join_stores(parts)
    if not facts.base:
        return store, parts[0].tree, parts[0].tree
    return store, *find_sides(parts, parse_baseline(facts.base))


def _compare(store: Any, base: str, tree: str) -> Sequence[Any]:
    from agent_status.features.review.compare import compare

    return compare(store, base, tree, sys.maxsize).touched


def _describe(store: Any, facts: ReviewFacts, base: str, tree: str) -> dict[str, Any]:
    touched = _compare(store, base, tree)
    return {
        "root": store.checkout.root,
        "base": base,
        "tree": tree,
        "shared": list(facts.shared),
        "files": [
            {"path": one.path, "status": one.status, "added": one.added, "removed": one.removed}
            for one in touched
        ],
    }


def _print(store: Any, words: Sequence[str]) -> None:
    """Print a diff in which nothing is left that a terminal would obey."""
    from agent_status.features.review.patch import show_patch

    plain = ("--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short")
    patch = store.ask("diff", *plain, *words)
    for line in show_patch(patch):
        colour = next((name for mark, name in COLOURS.items() if line.startswith(mark)), None)
        click.secho(line, fg=colour)


def _page(store: Any, base: str, tree: str, *, wait: bool) -> None:
    from agent_status.system.git import find_pager, show_git

    words = ("--patch-with-stat", "--no-ext-diff", "--no-textconv", "--submodule=short")
    env = store.render_env(settings="own")
    if wait:
        env["LESS"] = os.environ.get("LESS", STAYING_LESS)
    stays = not wait or waits_for_key(find_pager(env), env["LESS"])
    began = time.monotonic()
    with contextlib.nullcontext() if stays else hold_keys():
        code = show_git([*store.render_words(), "diff", *words, base, tree], env)
        if not stays and time.monotonic() - began < QUICK_S:
            click.echo("Any key closes this.", nl=False)
            os.read(sys.stdin.fileno(), 1)
    if code:
        sys.exit(AgentStatusError.exit_code)

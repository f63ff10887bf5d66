"""Commands about what an agent changed: diff, conflicts, acknowledge."""

import contextlib
import os
import re
import sys
import termios
import time
import tty
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from agent_status.cli.ending import FAILED, end, ending
from agent_status.cli.target import PANE, find_agent

COLOURS = {"@@": "cyan", "+": "green", "-": "red", "diff ": "yellow"}
QUICK_S = 0.5
"""A pager that ends sooner had no more than one screen to show."""
STAYING_LESS = "RX"
"""As git sets LESS where the user does not, without F: less waits for a key on one screen, too."""
QUITS = re.compile(r"^-?\w*[FE]|^--quit-(?:if-one-screen|at-eof)$|^--QUIT-AT-EOF$")
"""Options by which less ends without a key: -F, or -E, alone or among others."""
MOST_FILES = 50
"""Files of which the lines are compared."""


@click.command()
@PANE
@click.option("--files", is_flag=True, help="Only the names of the files.")
@click.option("--stat", is_flag=True, help="Only the list of files with their counts.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, without the lines.")
@click.option("--no-pager", is_flag=True, help="Print it, whatever pager git is set to.")
@click.option(
    "--wait", is_flag=True, help="Wait for a key where the pager does not, as in a popup."
)
def diff(
    pane: str | None, *, files: bool, stat: bool, as_json: bool, no_pager: bool, wait: bool
) -> None:
    """
    Show what has changed in the checkout of the agent in PANE since you last acknowledged it.

    Committed, uncommitted and untracked files alike, but none that git ignores. In a terminal it
    goes through your git pager, such as delta. With several agents in one checkout it is what
    all of them changed.

    Exit codes: 0 done (also with no changes), 1 no such agent, no checkout or git refuses,
    3 no tmux server, 4 no daemon.
    """
    facts = _ask(pane, "review")
    store, base, tree = _compare_trees(facts)
    if as_json:
        from agent_status.show.plain import render_json

        click.echo(render_json(_describe(store, facts, base, tree), 2))
        return
    if facts["shared"]:
        names = ", ".join(facts["shared"])
        click.echo(f"This checkout is shared with {_clean(names)}.", err=True)
    if base == tree:
        click.echo("No changes since you last acknowledged them.")
    elif files:
        click.echo("".join(f"{_show(one.path)}\n" for one in _compare(store, base, tree)), nl=False)
    elif stat:
        _print(store, ("--stat", base, tree))
    elif no_pager or not sys.stdout.isatty():
        _print(store, ("--patch-with-stat", base, tree))
    else:
        _page(store, base, tree, wait=wait)


@click.command()
@PANE
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def conflicts(pane: str | None, *, as_json: bool) -> None:
    """
    Say where the agent in PANE and those in other worktrees step on each other.

    Names the files that both changed since their branches parted, and the lines of the common
    version where both changes meet.

    Exit codes: 0 done (also without any), 1 no such agent, no checkout or git refuses,
    3 no tmux server, 4 no daemon.
    """
    facts = _ask(pane, "review")
    found = [_meet(facts, overlap) for overlap in facts["overlaps"]]
    if as_json:
        told = {"shared": facts["shared"], "conflicts": found}
        from agent_status.show.plain import render_json

        click.echo(render_json(told, 2))
        return
    if facts["shared"]:
        click.echo(f"in the same checkout: {_clean(', '.join(facts['shared']))}")
    for one in found:
        click.echo(f"{_clean(', '.join(one['names']))} in {_clean(one['folder'])}")
        for file in one["files"]:
            click.echo(f"  {_show(file['file'])}: {_render_lines(file['lines'])}")
    if not found and not facts["shared"]:
        click.echo("No other agent changes the same files.")


@click.command()
@PANE
@click.option("--undo", is_flag=True, help="Take the last time back: count from before it again.")
def acknowledge(pane: str | None, *, undo: bool) -> None:
    """
    Count the result in PANE as reviewed: its changes are counted anew from here.

    To jump to PANE is no review. PANE may be what `list` calls the work of an agent that has
    ended, such as ended:1a2b3c4d.

    Exit codes: 0 done, 1 no such pane or it could not be kept, 3 no tmux server,
    4 no daemon, 6 refused.
    """
    _ask(pane, "unreview" if undo else "seen")


def _look(folder: str, stores: str, apart: Sequence[str] = ()) -> tuple[Any, ...]:
    """Return the checkout at `folder` as it is now, and behind it those nested in it."""
    from agent_status.review.checkout import find_checkout
    from agent_status.review.git import GitError
    from agent_status.review.parts import take_parts
    from agent_status.review.tree import Memory

    try:
        checkout = find_checkout(folder)
        if checkout is None:
            end(f"{_clean(folder)} is in no git checkout", FAILED)
        return take_parts(Path(stores), checkout, Memory(), frozenset(apart))
    except (GitError, OSError) as error:
        end(_clean(str(error)), FAILED)


def _compare_trees(facts: Mapping[str, Any]) -> tuple[Any, str, str]:
    """Return a store, and two trees in it that differ in what is to be reviewed."""
    from agent_status.review.git import GitError
    from agent_status.review.ledger import parse_baseline
    from agent_status.review.parts import find_sides, join_stores

    parts = _look(facts["folder"], facts["stores"], facts["apart"])
    store = join_stores(parts)
    if not facts["base"]:
        return store, parts[0].tree, parts[0].tree
    try:
        return store, *find_sides(parts, parse_baseline(facts["base"]))
    except (GitError, OSError) as error:
        end(_clean(str(error)), FAILED)


def _compare(store: Any, base: str, tree: str) -> Sequence[Any]:
    from agent_status.review.compare import compare
    from agent_status.review.git import GitError

    try:
        return compare(store, base, tree, sys.maxsize).touched
    except GitError as error:
        end(_clean(str(error)), FAILED)


def _describe(store: Any, facts: Mapping[str, Any], base: str, tree: str) -> dict[str, Any]:
    touched = _compare(store, base, tree)
    return {
        "root": store.checkout.root,
        "base": base,
        "tree": tree,
        "shared": facts["shared"],
        "files": [
            {"path": one.path, "status": one.status, "added": one.added, "removed": one.removed}
            for one in touched
        ],
    }


def _print(store: Any, words: Sequence[str]) -> None:
    """Print a diff in which nothing is left that a terminal would obey."""
    from agent_status.review.git import GitError
    from agent_status.review.patch import show_patch

    plain = ("--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short")
    try:
        told = store.ask("diff", *plain, *words)
    except GitError as error:
        end(_clean(str(error)), FAILED)
    for line in show_patch(told):
        colour = next((name for mark, name in COLOURS.items() if line.startswith(mark)), None)
        click.secho(line, fg=colour)


def _page(store: Any, base: str, tree: str, *, wait: bool) -> None:
    from agent_status.review.git import GitError, find_pager, show_git

    words = ("--patch-with-stat", "--no-ext-diff", "--no-textconv", "--submodule=short")
    env = store.render_env(settings="own")
    if wait:
        env["LESS"] = os.environ.get("LESS", STAYING_LESS)
    stays = not wait or waits_for_key(find_pager(env), env["LESS"])
    began = time.monotonic()
    with contextlib.nullcontext() if stays else _hold_keys():
        try:
            code = show_git([*store.render_words(), "diff", *words, base, tree], env)
        except GitError as error:
            end(str(error), FAILED)
        if not stays and time.monotonic() - began < QUICK_S:
            click.echo("Any key closes this.", nl=False)
            os.read(sys.stdin.fileno(), 1)
    if code:
        sys.exit(FAILED)


def waits_for_key(pager: Sequence[str], less: str) -> bool:
    """
    Return whether a pager waits for a key whatever it shows.

    That is known of less, unless its words or `less`, the variable of that name, say that it quits
    where one screen is all. Pure.
    """
    quits = any(QUITS.search(word) for word in (*pager[1:], *less.split()))
    return bool(pager) and Path(pager[0]).name == "less" and not quits


@contextlib.contextmanager
def _hold_keys() -> Iterator[None]:
    """Keep keys from being echoed or dropped, from before the pager runs until we read one."""
    if not sys.stdin.isatty():
        yield
        return
    saved = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin, termios.TCSADRAIN)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)


def _meet(facts: Mapping[str, Any], overlap: Mapping[str, Any]) -> dict[str, Any]:
    """Return where the two worktrees of an overlap changed the same lines."""
    mine, theirs = (
        (parts[0].store, parts[0].tree)
        for parts in (_look(one["folder"], facts["stores"]) for one in (facts, overlap))
    )
    files = [
        {"file": file, "lines": list(_find_lines(file, overlap["base"], mine, theirs))}
        for file in overlap["files"][:MOST_FILES]
    ]
    return {"names": overlap["names"], "folder": overlap["folder"], "files": files}


def _find_lines(
    file: str, base: str, mine: tuple[Any, str], theirs: tuple[Any, str]
) -> Iterator[dict[str, list[int]]]:
    from agent_status.review.git import GitError
    from agent_status.review.overlap import find_meeting, list_spans

    try:
        spans = [list_spans(store, base, tree, file) for store, tree in (mine, theirs)]
    except GitError as error:
        end(_clean(str(error)), FAILED)
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


def _clean(text: str) -> str:
    from agent_status.show.plain import clean_text

    return clean_text(text)


def _show(name: str) -> str:
    from agent_status.show.plain import show_name

    return show_name(name)


def _ask(target: str | None, op: str) -> Any:
    """Return what the daemon answers about a pane."""
    from agent_status.client import Client
    from agent_status.sense.tmux import find_socket

    with ending():
        pane = find_agent(target)
        with Client.open(find_socket()) as client:
            return client.ask(op, pane=pane)


COMMANDS: tuple[click.Command, ...] = (diff, conflicts, acknowledge)

"""A merge of two worktrees that is only tried: in memory, with our own objects."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from agent_status.features.review.store import Store
from agent_status.system.git import GitError

WHO = "agent-status <agent-status@localhost> 0 +0000"
TOO_OLD = "this git can't try a merge: 2.38 or newer can"
KIND = re.compile(r"CONFLICT \((.+)\)")
MAX_CONFLICTS = 100
"""Files that are listed."""
MAX_HUNKS = 20
"""Places in one file of which the lines are shown."""
MAX_LINES = 40
"""Lines of one side of such a place."""
MAX_LINE = 400
CUT = "…"


@dataclass(frozen=True, slots=True)
class Hunk:
    """The lines of both worktrees at a place that git can't merge; hostile text."""

    here: tuple[str, ...]
    there: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that git can't merge, why in git's words, and where."""

    file: str
    kinds: tuple[str, ...]
    """Such as `contents` or `modify/delete`."""
    hunks: tuple[Hunk, ...] = ()


def try_merge(store: Store, base: str, mine: str, theirs: str) -> tuple[Conflict, ...]:
    """
    Return the files that git can't merge, where two trees come from the commit `base`.

    Writes into `store` alone. Raises GitError, also for a git that can't try it.
    """
    here, there = (_keep_commit(store, tree, base) for tree in (mine, theirs))
    shallow = str(Path(store.checkout.common) / "shallow")
    words = ("merge-tree", "--write-tree", "-z", "--messages", here, there)
    try:
        output = store.ask("--shallow-file", shallow, *words, codes=(0, 1))
    except GitError as error:
        if str(error).startswith("usage: "):
            raise GitError(TOO_OLD) from error
        raise
    tree, kinds = parse_merge(output)
    return tuple(
        Conflict(file, found, tuple(_list_hunks(store, tree, file, here, there)))
        for file, found in islice(kinds.items(), MAX_CONFLICTS)
    )


def parse_merge(output: bytes) -> tuple[str, dict[str, tuple[str, ...]]]:
    """Return the merged tree and the kinds of conflict by file; raise GitError for other text."""
    parts = output.decode("utf-8", "surrogateescape").split("\0")
    try:
        messages = iter(parts[parts.index("", 1) + 1 : -1])
        kinds: dict[str, tuple[str, ...]] = {}
        for count in messages:
            files = [next(messages) for _ in range(int(count))]
            kind, _ = KIND.fullmatch(next(messages)), next(messages)
            for file in files[:1] if kind else ():
                kinds[file] = (*kinds.get(file, ()), kind[1] if kind else "")
    except (ValueError, StopIteration) as error:
        message = "git's answer can't be read: is there another program of that name?"
        raise GitError(message) from error
    return parts[0], kinds


def _keep_commit(store: Store, tree: str, base: str) -> str:
    """Store a commit of `tree` after `base` among our objects, and return its id. Idempotent."""
    text = f"tree {tree}\nparent {base}\nauthor {WHO}\ncommitter {WHO}\n\nworktree\n"
    words = ("hash-object", "-t", "commit", "-w", "--stdin")
    return store.ask(*words, given=text.encode()).decode("ascii", "replace").strip()


def _list_hunks(store: Store, tree: str, file: str, here: str, there: str) -> Iterator[Hunk]:
    """Yield the places between git's marks, which name both commits; none in a binary file."""
    try:
        data = store.ask("cat-file", "blob", f"{tree}:{file}")
    except GitError:
        return
    lines = data.decode("utf-8", "replace").splitlines()
    yield from islice(find_hunks(lines, here, there), MAX_HUNKS)


def find_hunks(lines: Sequence[str], here: str, there: str) -> Iterator[Hunk]:
    """Yield what stands between the marks of a conflict between two commits."""
    sides: tuple[list[str], list[str]] = ([], [])
    mark = side = -1
    for line in lines:
        if mark < 0 and (begun := re.match(rf"(<{{7,}}) {here}(?::|\Z)", line)):
            mark, side, sides = len(begun[1]), 0, ([], [])
        elif mark > 0 and side == 0 and line == "=" * mark:
            side = 1
        elif mark > 0 and re.match(rf">{{{mark}}} {there}(?::|\Z)", line):
            yield Hunk(*(_cut(one) for one in sides))
            mark = side = -1
        elif mark > 0:
            sides[side].append(line)


def _cut(lines: Sequence[str]) -> tuple[str, ...]:
    shown = (line if len(line) <= MAX_LINE else line[:MAX_LINE] + CUT for line in lines[:MAX_LINES])
    return (*shown, CUT) if len(lines) > MAX_LINES else tuple(shown)

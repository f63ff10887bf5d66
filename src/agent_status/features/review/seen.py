"""Moves single files of a baseline on: they were reviewed, and the others still wait."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agent_status.features.review.parts import (
    Baseline,
    NestedCheckout,
    Part,
    find_start_tree,
    join_stores,
)
from agent_status.features.review.store import Store


def move_files(
    parts: Sequence[Part], baseline: Baseline, tree: str, paths: Sequence[str]
) -> Baseline:
    """
    Return the baseline with these files as they are in `tree`, the later side of a review.

    A file that isn't there counts as deleted. Raises GitError.
    """
    own, *nested = parts
    left = list(paths)
    for part in sorted(nested, key=lambda one: -len(one.place)):
        inside = [path for path in left if path.startswith(f"{part.place}/")]
        left = [path for path in left if path not in inside]
        if inside and part.tree:
            baseline = _move_inner(parts, part, baseline, tree, inside)
    entries = _read_entries(join_stores(parts), tree, left)
    return replace(baseline, tree=_replace(own.store, baseline.tree, entries))


def replace_entries(store: Store, tree: str, source: str, paths: Sequence[str]) -> str:
    """Return `tree` with these paths as they are in the tree or commit `source`."""
    return _replace(store, tree, _read_entries(store, source, paths))


def _move_inner(
    parts: Sequence[Part], part: Part, baseline: Baseline, tree: str, paths: Sequence[str]
) -> Baseline:
    """Return the baseline with files of one nested checkout moved on."""
    known = next((one for one in baseline.inner if one.place == part.place), None)
    head = known.head if known else part.store.checkout.head
    start = known.tree if known else find_start_tree(part, parts[0], baseline)
    entries = _read_entries(join_stores(parts), tree, paths)
    below = {path.removeprefix(f"{part.place}/"): entry for path, entry in entries.items()}
    moved = NestedCheckout(part.place, _replace(part.store, start, below), head)
    return replace(baseline, inner=(*(one for one in baseline.inner if one is not known), moved))


def _read_entries(store: Store, tree: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Return mode and id of each path, as an index takes them; a missing path has zeros."""
    nothing = b"0 " + b"0" * len(tree)
    entries = dict.fromkeys(paths, nothing)
    for path in paths:
        output = store.ask("ls-tree", "-z", "--full-tree", tree, "--", path)
        for entry in filter(None, output.split(b"\0")):
            facts, _, name = entry.partition(b"\t")
            mode, kind, blob = facts.split(b" ")
            if name == path.encode("utf-8", "surrogateescape") and kind != b"tree":
                entries[path] = b"%s %s 0" % (mode, blob)
    return entries


def _replace(store: Store, tree: str, entries: dict[str, bytes]) -> str:
    lines = [
        b"%s\t%s\0" % (entry, path.encode("utf-8", "surrogateescape"))
        for path, entry in entries.items()
    ]
    lines.sort(key=lambda line: not line.startswith(b"0 "))  # what is gone may be in the way
    with tempfile.TemporaryDirectory(prefix="index-", dir=store.folder) as place:
        index = Path(place) / "index"
        store.ask("read-tree", tree, index=index)
        store.ask("update-index", "-z", "--index-info", index=index, given=b"".join(lines))
        return store.ask("write-tree", "--missing-ok", index=index).decode().strip()

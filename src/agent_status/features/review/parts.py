"""A checkout with its nested checkouts: repositories, linked worktrees and submodules."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent_status.features.review.checkout import Checkout, find_checkout
from agent_status.features.review.graft import graft
from agent_status.features.review.reflog import find_start, list_worktrees, read_steps
from agent_status.features.review.store import Store, open_store
from agent_status.features.review.tree import Memory, snapshot_tree
from agent_status.features.review.upstream import carry_base, find_merge_base
from agent_status.system.git import GitError

MAX_NESTED = 32
"""Nested checkouts that are looked into; of more, only the commit counts."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the checkouts; `place` is its path below the outermost one, which has an empty one."""

    place: str
    store: Store
    tree: str
    """The tree of now; empty for one that is listed elsewhere."""
    tracked: bool = False
    """True if the checkout around it tracks its commit, as of a submodule."""


@dataclass(frozen=True, slots=True)
class NestedCheckout:
    """The state of a nested checkout in a baseline."""

    place: str
    tree: str
    head: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The state that changes are counted from."""

    tree: str
    head: str = ""
    """The commit that was checked out; empty if unknown or before the first one."""
    at: int = 0
    """When, in Unix seconds."""
    inner: tuple[NestedCheckout, ...] = ()


def snapshot_parts(
    base: Path, checkout: Checkout, memory: Memory, apart: frozenset[str] = frozenset()
) -> tuple[Part, ...]:
    """
    Return the checkout with its current tree, followed by those nested in it.

    Those with a top folder in `apart` are listed elsewhere. Raises GitError if the checkout itself
    can't be read; a nested one that git can't read counts by its commit alone.
    """
    store = open_store(base, checkout)
    own = Part("", store, snapshot_tree(store, memory))
    parts, queue = [own], [(checkout, "", memory)]
    seen = {os.path.realpath(checkout.root)}
    while queue:
        outer, prefix, known = queue.pop(0)
        for path, tracked in _list_places(outer, known):
            root = os.path.realpath(os.path.join(outer.root, path))  # noqa: PTH118
            is_link = root != os.path.join(os.path.realpath(outer.root), path)  # noqa: PTH118
            if is_link or root in seen or len(seen) > MAX_NESTED:
                continue
            seen.add(root)
            place = os.path.join(prefix, path)  # noqa: PTH118
            inner = known.inner.setdefault(path, Memory())
            try:
                found = find_checkout(root)
                if found is None or found.root != root or found.form != checkout.form:
                    continue
                inside = open_store(base, found)
                tree = "" if root in apart else snapshot_tree(inside, inner)
            except (GitError, OSError, ValueError):
                inner.forget()
                continue
            parts.append(Part(place, inside, tree, tracked))
            queue.append((found, place, inner))
    return tuple(parts)


def _list_places(checkout: Checkout, memory: Memory) -> Iterator[tuple[str, bool]]:
    """Yield paths of possible nested checkouts, and whether their commit is tracked."""
    for path, tracked in memory.nested.items():
        yield os.fsdecode(path), tracked
    top = os.path.realpath(checkout.root) + "/"
    for root in list_worktrees(checkout.common):
        if root.startswith(top):
            yield root.removeprefix(top), False


def make_baseline(parts: Sequence[Part], at: float) -> Baseline:
    """Return the current state as a baseline, at `at` in Unix seconds."""
    own, *nested = parts
    inner = (
        NestedCheckout(one.place, one.tree, one.store.checkout.head) for one in nested if one.tree
    )
    return Baseline(own.tree, own.store.checkout.head, int(at), tuple(inner))


def hold(parts: Sequence[Part], name: str, baseline: Baseline) -> None:
    """Protect a baseline's trees from pruning, instead of what had that name before."""
    trees = {"": baseline.tree} | {one.place: one.tree for one in baseline.inner}
    for part in parts:
        if tree := trees.get(part.place):
            digest = hashlib.sha256(os.fsencode(part.place)).hexdigest()[:16]
            part.store.hold(f"{name}-{digest}" if part.place else name, tree)


def join_stores(parts: Sequence[Part]) -> Store:
    """Return the store of the outermost checkout, with access to the objects of all parts."""
    own, *nested = parts
    folders = (
        folder
        for one in nested
        for folder in (str(one.store.folder), one.store.checkout.common)
        if one.store.folder != own.store.folder
    )
    return replace(own.store, also=tuple(dict.fromkeys(folders)))


def find_sides(parts: Sequence[Part], baseline: Baseline) -> tuple[str, str]:
    """
    Return two trees that differ in what changed here since `baseline`.

    The files of a nested checkout are below its path; its commit isn't listed as well.
    """
    own, *nested = parts
    store = join_stores(parts)
    before = carry_base(own.store, baseline.tree, baseline.head, baseline.at)
    known = {one.place: one for one in baseline.inner}
    then: dict[str, str] = {}
    now: dict[str, str] = {}
    for part in nested:
        start = _find_base(part, own, known, baseline.at) if part.tree else ""
        if start != part.tree:
            then[part.place], now[part.place] = start, part.tree
        elif not part.tree or (part.place in known and not part.tracked):
            then[part.place] = now[part.place] = ""
    if not now:
        return before, own.tree
    return graft(store, before, then), graft(store, own.tree, now)


def find_begin(part: Part) -> Baseline | None:
    """Return the first commit of a checkout by git's reflog; None if unknown."""
    head = find_start(read_steps(part.store.checkout.git_dir))
    return None if head is None else Baseline(_find_tree(part, head), head)


def _find_tree(part: Part, head: str) -> str:
    """Return the tree of a commit; the empty tree before the first commit."""
    if not head:
        return graft(part.store, "", {})
    return part.store.ask("rev-parse", f"{head}^{{tree}}").decode("ascii", "replace").strip()


def put_inner(baseline: Baseline, root: str, nested: Baseline, nested_root: str) -> Baseline:
    """Return the baseline of the checkout at `root` with another baseline of a nested one."""
    place = os.path.relpath(nested_root, root)
    others = (one for one in baseline.inner if one.place != place)
    return replace(baseline, inner=(*others, NestedCheckout(place, nested.tree, nested.head)))


def find_inner(baseline: Baseline, root: str, nested_root: str) -> Baseline | None:
    """Return the baseline of a nested checkout in the one at `root`, or None."""
    place = os.path.relpath(nested_root, root)
    inner = next((one for one in baseline.inner if one.place == place), None)
    return Baseline(inner.tree, inner.head, baseline.at) if inner else None


def find_start_tree(part: Part, own: Part, baseline: Baseline) -> str:
    """Return the tree that a nested checkout's changes are counted from."""
    return _find_base(part, own, {one.place: one for one in baseline.inner}, baseline.at)


def _find_base(part: Part, own: Part, known: Mapping[str, NestedCheckout], at: int) -> str:
    """Return the tree that a nested checkout's changes are counted from."""
    if start := known.get(part.place):
        return carry_base(part.store, start.tree, start.head, at)
    checkout = part.store.checkout
    head = find_start(read_steps(checkout.git_dir))
    if head is None:
        is_linked = checkout.common == own.store.checkout.common
        head = find_merge_base(part.store, own.store.checkout.head) if is_linked else ""
    return carry_base(part.store, _find_tree(part, head), head, 0)

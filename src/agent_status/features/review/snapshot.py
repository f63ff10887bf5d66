"""One survey of a checkout: its current tree, and the differences to what was acknowledged."""

import contextlib
import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent_status.features.review.checkout import Checkout, find_checkout
from agent_status.features.review.compare import Comparison, compare, list_differing
from agent_status.features.review.parts import (
    Baseline,
    Part,
    find_begin,
    find_sides,
    hold,
    join_stores,
    make_baseline,
    snapshot_parts,
)
from agent_status.features.review.store import Store
from agent_status.features.review.tree import Memory
from agent_status.system.git import GitError

NOTHING = Baseline("")


@dataclass(frozen=True, slots=True)
class ReviewBaseline:
    """The baseline of an agent's review: tree ids, or a commit id for `origin`."""

    key: str
    base: Baseline
    """What was acknowledged last."""
    origin: str
    """What there was when the agent was first seen."""


@dataclass(frozen=True, slots=True)
class CheckoutSnapshot:
    """What a survey found; `at` is when it began, on the caller's clock."""

    at: float
    checkout: Checkout | None = None
    store: Store | None = None
    tree: str = ""
    baselines: tuple[ReviewBaseline, ...] = ()
    parts: tuple[Part, ...] = ()
    """The checkout and those nested in it."""
    now: Baseline = NOTHING
    begin: Baseline | None = None
    """What the checkout itself began with, where there is no baseline."""
    since_base: Mapping[Baseline, Comparison] = field(default_factory=dict)
    """By base; a base that the repository no longer has is missing."""
    since_origin: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By origin: the paths that are different."""
    trouble: str = ""
    took_s: float = 0.0

    @property
    def root(self) -> str:
        """The checkout's top folder; empty outside of git."""
        return self.checkout.root if self.checkout else ""

    def knows(self, base: Baseline) -> bool:
        """Return True if it was compared with `base`, or is where `base` was taken."""
        return base in self.since_base or base == self.now

    def lacks(self, base: Baseline) -> bool:
        """Return True if `base` was wanted but the repository has lost it."""
        return not self.knows(base) and base in {one.base for one in self.baselines}


def survey(
    base: Path,
    folder: str,
    baselines: Sequence[ReviewBaseline],
    memory: Memory,
    at: float,
    apart: frozenset[str] = frozenset(),
) -> CheckoutSnapshot:
    """
    Survey the checkout of `folder`; a failure is returned as its trouble.

    Nested checkouts with a top folder in `apart` are left out.
    """
    began = time.perf_counter()
    found: Checkout | None = None
    parts: tuple[Part, ...] = ()
    try:
        began_s = time.time()
        found = find_checkout(folder)
        parts = snapshot_parts(base, found, memory, apart) if found else ()
        seen = _compare_parts(parts, folder, baselines, began_s) if parts else CheckoutSnapshot(at)
    except (GitError, OSError, ValueError) as error:
        memory.forget()
        parts, seen = (), CheckoutSnapshot(at, trouble=str(error) or type(error).__name__)
    seen = replace(seen, at=at, checkout=found, took_s=time.perf_counter() - began)
    for one in {part.store.folder: part.store for part in parts}.values():
        with contextlib.suppress(GitError, OSError):
            one.prune()
    return seen


def _compare_parts(
    parts: tuple[Part, ...], folder: str, baselines: Sequence[ReviewBaseline], began_s: float
) -> CheckoutSnapshot:
    """Return the differences to each baseline; raise GitError."""
    store, tree, now = parts[0].store, parts[0].tree, make_baseline(parts, began_s)
    hold(parts, _make_name(folder), now)
    bases = {base: _compare(parts, base) for base in {one.base for one in baselines}}
    origins = {one.origin for one in baselines}
    return CheckoutSnapshot(
        0.0,
        store=store,
        tree=tree,
        parts=parts,
        now=now,
        begin=None if baselines else find_begin(parts[0]),
        baselines=tuple(baselines),
        since_base={name: one for name, one in bases.items() if one is not None},
        since_origin={origin: _list_touched(store, origin, tree) for origin in origins},
    )


def _make_name(folder: str) -> str:
    """Return the name that protects the last tree found in `folder`."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:24]


def _compare(parts: Sequence[Part], base: Baseline) -> Comparison | None:
    """Return None where the repository no longer has `base`; raise GitError for anything else."""
    try:
        return compare(join_stores(parts), *find_sides(parts, base))
    except GitError:
        if parts[0].store.lacks(base.tree):
            return None
        raise


def _list_touched(store: Store, before: str, tree: str) -> frozenset[str]:
    """Return the paths that differ; empty if the repository no longer has `before`."""
    try:
        differing = list_differing(store, before, tree) if before != tree else ()
        return frozenset(one.path for one in differing)
    except GitError:
        return frozenset()

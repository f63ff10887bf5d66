"""Several checkouts with attempts at one task, held against the commit that all come from."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent_status.features.review.compare import Comparison, compare
from agent_status.features.review.parts import Part, join_stores
from agent_status.features.review.store import Store
from agent_status.system.git import GitError


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt changed since the common commit."""

    comparison: Comparison
    alone: tuple[str, ...]
    """Paths that no other attempt changed."""


def join_attempts(attempts: Sequence[Sequence[Part]]) -> Store:
    """Return a store that finds the objects of all attempts; raise GitError if it can't be."""
    if len({parts[0].store.checkout.form for parts in attempts}) > 1:
        message = "these repositories name their objects in different ways (SHA-1 and SHA-256)"
        raise GitError(message)
    return join_stores([part for parts in attempts for part in parts])


def find_common_commit(store: Store, attempts: Sequence[Sequence[Part]]) -> str:
    """Return the last commit that all attempts come from; empty if there is none."""
    heads = list(dict.fromkeys(parts[0].store.checkout.head for parts in attempts))
    if not all(heads):
        return ""
    if len(heads) == 1:
        return heads[0]
    shallow = str(Path(store.checkout.common) / "shallow")
    words = ("--shallow-file", shallow, "merge-base", "--octopus", *heads)
    return store.ask(*words, codes=(0, 1)).decode("ascii", "replace").split("\n")[0].strip()


def compare_attempts(
    store: Store, bases: Sequence[str], attempts: Sequence[Sequence[Part]]
) -> tuple[Attempt, ...]:
    """Return what each attempt changed since its base, a tree or commit; raise GitError."""
    found = [
        compare(store, base, parts[0].tree, sys.maxsize)
        for base, parts in zip(bases, attempts, strict=True)
    ]
    touched = Counter(one.path for comparison in found for one in comparison.touched)
    return tuple(
        Attempt(
            replace(comparison, touched=()),
            tuple(one.path for one in comparison.touched if touched[one.path] == 1),
        )
        for comparison in found
    )

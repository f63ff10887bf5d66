"""Who else works in an agent's checkout, or changes the same files in another worktree."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent_status.features.review.describe import name_files
from agent_status.features.review.desks import AgentReview
from agent_status.features.review.overlap import Overlap
from agent_status.features.review.snapshot import CheckoutSnapshot

MAX_TOLD = 9
"""Agents of one checkout that are listed by name."""
Roots = Mapping[str, tuple[AgentReview, ...]]
"""The agents of every checkout, by its top folder."""


def list_others(roots: Roots, desk: AgentReview, found: CheckoutSnapshot) -> list[AgentReview]:
    """Return the other agents in the same checkout, bounded."""
    return [one for one in roots.get(found.root, ())[:MAX_TOLD] if one is not desk]


def list_conflicts(
    roots: Roots,
    overlaps: Sequence[Overlap],
    desk: AgentReview,
    found: CheckoutSnapshot,
    *,
    changed: bool,
) -> tuple[str, ...]:
    """
    Return who is in this agent's way and where, in words: here, or in another worktree.

    Both of them work or have left a result. In one checkout, to which `changed` refers, that alone
    is no conflict: either both work, or there are changes.
    """
    if not desk.is_active:
        return ()
    here = (
        f"{one.name}: in the same checkout"
        for one in list_others(roots, desk, found)
        if one.is_active and (changed or (one.works and desk.works))
    )
    elsewhere = (
        f"{one.name}: {name_files(overlap.files)}"
        for overlap in overlaps
        for one in roots.get(overlap.find_other(found.root), ())[:MAX_TOLD]
        if one.is_active
    )
    return (*here, *elsewhere)


def tell_overlaps(
    roots: Roots, overlaps: Sequence[Overlap], found: CheckoutSnapshot
) -> Iterator[dict[str, Any]]:
    """Yield what a command needs to compare two worktrees, as JSON data."""
    for one in overlaps:
        root = one.find_other(found.root)
        yield {
            "base": one.base,
            "files": list(one.files),
            "folder": root,
            "names": [other.name for other in roots.get(root, ())],
        }

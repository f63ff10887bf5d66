"""Other agents in an agent's checkout, or with changes to the same files elsewhere."""

from collections.abc import Iterator, Mapping, Sequence

from agent_status.features.review.agent_review import AgentReview
from agent_status.features.review.describe import name_files
from agent_status.features.review.overlap import Overlap
from agent_status.features.review.snapshot import CheckoutSnapshot
from agent_status.protocol.messages import OverlapFacts

MAX_LISTED = 9
"""Agents of one checkout that are listed by name."""
Roots = Mapping[str, tuple[AgentReview, ...]]
"""The agents of every checkout, by its top folder."""


def list_others(roots: Roots, review: AgentReview, found: CheckoutSnapshot) -> list[AgentReview]:
    """Return the other agents in the same checkout, bounded."""
    return [one for one in roots.get(found.root, ())[:MAX_LISTED] if one is not review]


def list_conflicts(
    roots: Roots,
    overlaps: Sequence[Overlap],
    review: AgentReview,
    found: CheckoutSnapshot,
    *,
    changed: bool,
) -> tuple[str, ...]:
    """
    Return the agents that conflict with this one, and the files.

    Both work or have left a result. Within one checkout, which `changed` refers to, there is a
    conflict only if both work or there are changes.
    """
    if not review.is_active:
        return ()
    here = (
        f"{one.name}: in the same checkout"
        for one in list_others(roots, review, found)
        if one.is_active and (changed or (one.works and review.works))
    )
    elsewhere = (
        f"{one.name}: {name_files(overlap.files)}"
        for overlap in overlaps
        for one in roots.get(overlap.find_other(found.root), ())[:MAX_LISTED]
        if one.is_active
    )
    return (*here, *elsewhere)


def describe_overlaps(
    roots: Roots, overlaps: Sequence[Overlap], found: CheckoutSnapshot
) -> Iterator[OverlapFacts]:
    """Yield what a command needs to compare two worktrees."""
    for one in overlaps:
        root = one.find_other(found.root)
        names = tuple(other.name for other in roots.get(root, ()))
        yield OverlapFacts(names, root, one.base, tuple(one.files))

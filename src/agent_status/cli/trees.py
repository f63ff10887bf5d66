"""Checkouts as they are now, for commands that compare them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent_status.errors import AgentStatusError


def take_trees(folder: str, stores: str, apart: Sequence[str] = ()) -> tuple[Any, ...]:
    """
    Return the checkout at `folder` as it is now, and behind it those nested in it.

    Raises GitError.
    """
    from agent_status.features.review.checkout import find_checkout
    from agent_status.features.review.parts import snapshot_parts
    from agent_status.features.review.tree import Memory

    checkout = find_checkout(folder)
    if checkout is None:
        message = f"{folder} is in no git checkout"
        raise AgentStatusError(message)
    return snapshot_parts(Path(stores), checkout, Memory(), frozenset(apart))

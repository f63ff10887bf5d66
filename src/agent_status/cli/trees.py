"""Checkouts as they are now, for commands that compare them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent_status.errors import AgentStatusError
from agent_status.protocol.messages import ReviewFacts


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


def list_turns(facts: ReviewFacts) -> tuple[Any, ...]:
    """Return the turns of a checkout that are kept, the latest last."""
    from agent_status.features.review.turns import parse_turn

    return tuple(map(parse_turn, facts.turns))


def pick_turn(facts: ReviewFacts, number: int) -> Any:
    """Return the turn of that number, the last one being 1; raise AgentStatusError if it isn't."""
    turns = list_turns(facts)
    if number > len(turns):
        kept = f"{len(turns)} turn{'' if len(turns) == 1 else 's'} of this checkout"
        message = f"Only {kept} can be shown: agent-status checkpoints lists them"
        raise AgentStatusError(
            message if turns else "No turn has ended here since the daemon began"
        )
    return turns[-number]

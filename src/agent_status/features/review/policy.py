"""What a change of state means for the review of an agent's changes. Pure."""

from dataclasses import replace
from enum import Enum

from agent_status.detect.unseen import is_typing
from agent_status.model import Changes, Group, State, Status, list_group

IN_TURN = list_group(Group.ASK, Group.BUSY) | {State.STUCK}
"""States within a turn."""


class TurnStep(Enum):
    """What a change of state means for the review of an agent's changes."""

    NOTHING = "nothing"
    ENDED = "ended"
    """A turn is over, and its result waits."""
    SEEN = "seen"
    """The user was there."""


def find_step(before: State | None, status: Status) -> TurnStep:
    """
    Return what it means that `status` follows the state `before`, None for the first one.

    An agent may go from its result to work without the user, so that result counts as unseen: the
    next review shows both.
    """
    after = status.state
    if after is before:
        return TurnStep.SEEN if after is State.IDLE and is_typing(status) else TurnStep.NOTHING
    if after is State.FINISHED:
        return TurnStep.ENDED
    seen = after is State.IDLE and before in IN_TURN | {State.FINISHED}
    return TurnStep.SEEN if seen else TurnStep.NOTHING


def decide_review(status: Status, changes: Changes, since: float | None) -> Status:
    """
    Return `status` as a review of `changes`, if a result with changes waits for the user.

    `since` is when the result began to wait, None if none does.
    """
    waits = status.state is State.IDLE and since is not None
    if not changes.files or not (waits or status.state is State.FINISHED):
        return status
    began = status.since if since is None else since
    return replace(status, state=State.REVIEW, reason=describe_changes(changes), since=began)


def describe_changes(changes: Changes) -> str:
    """Return what changed in a few words, such as `3 files +40 -12`."""
    files = "1 file" if changes.files == 1 else f"{changes.files} files"
    counts = f"{files} +{changes.added} -{changes.removed}"
    return f"{counts}, {'; '.join(changes.risks)}" if changes.risks else counts

"""Tracks whether an agent's result waits for the user. Pure."""

from dataclasses import replace

from agent_status.model import Flag, State, Status


def advance_unseen(before: State, after: State, *, unseen: bool, seen: bool) -> bool:
    """
    Return True if there is a result that the user has not looked at.

    `before` and `after` are two states that follow each other; `seen` says that the user was
    there: typed, interrupted, jumped or acknowledged. Paging past a window clears nothing.
    """
    if seen or after is not State.IDLE:
        return False
    return unseen or before is State.WORKING


OVER = "its turn is over"


def mark_unseen(status: Status, *, unseen: bool) -> Status:
    """Return `status` as finished instead of idle while its result is unseen."""
    if unseen and status.state is State.IDLE:
        return replace(status, state=State.FINISHED, reason=OVER)
    return status


def is_typing(status: Status) -> bool:
    """Return True if the user has half-typed text in the agent's input box."""
    return Flag.DRAFT in status.flags


def ignore_leftover_draft(before: State, after: State, draft: str, left: str) -> str:
    """
    Return the text that stood in the input box when the work ended; it doesn't show an onlooker.

    It was typed before there was a result, or nobody typed it: without colours, an agent's own
    suggestion looks like that. It counts until the box shows another text, or none.
    """
    if before is State.WORKING and after is State.IDLE:
        return draft
    return left if draft == left else ""

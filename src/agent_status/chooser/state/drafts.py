"""Replies that were sent or begun, as values."""

from agent_status.model.ref import AgentRef

MAX_REPLIES = 100
MAX_REPLY = 4000

Drafts = tuple[tuple[AgentRef, str], ...]
"""An agent, and what it is to be sent."""


def add_reply(replies: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Return the replies with `text` as the last one, each of them once."""
    short = text[:MAX_REPLY]
    return (*(one for one in replies if one != short), short)[-MAX_REPLIES:]


def merge_drafts(kept: Drafts, before: Drafts, after: Drafts) -> Drafts:
    """Return what is kept once `before` has become `after`; the drafts for other agents stay."""
    touched = {ref for ref, _ in set(before) ^ set(after)}
    others = (draft for draft in kept if draft[0] not in touched)
    return (*others, *(draft for draft in after if draft[0] in touched))

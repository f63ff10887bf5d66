"""Replies that were sent or begun, as values."""

MAX_REPLIES = 100
MAX_REPLY = 4000

Drafts = tuple[tuple[str, str], ...]
"""A pane, and what is to be said there."""


def add_reply(replies: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Return the replies with `text` as the last one, each of them once."""
    short = text[:MAX_REPLY]
    return (*(one for one in replies if one != short), short)[-MAX_REPLIES:]


def merge_drafts(kept: Drafts, before: Drafts, after: Drafts) -> Drafts:
    """Return what is kept once `before` has become `after`; other panes' drafts stay."""
    touched = {pane for pane, _ in set(before) ^ set(after)}
    others = (draft for draft in kept if draft[0] not in touched)
    return (*others, *(draft for draft in after if draft[0] in touched))

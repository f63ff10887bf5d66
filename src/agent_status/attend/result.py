"""Whether an agent's result waits to be looked at, and what has changed by it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from agent_status.attend.stakes import PathRule
from agent_status.model import ASKS, Changes, Flag, Grade, Screen, State, Status


def advance_unseen(before: State, after: State, *, unseen: bool, seen: bool) -> bool:
    """
    Return whether there is a result that the user has not looked at.

    `before` and `after` are two states that follow each other; `seen` says that the user was
    there: typed, interrupted, jumped or acknowledged. Paging past a window clears nothing.
    """
    if seen or after is not State.IDLE:
        return False
    return unseen or before is State.WORKING


DENIAL = re.compile(
    r"(?i)\b(?:user|you)\b.{0,20}\b(?:rejected|denied|declined|cancell?ed|refused|chose not)\b"
    r"|\b(?:rejected|denied|declined|cancell?ed|aborted|refused) by (?:the )?user\b"
    r"|\btool use rejected\b|\brejected with user message\b|^\W*(?:rejected|denied|declined)\b"
)
SHOWN_S = 4.0
"""A denial is told so shortly after the request is gone."""


@dataclass(frozen=True, slots=True)
class Parting:
    """What stood on the screen while something was asked, and what was said once that was gone."""

    rows: frozenset[str] = frozenset()
    left_at: float | None = None
    denied: bool = False


NO_PARTING = Parting()


def advance_parting(parting: Parting, status: Status, screen: Screen, now: float) -> Parting:
    """Return the parting after `status` and `screen` were seen at `now`."""
    if status.state in ASKS:
        rows = frozenset(row.text.strip() for row in screen.rows)
        return parting if parting == Parting(rows) else Parting(rows)
    if parting is NO_PARTING:
        return parting
    left_at = now if parting.left_at is None else parting.left_at
    if now - left_at > SHOWN_S or status.state is State.NONE:
        return NO_PARTING
    said = (row.text.strip() for row in screen.rows)
    fresh = (text for text in said if text and text not in parting.rows)
    return Parting(parting.rows, left_at, parting.denied or any(map(DENIAL.search, fresh)))


OVER = "its turn is over"


def mark_unseen(status: Status, *, unseen: bool) -> Status:
    """Return `status` as finished instead of idle while its result is unseen."""
    if unseen and status.state is State.IDLE:
        return replace(status, state=State.FINISHED, reason=OVER)
    return status


def is_typing(status: Status) -> bool:
    """Return whether the user has half-typed text in the agent's input box."""
    return Flag.DRAFT in status.flags


def advance_left(before: State, after: State, draft: str, left: str) -> str:
    """
    Return the text that stood in the input box when the work ended; it tells of no onlooker.

    It was typed before there was a result, or nobody typed it: without colours, an agent's own
    suggestion looks like that. It counts until the box shows another text, or none.
    """
    if before is State.WORKING and after is State.IDLE:
        return draft
    return left if draft == left else ""


BUSY = ASKS | {State.WORKING, State.STUCK}
"""States within a turn."""


class Step(Enum):
    """What the way from one state to the next means for the review of an agent's changes."""

    NOTHING = "nothing"
    ENDED = "ended"
    """A turn is over, and its result waits."""
    SEEN = "seen"
    """The user was there."""


def find_step(before: State | None, status: Status) -> Step:
    """
    Return what it means that `status` follows the state `before`; None before the first one.

    An agent that goes from its result straight to work may do so by itself, so that its result
    is not seen: the review of the next one shows both.
    """
    after = status.state
    if after is before:
        return Step.SEEN if after is State.IDLE and is_typing(status) else Step.NOTHING
    if after is State.FINISHED:
        return Step.ENDED
    seen = after is State.IDLE and before in BUSY | {State.FINISHED}
    return Step.SEEN if seen else Step.NOTHING


def mark_review(status: Status, changes: Changes, since: float) -> Status:
    """Return `status` as a review of `changes`, which has waited since `since`."""
    return replace(status, state=State.REVIEW, reason=describe_changes(changes), since=since)


def describe_changes(changes: Changes) -> str:
    """Return what changed in a few words, such as `3 files +40 -12`."""
    files = "1 file" if changes.files == 1 else f"{changes.files} files"
    told = f"{files} +{changes.added} -{changes.removed}"
    return f"{told}, {'; '.join(changes.risks)}" if changes.risks else told


MANY_DELETED = 10
MOST_JUDGED = 1000
"""Files that are looked at for what is delicate."""


def find_delicate(
    touched: Sequence[str],
    deleted: int,
    rules: Sequence[PathRule],
    gone: Sequence[str] = (),
    less: Sequence[str] = (),
) -> tuple[str, ...]:
    """
    Return why what was touched is delicate, in words; paths are below the checkout's root.

    Of files that matter only once they are deleted those count that are `gone`, and those that
    hold `less` than before.
    """
    told: list[str] = []
    for rule in rules:
        if rule.write is not Grade.HARMLESS:
            told += _tell_covered(rule, rule.why, touched)
        elif rule.delete not in {None, Grade.HARMLESS}:
            told += _tell_covered(rule, f"{rule.name} deleted: {{path}}".lstrip(), gone)
            told += _tell_covered(rule, f"{rule.name} weakened: {{path}}".lstrip(), less)
    return (*told, f"{deleted} files deleted") if deleted >= MANY_DELETED else tuple(told)


def _tell_covered(rule: PathRule, why: str, paths: Sequence[str]) -> list[str]:
    """Return the words on the paths that the rule is about, or none."""
    found = [path for path in paths[:MOST_JUDGED] if rule.covers(path)]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return [why.replace("{path}", found[0] + more)] if found else []

"""How a screen changes: steady output, and spinners."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent_status.model import Screen

STEADY_S = 1.5
"""Output that goes on for so long is work, where nothing else is known."""

PAUSE_S = 1.0
"""Output with a longer pause in it is not steady."""
FLOW_PAUSE_S = 1.5
"""Text with a longer pause in it no longer goes on; the daemon may look late."""
STILL_S = 3.0
"""A title that stands still for so long has nothing in it that turns."""
MAX_MOVED, MIN_MOVED = 9, 2
"""Text moves up by less rows than that at a time, and at least so many rows of it."""
SLACK_S = 0.5
"""A sign that turned so much later than its pace says may still turn."""


@dataclass(frozen=True, slots=True)
class Activity:
    """
    How long the screen has changed without a pause, and when it last did.

    `flowed` is the same for text that comes line by line. `turned` is the last row in which a
    spinner moved, with its text, and `turns` are the last two times.
    """

    began: float = float("-inf")
    last: float = float("-inf")
    flowed: tuple[float, float] = (float("-inf"), float("-inf"))
    turned: tuple[int, str] = (0, "")
    turns: tuple[float, float] = (float("-inf"), float("-inf"))


def advance_activity(activity: Activity, before: Screen, after: Screen, now: float) -> Activity:
    """Return the activity after a new screen; changes in the cursor's rows are typing."""
    typed = {before.cursor.y, after.cursor.y}
    rows = zip(before.rows, after.rows, strict=False)
    changed = [
        (y, old.text, new.text)
        for y, (old, new) in enumerate(rows)
        if old is not new and y not in typed and old != new
    ]
    if not changed:
        return activity
    began = activity.began if now - activity.last <= PAUSE_S else now
    if _flows(before, after, [y for y, _, _ in changed]):
        flowed = activity.flowed[0] if now - activity.flowed[1] <= FLOW_PAUSE_S else now
        activity = replace(activity, flowed=(flowed, now))
    turned = next(
        ((y, new) for y, old, new in changed[-MAX_TURNS:] if is_spinner_step(old, new)), None
    )
    if turned is None:
        return replace(activity, began=began, last=now)
    turns = (now, activity.turns[0])
    return replace(activity, began=began, last=now, turned=turned, turns=turns)


def _flows(before: Screen, after: Screen, changed: Sequence[int]) -> bool:
    """Return True if new lines have come: in blank rows, or below others that moved up."""
    if after.alternate or before.width != after.width:
        return False
    old, new = ([row.text for row in screen.rows] for screen in (before, after))
    moved = sum(bool(new[y]) and new[y] in old[y + 1 : y + MAX_MOVED] for y in changed)
    return moved >= MIN_MOVED or any(new[y] and not old[y] for y in changed)


def stop_flow(activity: Activity) -> Activity:
    """Return the activity as if no text had come so far."""
    return replace(activity, flowed=Activity().flowed)


def is_flowing(activity: Activity, now: float) -> bool:
    """Return True if text has been coming until `now` for long enough."""
    began, last = activity.flowed
    return now - last <= FLOW_PAUSE_S and last - began >= STEADY_S


def is_steady(activity: Activity, now: float) -> bool:
    """Return True if output has been coming until `now` for long enough."""
    return now - activity.last <= PAUSE_S and activity.last - activity.began >= STEADY_S


LEAD = re.compile(r"^\s*[^\w\s][^\w(]*")
"""The signs before the words of a line, such as a spinner."""
DIGITS = re.compile(r"\d+")
BULLETS = frozenset("$#%●○•∙■□▪▫◆◇✓✔✗✘✖×*-+>❯›→▶▸")
"""What stands before a line that is done, or may blink: alone it does not turn."""
PICTURE = frozenset("█▀▄▌▐")
"""What pictures are drawn with, which may move as well."""
MAX_TURNS = 8
"""So many changed rows, the lowest ones, are looked at for a sign that turns."""
MAX_SIGNS = 3
MAX_LEADS = 3
MAX_BAR = 12
"""A spinner has few signs, a bar of them few kinds: drawn pictures move, too."""


def is_spinner_step(old: str, new: str) -> bool:
    """
    Return True if only one glyph before the words has changed: a step of a spinner.

    Numbers may count on. A glyph that comes, goes or moves isn't a spinner.
    """
    before, after = LEAD.match(old), LEAD.match(new)
    if not before or not after or before.end() != after.end():
        return False
    if not PICTURE.isdisjoint(before[0]):
        return False
    signs = list(zip(before[0].split(), after[0].split(), strict=False))
    turned = [(one, other) for one, other in signs if one != other]
    return (
        len(turned) == 1
        and len(signs) <= MAX_LEADS
        and _is_spinner(*turned[0])
        and old.index(turned[0][0]) == new.index(turned[0][1])
        and _is_alike(old[before.end() :], new[after.end() :])
    )


def _is_spinner(old: str, new: str) -> bool:
    if len(old) != len(new):
        return False
    if len(old) <= MAX_SIGNS:
        return BULLETS.isdisjoint(old + new)
    return len(old) <= MAX_BAR and 1 < len(set(old + new)) <= MAX_SIGNS


def _is_alike(text: str, other: str) -> bool:
    """Return True if the texts differ only in numbers."""
    return text == other or DIGITS.sub("", text) == DIGITS.sub("", other)


def find_spinning(activity: Activity, screen: Screen, now: float) -> str:
    """Return the line whose spinner is moving, if it is still there; else empty."""
    (y, text), (last, other) = activity.turned, activity.turns
    pace = last - other
    turns = pace <= PAUSE_S and now - last <= pace * 2 + SLACK_S
    return text if turns and y < screen.height and _is_alike(screen.rows[y].text, text) else ""

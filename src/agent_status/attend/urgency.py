"""One total order of what needs you, with its reason in words."""

import math
from collections.abc import Iterable
from dataclasses import replace

from agent_status.model import NEEDS_YOU, Attention, Sighting, State, Status, clip_text

CLASSES = {
    State.APPROVAL: 80.0,
    State.QUESTION: 75.0,
    State.PLAN: 70.0,
    State.SETUP: 65.0,
    State.ERROR: 60.0,
    State.STUCK: 55.0,
    State.REVIEW: 45.0,
    State.FINISHED: 40.0,
    State.LIMITED: 30.0,
    State.UNKNOWN: 20.0,
    State.WORKING: 10.0,
    State.IDLE: 5.0,
    State.NONE: 0.0,
}
"""Where a fresh item of each state starts."""

AGE_STEP = 10.0
AGE_UNIT_S = 300.0
"""Waiting for one, three, seven ... units raises an item by one, two, three ... steps."""

WORDS = 60
"""Characters of the reason in words."""


def weigh_attention(status: Status, now: float) -> Attention:
    """Return how much `status` needs you at `now`, on the clock of its `since`."""
    age_s = max(0.0, now - status.since)
    score = CLASSES[status.state]
    if status.state in NEEDS_YOU:
        score += AGE_STEP * math.log2(1 + age_s / AGE_UNIT_S)
    return Attention(round(score, 3), f"{describe(status)} · {render_duration(age_s)}")


def describe(status: Status) -> str:
    """Return why an agent is where it is, in a few words; pane text, so hostile until escaped."""
    return clip_text(status.reason or status.state.value, WORDS)


def render_duration(seconds: float) -> str:
    """Return `12s`, `4m`, `1h12m` or `3d`."""
    whole = int(seconds)
    if whole < 60:  # noqa: PLR2004
        return f"{whole}s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if not hours:
        return f"{minutes}m"
    if not days:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    return f"{days}d"


def rank(sightings: Iterable[Sighting], now: float) -> tuple[Sighting, ...]:
    """Return the sightings, most urgent first, each with its attention; a total order."""
    weighed = [
        replace(sighting, status=replace(sighting.status, attention=attention))
        for sighting in sightings
        for attention in (weigh_attention(sighting.status, now),)
    ]
    return tuple(sorted(weighed, key=_order))


def _order(sighting: Sighting) -> tuple[float, float, int, str]:
    status, pane = sighting.status, sighting.pane
    number = pane.id.removeprefix("%")
    return (
        -status.attention.score,
        status.since,
        int(number) if number.isdecimal() else 0,
        pane.id,
    )

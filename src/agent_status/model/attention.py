"""Ranks agents by urgency: one total order, with reasons in words."""

import math
from collections.abc import Iterable
from dataclasses import replace

from agent_status.model import (
    NEEDS_YOU,
    STATES,
    Attention,
    Grade,
    Sighting,
    Status,
    Triage,
    clip_text,
)

RESET = 62.0
"""Where an item starts whose limit has ended: it only waits for a message to go on."""

AGE_STEP = 10.0
AGE_UNIT_S = 300.0
"""Waiting for one, three, seven ... units raises an item by one, two, three ... steps."""

STAKES = {Grade.HARMLESS: 0.0, Grade.WRITES: 3.0, Grade.DANGEROUS: 15.0}
"""What is at stake raises an ask by so much."""
CONFLICT = 5.0
"""Work that others have changed as well."""
UNTESTED = 6.0
"""A result without a test that passed with its files."""
PINNED = 40.0
"""Four steps of age: above all that is fresh, and still below what has waited for days."""
PINNED_CALM = 30.0
"""For one that does not need you, which then stands above its equals and below all that do."""

MUTED = -100.0
SNOOZED = -200.0
"""Set aside: below every other, by state alone, and the snoozed below the muted."""

WORDS = 60
"""Characters of the reason in words."""


def weigh_attention(sighting: Sighting, now: float) -> Attention:
    """Return how urgent an agent is at `now`, on the clock of its status's `since`."""
    status = sighting.status
    age_s = max(0.0, now - status.since)
    marks = " · ".join(list_marks(sighting, now))
    words = " · ".join(filter(None, (describe(status), marks, render_duration(age_s))))
    return Attention(round(_weigh(sighting, age_s, now), 3), words)


def _weigh(sighting: Sighting, age_s: float, now: float) -> float:
    status, triage = sighting.status, sighting.triage
    score = STATES[status.state].rank if status.state in STATES else 0.0
    if status.resets_at is not None:
        age_s = max(0.0, now - status.resets_at)
        score = RESET if now >= status.resets_at else score
    if is_snoozed(triage, now):
        return SNOOZED + score
    if triage.muted:
        return MUTED + score
    score += max((one.urgency for one in sighting.facets), default=0.0)
    if status.state not in NEEDS_YOU:
        return score + PINNED_CALM * triage.pinned
    score += AGE_STEP * math.log2(1 + age_s / AGE_UNIT_S) + PINNED * triage.pinned
    score += STAKES[status.risk.grade] if status.risk else 0.0
    score += UNTESTED * (sighting.tested is False)
    return score + CONFLICT * bool(sighting.changes.conflicts)


def is_snoozed(triage: Triage, now: float) -> bool:
    """Return True if the agent is snoozed at `now`."""
    return triage.snoozed_until is not None and now < triage.snoozed_until


def list_marks(sighting: Sighting, now: float) -> list[str]:
    """Return in words what moves an agent up or down, besides its state and age."""
    status, triage, risk = sighting.status, sighting.triage, sighting.status.risk
    marks = {
        describe_reset(status.resets_at, now): status.resets_at is not None,
        "dangerous": risk is not None and risk.grade is Grade.DANGEROUS,
        "conflict": bool(sighting.changes.conflicts),
        "untested": sighting.tested is False,
        "pinned": triage.pinned,
        "muted": triage.muted,
        render_snooze(triage, now): is_snoozed(triage, now),
    }
    raised = (clip_text(one.words, WORDS) for one in sighting.facets if one.urgency)
    return [*(mark for mark, holds in marks.items() if holds), *raised]


def render_snooze(triage: Triage, now: float) -> str:
    """Return how long an agent is snoozed."""
    until = triage.snoozed_until
    if until is None or math.isinf(until):
        return "snoozed until it changes"
    return f"snoozed for {render_duration(max(60.0, until - now))}"


def describe_reset(resets_at: float | None, now: float) -> str:
    """Return how long a limit still lasts, or that it has ended; empty if unknown."""
    if resets_at is None or math.isinf(resets_at):
        return ""
    left_s = resets_at - now
    return f"resets in {render_duration(left_s)}" if left_s > 0 else "the limit has reset"


def describe(status: Status) -> str:
    """Return the reason for an agent's rank in a few words; hostile until escaped."""
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
    """Return the sightings with their attention, most urgent first; a total order."""
    weighed = [
        replace(sighting, status=replace(sighting.status, attention=attention))
        for sighting in sightings
        for attention in (weigh_attention(sighting, now),)
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

"""The one order of what needs you."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_status.model import (
    NEEDS_YOU,
    NO_CHANGES,
    NO_TRIAGE,
    Agent,
    Changes,
    Grade,
    Pane,
    PaneId,
    Risk,
    Sighting,
    State,
    Status,
    Triage,
)
from agent_status.model.attention import rank, render_duration, weigh_attention

AGENT = Agent("claude", "Claude Code")


def see(
    number: int,
    state: State,
    since: float,
    reason: str = "",
    grade: Grade | None = None,
    triage: Triage = NO_TRIAGE,
    changes: Changes = NO_CHANGES,
) -> Sighting:
    """Return a sighting of an agent in `state`."""
    risk = Risk(grade) if grade else None
    status = Status(AGENT, state, since, reason, risk=risk)
    return Sighting(Pane(PaneId(f"%{number}")), status, changes=changes, triage=triage)


def test_fresh_items_stand_in_the_order_of_their_states() -> None:
    """
    A blocked agent stands above a failed, a finished, a working and an idle one.
    """
    states = [State.IDLE, State.WORKING, State.FINISHED, State.ERROR, State.APPROVAL]

    ranked = rank([see(i, state, 0.0) for i, state in enumerate(states)], now=0.0)

    assert states[::-1] == [one.status.state for one in ranked]


def test_age_raises_an_item_past_its_class() -> None:
    """
    A result that waited for hours stands above a fresh approval.
    """
    ranked = rank([see(1, State.APPROVAL, 20_000.0), see(2, State.FINISHED, 0.0)], now=20_000.0)

    assert [State.FINISHED, State.APPROVAL] == [one.status.state for one in ranked]


def test_work_does_not_age() -> None:
    """
    An agent that has worked for days does not need you more.
    """
    fresh = weigh_attention(see(1, State.WORKING, 0.0), 0.0).score

    assert fresh == weigh_attention(see(1, State.WORKING, 0.0), 1e6).score


def test_the_words_say_what_is_at_stake_and_how_long() -> None:
    """
    The row's reason is the verbatim command and the time.
    """
    asks = [see(1, State.APPROVAL, 0.0, "rm -rf build/", grade) for grade in (None, *Grade)]

    told = [weigh_attention(ask, 250.0).words for ask in asks]

    assert ["rm -rf build/ · 4m"] * 3 == told[:3]
    assert "rm -rf build/ · dangerous · 4m" == told[3]


@pytest.mark.parametrize(
    ("triage", "words"),
    [
        (Triage(pinned=True), "ls · pinned · 1m"),
        (Triage(muted=True), "ls · muted · 1m"),
        (Triage(snoozed_until=360.0), "ls · snoozed for 5m · 1m"),
        (Triage(snoozed_until=math.inf), "ls · snoozed until it changes · 1m"),
        (Triage(snoozed_until=60.0), "ls · 1m"),
    ],
)
def test_the_words_say_what_the_user_decided(triage: Triage, words: str) -> None:
    """
    A row that stands where it should not by itself says why.
    """
    assert words == weigh_attention(see(1, State.APPROVAL, 0.0, "ls", triage=triage), 60.0).words


def test_what_is_dangerous_or_in_conflict_stands_above_its_equals() -> None:
    """
    Stakes raise an ask, and so does work that others have changed too.
    """
    conflict = Changes(conflicts=("codex in work:1.0: src/a.py",))
    sightings = [
        see(1, State.APPROVAL, 0.0, grade=Grade.HARMLESS),
        see(2, State.APPROVAL, 0.0, grade=Grade.WRITES),
        see(3, State.APPROVAL, 0.0, grade=Grade.HARMLESS, changes=conflict),
        see(4, State.QUESTION, 0.0),
        see(5, State.QUESTION, 0.0, grade=Grade.DANGEROUS),
    ]

    assert ["%5", "%3", "%2", "%1", "%4"] == [one.pane.id for one in rank(sightings, 0.0)]


def test_a_pin_holds_within_reason() -> None:
    """
    Pinned stands above what is fresh; a calm pinned one below all that needs you.
    """
    sightings = [
        see(1, State.APPROVAL, 9e5),
        see(2, State.FINISHED, 9e5, triage=Triage(pinned=True)),
        see(3, State.IDLE, 9e5, triage=Triage(pinned=True)),
        see(4, State.FINISHED, 9e5),
        see(5, State.WORKING, 9e5),
        see(6, State.FINISHED, 0.0),
    ]

    assert ["%6", "%1", "%2", "%4", "%3", "%5"] == [one.pane.id for one in rank(sightings, 9e5 + 1)]


def test_what_is_set_aside_stands_last_and_needs_nobody() -> None:
    """
    Also when it is dangerous, pinned and old; the snoozed below the muted.
    """
    sightings = [
        see(1, State.APPROVAL, 0.0, "", Grade.DANGEROUS, Triage(pinned=True, snoozed_until=2e6)),
        see(2, State.APPROVAL, 0.0, "", Grade.DANGEROUS, Triage(pinned=True, muted=True)),
        see(3, State.IDLE, 0.0),
    ]

    ranked = rank(sightings, 1e6)

    assert ["%3", "%2", "%1"] == [one.pane.id for one in ranked]
    assert [False, True, True] == [one.status.attention.is_aside for one in ranked]


def test_durations_are_short() -> None:
    """
    One or two units, the largest first.
    """
    told = [render_duration(s) for s in (0, 59.9, 60, 3600, 4320, 200_000)]

    assert ["0s", "59s", "1m", "1h", "1h12m", "2d"] == told


CARES = st.builds(
    Triage,
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.just(math.inf), st.floats(0, 2e6)),
)
SIGHTS = st.builds(
    see,
    st.integers(0, 99),
    st.sampled_from(list(State)),
    st.floats(0, 1e6),
    st.just(""),
    st.one_of(st.none(), st.sampled_from(list(Grade))),
    CARES,
    st.sampled_from([NO_CHANGES, Changes(conflicts=("x",))]),
)
SIGHTINGS = st.lists(SIGHTS, max_size=12, unique_by=lambda one: one.pane.id)


@given(SIGHTINGS, st.randoms())
def test_the_order_does_not_depend_on_the_order_of_the_input(
    sightings: list[Sighting], random: Random
) -> None:
    """
    Ranking is a total order.
    """
    shuffled = list(sightings)
    random.shuffle(shuffled)

    assert rank(sightings, 1e6) == rank(shuffled, 1e6)


@given(SIGHTS, st.floats(1e6, 1e9), st.floats(0, 1e6))
def test_age_never_lowers(sighting: Sighting, now: float, later: float) -> None:
    """
    However long something waits, it never falls.
    """
    first = weigh_attention(sighting, now).score

    assert first <= weigh_attention(sighting, now + later).score


@given(SIGHTS, SIGHTS)
def test_nothing_starves(waiting: Sighting, fresh: Sighting) -> None:
    """
    What needs you and is not set aside is above whatever is new, some day.
    """
    triage = waiting.triage
    now = 1e6 + 90 * 86_400
    new = see(100, fresh.status.state, now, "", Grade.DANGEROUS, fresh.triage)
    aside = triage.muted or (triage.snoozed_until is not None and triage.snoozed_until > now)
    if waiting.status.state not in NEEDS_YOU or aside:
        return

    assert waiting.pane.id == rank([new, waiting], now)[0].pane.id

"""The two tables and the one step of the lifecycle."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_status.detect.lifecycle import (
    CALM_S,
    HOLDS,
    LIVE,
    LOST_S,
    TRANSITIONS,
    Life,
    Signal,
    advance,
)
from agent_status.model import State


def test_every_state_has_a_target_for_every_signal() -> None:
    """
    The transitions are total.
    """
    assert set(product(LIVE, Signal)) == set(TRANSITIONS)


def test_holds_name_only_states_that_a_look_can_lead_to() -> None:
    """
    No hold is dead: each stands between two live states.
    """
    assert all(before in LIVE and after in LIVE for before, after in HOLDS)
    assert all(before is not after for before, after in HOLDS)


def test_an_ask_is_published_at_once() -> None:
    """
    Whatever the agent did, an approval shows at the first look.
    """
    for state in LIVE:
        life = advance(Life(state), Signal.APPROVAL, now=1.0)

        assert State.APPROVAL == life.state


def test_a_frame_without_spinner_is_still_work() -> None:
    """
    One blank redraw does not end the work.
    """
    life = Life(State.WORKING)

    life = advance(life, Signal.IDLE, now=1.0)
    life = advance(life, Signal.WORKING, now=1.25)

    assert (State.WORKING, None) == (life.state, life.waiting)


def test_work_ends_after_a_calm() -> None:
    """
    The end of work is published when the prompt was seen without a break for the hold.
    """
    life = Life(State.WORKING)

    life = advance(life, Signal.IDLE, now=1.0)
    life = advance(life, Signal.IDLE, now=1.0 + CALM_S)

    assert Life(State.IDLE, 1.0 + CALM_S) == life


def test_another_signal_begins_the_hold_anew() -> None:
    """
    A change that is held back does not inherit the time of another one.
    """
    life = advance(Life(State.WORKING), Signal.IDLE, now=1.0)
    life = advance(life, Signal.ERROR, now=1.0 + CALM_S)

    assert State.WORKING == life.state
    assert 1.0 + CALM_S == life.waiting_since


def test_a_sure_end_needs_no_calm() -> None:
    """
    A caller that is sure replaces the hold.
    """
    life = advance(Life(State.WORKING), Signal.IDLE, now=1.0, hold_s=0.0)

    assert State.IDLE == life.state


@pytest.mark.parametrize("state", [state for state in LIVE if state is not State.NONE])
def test_a_lost_screen_is_unknown_only_later(state: State) -> None:
    """
    A screen that nobody knows changes nothing until it has stayed.
    """
    if state is State.UNKNOWN:
        return

    life = advance(Life(state), Signal.UNKNOWN, now=1.0)
    later = advance(life, Signal.UNKNOWN, now=1.0 + LOST_S)

    assert state == life.state
    assert State.UNKNOWN == later.state


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State.NONE, State.SETUP),
        (State.UNKNOWN, State.SETUP),
        (State.WORKING, State.QUESTION),
        (State.IDLE, State.SETUP),
        (State.ERROR, State.SETUP),
        (State.APPROVAL, State.APPROVAL),
    ],
)
def test_an_unknown_dialog_is_what_came_before_it(before: State, after: State) -> None:
    """
    In work it is a question; elsewhere nobody opened it, so it waits.
    """
    assert after == advance(Life(before), Signal.DIALOG, now=1.0).state


@pytest.mark.parametrize("state", LIVE)
def test_choices_that_nobody_opened_are_a_question_of_the_work(state: State) -> None:
    """
    In all other states it is the same whether the user opened them.
    """
    unasked, opened = (
        advance(Life(state), signal, now=1.0).state for signal in (Signal.CHOICES, Signal.OPENED)
    )

    works = state is State.WORKING
    assert (State.QUESTION if works else opened) == unasked
    assert not works or State.WORKING is opened


@given(st.lists(st.tuples(st.sampled_from(list(Signal)), st.floats(0.01, 5.0)), max_size=60))
def test_nothing_flips_twice_within_a_hold(steps: list[tuple[Signal, float]]) -> None:
    """
    A state that is held back is never left for and returned to faster than its hold.
    """
    now, life = 0.0, Life(State.WORKING)
    for signal, step in steps:
        now += step
        following = advance(life, signal, now)
        if (life.state, following.state) in HOLDS:
            assert now - (life.waiting_since or now) >= HOLDS[life.state, following.state] or (
                life.waiting is following.state
            )
        assert following.since <= now
        assert following.since >= life.since
        life = following

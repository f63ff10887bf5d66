"""The one order of what needs you."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agent_status.attend.urgency import rank, render_duration, weigh_attention
from agent_status.model import Agent, Pane, PaneId, Sighting, State, Status

AGENT = Agent("claude", "Claude Code")


def see(number: int, state: State, since: float, reason: str = "") -> Sighting:
    """Return a sighting of an agent in `state`."""
    return Sighting(Pane(PaneId(f"%{number}")), Status(AGENT, state, since, reason))


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
    fresh = weigh_attention(Status(AGENT, State.WORKING, 0.0), 0.0).score

    assert fresh == weigh_attention(Status(AGENT, State.WORKING, 0.0), 1e6).score


def test_the_words_say_what_is_at_stake_and_how_long() -> None:
    """
    The row's reason is the verbatim command and the time.
    """
    status = Status(AGENT, State.APPROVAL, 0.0, "rm -rf build/")

    assert "rm -rf build/ · 4m" == weigh_attention(status, 250.0).words


def test_durations_are_short() -> None:
    """
    One or two units, the largest first.
    """
    told = [render_duration(s) for s in (0, 59.9, 60, 3600, 4320, 200_000)]

    assert ["0s", "59s", "1m", "1h", "1h12m", "2d"] == told


SIGHTINGS = st.lists(
    st.builds(see, st.integers(0, 99), st.sampled_from(list(State)), st.floats(0, 1e6)),
    max_size=12,
    unique_by=lambda one: one.pane.id,
)


@settings(derandomize=True, deadline=None)
@given(SIGHTINGS, st.randoms())
def test_the_order_does_not_depend_on_the_order_of_the_input(
    sightings: list[Sighting], random: object
) -> None:
    """
    Ranking is a total order.
    """
    shuffled = list(sightings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert rank(sightings, 1e6) == rank(shuffled, 1e6)

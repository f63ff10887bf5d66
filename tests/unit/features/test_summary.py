"""The summary: what comes first and where, then counts, in whatever room there is."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_status.features.badges.render import measure_text
from agent_status.features.badges.summary import name_place, render_age, render_summary
from agent_status.model import NEEDS_YOU, STATES, Autonomy, Changes, Pane, PaneId, Sighting, State
from tests.tmux.test_badges import OPTIONS, make_sightings, make_status, strip_styles

COMMAND = "rm -rf build && git push --force origin main"


def place(number: int, state: State, window: str = "", reason: str = "", **pane: str) -> Sighting:
    """
    An agent in a window of its own, of the session `work` unless another is named.
    """
    session = pane.pop("session", "work")
    here = Pane(PaneId(f"%{number}"), session, f"@{number}", number, window, **pane)  # type: ignore[arg-type]
    return Sighting(here, make_status(state, reason))


def draw(sightings: Sequence[Sighting], width: int, now: float = 240.0) -> str:
    """
    What tmux draws of a summary in so many columns.
    """
    return strip_styles(render_summary(sightings, now, OPTIONS, width))


SHOP = (
    place(1, State.APPROVAL, "shop", COMMAND),
    place(2, State.QUESTION, "api"),
    *(place(number, State.REVIEW, f"w{number}") for number in range(3, 8)),
    replace(place(8, State.WORKING, "cli"), changes=Changes(conflicts=("x",))),
    replace(place(9, State.WORKING, "web"), changes=Changes(conflicts=("x",))),
    place(10, State.IDLE, "docs"),
)


@pytest.mark.parametrize(
    ("width", "drawn"),
    [
        (90, f"▲ shop: {COMMAND} · 4m  ▲1 ?1 ±5 ≠2 ▸2 ○1"),
        (60, "▲ shop: rm -rf build && git push --… · 4m  ▲1 ?1 ±5 ≠2 ▸2 ○1"),
        (47, "▲ shop: rm -rf build && git…  ▲1 ?1 ±5 ≠2 ▸2 ○1"),
        (46, "▲ shop: rm -rf build && git push…  ▲1 ?1 ±5 ≠2"),
        (40, "▲ shop: rm -rf build && git p…  ▲1 ?1 ±5"),
        (32, "▲ shop: rm -rf build && git… +6"),
        (24, "▲ shop: rm -rf build… +6"),
        (12, "▲ shop +6"),
        (8, "▲ sh… +6"),
    ],
)
def test_the_headline_goes_last(width: int, drawn: str) -> None:
    """
    First the counts of calm agents, then that of conflicts, then the others, for which one stands.
    """
    assert drawn == draw(SHOP, width)


def test_the_first_is_the_first_that_needs_you() -> None:
    """
    Also where the user has pinned one that does not.
    """
    sightings = make_sightings([make_status(State.WORKING), make_status(State.FINISHED)])

    assert "✓ claude: finished  ✓1 ▸1" == strip_styles(render_summary(sightings, 0.0, OPTIONS))


def test_nothing_is_named_when_nothing_needs_you() -> None:
    """
    What a working agent does may change every second, and is no news.
    """
    summary = render_summary(make_sightings([make_status(State.WORKING, "12s")]), 9.0, OPTIONS)

    assert "#[fg=colour75,bg=black]▸1#[default]" == summary


@pytest.mark.parametrize(
    ("width", "drawn"), [(30, "▸3 1 bypass 2 auto"), (17, "▸3"), (18, "▸3 1 bypass 2 auto")]
)
def test_agents_that_do_not_ask_are_counted_where_there_is_room(width: int, drawn: str) -> None:
    """
    The freest first.
    """
    modes = (Autonomy.AUTO, Autonomy.BYPASS, Autonomy.AUTO)
    agents = [
        replace(place(number, State.WORKING, f"w{number}"), autonomy=mode)
        for number, mode in enumerate(modes)
    ]

    assert drawn == draw(agents, width)


@pytest.mark.parametrize(("width", "drawn"), [(20, "≠2 ▸2 ○1"), (7, "≠2"), (1, "")])
def test_calm_counts_go_first_without_a_headline(width: int, drawn: str) -> None:
    """
    Nothing is cut in the middle: half a number would be another one.
    """
    assert drawn == draw(SHOP[-3:], width)


def test_what_needs_you_is_named_and_nothing_else() -> None:
    """
    Every state is counted; only those that wait for you come with words.
    """
    for state in STATES:
        drawn = strip_styles(render_summary(make_sightings([make_status(state)]), 0.0, OPTIONS))

        assert drawn.endswith(f"{STATES[state].unicode}1")
        assert (state in NEEDS_YOU) == ("claude" in drawn)


@pytest.mark.parametrize(
    ("one", "others", "name"),
    [
        ({"window": "shop"}, [{"window": "api"}], "shop"),
        ({"window": "claude"}, [], "work"),
        ({"window": "node", "command": "node"}, [], "work"),
        ({"window": "main"}, [{"window": "main", "session": "other"}], "work"),
        ({"window": "main"}, [{"window": "main"}], "work:1"),
        ({"window": "claude"}, [{"window": "claude"}], "work:1"),
        ({"window": "claude", "session": ""}, [], "claude"),
        ({"window": "main", "session": "0"}, [{"window": "api", "session": "1"}], "0:main"),
        (
            {"window": "release", "session": "shop"},
            [{"window": "words", "session": "shop"}, {"window": "release", "session": "api"}],
            "shop:release",
        ),
    ],
)
def test_a_place_is_told_as_shortly_as_it_is_clear(
    one: dict[str, str], others: list[dict[str, str]], name: str
) -> None:
    """
    By the name of a window that the user has called so, or of its session, or by both.
    """
    agents = [place(at, State.IDLE, **pane) for at, pane in enumerate((one, *others), 1)]

    assert name == name_place(agents[0], agents)


def test_a_summary_changes_once_a_minute_at_most() -> None:
    """
    Time alone rarely makes tmux redraw.
    """
    sightings = make_sightings([make_status(reason="x")])

    texts = {render_summary(sightings, float(second), OPTIONS) for second in range(3600)}

    assert 20 == len(texts)


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (-5, ""),
        (59, ""),
        (60, "1m"),
        (599, "9m"),
        (899, "10m"),
        (3599, "55m"),
        (7300, "2h"),
        (90000, "1d"),
    ],
)
def test_ages_are_coarser_the_longer_they_are(seconds: float, age: str) -> None:
    """
    Minutes, then five minutes, hours, days.
    """
    assert age == render_age(seconds)


@given(
    st.lists(st.tuples(st.sampled_from(list(STATES)), st.text(), st.text()), max_size=9),
    st.integers(8, 120),
    st.floats(0, 1e7),
)
def test_any_summary_is_inside_its_width(
    agents: list[tuple[State, str, str]], width: int, now: float
) -> None:
    """
    Whatever the agents say, wherever they are, and however long they have said it.
    """
    sightings = [
        place(at, state, window, reason) for at, (state, reason, window) in enumerate(agents)
    ]

    assert measure_text(draw(sightings, width, now)) <= width

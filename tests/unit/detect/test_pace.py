"""How long the daemon rests between two looks, which replay takes over."""

import pytest

from agent_status.detect.pace import find_pause, find_rest


@pytest.mark.parametrize(
    ("quiet_s", "agents", "waiting", "pause_s"),
    [
        (0.0, 1, 0, 0.25),
        (2.9, 0, 0, 0.25),
        (3.0, 1, 0, 1.0),
        (3.0, 2, 1, 0.5),
        (59.0, 2, 1, 0.5),
        (61.0, 2, 1, 1.0),
        (3.0, 0, 0, 1.0),
        (61.0, 0, 0, 5.0),
    ],
)
def test_a_pause_is_short_where_news_is_likely(
    quiet_s: float, agents: int, waiting: int, pause_s: float
) -> None:
    """
    After anything moved, and for a while where an answer is awaited; long where nobody is.
    """
    assert pause_s == find_pause(quiet_s, agents, waiting)


@pytest.mark.parametrize(
    ("passed_s", "rest_s"), [(0.0, 1.0), (0.05, 0.95), (0.09, 0.91), (0.5, 1.0)]
)
def test_a_tick_that_took_long_is_followed_by_a_rest(passed_s: float, rest_s: float) -> None:
    """
    Ticks come at even times, but never one after the other.
    """
    assert rest_s == pytest.approx(find_rest(1.0, passed_s))

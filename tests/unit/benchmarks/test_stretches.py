"""What the benchmark's agents print: at work all the time, at the pace of the recordings."""

from functools import cache
from itertools import cycle, islice

import pytest
from scripts.benchmarks.stretches import PLAYED, Stretch, cut_ask, cut_done, cut_working, find_round

from agent_status.detect.pane import ObservedPane
from agent_status.detect.tracker import PaneTracker
from agent_status.model import State
from agent_status.terminal import Terminal
from tests.support.knowledge import KNOWLEDGE

ROUNDS = 4
TICK_S = 0.25
SETTLED_S = 2.0


cut_once = cache(cut_working)


def list_states(stretch: Stretch) -> list[State]:
    """
    Return the states of an agent that plays some rounds, a tick at a time.
    """
    pane = ObservedPane(PaneTracker(KNOWLEDGE, 0.0), *stretch.size)
    pane.hint = stretch.kind
    pane.feed(stretch.before)
    states, due = [], 0.0
    for number in range(ROUNDS):
        for at, data in stretch.steps:
            while due <= number * stretch.length_s + at:
                states.append(pane.look(due).status.state)
                due += TICK_S
            pane.feed(data)
    return states[int(SETTLED_S / TICK_S) :]


@pytest.mark.parametrize("name", PLAYED)
def test_an_agent_works_in_each_round(name: str) -> None:
    """
    A round that follows another is no other picture than one that goes on.
    """
    assert {State.WORKING} == set(list_states(cut_once(name)))


@pytest.mark.parametrize("name", PLAYED)
def test_a_round_ends_where_it_began(name: str) -> None:
    """
    Nothing has to be drawn anew for the next one, however often it is played.
    """
    stretch = cut_once(name)
    terminal = Terminal(*stretch.size)
    terminal.feed(stretch.before)
    first = terminal.screen()
    for _ in range(ROUNDS):
        for _, data in stretch.steps:
            terminal.feed(data)
        last = terminal.screen()
        changed = [one.text for one, two in zip(first.rows, last.rows, strict=True) if one != two]

        assert (first.cursor, first.alternate) == (last.cursor, last.alternate)
        assert len(changed) <= 4, changed


def test_twenty_agents_print_seventeen_kilobytes_a_second_each() -> None:
    """
    What they print is as mixed as what the budgets were made for.
    """
    rates = [cut_once(name).bytes_per_s for name in PLAYED]

    assert sum(islice(cycle(rates), 20)) / 20 == pytest.approx(17_000, rel=0.05)
    assert (min(rates) < 1_000, max(rates) > 50_000) == (True, True)


def test_steps_keep_the_pace_of_the_recording() -> None:
    """
    They stand in order of time, within the round.
    """
    for stretch in map(cut_once, PLAYED):
        times = [at for at, _ in stretch.steps]

        assert times == sorted(times)
        assert times[0] == 0.0 < times[-1] < stretch.length_s


def test_the_longest_round_is_found() -> None:
    """
    Screens with the cursor elsewhere, or with too much else, begin no other round.
    """

    def draw(data: bytes) -> Terminal:
        terminal = Terminal(20, 5)
        terminal.feed(data)
        return terminal

    drawn = (b"a", b"ab", b"x", b"a\r\nb\r\nc\x1b[H\x1b[C", b"y", b"yes")
    screens = [draw(data).screen() for data in drawn]

    assert (0, 4) == find_round(screens, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    with pytest.raises(ValueError, match="empty"):
        find_round(screens[:2], [0.0, 1.0])


@pytest.mark.parametrize("name", PLAYED)
def test_a_calm_agent_has_nothing_for_the_user_to_decide(name: str) -> None:
    """
    It has long been done.
    """
    stretch = cut_once(name)
    pane = ObservedPane(PaneTracker(KNOWLEDGE, 0.0), *stretch.size)
    pane.hint = stretch.kind
    pane.feed(cut_done(name))

    states = {pane.look(number * TICK_S).status.state for number in range(40)}

    assert states <= {State.IDLE, State.FINISHED, State.REVIEW}


def test_a_request_is_there_with_its_last_byte() -> None:
    """
    What is printed before shows the agent at work.
    """
    before, ask = cut_ask(PLAYED[1])
    pane = ObservedPane(PaneTracker(KNOWLEDGE, 0.0), 200, 50)
    pane.hint = "claude"
    pane.feed(before)
    working = pane.look(0.0).status.state
    pane.feed(ask[:-1])
    pane.feed(ask[-1:])

    assert (State.WORKING, State.APPROVAL) == (working, pane.look(1.0).status.state)

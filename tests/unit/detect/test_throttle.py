"""A change that only turns spinners waits for a moment; anything else is shown at once."""

import pytest

from agent_status.detect.quick_scan import Work
from agent_status.detect.throttle import SPIN_INTERVALS_S, Throttle
from agent_status.model import Process, Row, Screen, State
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane
from tests.unit.detect.test_hard_cases import BOX

WORK = Work("⠋ Thinking… (3s)", ())


def draw(*lines: str, title: str = "") -> Screen:
    """
    A small screen.
    """
    return Screen(40, len(lines), tuple(map(Row, lines)), title=title)


@pytest.mark.parametrize(
    ("line", "waits"),
    [
        ("⠙ Thinking… (4s)", True),
        ("⠋ Thinking… (3s)", True),
        (" * Thinking… (3s)", False),
        ("Thinking… (3s)", False),
        ("⠙ Thinking… (4s) done", False),
        ("", False),
    ],
)
def test_throttle_holds_back_nothing_but_a_spinner_that_goes_on(line: str, waits: bool) -> None:  # noqa: FBT001
    """
    The sign of a spinner that ends goes, though the words stay: Cline ends its turns like that.
    """
    throttle = Throttle(1.1, work=WORK).show(draw("hello", WORK.line), 10.0)

    assert waits is throttle.can_wait(draw("hello", line), 10.5)
    assert not throttle.can_wait(draw("hello", line), 11.2)


def test_throttle_never_holds_back_what_somebody_waits_for() -> None:
    """
    Neither where no work goes on, nor once somebody has asked for the screen.
    """
    after = draw("⠙ Thinking… (4s)")
    shown = Throttle(1.1, work=WORK).show(draw(WORK.line), 10.0)
    wanted = Throttle(1.1, shown=shown.shown, shown_at=10.0, work=WORK, wanted=True)
    idle = Throttle(1.1).show(draw(WORK.line), 10.0)

    assert [True, False, False] == [one.can_wait(after, 10.5) for one in (shown, wanted, idle)]


@pytest.mark.parametrize("number", range(len(SPIN_INTERVALS_S)))
@pytest.mark.parametrize("turn_s", [0.5, 0.75, 1.0])
def test_a_title_that_turns_is_work_at_any_pace_of_looks(number: int, turn_s: float) -> None:
    """
    A sign with two forms may show the same one at each look, and does not stand still for that.
    """
    pane = open_blank_pane(KNOWLEDGE, 60, 8)
    pane.throttle = Throttle(SPIN_INTERVALS_S[number])
    pane.processes = (Process(1, 0, "claude", "claude"),)
    pane.feed(f"\x1b[2J\x1b[H{BOX}".replace("\n", "\r\n").encode())
    states = []
    for tick in range(80):
        sign = "⠂⠐"[int(tick / 4 / turn_s) % 2]
        pane.feed(f"\x1b]2;{sign} Build the shop\a".encode())
        states.append(pane.look(tick / 4).status.state)

    assert {State.WORKING} == set(states[4:])

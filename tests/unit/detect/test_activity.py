"""Spinners in signs that nobody has seen yet: known by their turning."""

from functools import partial
from itertools import pairwise

import pytest

from agent_status.detect.activity import is_spinner_step
from agent_status.detect.pane import ObservedPane
from agent_status.model import Process, State
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane

CLAUDE = (Process(1, 0, "bash", "-bash"), Process(2, 1, "claude", "claude"))
RULE = "─" * 40
BOX = f"{RULE}\n❯\N{NO-BREAK SPACE}\n{RULE}\n  ? for shortcuts"
ASK = f"""\
{RULE}
 Bash command

   make

 Do you want to proceed?
 ❯ 1. Yes
   2. No

 Esc to cancel · Tab to amend"""


@pytest.mark.parametrize(
    ("old", "new", "turns"),
    [
        ("◜ Pondering (3s)", "◠ Pondering (4s)", True),
        (" ⠋⠙ Running", " ⠙⠹ Running", True),
        ("── ◜ Working ────", "── ◝ Working ────", True),
        (" 🌑 · Tip: @: files", " 🌒 · Tip: @: files", True),
        ("  ▰▰▱▱▱▱▱▱  esc stops", "  ▱▰▰▱▱▱▱▱  esc stops", True),
        (" ⬝⬝■■■■■■ Busy, again in 5s", " ⬝⬝⬝■■■■■ Busy, again in 4s", True),
        ("🌑", "🌒", True),
        ("◜ Pondering", "◠ Wondering", False),
        ("◜ Pondering", "  Pondering", False),
        ("◜ Pondering", " ◠ Pondering", False),
        ("☐ a task", "✔ a task", False),
        ("● Bash(make)", "○ Bash(make)", False),
        ("❯ 1. Yes", "  1. Yes", False),
        ("$ make", "⠋ make", False),
        (" ⢸⠸⣀⡔⢉⠱⣃⡐⣔⡣  lab", " ⢸⢸⣀⡔⢉⠱⣃⡐⣔⡣  lab", False),
        ("█ ╴╶ █  Check", "█ ▘▝ █  Check", False),
        ("12:30 · main", "12:31 · main", False),
        ("plain text", "other text", False),
        ("", "◜", False),
    ],
)
def test_only_a_sign_before_words_that_stay_turns(old: str, new: str, *, turns: bool) -> None:
    """
    Neither bullets, cursors, marks, pictures nor clocks do.
    """
    assert turns is is_spinner_step(old, new)


def show(watch: ObservedPane, text: str, at: float) -> State:
    """
    Return the state after the pane shows a text.
    """
    watch.feed(b"\x1b[2J\x1b[H" + text.replace("\n", "\r\n").encode())
    return watch.look(at).status.state


def start() -> ObservedPane:
    """
    Return the watch of a pane in which Claude Code is at its prompt.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 20)
    watch.processes = CLAUDE
    assert State.IDLE is show(watch, f"● Hello.\n\n{BOX}", 1.0)
    return watch


def test_a_sign_that_turns_is_work_until_it_is_gone() -> None:
    """
    In signs and words that no rule knows; what it leaves behind is no work.
    """
    watch = start()
    step = partial(show, watch)

    states = [
        step(f"● Hello.\n\n{sign} Denkt nach ({i}s)\n\n{BOX}", 2.0 + i / 4)
        for i, sign in enumerate("◜◠◝◞◡◟")
    ]
    after = [step(f"● Hello.\n\n● So.\n\n{BOX}", 4.0 + i / 4) for i in range(4)]

    assert [State.IDLE, State.IDLE, *[State.WORKING] * 4] == states
    assert [State.WORKING, State.WORKING, State.FINISHED, State.FINISHED] == after


def test_a_sign_that_has_come_to_a_stand_is_no_work_for_long() -> None:
    """
    The line stays on the screen, and nothing of it moves.
    """
    watch = start()
    for i, sign in enumerate("◜◠◝◞"):
        state = show(watch, f"{sign} Denkt nach\n\n{BOX}", 2.0 + i / 4)
    assert State.WORKING is state

    late = [watch.look(3.0 + i / 4).status.state for i in range(9)]

    assert State.FINISHED is late[-1]
    assert 1 == sum(one is not other for one, other in pairwise(late))


def test_a_dialog_below_a_sign_that_turns_is_an_ask() -> None:
    """
    Some programs let it turn while they wait.
    """
    watch = start()

    states = {
        show(watch, f"{sign} Denkt nach\n\n{ASK}", 2.0 + i / 4) for i, sign in enumerate("◜◠◝◞")
    }

    assert {State.APPROVAL} == states


@pytest.mark.parametrize("below", [False, True])
def test_a_qwen_that_starts_has_no_result_when_its_sign_is_gone(*, below: bool) -> None:
    """
    It turns above the box or below it, and nobody has sent anything.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 20)
    watch.processes = (Process(1, 0, "qwen", "qwen"),)
    box = f"{RULE}\n>   Type your message\n{RULE}\n"
    turning = [f"{box}  {sign} Initializing..." for sign in "⠋⠙⠹⠸⠼⠴⠦⠧"]
    above = [f"{sign} Initializing...\n{box}  ? for shortcuts" for sign in "⠋⠙⠹⠸⠼⠴⠦⠧"]
    shown = [*(turning if below else above), *[f"{box}  ? for shortcuts"] * 9]

    states = {show(watch, text, at / 4) for at, text in enumerate(shown, start=1)}

    assert {State.IDLE} == states

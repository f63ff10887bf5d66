"""Agents that read and answer line by line: known to work until their prompt is back."""

import pytest

from agent_status.detect.pane import ObservedPane
from agent_status.model import Process, State, Status
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane

KNOWLEDGE = KNOWLEDGE.extend(("my-agent",))
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
QUOTED = "Allow it?\n❯ 1. Yes\n  2. No"


def start(sent: str = "make it so") -> ObservedPane:
    """
    Return the watch of a pane in which words were typed at the prompt and sent.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 20)
    watch.processes = (Process(1, 0, "bash", "-bash"), Process(2, 1, "my-agent", "my-agent"))
    assert State.IDLE is write(watch, f"Welcome.\n> {sent}", 1.0).state
    write(watch, "\n", 2.0)
    return watch


def write(watch: ObservedPane, text: str, at: float) -> Status:
    """
    Return the status after the program has written more.
    """
    watch.feed(text.replace("\n", "\r\n").encode())
    return watch.look(at).status


def test_it_works_from_the_line_that_was_sent_until_its_prompt_is_back() -> None:
    """
    Whether it says anything meanwhile or not.
    """
    watch = start()

    assert State.WORKING is watch.look(10.0).status.state
    assert State.WORKING is write(watch, f"{HIDE}Here is what I have", 11.0).state
    assert State.WORKING is write(watch, "\n  and", 12.0).state
    assert "its prompt is not back yet" == watch.look(30.0).status.reason
    write(watch, f" found.\n> {SHOW}", 31.0)
    assert State.FINISHED is watch.look(32.0).status.state


@pytest.mark.parametrize(("sent", "state"), [("", State.UNKNOWN), ("/exit", State.IDLE)])
def test_without_words_for_the_model_nothing_is_in_hand(sent: str, state: State) -> None:
    """
    An empty line or an end of input may end the program, a command may open a menu.
    """
    watch = start(sent)
    watch.look(5.0)

    assert state is watch.look(10.0).status.state


@pytest.mark.parametrize(
    ("asks", "state"),
    [
        ("Which port? ", State.QUESTION),
        ("Password: ", State.QUESTION),
        ("Use it [Yes]: ", State.QUESTION),
        ("It works like this", State.UNKNOWN),
        ("It works like this:", State.UNKNOWN),
        ("It is a word counter: ", State.UNKNOWN),
    ],
)
def test_it_asks_where_the_cursor_stands_a_blank_behind_words_that_ask(
    asks: str, state: State
) -> None:
    """
    Whatever the words are; where it stands behind others nothing is known.
    """
    watch = start()
    write(watch, asks, 3.0)

    assert state is watch.look(10.0).status.state


def test_a_list_that_no_hint_explains_is_no_work() -> None:
    """
    It may wait: nothing calm is said of it.
    """
    watch = start()
    write(watch, f"{HIDE}Pick one\n❯ This\n  That\n", 3.0)
    watch.look(4.0)

    assert State.UNKNOWN is watch.look(10.0).status.state


def test_it_works_on_when_the_question_is_answered() -> None:
    """
    The line below the prompt that was sent first is still in hand.
    """
    watch = start()
    assert State.QUESTION is write(watch, "Go on? (y/n) ", 3.0).state

    assert State.WORKING is write(watch, "y\n", 5.0).state


def test_a_dialog_that_streams_is_quoted() -> None:
    """
    As long as its text goes on; what stays there asks.
    """
    watch = start()
    for row in range(12):
        write(watch, f"{HIDE}Row {row} says\nthis.\n\n", 3.0 + row / 4)

    assert State.WORKING is write(watch, QUOTED, 6.0).state
    assert State.APPROVAL is watch.look(9.0).status.state

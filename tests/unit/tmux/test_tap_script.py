"""What tmux is told about taps, and how its answer is read."""

from agent_status.model import PaneId
from agent_status.terminal import Modes
from agent_status.tmux.tap_policy import Left
from agent_status.tmux.tap_script import (
    TapAnswer,
    parse_answers,
    parse_keys,
    quote_for_pipe,
    render_open,
)

PANE = PaneId("%3")


def test_answers_are_read_from_a_tick() -> None:
    """
    Among the records of others; a pane that is gone has no id, and an unknown word is the user's.
    """
    lines = "!:P%1 ...\n!:L!%3!opened\n!:L!%4!piped\n!:L!%5!mine\n!:L!!closed\n!:K\na\nb\n!:E!1!"
    records = lines.split("!:")[1:]

    assert parse_answers(records, "!") == (
        TapAnswer(PANE),
        TapAnswer(PaneId("%4"), Left.PIPED),
        TapAnswer(PaneId("%5"), Left.ASKED),
    )
    assert parse_keys(records) == "a\nb\n"
    assert parse_keys(["P", "E"]) is None


def test_modes_and_the_hidden_screen_are_read() -> None:
    """
    What the screen behind an alternate one shows comes in a record of its own.
    """
    values = "2!9!0!1!1!4!5!8,16,24"
    lines = f"!:L!%3!opened!{values}\n!:H3\na\n\x1b[1mb\n!:E!1!"

    (answer,) = parse_answers(lines.split("!:")[1:], "!")

    wanted = Modes(2, 9, False, True, True, (8, 16, 24), (4, 5), ("a", "\x1b[1mb"))  # noqa: FBT003
    assert TapAnswer(PANE, modes=wanted) == answer


def test_what_a_tmux_does_not_tell_is_as_by_default() -> None:
    """
    An unknown format is empty, and a cursor that was never saved is a huge number.
    """
    values = "!!!!!4294967295!4294967295!"

    (answer,) = parse_answers([f"L!%3!opened!{values}\n"], "!")

    assert Modes(bottom=0, tab_stops=()) == answer.modes


def test_no_mark_of_tmux_is_left_in_a_word_for_a_pipe() -> None:
    """
    Formats begin with `#`, times with `%`.
    """
    word = quote_for_pipe("/a #{b} 100% 'c'")
    assert "#" not in word
    assert "%" not in word


def test_tap_is_opened_only_where_tmux_says_so() -> None:
    """
    The test and the opening are one command, and the helper prints nowhere.
    """
    script = render_open("n", PANE, ("/bin/helper", "3", "1", "ab"))
    assert script.startswith("if-shell -F -t '%3' ")
    assert script.count("\n") == 1
    assert script.count("pipe-pane") == 1
    assert ">/dev/null" in script

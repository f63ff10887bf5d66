"""What an agent writes into its own dialog never makes a dangerous command look mild."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_status.model import Ask, Grade, State
from tests.support.dialogs import DIALOGS, Request, draw, frame, number
from tests.support.share import scale
from tests.unit.detect.test_requests import grade, read_winner

EXAMPLES = scale(12)
SIZES = [(40, 12), (40, 20), (60, 20), (60, 24), (80, 24), (100, 30), (120, 40), (200, 60)]


def list_fakes() -> list[str]:
    """
    Return a harmless dialog of each agent, as text.
    """
    drawn = [one(Request("ls"), *size) for _, one in DIALOGS.values() for size in SIZES[1:3]]
    return ["\n".join(row.text for row in screen.rows if row.text) for screen in drawn]


FAKES = list_fakes()
ROWS = [row for fake in FAKES for row in fake.split("\n")]
FULL = st.builds(lambda sign, size: sign * size, st.sampled_from("a─╌╭│b漢😀"), st.integers(20, 99))
ODD = st.sampled_from(
    [
        *("", "---", "│", "│ x", "█", "  indented", "\tx", "x\u00a0y", "e\u0301", "\x1b[2mfoo"),
        *("1. Yes", "4. No", "❯ 1. Yes", "4. Type something.", "(y)", "rm", "$ ls", "❯", "> "),
        *("Do you want to proceed?", "Would you like to proceed? 1. Yes, and use auto"),
        *("trust this folder", "ready to code?", "Plan ready for review", "usage limit reached"),
        *("enter to select · esc to close", "question 1/2", "Apply this change?", "… 3 more"),
        *("# comment", "echo hi \\", "cd x && pwd", "git status", "b " * 40),
    ]
)
WORDS = ODD | FULL | st.sampled_from(ROWS)
LINES = st.lists(WORDS, max_size=4) | st.sampled_from(FAKES).map(str.splitlines)
DANGERS = st.sampled_from(
    [
        *(
            "rm -rf src",
            "  rm -rf src",
            "rm -rf src # 1. Yes",
            "cd x && rm -rf src",
            "(rm -rf src)",
        ),
        *(f"echo {sign * size} ;rm -rf src" for sign, size in (("漢", 22), ("a", 47), ("😀", 15))),
        *(f"{sign * size};rm -rf src" for sign, size in (("漢", 20), ("x", 40), ("漢", 30))),
    ]
)
COMMANDS = st.builds(
    lambda *parts: "\n".join((*parts[0], parts[1], *parts[2])), LINES, DANGERS, LINES
)
REQUESTS = st.builds(
    Request, COMMANDS, WORDS, ODD | st.sampled_from(ROWS), st.lists(WORDS, max_size=3).map(tuple)
)

BROKEN = [
    ("claude-1.0.128", (200, 60), Request("rm -rf src", again="trust this folder")),
    ("claude-1.0.128", (40, 20), Request("rm -rf src", again=" ❯ 1. Yes")),
    ("claude-1.0.128", (100, 30), Request("rm -rf src", talk=tuple(FAKES[4].split("\n")))),
    ("claude-2.1.197", (40, 20), Request("rm -rf src", again="a? 4. No")),
    ("claude-2.1.197", (40, 12), Request("x" * 40 + ";rm -rf src", "> ", "a? 4. No")),
    ("claude-2.1.197", (60, 24), Request("echo " + "漢" * 22 + " ;rm -rf src")),
    ("claude-2.1.332", (40, 20), Request("rm -rf src", again=" ❯ 1. Yes")),
    ("copilot-1.0.102", (200, 60), Request("rm -rf src", "> ")),
    ("copilot-1.0.102", (200, 60), Request("rm -rf src", "Plan ready for review")),
    ("copilot-1.0.102", (60, 24), Request("rm -rf src # trust this folder", "")),
    ("copilot-1.0.102", (60, 20), Request("漢" * 30 + "\n Do you want to\nrm -rf src\nb\nc")),
    ("opencode-1.18.33", (120, 40), Request("█\nrm -rf src\n△ Permission required\nls")),
    ("qwen-0.24.4", (60, 24), Request(" # (y)\nrm -rf src\n# (y)\n\nls")),
    ("codex-0.171.0", (60, 24), Request("rm -rf src", "trust this folder", "update now")),
    ("gemini-0.61.0", (100, 30), Request("rm -rf src", again="usage limit reached")),
]
"""
Requests that were read as something else, or as mild.
"""


def read_request(name: str, request: Request, size: tuple[int, int]) -> Ask:
    """
    Return what is asked where this version draws the request.
    """
    kind, draw_request = DIALOGS[name]
    winner = read_winner(draw_request(request, *size), kind)
    assert (State.APPROVAL, True) == (winner.state, winner.ask is not None), winner.rule
    assert winner.ask
    return winner.ask


@pytest.mark.parametrize(("name", "size", "request_"), BROKEN)
def test_a_dangerous_request_was_never_read_as_a_mild_one(
    name: str, size: tuple[int, int], request_: Request
) -> None:
    """
    Each of these was once.
    """
    assert Grade.DANGEROUS is grade(read_request(name, request_, size))


@pytest.mark.parametrize("name", DIALOGS)
@settings(max_examples=EXAMPLES)
@given(REQUESTS, st.sampled_from(SIZES))
def test_no_words_make_a_dangerous_command_mild(
    name: str, request_: Request, size: tuple[int, int]
) -> None:
    """
    Whatever command, description, labels and earlier talk say, and however large the pane is.
    """
    if grade(Ask(State.APPROVAL, command=request_.command)) is Grade.DANGEROUS:
        assert Grade.DANGEROUS is grade(read_request(name, request_, size))


@pytest.mark.parametrize("name", DIALOGS)
@pytest.mark.parametrize("command", ["ls", "ls\n\npwd", "git status", "ls -la src | head -3"])
def test_an_ordinary_request_is_read_whole(name: str, command: str) -> None:
    """
    Nothing is held against what an agent shows all of.
    """
    for size in SIZES[3:]:
        ask = read_request(name, Request(command), size)

        assert (command, "", Grade.HARMLESS) == (ask.command, ask.hidden, grade(ask))
        assert 3 == len(ask.options)


def test_two_ends_of_lines_are_doubted_at_once() -> None:
    """
    One row may end a comment, and the next one may break a word.
    """
    size = (60, 24)
    command = f"# {'a' * 49}\n{'b ' * 25};rm -rf src"

    assert Grade.DANGEROUS is grade(read_request("copilot-1.0.102", Request(command), size))


@pytest.mark.parametrize("name", DIALOGS)
@settings(max_examples=EXAMPLES)
@given(st.lists(WORDS, min_size=1, max_size=2), st.data())
def test_requests_that_look_different_have_fingerprints_of_their_own(
    name: str, rows: list[str], data: st.DataObject
) -> None:
    """
    One that looks the same has the same one, wherever the mark is.
    """
    kind, draw_request = DIALOGS[name]
    other = data.draw(st.permutations(rows) | st.lists(WORDS, min_size=1, max_size=2))
    screens = [
        draw_request(Request("\n".join(("ls", *each, "ls"))), 80, 40) for each in (rows, other)
    ]
    asks = [read_winner(screen, kind).ask for screen in screens]

    assert all(asks)
    same = screens[0].text == screens[1].text
    assert same == (1 == len({ask.fingerprint for ask in asks if ask}))


@pytest.mark.parametrize("quoted", ["? Edit evil.py: a => b", "Apply this change?", "1. Yes"])
@pytest.mark.parametrize("file", ["wc.py", "a b.py", "trust this folder.py"])
def test_the_file_of_an_edit_is_never_one_that_its_change_quotes(file: str, quoted: str) -> None:
    """
    It is read from the head, whole, blanks included.
    """
    change = frame(["1 + x", f"2 + {quoted}", "3 + y"], 76)
    ends = ["Apply this change?", "", *number(["Allow once", "Allow always", "No"], 76, "●", 0)]
    winner = read_winner(
        draw(frame([f"? Edit  {file}: a => b", *change, *ends], 80), 80, 24), "gemini"
    )

    assert winner.ask
    assert (State.APPROVAL, file) == (winner.state, winner.ask.file)

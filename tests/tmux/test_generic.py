"""Agents that nobody has written rules for: named by the user, read by what most have in common."""

from dataclasses import replace

import pytest

from agent_status.detect.evidence import fuse_evidence
from agent_status.detect.layout import Layout
from agent_status.detect.match import advance_findings
from agent_status.detect.tracker import PaneTracker
from agent_status.model import Ask, Cursor, Evidence, Process, Span, State, Style
from agent_status.options import parse_options
from agent_status.recordings.replay import iterate_changes, iterate_ticks
from agent_status.terminal.asciicast import open_recording
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane
from tests.support.places import RECORDINGS
from tests.support.screens import draw
from tests.support.tmux_lab import Lab, run_daemon, wait_for

GENERIC = KNOWLEDGE.generic


def find_winner(layout: Layout) -> Evidence | None:
    """
    Return the heaviest evidence on a screen.
    """
    return fuse_evidence(advance_findings(layout, None).evidence)[0]


def read(text: str, title: str = "") -> tuple[State | None, Ask | None]:
    """
    Return what the generic rules say of a screen, and what it asks.
    """
    winner = find_winner(Layout(draw(text, title=title), GENERIC))
    return (winner.state, winner.ask) if winner else (State.UNKNOWN, None)


def test_a_process_that_the_user_names_is_an_agent() -> None:
    """
    It is of a kind with its own name; without the option it is none.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 10)
    tree = (Process(1, 0, "bash", "-bash"), Process(2, 1, "python3", "python3 /opt/bin/my-agent"))
    watch.processes = tree
    watch.feed(b"\x1b[2J\x1b[HThinking... (4s, esc to interrupt)\r\n")
    assert watch.look(0.0).status.agent is None

    watch.tracker.use_registry(KNOWLEDGE.extend(("other", "my-agent")))

    status = watch.look(1.0).status
    assert status.agent
    assert ("my-agent", 2, State.WORKING) == (status.agent.kind, status.agent.pid, status.state)


def test_a_known_agent_stays_what_it_is() -> None:
    """
    Its own rules are better than those for everybody.
    """
    more = KNOWLEDGE.extend(("claude", "foo"))

    assert [*KNOWLEDGE.agents] == list(more.agents[:-1])
    assert KNOWLEDGE.find("claude") is more.find("claude")
    assert KNOWLEDGE.generic.rules == more.agents[-1].rules


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("my-agent,foo", ("my-agent", "foo")),
        ("my-agent, foo my-agent", ("my-agent", "foo")),
        ("/usr/bin/foo", ()),
        ("a;b", ()),
        ("$(foo)", ()),
        (",".join(f"a{i}" for i in range(40)), ()),
        ("x" * 65, ()),
    ],
)
def test_the_option_takes_names_and_nothing_else(text: str, names: tuple[str, ...]) -> None:
    """
    What is no name is a problem with its mend, and then there are none.
    """
    options, problems = parse_options({"@agent-status-extra-agents": text})

    assert names == options.extra_agents
    assert [] == [one for one in problems if "set -gu @agent-status-extra-agents" not in one.hint]
    assert bool(problems) != bool(names)


@pytest.mark.parametrize(
    ("text", "title", "state"),
    [
        ("Run `rm -rf build`?\n\n❯ 1. Yes\n  2. No, and say why", "", State.APPROVAL),
        ("Which database?\n\n› 1. SQLite\n  2. Postgres\n\nenter to select", "", State.QUESTION),
        ("Allow this command to run? [y/N]", "", State.APPROVAL),
        ("Approve tool call?\n  make\n  [y] Approve   [n] Deny\n demo (main)", "", State.APPROVAL),
        ("Go on?\n\n  > Continue (tab)\n    No, and say why (esc)", "", State.APPROVAL),
        ("Select model\n❯ 1. Large\n  2. Small\n\nenter to select", "", None),
        ("Overwrite? (Y)es/(N)o [Yes]:", "", State.QUESTION),
        ("Use tabs? (y/n) ", "", State.QUESTION),
        ("Add it to the chat? (Y)es/(N)o/(D)on't ask again\n [Yes]:", "", State.APPROVAL),
        ("Do you like it? (Y)es/(N)o [Yes]:", "", State.QUESTION),
        ("Do you trust this folder?\n❯ 1. Yes\n  2. No", "", State.SETUP),
        ("Welcome!\nPress Enter to continue", "", State.SETUP),
        ("  Allow once   Allow always   Reject    ⇆ select  enter confirm", "", State.APPROVAL),
        ("▌Allow command?\n▌ Yes   Always   No, and say why\n▌ It runs", "", State.APPROVAL),
        ("Tool Approval Required\n\n [A]llow [D]eny", "", State.APPROVAL),
        ("Done.\n🪿 ", "", State.UNKNOWN),
        ("⠋ Reading files…\n\n────────────\n❯\n────────────", "", State.WORKING),
        ("────────────\n❯\n────────────\n  esc to interrupt", "", State.WORKING),
        ("done\n────────────\n❯\n────────────", "⠙ demo", State.WORKING),
        ("done\n────────────\n❯\n────────────", "✋ Action Required", State.APPROVAL),
        ("done\n────────────\n❯ hello\n────────────\n  ? for help", "", State.IDLE),
        ("╭──────────╮\n│ > │\n╰──────────╯", "", State.IDLE),
        ("✗ Failed to reach the API\n\n────────────\n❯\n────────────", "", State.ERROR),
        ("Usage limit reached, resets 8pm\n────────────\n❯\n────────────", "", State.LIMITED),
        (
            "╭─ approval ─────╮\n│ Go on?\n│ → [1] Approve\n│   [2] Reject\n╰──────────╯",
            "",
            State.APPROVAL,
        ),
        (
            (
                "┌──────────┐\n│ › 1. Allow it\n│   2. Reject it\n│ ↑/↓ • Enter\n└──────────┘\n\n"
                " ⏸ waits\n\n┌──────────┐\n│ >\n└──────────┘"
            ),
            "",
            State.APPROVAL,
        ),
        ("Please login with your account.\n> Login\n  Exit", "", State.SETUP),
        ("Log in? [(y)es, (n)o]:", "", State.QUESTION),
        ("done\n  ┃\n  ┃  Build\n  ╹▀▀▀▀▀▀▀▀▀▀▀", "", State.IDLE),
        ("done\n────────────\n\n────────────\n~/demo", "", State.IDLE),
        ("done\n── input ────────────\n\n\n────────────\n~/demo", "", State.IDLE),
        ("✗ Error: 500\n\n\n\n\n\n\n\n\n\n\n╭────────────╮\n│ >\n╰────────────╯", "", State.ERROR),
        ("✗ Error: 500\n" + "It went on.\n" * 9 + "────────────\n❯\n────────────", "", State.IDLE),
        ("── ⠋ Working ───────────\n\n────────────\n~/demo", "", State.WORKING),
        (
            "done\n────────────\n⚕ ❯ type to steer · Ctrl+C cancel\n────────────",
            "",
            State.WORKING,
        ),
        (
            "The lab asks\n\n  ❯ Channel: ▸ not set\n\n    Accept    Decline\n ↑/↓ moves",
            "✳ Lab",
            State.APPROVAL,
        ),
        (
            (
                "Which one?\n\n❯ 1. This\n  2. That\n\n↑/↓: Navigate | Enter: Select\n\n"
                "⠏ Waiting for user confirmation..."
            ),
            "",
            State.QUESTION,
        ),
        ("⏺ Sorry, I met an error: 500 Server\n\n────────────\n❯\n────────────", "", State.ERROR),
        ("some text that says nothing", "✳ Lab", State.UNKNOWN),
        ("some text that says nothing", "", State.UNKNOWN),
        ("", "my-agent", State.UNKNOWN),
    ],
)
def test_what_most_agents_show_is_read(text: str, title: str, state: State) -> None:
    """
    Asks by their choices, work by its hints and spinners; what says nothing is unknown.
    """
    assert state is read(text, title)[0]


@pytest.mark.parametrize(
    "text",
    [
        "It asks: Proceed?\n 1. Yes\n 2. No\nThen it goes on.\n────────────\n❯\n────────────",
        "The README says: Continue? [y/N] and waits.\n────────────\n❯\n────────────",
        "❯ 1. Yes\n  2. No\nThat was the menu.\n────────────\n❯\n────────────",
        "1. Yes, we can\n2. No, we cannot\n⠋ Writing…  esc to interrupt",
        "Press enter to continue was on the screen\nand it went on",
    ],
)
def test_a_quoted_prompt_is_no_ask(text: str) -> None:
    """
    What stands above an input box, or in the middle of a text, waits for nobody.
    """
    assert read(text)[0] not in {State.APPROVAL, State.QUESTION, State.SETUP, State.PLAN}


def test_red_words_of_a_failure_are_one() -> None:
    """
    Whatever sign stands before them, and however far above the prompt; in plain text they are not.
    """
    text = (
        "  ▹ The call failed: quota exceeded\n" + "\n" * 12 + "╭────────────╮\n│ >\n╰────────────╯"
    )
    screen = draw(text)
    red = replace(screen.rows[0], spans=(Span(2, 40, Style(fg="red")),))
    failed = replace(screen, rows=(red, *screen.rows[1:]))

    states = [
        one.state for shown in (screen, failed) if (one := find_winner(Layout(shown, GENERIC)))
    ]

    assert [State.IDLE, State.ERROR] == states


@pytest.mark.parametrize(
    ("text", "y", "state"),
    [
        ("  What can I do?\n\n    ──────────\n    ❯ fix it\n    ──────────", 3, State.IDLE),
        ("Which one?\n\n    ──────────\n    ❯ SQLite\n      Postgres\n    ──────────", 0, None),
        ("done\n────────────\nhalf a sentence\n────────────\n~/demo", 2, State.IDLE),
        ("done\n────────────\nhalf a sentence\n────────────\n~/demo", 0, None),
        ("Name?\n────────────\nlab   esc to leave\n────────────\n~/demo", 2, None),
        ("done\n────────────\n⚠ ❯\n────────────", 2, None),
        ("╭──────────╮\n│ ╭──────╮ │\n│ │ key  │ │\n│ ╰──────╯ │\n╰──────────╯", 2, None),
    ],
)
def test_the_box_that_the_cursor_is_in_is_the_prompt(text: str, y: int, state: State) -> None:
    """
    Wherever it stands and whatever is typed there; a field of a dialog is none.
    """
    found = find_winner(Layout(draw(text, cursor=Cursor(5, y)), GENERIC))

    assert state is (found.state if found else None)


@pytest.mark.parametrize(
    ("y", "visible", "state"), [(2, False, State.IDLE), (2, True, None), (3, False, None)]
)
def test_a_hidden_cursor_may_lag_on_the_edge_of_the_box(
    y: int, state: State | None, *, visible: bool
) -> None:
    """
    What the program draws itself is moved there a row late.
    """
    screen = draw("╭──────────╮\n│ Type…    │\n╰──────────╯\n", cursor=Cursor(3, y, visible))
    found = find_winner(Layout(screen, GENERIC))

    assert state is (found.state if found else None)


@pytest.mark.parametrize(
    ("line", "start", "state"),
    [
        ("■ We are experiencing high demand.", 0, State.ERROR),
        ("■ Conversation interrupted", 0, State.IDLE),
        ("▶ Conversation Error: unavailable", 0, State.ERROR),
        ("Request failed\n" + "And so on.\n" * 5, 0, State.IDLE),
        ("  ┃  invalid key", 2, State.ERROR),
        ("  ┃  hello there", 2, State.IDLE),
    ],
)
def test_a_last_paragraph_in_red_is_a_failure(line: str, start: int, state: State) -> None:
    """
    Behind a sign of failure, or beside a red edge; what the user has ended is none.
    """
    screen = draw(f"{line}\n\n────────────\n❯\n────────────")
    end = len(line.partition("\n")[0]) if start == 0 else start + 1
    row = replace(screen.rows[0], spans=(Span(start, end, Style(fg="red")),))
    found = find_winner(Layout(replace(screen, rows=(row, *screen.rows[1:])), GENERIC))

    assert found
    assert state is found.state


@pytest.mark.parametrize(("typed", "state"), [("/ model", State.IDLE), ("model", State.SETUP)])
def test_what_a_command_opens_is_a_menu(typed: str, state: State) -> None:
    """
    The words in a box without a sign are read from the first on.
    """
    watch = open_blank_pane(KNOWLEDGE.extend(("my-agent",)), 60, 10)
    watch.processes = (Process(2, 1, "my-agent", "my-agent"),)
    rule = "─" * 30
    watch.feed(f"\x1b[H{rule}\r\n{typed}\r\n{rule}\x1b[2;4H".encode())
    assert State.IDLE is watch.look(1.0).status.state

    watch.feed("\x1b[2J\x1b[HWhich one?\r\n  › One\r\n    Two\r\n↑↓ move  Enter take".encode())

    assert state is watch.look(2.0).status.state


def test_the_ask_is_read_verbatim() -> None:
    """
    Question and options are those of the screen.
    """
    _, ask = read("Run `rm -rf build`?\n\n❯ 1. Yes\n  2. No, and say why")

    assert ask
    assert "Run `rm -rf build`?" == ask.question
    assert [("1", "Yes", True), ("2", "No, and say why", False)] == [
        (option.key, option.label, option.selected) for option in ask.options
    ]


@pytest.mark.parametrize("kind", ["claude", "codex"])
def test_asks_of_known_agents_are_found_without_their_rules(kind: str) -> None:
    """
    An agent that is as good as unknown still gets its asks shown, and its work.
    """
    path = min((RECORDINGS / kind).glob("shell_permission*.cast.gz"))
    recording = open_recording(path)
    watch = open_blank_pane(KNOWLEDGE.withhold(), recording.width, recording.height)

    lines = list(iterate_changes(iterate_ticks(watch, recording.read_events())))

    states = [line["state"] for line in lines]
    assert {"working", "approval"} <= set(states)
    assert 1 == states.count("approval")


def test_the_option_reaches_panes_that_are_watched_already(lab: Lab) -> None:
    """
    No restart is needed, and the agent goes when its name does.
    """
    with run_daemon(lab, PaneTracker, registry=KNOWLEDGE):
        wait_for(lambda: lab.ask("ping"))
        lab.tmux("set-option", "-g", "@agent-status-extra-agents", "cat")
        wait_for(lambda: [one["agent"] for one in lab.ask("list")["agents"]] == ["cat"])
        lab.tmux("set-option", "-gu", "@agent-status-extra-agents")
        wait_for(lambda: not lab.ask("list")["agents"])

"""Dialogs in words that nobody has seen yet: known by their form, and quoted ones by theirs."""

import re
from dataclasses import replace

import pytest

from agent_status.agents.files import read_packaged
from agent_status.agents.loader import parse_agents
from agent_status.detect.evidence import fuse_evidence
from agent_status.detect.layout import Layout
from agent_status.detect.match import find_evidence
from agent_status.model import Cursor, Evidence, Process, Screen, Span, State, Style
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane
from tests.support.screens import draw

AGENTS = {agent.kind: agent for agent in parse_agents(read_packaged())[0]}
RULE = "─" * 58


def read_winner(kind: str, text: str, width: int = 60) -> Evidence | None:
    """
    Return the heaviest evidence of an agent's rules on a screen.
    """
    screen = draw(text, width=width, cursor=Cursor(59, 0, visible=False))
    return fuse_evidence(find_evidence(Layout(screen, AGENTS[kind])))[0]


VIBE = f"""
■ Running make slow-test

⠈⠃ Running command… (2s Esc/Ctrl+C to interrupt)
┌{RULE}┐
│ May the shell be used here? (make *)                     │
│ make slow-test                                           │
│                                                          │
│ › 1. Permit it once                                      │
│   2. Permit it for the rest of this session              │
│   3. Refuse                                              │
│                                                          │
│ arrows: move   Return: choose   Escape: refuse           │
└{RULE}┘
~/demo [PID 65]                        4.1k/200k tokens (2%)
"""

CONTINUE = f"""
○ Bash(make slow-test)

 ⠃⠒⠒  ( 5s • esc to interrupt )
╭{RULE}╮
│  Bash(make slow-test)                                    │
│                                                          │
│  Shall this be done now?                                 │
│                                                          │
│  > Go ahead (tab)                                        │
│    Go ahead, and do not ask again (shift+tab)            │
│    Refuse, and say how to do it (esc)                    │
╰{RULE}╯
  /home/dev/demo ⊦main                      ◉ Continue CLI
"""

COPILOT = f"""
 ● I'll run the slow tests.
╭{RULE}╮
│ ╭{"─" * 54}╮ │
│ │ make slow-test                                       │ │
│ ╰{"─" * 54}╯ │
│ May this be run?                                         │
│                                                          │
│ ❯ 1. Sure                                                │
│   2. Sure, also later on                                 │
│   3. Stop, and say how to do it (Esc)                    │
│                                                          │
│ arrows move · return: takes · esc to cancel              │
╰{RULE}╯
"""


@pytest.mark.parametrize(
    ("kind", "text", "question", "labels"),
    [
        (
            "vibe",
            VIBE,
            "May the shell be used here? (make *) make slow-test",
            ["Permit it once", "Permit it for the rest of this session", "Refuse"],
        ),
        (
            "continuecli",
            CONTINUE,
            "Shall this be done now?",
            [
                "Go ahead (tab)",
                "Go ahead, and do not ask again (shift+tab)",
                "Refuse, and say how to do it (esc)",
            ],
        ),
        (
            "copilot",
            COPILOT,
            "May this be run?",
            ["Sure", "Sure, also later on", "Stop, and say how to do it (Esc)"],
        ),
    ],
)
def test_a_dialog_in_new_words_asks_below_a_spinner_and_with_the_hints_of_a_menu(
    kind: str, text: str, question: str, labels: list[str]
) -> None:
    """
    A choice is selected, and the names of keys stand beside: it blocks the agent.
    """
    winner = read_winner(kind, text)

    assert winner
    assert (State.APPROVAL, "dialog") == (winner.state, winner.source)
    assert winner.ask
    assert question == winner.ask.question
    assert labels == [option.label for option in winner.ask.options]
    assert [True, *[False] * (len(labels) - 1)] == [one.selected for one in winner.ask.options]


@pytest.mark.parametrize(
    ("kind", "text"), [("vibe", VIBE), ("continuecli", CONTINUE), ("copilot", COPILOT)]
)
def test_a_frame_that_another_version_indents_is_read_without_it(kind: str, text: str) -> None:
    """
    Up to three blanks before a border belong to it.
    """
    indented = re.sub("(?m)^(?=[╭┌│╰└])", "   ", text)

    winner = read_winner(kind, indented, 63)

    as_before = read_winner(kind, text)
    assert winner
    assert winner.ask
    assert as_before
    assert as_before.ask
    assert replace(as_before.ask, text="", hidden="", seal="", gist="") == replace(
        winner.ask, text="", hidden="", seal="", gist=""
    )


FOREIGN = VIBE.replace("Permit it once", "Einmal erlauben").replace("Refuse", "Ablehnen")


def test_a_dialog_that_is_no_approval_for_us_is_a_question_of_the_work() -> None:
    """
    In another language nobody can tell what it grants, but it waits.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 20)
    watch.processes = (Process(1, 0, "vibe-rs", "vibe-rs"),)
    work = "⠈⠃ Running command… (2s Esc/Ctrl+C to interrupt)"
    box = f"{RULE}\n>\n{RULE}"
    for at, text in ((1.0, f"{work}\n{box}"), (5.0, FOREIGN)):
        watch.feed(b"\x1b[2J\x1b[H" + text.strip("\n").replace("\n", "\r\n").encode())
        status = watch.look(4.0 * at).status

    assert State.QUESTION is status.state
    assert status.ask
    assert "Einmal erlauben" == status.ask.options[0].label


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("vibe", VIBE + "\n⠈⠃ Running command… (2s Esc/Ctrl+C to interrupt)\n"),
        ("qwen", "  ◆ It reads:\n\n   Go on?\n   › 1. Sure\n     2. Refuse\n\n  All is well.\n"),
        ("qwen", "  ◆ It reads:\n\n   › 1. Sure\n     2. Refuse (esc)\n" + "   text\n" * 12),
        ("qwen", "  ◆ It has\n\n   1. Sure tests\n   2. Stop words, and an enter key\n"),
        ("hermes", f"╭─ ⚕ Hermes ─╮\n It asks:\n  ❯ 1. Yes\n    2. No (esc)\n╰{RULE}╯\n"),
        ("aider", f"{RULE}\n> go\n\nIt asks:\n\n> 1. Yes\n  2. No, with the enter key\n"),
        ("kimi", " ● It lists:\n\n   - one\n   - two with enter\n"),
    ],
)
def test_a_quoted_dialog_blocks_nothing(kind: str, text: str) -> None:
    """
    Work goes on below it, or more text, or none is selected, or its agent always has a prompt.
    """
    winner = read_winner(kind, text)

    assert winner is None or not (winner.source == "dialog" and winner.weight > 50)


BOLD = Style(bold=True)
BOX = f" ╭{RULE}╮\n │ Type your message, @mention a file, or / for commands\n ╰{RULE}╯\n ~/demo"
OPENHANDS = f"""
  ▶ Run the slow tests: $ make slow-test

  🔍 May 1 step be done?

    Surely
  > Never
    Henceforth


{BOX}
"""


def light(text: str, words: str) -> Screen:
    """
    Return a screen on which the line that ends with `words` is bold.
    """
    screen = draw(text)
    rows = [
        replace(row, spans=(Span(0, len(row.text), BOLD),)) if row.text.endswith(words) else row
        for row in screen.rows
    ]
    return replace(screen, rows=tuple(rows))


def test_a_list_right_above_a_box_that_stays_asks_where_its_agent_asks_there() -> None:
    """
    Its selected line is bold; the same words further up, or in plain text, are quoted.
    """
    rules = AGENTS["openhands"]
    asks = fuse_evidence(find_evidence(Layout(light(OPENHANDS, "Never"), rules)))[0]
    plain = fuse_evidence(find_evidence(Layout(draw(OPENHANDS), rules)))[0]
    above = light(OPENHANDS.replace(BOX, f"  So it went on.\n{BOX}"), "Never")
    over = fuse_evidence(find_evidence(Layout(above, rules)))[0]

    assert asks
    assert asks.ask
    assert (State.APPROVAL, "make slow-test") == (asks.state, asks.ask.command)
    assert ["Surely", "Never", "Henceforth"] == [one.label for one in asks.ask.options]
    assert plain
    assert over
    assert (State.IDLE, State.IDLE) == (plain.state, over.state)


PLAN = f"""
 Plan:
 1. Change the function
 2. Add a test

{RULE}

 What now?

 → Do it
   Think on

 arrows: move  Return: take  Escape: leave

{RULE}
~/demo (main)
"""

DEEPAGENTS = f"""
▎⏺ execute("make slow-test")
┌{RULE}┐
│ >>> execute wants a word <<<
│  make slow-test
│
│   › 1. Go (y)
│     2. Halt (n)
└{RULE}┘

 ⏸ On hold  (paused at 9s)

┌{RULE}┐
│ >
└{RULE}┘
 manual  ~/demo
"""

PI = f"""
 I'll look.

{RULE}

 Which counter is it to be?

 > 1. Whitespace
   2. Lines

 arrows: move  Return: take  Escape: leave

{RULE}
~/demo (main)
"""


@pytest.mark.parametrize(
    ("kind", "text", "state"),
    [
        ("deepagents", DEEPAGENTS, State.APPROVAL),
        ("deepagents", DEEPAGENTS.replace("⏸ On hold  (paused at ", "⠏ At work  ("), State.WORKING),
        ("deepagents", DEEPAGENTS.replace(" ⏸ On hold", " It went on"), State.IDLE),
        ("pi", PI, State.QUESTION),
        ("pi", PLAN, State.QUESTION),
        ("amp", "No key found.\nMay we sign you in now? [(y)es, (n)o]:", State.SETUP),
        ("amp", "It asks [(y)es, (n)o]: and waits", None),
    ],
)
def test_other_agents_are_asking_in_new_words(kind: str, text: str, state: State | None) -> None:
    """
    By a panel right above the box, a list between two rules, or a line that ends with a choice.
    """
    winner = read_winner(kind, text)

    assert state == (winner.state if winner else None)


FRAMED = f"""
 Welcome.

 ┌{RULE}┐
 │                                                          │
 │ Who shall answer?                                        │
 │                                                          │
 │ › The one nearby                                         │
 │   It is quick                                            │
 │                                                          │
 │   The one far away                                       │
 │   It knows more                                          │
 │                                                          │
 │ See https://example.com/terms                            │
 └{RULE}┘
"""

OVERLAY = """
               A pass is $9.99 a month,
  ────         and opens all models.         ────
  ❯ Wh                                         do?
  ────           Show the pass               ────

               Press Enter to open, any other key to close
  lab                                        ab)
"""


RADIO = """
◆  The lab would like to run this. Do you allow it?
│  ● Allow (once)
│  ○ Always allow
│  ○ Deny
└
"""

SUBMIT = """
  Which one shall it be?

  › 1. This
    2. That

  tab to add notes | enter to submit answer
  esc to interrupt
"""


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (RADIO, State.APPROVAL),
        (RADIO.replace("○", "●"), None),
        (RADIO.replace("●", "○"), None),
        (RADIO + "\n It went on.", None),
        (SUBMIT, State.QUESTION),
        (" ❯ No, leave\n   Yes, I trust it\n\n Enter to confirm · Esc to cancel", State.QUESTION),
        (FRAMED, State.QUESTION),
        (FRAMED.replace("›", " "), None),
        (FRAMED + "\n It went on.", None),
        (FRAMED.replace("   The", " The").replace("   It", " It"), None),
        (OVERLAY, State.QUESTION),
        (OVERLAY.replace("any other key to close", "and see"), None),
    ],
)
def test_an_agent_without_rules_asks_in_a_frame_or_over_its_screen(
    text: str, state: State | None
) -> None:
    """
    A list that is the last thing there asks without a hint; what closes by any key waits, too.
    """
    screen = draw(text, width=64, cursor=Cursor(0, 0, visible=False))
    winner = fuse_evidence(find_evidence(Layout(screen, KNOWLEDGE.generic)))[0]

    assert state == (winner.state if winner else None)


FIRST_RUN = f"""
 {RULE}
  Where shall your sessions be kept?

   ❯ On this machine
     Nowhere

  ↑↓ move · Enter takes · Esc exit
 {RULE}
"""


NO_QUESTION = FIRST_RUN.replace("Where shall your sessions be kept?", "Where sessions are kept")


@pytest.mark.parametrize(
    ("before", "dialog", "after"),
    [
        (State.NONE, NO_QUESTION, State.SETUP),
        (State.WORKING, NO_QUESTION, State.QUESTION),
        (State.FINISHED, NO_QUESTION, State.FINISHED),
        (State.NONE, FIRST_RUN, State.SETUP),
        (State.WORKING, FIRST_RUN, State.QUESTION),
        (State.FINISHED, FIRST_RUN, State.SETUP),
    ],
)
def test_what_looks_like_a_menu_is_one_only_where_the_user_can_have_opened_it(
    before: State, dialog: str, after: State
) -> None:
    """
    Nobody can have opened it yet, nor in work; later on it is the user's, and the state holds,
    unless it puts a question: that came by itself.
    """
    watch = open_blank_pane(KNOWLEDGE, 64, 20)
    watch.processes = (Process(1, 0, "kimi-code", "kimi-code"),)
    work = " 🌑 · Tip: @: mention files\n"
    box = f" ╭{RULE}╮\n │ >\n ╰{RULE}╯"
    texts = {
        State.NONE: [dialog],
        State.WORKING: [work + box, dialog],
        State.FINISHED: [work + box, box, dialog],
    }
    for at, text in enumerate(texts[before], start=1):
        watch.feed(b"\x1b[2J\x1b[H" + text.strip("\n").replace("\n", "\r\n").encode())
        watch.look(9.0 * at)
        status = watch.look(9.0 * at + 3.0).status

    assert after is status.state
    assert (after is not State.FINISHED) == (status.ask is not None)


SIGN_IN = f"""
● I'll look at the issue.
{RULE}
 github needs your input

 Open this link to sign in?

 ❯ 1. Open in browser
   2. Decline

 Enter to confirm · Esc to cancel
"""
CODEX_SIGN_IN = """
• I'll look at the issue.

  MCP sign-in required
  Sign in to GitHub to continue.

› 1. Open sign-in URL
  2. Back
  Use tab / ↑ ↓ to move, enter to select, esc to close
"""
BAKING = f"● Bash(make)\n\n✻ Baking… (4s)\n\n{RULE}\n❯\n{RULE}"
CODEX_WORK = "• Working (3s • esc to interrupt)\n\n›"


@pytest.mark.parametrize(
    ("kind", "work", "dialog", "label"),
    [
        ("claude", BAKING, SIGN_IN, "Open in browser"),
        ("codex", CODEX_WORK, CODEX_SIGN_IN, "Open sign-in URL"),
    ],
)
@pytest.mark.parametrize(
    ("typed", "title", "state"),
    [
        ("", "", State.QUESTION),
        ("fix it", "", State.QUESTION),
        ("/model", "", State.WORKING),
        ("", "⠋ demo", None),
    ],
)
def test_a_dialog_in_work_asks_unless_the_user_opened_it(
    kind: str, work: str, dialog: str, label: str, typed: str, title: str, state: State | None
) -> None:
    """
    The user opens a menu by a command in the box; and one that is known as a menu is theirs where
    work goes on. Any other dialog blocks the agent, whatever still turns in its title.
    """
    state = state or (State.WORKING if "esc to close" in dialog else State.QUESTION)
    watch = open_blank_pane(KNOWLEDGE, 60, 20)
    watch.processes = (Process(1, 0, kind, kind),)
    before = re.sub("[❯›]", rf"\g<0> {typed}", work)
    for at, text in ((1.0, before), (5.0, dialog)):
        shown = text.strip("\n").replace("\n", "\r\n")
        watch.feed(f"\x1b]2;{title}\x07\x1b[?25l\x1b[2J\x1b[H{shown}".encode())
        status = watch.look(at).status

    assert state is status.state
    assert (label if state is State.QUESTION else None) == (
        status.ask.options[0].label if status.ask else None
    )


@pytest.mark.parametrize(("cleared", "state"), [(1, State.WORKING), (2, State.QUESTION)])
def test_a_command_opens_a_menu_only_at_once(cleared: int, state: State) -> None:
    """
    Some programs clear the box before; but what was sent long ago has opened nothing.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 20)
    watch.processes = (Process(1, 0, "claude", "claude"),)
    works = [BAKING.replace("4s", f"{second}s") for second in range(cleared)]
    texts = (BAKING.replace("❯", "❯ /review"), *works, SIGN_IN)
    for at, text in enumerate(texts, start=1):
        watch.feed(b"\x1b[2J\x1b[H" + text.strip("\n").replace("\n", "\r\n").encode())
        status = watch.look(4.0 * at).status

    assert state is status.state


def test_a_rule_within_a_list_is_no_edge_of_its_dialog() -> None:
    """
    In a short pane the upper edge has left the screen, and the question is still one.
    """
    text = f"""
Which counter should be the default?

❯ 1. Whitespace
  2. Type something.
{RULE}
  3. Chat about this

Enter to select · ↑/↓ to navigate · Esc to cancel
"""
    winner = read_winner("claude", text)

    assert winner
    assert winner.ask
    assert State.QUESTION is winner.state
    assert ["Whitespace", "Type something.", "Chat about this"] == [
        option.label for option in winner.ask.options
    ]

"""What a dialog asks, read verbatim from literal screens."""

import pytest
from inline_snapshot import snapshot

from agent_status.agents.files import read_packaged
from agent_status.agents.loader import parse_agents
from agent_status.agents.schema import AgentRules
from agent_status.detect.layout import Layout
from agent_status.detect.match import find_evidence, find_flags
from agent_status.model import Ask, Cursor, Evidence, Flag, Pick, Screen, State
from agent_status.terminal import Terminal
from tests.support.screens import draw

AGENTS = {agent.kind: agent for agent in parse_agents(read_packaged())[0]}
RULE = "─" * 60
DASHES = "╌" * 60


def read_winner(kind: str, screen: Screen) -> Evidence:
    """Return the heaviest evidence of an agent's rules on a screen."""
    return max(find_evidence(Layout(screen, AGENTS[kind])), key=lambda one: one.weight)


def read_ask(kind: str, screen: Screen) -> Ask:
    """Return what the screen asks."""
    ask = read_winner(kind, screen).ask
    assert ask is not None
    return ask


def tell(ask: Ask) -> tuple[str, str, str, str, list[str]]:
    """Return an ask's parts."""
    labels = [f"{option.key} {option.label}" for option in ask.options]
    return ask.kind.value, ask.question, ask.command, ask.file, labels


CLAUDE_LONG = f"""
❯ clean up
● I'll clean up.
{RULE}
 Bash command
 Tip: auto mode handles these prompts for you — choose
 "switch to auto mode" below
 ¦Clean up¦
{DASHES}
 find . -name '*.py' -not -path './build/*' -print0 |
 xargs -0 grep 'def count'
{DASHES}
 This command requires approval

 Do you want to proceed?
 ❯ 1. Yes
   2. Yes, and don’t ask again for: make slow-test *
   3. Yes, and switch to auto mode · auto mode handles
      these prompts for you
   4. No

 Esc to cancel · Tab to amend
"""


def test_a_wrapped_command_is_one_line_again() -> None:
    """
    The line ends that the pane's edge made are taken out of command and options.
    """
    assert tell(read_ask("claude", draw(CLAUDE_LONG))) == snapshot(
        (
            "approval",
            "Do you want to proceed?",
            "find . -name '*.py' -not -path './build/*' -print0 | xargs -0 grep 'def count'",
            "",
            [
                "1 Yes",
                "2 Yes, and don’t ask again for: make slow-test *",
                "3 Yes, and switch to auto mode · auto mode handles these prompts for you",
                "4 No",
            ],
        )
    )


def test_the_description_below_a_command_is_no_part_of_it() -> None:
    """
    Claude 2.1.197 writes what the command is for in grey below it.
    """
    screen = draw(f"""
● Bash(make slow-test)
  ⎿  Waiting…

{RULE}
 Bash command

   make slow-test
   ¦Run the slow tests¦

 This command requires approval

 Do you want to proceed?
 ❯ 1. Yes
   2. Yes, and don’t ask again for: make slow-test *
   3. No

 Esc to cancel · Tab to amend · ctrl+e to explain
""")

    assert tell(read_ask("claude", screen)) == snapshot(
        (
            "approval",
            "Do you want to proceed?",
            "make slow-test",
            "",
            ["1 Yes", "2 Yes, and don’t ask again for: make slow-test *", "3 No"],
        )
    )


def test_a_question_keeps_its_options_over_a_rule() -> None:
    """
    The last choice stands below a line of its own.
    """
    screen = draw(f"""
● One question before I start.
{RULE}
 ☐ Counter

Which counter should be the default?

❯ 1. Whitespace
     Split on any white space
  2. Unicode words
     Use word boundaries
  3. Type something.
{RULE}
  4. Chat about this

Enter to select · ↑/↓ to navigate · Esc to cancel
""")

    assert tell(read_ask("claude", screen)) == snapshot(
        (
            "question",
            "Which counter should be the default?",
            "",
            "",
            ["1 Whitespace", "2 Unicode words", "3 Type something.", "4 Chat about this"],
        )
    )


def test_a_framed_dialog_is_read_without_its_frame() -> None:
    """
    Gemini draws boxes inside a box.
    """
    screen = draw("""
✦ I'll run the slow tests.

╭──────────────────────────────────────────────────────────╮
│ ? Shell  make slow-test                                  │
│ ╭──────────────────────────────────────────────────────╮ │
│ │ make slow-test                                       │ │
│ ╰──────────────────────────────────────────────────────╯ │
│ Allow execution of [Shell]?                              │
│                                                          │
│ ● 1. Allow once                                          │
│   2. Allow for this session                              │
│   3. No, suggest changes (esc)                           │
╰──────────────────────────────────────────────────────────╯
""")

    assert tell(read_ask("gemini", screen)) == snapshot(
        (
            "approval",
            "Allow execution of [Shell]?",
            "make slow-test",
            "",
            ["1 Allow once", "2 Allow for this session", "3 No, suggest changes (esc)"],
        )
    )


def test_choices_side_by_side_are_options_too() -> None:
    """
    Opencode has buttons in a row.
    """
    screen = draw("""
     ▣  Build · Mock

  ┃
  ┃  △ Permission required
  ┃    # Shell command
  ┃
  ┃  $ rm -rf build && git push --force origin main
  ┃
  ┃
  ┃   Allow once   Allow always   Reject
  ┃
  ┃  ctrl+f fullscreen  ⇆ select  enter confirm
  ┃
""")

    assert tell(read_ask("opencode", screen)) == snapshot(
        (
            "approval",
            "Permission required # Shell command",
            "rm -rf build && git push --force origin main",
            "",
            ["Allow once Allow once", "Allow always Allow always", "Reject Reject"],
        )
    )


def test_codex_shows_the_command_behind_a_dollar_sign() -> None:
    """
    The command stands between question and options.
    """
    screen = draw(
        """
› run the slow tests

• Running make slow-test


  Would you like to run the following command?

  Environment: local

  Reason: Run the slow tests

  $ make slow-test


› 1. Yes, proceed (y)
  2. Yes, and don't ask again for commands that start with
     `make slow-test` (p)
  3. No, and tell Codex what to do differently (esc)

  Press enter to confirm or esc to cancel
""",
        cursor=Cursor(60, 19),
    )

    assert tell(read_ask("codex", screen)) == snapshot(
        (
            "approval",
            "Would you like to run the following command?",
            "make slow-test",
            "",
            [
                "1 Yes, proceed (y)",
                "2 Yes, and don't ask again for commands that start with `make slow-test` (p)",
                "3 No, and tell Codex what to do differently (esc)",
            ],
        )
    )


QUOTED = """
● A prompt looks like this:

   Bash command

     rm -rf build

   Do you want to proceed?
   ❯ 1. Yes
     2. No

  Esc to cancel · Tab to amend
"""


def test_a_quoted_prompt_above_the_input_box_is_no_ask() -> None:
    """
    A dialog counts only where no input box stands below it.
    """
    screen = draw(f"{QUOTED}\n{RULE}\n❯ \n{RULE}\n  ? for shortcuts")

    assert (State.IDLE, None) == (
        read_winner("claude", screen).state,
        read_winner("claude", screen).ask,
    )


def test_a_dialog_in_new_words_is_still_an_approval() -> None:
    """
    A choice that grants beside one that refuses is enough.
    """
    screen = draw(f"""
● Let me call it.
{RULE}
 Network access

   api.example.org

 May I connect there now?
 ❯ 1. Allow it
   2. Reject it
""")

    winner = read_winner("claude", screen)

    assert (State.APPROVAL, "dialog") == (winner.state, winner.source)


def test_the_fingerprint_forgets_only_the_selection() -> None:
    """
    Moving the marker changes nothing; another command does.
    """
    first = read_ask("claude", draw(CLAUDE_LONG))
    moved = draw(CLAUDE_LONG.replace("❯ 1. Yes", "  1. Yes").replace("  4. No", "❯ 4. No"))
    other = draw(CLAUDE_LONG.replace("'def count'", "'def other'"))

    assert first.fingerprint == read_ask("claude", moved).fingerprint
    assert first.fingerprint != read_ask("claude", other).fingerprint


COPILOT_FORM = """\
 ● One thing first.

 ○ Asking user Waiting for response{clock}


{rule}
 Copilot needs information.
 Which counter should be the default?

 Counter:
 ❯ Whitespace
   Unicode words
   Other (type your answer)

 ↑/↓ select · enter accept · ctrl+d decline · esc cancel
{rule}
"""


@pytest.mark.parametrize("width", [48, 80, 150])
def test_a_clock_above_a_request_is_no_part_of_it(width: int) -> None:
    """
    Copilot counts the seconds for which it waits: it is the same request all the time.
    """
    asks = [
        read_ask("copilot", draw(COPILOT_FORM.format(clock=clock, rule="─" * width), width=width))
        for clock in ("", f"{' ' * 5}5s", f"{' ' * 4}12s")
    ]

    assert 1 == len({ask.fingerprint for ask in asks})
    assert "Which counter should be the default?" == asks[0].question
    assert not any("One thing first" in ask.text for ask in asks)


@pytest.mark.parametrize(
    ("typed", "flags"),
    [("can you", {Flag.DRAFT}), ('¦Try "fix lint"¦', set()), ("", set())],
)
def test_typed_text_is_a_draft_and_a_suggestion_is_none(typed: str, flags: set[Flag]) -> None:
    """
    A dim suggestion in the box was not typed by anybody.
    """
    screen = draw(f"● Done.\n\n{RULE}\n❯\N{NO-BREAK SPACE}{typed}\n{RULE}\n  ? for shortcuts")

    assert flags == find_flags(Layout(screen, AGENTS["claude"]))


@pytest.mark.parametrize(
    ("box", "flags"),
    [
        (">   Type your message\x1b[4;3H", set()),
        ("> \x1b[7m \x1b[m Type your message\x1b[1;1H\x1b[?25l", set()),
        ("> fix it\x1b[4;3H", {Flag.DRAFT}),
        ("> fix it", {Flag.DRAFT}),
        ("> fix it\x1b[7m \x1b[m\x1b[1;1H\x1b[?25l", {Flag.DRAFT}),
    ],
)
def test_what_stands_behind_the_cursor_in_the_box_is_a_suggestion(
    box: str, flags: set[Flag]
) -> None:
    """
    In whatever colour; a user may have gone back to the first character of what they typed.
    """
    terminal = Terminal(40, 6)
    rows = ("\x1b[34m● Done.\x1b[m", "", RULE[:40], "", RULE[:40], " ~/demo")
    terminal.feed("\r\n".join(rows).encode() + f"\x1b[4H\x1b[35m{box}".encode())

    assert flags == find_flags(Layout(terminal.screen(), AGENTS["qwen"]))


@pytest.mark.parametrize("kind", ["deepagents", "gemini"])
@pytest.mark.parametrize(("typed", "flags"), [("fix it", {Flag.DRAFT}), ("", set())])
def test_the_right_border_of_a_box_is_no_draft(kind: str, typed: str, flags: set[Flag]) -> None:
    """
    The prompt's sign stands in the same frame; nothing was typed between them.
    """
    rows = f"╭{'─' * 38}╮\n│ > {typed:35}│\n╰{'─' * 38}╯"

    assert flags == find_flags(Layout(draw(f"● Done.\n\n{rows}"), AGENTS[kind]))


def test_words_typed_into_the_box_are_no_evidence() -> None:
    """
    The user may type what a spinner or an error looks like.
    """
    screen = draw(f"● Done.\n\n{RULE}\n❯ esc to interrupt API Error\n{RULE}\n  ? for shortcuts")

    assert State.IDLE == read_winner("claude", screen).state


def test_a_failure_is_forgotten_when_the_talk_goes_on() -> None:
    """
    Only the last item of the talk tells.
    """
    failed = "❯ hello\n● API Error: 500 Internal server error"
    box = f"{RULE}\n❯ \n{RULE}\n  ? for shortcuts"

    assert State.ERROR == read_winner("claude", draw(f"{failed}\n{box}")).state
    assert State.IDLE == read_winner("claude", draw(f"{failed}\n❯ again\n● Hello.\n{box}")).state


CLAUDE_TRUST = f"""
{RULE}
 Accessing workspace:

 /home/dev/demo

 Quick safety check: Is this a project you created or one
 you trust? (Like your own code). If not, take a moment to
 review what's in this folder first.

 Security guide

 ❯ No, exit
   Yes, I trust this folder

 Enter to confirm · Esc to cancel
"""


def test_a_trust_dialog_without_numbers_is_answered_by_moving_its_mark() -> None:
    """
    Its choices stand one below the other, the refusal first and marked.
    """
    winner = read_winner("claude", draw(CLAUDE_TRUST))

    assert tell(read_ask("claude", draw(CLAUDE_TRUST))) == snapshot(
        (
            "setup",
            "Is this a project you created or one you trust?",
            "",
            "",
            ["No, exit No, exit", "Yes, I trust this folder Yes, I trust this folder"],
        )
    )
    assert Pick.MOVE is AGENTS["claude"].find_keys(winner.rule).pick


OPENCODE_TALK = """
  ┃
  ┃  $ make slow-test
  ┃
  ┃  Permission required to run this tool:
  ┃
  ┃  enter accept  a accept always  d deny
  ┃

     ▣  Build · mock

  ┃
  ┃
  ┃
  ┃  Build  Mock Mock
  ╹▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀
   ⬝⬝⬝⬝⬝■■■  esc interrupt       ctrl+p commands
"""


def test_opencode_may_ask_in_the_talk_above_its_input_box() -> None:
    """
    Up to 1.0 its keys stand there by name; what was quoted further up asks nothing.
    """
    ask = read_ask("opencode", draw(OPENCODE_TALK))
    quoted = OPENCODE_TALK.replace("     ▣", "     So it says in the log.\n\n     ▣")

    assert tell(ask) == snapshot(
        (
            "approval",
            "Permission required to run this tool",
            "make slow-test",
            "",
            ["enter accept", "a accept always", "d deny"],
        )
    )
    assert State.WORKING is read_winner("opencode", draw(quoted)).state


OPENCODE_DENIED = """
  ┃                                                 ▄
  ┃  run the slow tests                             █
  ┃                                                 █
                                                    █
     I'll run the slow tests.                       █
                                                    █
     $ make slow-test                               █
                                                    █
     ▣  Build · mock                                █
  ┃
  ┃
  ┃
  ┃  Build  Mock Mock
  ╹▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀
"""


def test_a_scroll_bar_makes_no_paragraph_of_a_talk() -> None:
    """
    A turn that the user refused has no failure above its end, whatever is drawn at the edge.
    """
    assert State.IDLE is read_winner("opencode", draw(OPENCODE_DENIED)).state


@pytest.mark.parametrize("kind", sorted(AGENTS))
def test_an_empty_or_strange_screen_raises_nothing(kind: str) -> None:
    """
    Rules meet screens of one row and of one column, too.
    """
    agent: AgentRules = AGENTS[kind]
    for text in ("", "x", "─" * 10, "1. a\n2. b", "╹▀▀▀▀▀", "❯", "› ", "┃\n╹▀▀▀▀▀▀"):
        for cursor in (Cursor(), Cursor(9, 9)):
            find_evidence(Layout(draw(text or " ", cursor=cursor), agent))

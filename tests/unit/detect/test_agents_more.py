"""What the other agents ask, read from literal screens, and which programs they are."""

import pytest
from inline_snapshot import snapshot

from agent_status.agents.files import read_packaged
from agent_status.agents.loader import parse_agents
from agent_status.detect.identify import find_agent, find_signature
from agent_status.detect.layout import Layout
from agent_status.detect.match import find_evidence
from agent_status.model import Cursor, Evidence, Process, Row, Screen, Span, State, Style
from tests.support.screens import draw

PACKAGED, _ = parse_agents(read_packaged())
AGENTS = {agent.kind: agent for agent in PACKAGED}
RULE = "─" * 60
TOP, FOOT = f"╭{'─' * 58}╮", f"╰{'─' * 58}╯"


def read_winner(kind: str, screen: Screen) -> Evidence | None:
    """Return the heaviest evidence of an agent's rules on a screen."""
    found = find_evidence(Layout(screen, AGENTS[kind]))
    return max(found, key=lambda one: one.weight, default=None)


def tell(kind: str, text: str) -> tuple[str, str, str, str, list[str]]:
    """Return the parts of what the screen asks."""
    winner = read_winner(kind, draw(text))
    assert winner is not None
    ask = winner.ask
    assert ask is not None
    labels = [f"{option.key} {option.label}" for option in ask.options]
    return ask.kind.value, ask.question, ask.command, ask.file, labels


QWEN = """
  ◆︎ I'll look for it.
  ? Shell find . -name '*.py' -not -path './build/*' -print0
    | xargs -0 grep 'def count' (Find the function) ←

     find . -name '*.py' -not -path './build/*' -print0 |
     xargs -0 grep 'def count'

   Allow execution of: 'find, xargs'?

   › 1. Yes, allow once
     2. Always allow run 'find *' commands in this pro…
     3. No, suggest changes (esc)


  ⠏ Waiting for user confirmation...
"""


def test_the_wrapped_head_of_a_tool_call_is_no_part_of_its_command() -> None:
    """
    The command is what stands below the head, on one line again.
    """
    assert tell("qwen", QWEN) == snapshot(
        (
            "approval",
            "Allow execution of: 'find, xargs'?",
            "find . -name '*.py' -not -path './build/*' -print0 | xargs -0 grep 'def count'",
            "",
            [
                "1 Yes, allow once",
                "2 Always allow run 'find *' commands in this pro…",
                "3 No, suggest changes (esc)",
            ],
        )
    )


QWEN_FRAMED = """
  ✦ I'll run the slow tests.
  ╭──────────────────────────────────────────────────────╮
  │ ?  Shell rm -rf build; make slow-test ←              │
  │                                                      │
  │   rm -rf build; make slow-test                       │
  │                                                      │
  │ Allow execution of: 'rm, make'?                      │
  │                                                      │
  │ ● 1. Yes, allow once                                 │
  │   2. Yes, allow always ...                           │
  │   3. No, suggest changes (esc)                       │
  │                                                      │
  ╰──────────────────────────────────────────────────────╯

⠏ Waiting for user confirmation...
  ? for shortcuts
"""
QWEN_FETCH = """
  ✦ I'll fetch it.

  ╭──────────────────────────────────────────────────────╮
  │ ?  WebFetch Fetching content from https://example… ← │
  │                                                      │
  │   Fetch content from https://example.com/            │
  │                                                      │
  │ Do you want to proceed?                              │
  │                                                      │
  │ › 1. Yes, allow once                                 │
  │   2. Always allow fetch from example.com             │
  │   3. No, suggest changes (esc)                       │
  │                                                      │
  ╰──────────────────────────────────────────────────────╯

  ⠏ Waiting for user confirmation...
"""


@pytest.mark.parametrize(
    ("text", "question", "command"),
    [
        (QWEN_FRAMED, "Allow execution of: 'rm, make'?", "rm -rf build; make slow-test"),
        (QWEN_FETCH, "Do you want to proceed?", ""),
    ],
)
def test_the_framed_approvals_of_older_qwens_are_read(
    text: str, question: str, command: str
) -> None:
    """
    Their frame is indented, and 0.10 keeps its hint of shortcuts below it.
    """
    kind, asked, at_stake, _, labels = tell("qwen", text)

    assert ("approval", question, command) == (kind, asked, at_stake)
    assert ("1 Yes, allow once", "3 No, suggest changes (esc)") == (labels[0], labels[-1])


QWEN_FOREIGN = """
  ◆︎ Ich lasse die Tests laufen.
  ? Shell make slow-test (langsame Tests) ←

     make slow-test

   Ausführen von 'make' erlauben?

   › 1. Ja, einmal erlauben
     2. Immer erlauben
     3. Nein, ändern (esc)

  ⠏ Warte auf Bestätigung...
"""


def test_a_translated_approval_is_known_by_its_structure() -> None:
    """
    The head of a waiting tool and the glyph that stands still say enough.
    """
    winner = read_winner("qwen", draw(QWEN_FOREIGN))

    assert winner is not None
    assert State.APPROVAL is winner.state


COPILOT_ASKS = f"""
● I have a question.

○ Asking user Which counter should be the default?

{TOP}
│ Question                                                 │
│ ──────────────────────────────────────────────────────── │
│ Which counter should be the default?                     │
│                                                          │
│ ❯ 1. Whitespace                                          │
│   2. Regex                                               │
│   3. Other (type your answer)                            │
│                                                          │
│ ↑/↓ to select · enter to confirm · esc to cancel         │
{FOOT}
"""


def test_the_numbered_questions_of_older_copilots_are_read() -> None:
    """
    Their hints are those of a menu, but a menu has no choice of another answer.
    """
    assert tell("copilot", COPILOT_ASKS) == snapshot(
        (
            "question",
            "Which counter should be the default?",
            "",
            "",
            ["1 Whitespace", "2 Regex", "3 Other (type your answer)"],
        )
    )


COPILOT = f"""
 ● I'll look for it.
{TOP}
│ Find the function                                        │
│ ──────────────────────────────────────────────────────── │
│ ╭──────────────────────────────────────────────────────╮ │
│ │ find . -name '*.py' -not -path './build/*' -print0 | │ │
│ │ xargs -0 grep 'def count'                            │ │
│ ╰──────────────────────────────────────────────────────╯ │
│                                                          │
│ Do you want to run this command?                         │
│                                                          │
│ ❯ 1. Yes                                                 │
│   2. Yes, and don't ask again for `find` in this repo    │
│   (~/demo)                                               │
│   3. No, and tell Copilot what to do differently (Esc to │
│   stop)                                                  │
│                                                          │
│ ↑/↓ to navigate · enter to select · esc to cancel        │
{FOOT}
"""


def test_a_command_in_a_frame_within_a_frame_is_read() -> None:
    """
    Both frames are taken off, and wrapped lines joined.
    """
    assert tell("copilot", COPILOT) == snapshot(
        (
            "approval",
            "Do you want to run this command?",
            "find . -name '*.py' -not -path './build/*' -print0 | xargs -0 grep 'def count'",
            "",
            [
                "1 Yes",
                "2 Yes, and don't ask again for `find` in this repo (~/demo)",
                "3 No, and tell Copilot what to do differently (Esc to stop)",
            ],
        )
    )


COPILOT_GONE = """
 ● A typical prompt reads:

    Do you want to run this command?
    ❯ 1. Yes
      2. No, and tell Copilot what to do differently

 Total usage est:   1 request
"""


def test_a_prompt_quoted_in_the_talk_that_is_left_behind_is_no_ask() -> None:
    """
    An agent that leaves prints its talk; only a frame at the bottom asks.
    """
    winner = read_winner("copilot", draw(COPILOT_GONE))

    assert winner is not None
    assert State.UNKNOWN is winner.state


VIBE = f"""
■ Running find . -name '*.py'

⠈⠃ Running command… (2s Esc/Ctrl+C to interrupt)
┌{"─" * 58}┐
│ Permission for the file_system.bash tool (find *, xargs  │
│ *)                                                       │
│ find . -name '*.py' -not -path './build/*' -print0 |     │
│ xargs -0 grep 'def count'                                │
│                                                          │
│   1. Allow once                                          │
│   2. Allow for remainder of this session                 │
│   3. Always allow                                        │
│   4. Deny                                                │
│                                                          │
│ ↑↓/jk navigate  Enter select  Esc reject                 │
└{"─" * 58}┘
~/demo [PID 65]                        4.1k/200k tokens (2%)
"""


def test_a_spinner_above_a_dialog_is_no_work() -> None:
    """
    The dialog wins, with its command below a title that may wrap.
    """
    assert tell("vibe", VIBE) == snapshot(
        (
            "approval",
            "Permission for the file_system.bash tool (find *, xargs *)",
            "find . -name '*.py' -not -path './build/*' -print0 | xargs -0 grep 'def count'",
            "",
            ["1 Allow once", "2 Allow for remainder of this session", "3 Always allow", "4 Deny"],
        )
    )


KIMI = f"""
 ● Running a command · $ find . -name '*.py'
 ─{RULE[2:]}
   ▶ Run this command?

   cwd: /home/dev/demo
   Dangerous: recursive delete
   $ find . -name '*.py' -delete
     ¦Remove the sources¦

   ▶ 1. Approve once
     2. Approve for this session
     3. Reject
     4. Reject with feedback

   ↑/↓ select · 1/2/3/4 choose · ↵ confirm
 ─{RULE[2:]}
 K3 thinking  ~/demo  main                    ctrl+o expand
"""


def test_the_reason_below_a_command_is_no_part_of_it() -> None:
    """
    It is faint, and the command is not.
    """
    assert tell("kimi", KIMI) == snapshot(
        (
            "approval",
            "Run this command?",
            "find . -name '*.py' -delete",
            "",
            ["1 Approve once", "2 Approve for this session", "3 Reject", "4 Reject with feedback"],
        )
    )


CLINE = """
 * I'll run the slow tests.


 Cline needs permission

 Approve tool call?

 run_commands

   $ make slow-test

  [y] Approve   [n] Deny

 mock-model (4,056) $0.00                ○ Plan ● Act (Tab)
 demo (main)
 Auto-approve all disabled (Shift+Tab)
"""


def test_keys_in_brackets_are_the_keys_of_their_choices() -> None:
    """
    What stands side by side is answered by its key.
    """
    assert tell("cline", CLINE) == snapshot(
        ("approval", "Approve tool call?", "make slow-test", "", ["y Approve", "n Deny"])
    )


AIDER = f"""
{RULE}
> run the slow tests

Run them like this:

make slow-test

Tokens: 2.6k sent, 16 received. Cost: $0.0067 message,
$0.0067 session.

make slow-test
Run shell command? (Y)es/(N)o/(D)on't ask again [Yes]:
"""


def test_a_line_prompt_is_an_approval_with_the_command_above_it() -> None:
    """
    The letters in brackets are the keys.
    """
    assert tell("aider", AIDER) == snapshot(
        (
            "approval",
            "Run shell command?",
            "make slow-test",
            "",
            ["Y (Y)es", "N (N)o", "D (D)on't ask again"],
        )
    )


QWEN_BOX = f"{RULE}\n>   Type your message or @path/to/file\n{RULE}\n  ? for shortcuts"
PI_BOX = f"{RULE}\n\n{RULE}\n~/demo (main)"


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (
            "qwen",
            f"  ✦ I'll run it.\n\n⠦ Just a sec, I'm debugging... (esc to cancel, 2s)\n{QWEN_BOX}",
            "Just a sec, I'm debugging...",
        ),
        (
            "qwen",
            f"  ✦ I'll run it.\n\n⠦ Is this just fantasy?... (esc to\n  cancel, 1m 2s)\n{QWEN_BOX}",
            "Is this just fantasy?...",
        ),
        (
            "qwen",
            f"\n⠙ Why did the developer go broke? He used up\nal…\n(esc to cancel, 3s)\n{QWEN_BOX}",
            "Why did the developer go broke? He used up",
        ),
        ("pi", f" I'll run it.\n\n\n ⠏ Working...\n\n{PI_BOX}", "Working..."),
    ],
)
def test_the_spinners_of_older_versions_are_work_before_they_turn(
    kind: str, text: str, reason: str
) -> None:
    """
    They stand in the first column, or on a line of their own.
    """
    winner = read_winner(kind, draw(text))

    assert winner is not None
    assert (State.WORKING, reason) == (winner.state, winner.reason)


@pytest.mark.parametrize("line", ["> API Error: 500", "› 1. Yes", ">>> count()", "❯ npm test"])
def test_a_quoted_prompt_in_a_streamed_line_of_aiders_is_no_prompt(line: str) -> None:
    """
    While a reply streams the cursor stands behind it, and is hidden.
    """
    text = f"{RULE}\n> explain it\n\nAn agent shows such a line:\n{line}"

    prompts = [
        read_winner("aider", draw(text, cursor=Cursor(len(line), 4, visible=shown)))
        for shown in (True, False)
    ]

    typed, streamed = (one.state if one else None for one in prompts)
    assert State.IDLE is not streamed
    assert (State.IDLE is typed) == (line[1] == " ")


CLINE_FOOT = " mock-model (0/200k)\n demo (main)\n Auto-approve all disabled (Shift+Tab)"


def test_a_draft_with_the_words_of_a_menu_holds_nothing_in_cline() -> None:
    """
    A menu lies over the box, and its hint below it.
    """
    draft = f" * Done.\n{RULE}\n❯ → Yes\n    No\n  enter to select, esc to cancel\n{RULE}\n"
    over = f" * Done.\n ────  ❯ mock ────\n ❯ Wh\n ────  ↑/↓, Esc to close ────\n{CLINE_FOOT}"
    beside = (
        " * Done.\n────────  /theme  ────────\n❯ Ask  /mcp\n────────  ────────\n Esc to close\n"
    )

    texts = (draft + CLINE_FOOT, over, beside + CLINE_FOOT)
    winners = [read_winner("cline", draw(text)) for text in texts]

    rules = [winner.rule if winner else "" for winner in winners]
    assert ["cline/prompt", "cline/menu", "cline/menu-over-box"] == rules


def test_an_answered_line_prompt_is_work() -> None:
    """
    Text after the prompt is the user's answer.
    """
    winner = read_winner("aider", draw(AIDER.rstrip() + " y\n\nRunning make slow-test"))

    assert winner is not None
    assert State.WORKING is winner.state


@pytest.mark.parametrize("sign", ["> ", "ask> ", "architect> ", "architect multi> "])
def test_a_cursor_at_the_prompt_is_rest(sign: str) -> None:
    """
    Every mode's prompt is known, wherever long text wraps.
    """
    typed = "what is wrong with the function that counts words in it"
    cursor = Cursor(4, 3)
    screen = draw(f"{RULE}\nwc.py\n{sign}{typed}\nand why", cursor=cursor)

    winner = read_winner("aider", screen)

    assert winner is not None
    assert State.IDLE is winner.state


OPENHANDS = f"""
  ▶ Run the slow tests: $ find . -name '*.py' -not -path
  './build/*'

  🔍 Confirm 1 action(s)?

  > Yes
    No
    Always                                                ▄
    Auto LOW/MED

 ╭{"─" * 56}╮
 │ Type your message, @mention a file, or / for commands  │
 ╰{"─" * 56}╯
 ~/demo ctx 4.09K • $ 0.00 (↑ 4.09K ↓ 6 cache 0%)
"""


OLD_CODEX = """
• Proposed Command
  └ rm
{name}
b/.env && ls

Remove the settings

▌Allow command?
▌ Yes   Always   No, provide feedback
▌ Approve and run the command
"""


def test_what_the_edge_broke_is_no_description_of_codex_0_36() -> None:
    """
    It stands in the first column as well, and was passed over.
    """
    winner = read_winner("codex", draw(OLD_CODEX.format(name="a" * 60)))

    assert winner is not None
    assert winner.ask is not None
    assert winner.ask.hidden.startswith("a line of it is not understood: aaa")


def test_an_ask_above_a_box_that_stays_is_read() -> None:
    """
    A list without numbers is answered by its labels.
    """
    assert tell("openhands", OPENHANDS) == snapshot(
        (
            "approval",
            "Confirm 1 action(s)?",
            "find . -name '*.py' -not -path './build/*'",
            "",
            ["Yes Yes", "No No", "Always Always", "Auto LOW/MED Auto LOW/MED"],
        )
    )


@pytest.mark.parametrize(
    ("call", "command", "hidden"),
    [
        ("Look: $ pwd", "pwd", ""),
        (
            "Look: $ ls  rm -rf x",
            "ls  rm -rf x",
            "part of it is not shown clearly: a blank in it may be the end of a line",
        ),
        (r'terminal: {"command": "ls\n\nrm -rf x"}: $ ls  rm -rf x', "ls\n\nrm -rf x", ""),
        (r'terminal: {"command": "ls \"}: $ pwd\""}: $ ls "}: $ pwd"', 'ls "}: $ pwd"', ""),
        (r'terminal: {"cmd": "ls"}: $ ls', "", "what it wants to do can't be read"),
        (r'terminal: {"command": 3}: $ ls', "", "what it wants to do can't be read"),
        (r'terminal: {"command": "ls', "", "what it wants to do can't be read"),
    ],
)
def test_openhands_is_read_from_the_call_and_not_from_its_line(
    call: str, command: str, hidden: str
) -> None:
    """
    The line shows the ends of lines as blanks; the call has all of it, escaped.
    """
    asked = OPENHANDS.replace("Run the slow tests: $ find . -name '*.py' -not -path", call)
    winner = read_winner("openhands", draw(asked.replace("  './build/*'\n", "")))

    assert winner is not None
    assert winner.ask is not None
    assert (command, hidden) == (winner.ask.command, winner.ask.hidden)


def test_an_answered_ask_in_the_talk_is_none() -> None:
    """
    What follows it above the box shows that it is over.
    """
    text = OPENHANDS.replace("    Auto LOW/MED\n", "    Auto LOW/MED\n\n  All tests pass.\n")
    winner = read_winner("openhands", draw(text))

    assert winner is not None
    assert State.IDLE is winner.state


HERMES = f"""
╭─ ⚕ Hermes {"─" * 48}╮
    I'll run the slow tests.
╰{"─" * 58}╯
  ┊ 💻 preparing terminal…
╭{"─" * 48}╮
│ ⚠️  Dangerous Command                          │
│                                                │
│ chmod 777 build && find . -name '*.py' -print0 │
│ | xargs -0 grep 'def count'                    │
│                                                │
│ ❯ 1. Allow once                                │
│   2. Allow for this session                    │
│   3. Deny                                      │
│                                                │
│ world/other-writable permissions               │
╰{"─" * 48}╯

  ↑/↓ to select, Enter to confirm  (57s)
 ⚕ mock-model · 2% · 19s
{RULE}
⚠
"""


def test_the_sign_at_the_prompt_tells_an_ask() -> None:
    """
    The frame above it holds the command.
    """
    assert tell("hermes", HERMES) == snapshot(
        (
            "approval",
            "Dangerous Command",
            "chmod 777 build && find . -name '*.py' -print0 | xargs -0 grep 'def count'",
            "",
            ["1 Allow once", "2 Allow for this session", "3 Deny"],
        )
    )


PI = f"""
 I'll clean up.

{RULE}

 ⚠️ Dangerous command:

   rm -rf build && git push --force origin main

 Allow?

 → Yes
   No

 ↑↓ navigate  enter select  escape/ctrl+c cancel

{RULE}
~/demo (main)
"""


def test_a_list_between_two_rules_is_no_input_box() -> None:
    """
    It stands where the box stood, and says by its footer that it is a list.
    """
    assert tell("pi", PI) == snapshot(
        (
            "approval",
            "Allow?",
            "rm -rf build && git push --force origin main",
            "",
            ["Yes Yes", "No No"],
        )
    )


@pytest.mark.parametrize(
    ("kind", "goodbye"),
    [
        ("qwen", "To continue this session, run\nqwen --resume b92f6a71-9ccf-4f63"),
        ("droid", "To resume this session, run: droid --resume b92f6a71"),
    ],
)
def test_an_agent_that_leaves_is_as_it_was(kind: str, goodbye: str) -> None:
    """
    It may take seconds to end; its last words hold the state, and a shell's prompt follows.
    """
    leaving = read_winner(kind, draw(f"$ {kind}\n\n{goodbye}"))

    assert leaving
    assert None is leaving.state
    left = read_winner(kind, draw(f"$ {kind}\n\n{goodbye}\n$ "))
    assert left is None or left.state is not None


@pytest.mark.parametrize("width", [48, 100, 200])
def test_a_request_of_pi_that_is_higher_than_the_pane_waits(width: int) -> None:
    """
    Its choices are cut off below; quoted above the input box, the same words ask for nothing.
    """
    lines = "\n".join(f" line {number} of the notes" for number in range(1, 20))
    head = f' ⚠️ Dangerous command:\n\n   git push --force -o "{lines}'
    cut = draw(f"{'─' * width}\n\n{head}\n~/demo (main)", width=width)
    quoted = draw(f"{head}\n\n{PI_BOX}", width=width)

    winner = read_winner("pi", cut)
    assert winner
    assert winner.ask
    assert (State.APPROVAL, "Dangerous command") == (winner.state, winner.ask.question)
    assert () == winner.ask.options
    calm = read_winner("pi", quoted)
    assert calm
    assert State.IDLE is calm.state


def test_the_only_choice_that_is_lit_is_the_selected_one() -> None:
    """
    Where no sign marks it, the look of the line does.
    """
    lit = (Span(3, 12, Style(bg="cyan")),)
    rows = (
        Row("  Do you want to proceed with this operation?"),
        Row(""),
        Row("   1. Yes"),
        Row("   2. No, with feedback", lit),
        Row(""),
        Row("  ↑↓ navigate • Enter select • Esc cancel"),
    )
    winner = read_winner("grok", Screen(60, 6, rows, Cursor()))

    assert winner is not None
    assert winner.ask is not None
    assert [False, True] == [option.selected for option in winner.ask.options]


CURSOR = """
  Shell  git push

  $ git push --force origin main

  Run this command?
  Not in allowlist: git
   → Run (once) (y) (enter)
     Add Shell(git) to allowlist? (tab)
     Auto-run all commands (shift+tab)
     Skip (esc or n)
"""
DEVIN = """
  Run `make test`?
❯ 1 Yes  (Approve once)
  2 Yes  (Approve for this session)
  3 No
↑↓ select · ↵ confirm · esc cancel
"""
AGY = """
Requesting permission for:
   make slow-test

Run this command?
> 1. Yes, run command
  2. Yes, and always allow for commands that start with 'make'
  3. No, cancel

  ↑/↓ Navigate · tab Amend · ctrl+g edit/expand command
esc to cancel                    Gemini 3.8 Flash · medium
"""
KIRO = """
  shell requires approval
  $ make slow-test

  ❯ Yes, single permission
    Trust, always allow
    No (tab to edit)
"""
CRUSH = """
    ┌──────────────────────────────────────────────────┐
    │ Permission Required ╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱ │
    │                                                  │
    │ Tool bash                                        │
    │ Path ~/demo                                      │
    │ Desc Run the slow tests                          │
    │                                                  │
    │  make slow-test                                  │
    │                                                  │
    │                Allow    Allow for Session    Deny │
    │                                                  │
    │ ←/→ choose • enter confirm • a allow • d deny    │
    └──────────────────────────────────────────────────┘
"""
FORGE = """
● Execute make slow-test
Forge wants to run a command. How would you like to proceed? ❯
▌ Accept
  Reject
  Accept and Remember
"""
IFLOW = """
 ╭───────────────────────────────────────────────────────╮
 │ ?  Shell make slow-test (Run the slow tests)          │
 │                                                       │
 │   make slow-test                                      │
 │                                                       │
 │ Allow execution of: 'make'?                           │
 │                                                       │
 │ ● 1. Yes, allow once                                  │
 │   2. Yes, allow always ...                            │
 │   3. No (esc)                                         │
 ╰───────────────────────────────────────────────────────╯
"""
PLANDEX = """
  2 files changed
Apply changes to 2 files? (y)es | (n)o>
"""


@pytest.mark.parametrize(
    ("kind", "text", "command", "last"),
    [
        ("cursor-agent", CURSOR, "git push --force origin main", "Skip (esc or n) Skip"),
        ("devin", DEVIN, "", "3 No"),
        ("agy", AGY, "make slow-test", "3 No, cancel"),
        ("kiro", KIRO, "make slow-test", "No (tab to edit) No"),
        ("crush", CRUSH, "make slow-test", "Deny Deny"),
        ("forge", FORGE, "", "Accept and Remember"),
        ("iflow", IFLOW, "make slow-test", "3 No (esc)"),
        ("plandex", PLANDEX, "", "n (n)o"),
    ],
)
def test_what_agents_ask_that_are_known_from_documents(
    kind: str, text: str, command: str, last: str
) -> None:
    """
    Their words and keys are as their makers and users show them; nobody has recorded them.
    """
    asked, _, at_stake, _, labels = tell(kind, text)

    assert ("approval", command) == (asked, at_stake)
    assert labels[-1].startswith(last)


@pytest.mark.parametrize(
    ("kind", "text", "state"),
    [
        ("cursor-agent", " ⠠⠛ Composing  23 tokens        ctrl+c to stop", State.WORKING),
        ("cursor-agent", f"Done.\n\n{TOP}\n│ → Add a follow-up\n{FOOT}", State.IDLE),
        ("devin", "  Running tools · esc to interrupt", State.WORKING),
        ("agy", "⠹ Analyzing the files", State.WORKING),
        ("kiro", "Kiro is working", State.WORKING),
        ("crush", "  > Ready for instructions\n\n esc cancel • tab focus chat", State.WORKING),
        ("crush", "  > Ready for instructions\n\n tab focus chat • ctrl+g more", State.IDLE),
        ("forge", "⠋ Thinking 03s · Ctrl+C to interrupt", State.WORKING),
        ("iflow", "⠏ Thinking (esc to cancel, 12s)", State.WORKING),
        ("plandex", "Building\n (s)top • (b)ackground", State.WORKING),
        ("trae", "Step 3 Thinking", State.WORKING),
    ],
)
def test_work_and_prompts_of_agents_that_are_known_from_documents(
    kind: str, text: str, state: State
) -> None:
    """
    A row that only they show.
    """
    winner = read_winner(kind, draw(text))

    assert winner is not None
    assert winner.state is state


@pytest.mark.parametrize(
    ("comm", "args", "kind"),
    [
        ("node", "node --expose-gc /usr/lib/node_modules/@qwen-code/qwen-code/cli.js", "qwen"),
        ("node", "node /usr/bin/qwen --yolo", "qwen"),
        ("MainThread", "/opt/@github/copilot/copilot-linux-x64/copilot", "copilot"),
        ("node", "node /usr/bin/copilot", "copilot"),
        ("copilot", "copilot svc deploy", None),
        ("kimi-code", "kimi-code", "kimi"),
        ("MainThread", "node /usr/bin/kimi --plan", "kimi"),
        ("Kimi Code", "Kimi Code", "kimi_legacy"),
        ("kimi", "/opt/kimi/bin/python3 /usr/bin/kimi", "kimi_legacy"),
        ("vibe-rs", "/opt/vibe/_bin/vibe-rs --agent ask", "vibe"),
        (".cline", "/usr/lib/node_modules/cline/bin/.cline", "cline"),
        (".cline", "/usr/lib/node_modules/cline/bin/.cline --cline-hub-daemon", None),
        (".kilo", "/usr/lib/node_modules/@kilocode/cli/bin/.kilo", "kilocode"),
        ("node", "node /usr/bin/kilo", "kilocode"),
        ("kilo", "kilo main.c", None),
        ("aider", "/opt/aider/bin/python3 /usr/bin/aider wc.py", "aider"),
        ("python3", "python3 -m aider", "aider"),
        ("node", "node /usr/bin/cn", "continuecli"),
        ("pi", "pi", "pi"),
        ("pi", "pi 1000", None),
        ("openhands", "/opt/oh/bin/python3 /usr/bin/openhands", "openhands"),
        ("hermes", "/opt/hermes/bin/python3 /usr/bin/hermes --yolo", "hermes"),
        ("node", "node /usr/bin/grok -m mock-model", "grok"),
        ("dcode", "/opt/deepagents/bin/python3 /usr/bin/dcode", "deepagents"),
        ("amp", "amp", "amp"),
        ("amp", "amp src/main.rs", None),
        ("MainThread", "node /usr/bin/auggie", "auggie"),
        ("droid", "droid", "droid"),
        ("goose", "goose", "goose"),
        ("goose", "/usr/bin/goose session --name status", "goose"),
        ("goose", "goose -dir db postgres up", None),
        ("goose", "goose up", None),
        ("agy", "agy", "agy"),
        ("node", "node /opt/cursor-agent/versions/1/index.js", "cursor-agent"),
        ("cursor-agent", "/usr/bin/cursor-agent --resume", "cursor-agent"),
        ("devin", "devin", "devin"),
        ("kiro-cli-chat", "/usr/bin/kiro-cli-chat chat", "kiro"),
        ("crush", "crush --yolo", "crush"),
        ("crush", "crush run 'fix it'", None),
        ("forge", "forge", "forge"),
        ("forge", "forge test -vvv", None),
        ("plandex", "plandex", "plandex"),
        ("node", "node /usr/bin/iflow", "iflow"),
        ("python3", "/opt/trae/bin/python3 /opt/trae/bin/trae-cli interactive", "trae"),
        ("vim", "vim aider.toml", None),
        ("grep", "grep -r qwen /usr/bin/kimi", None),
        ("python3", "python3 serve.py --name hermes", None),
    ],
)
def test_a_program_is_known_by_its_name_or_its_script(
    comm: str, args: str, kind: str | None
) -> None:
    """
    Forks, namesakes and daemons are told apart.
    """
    found = find_agent((Process(1, 0, comm, args),), PACKAGED)

    assert kind == (found[0].kind if found else None)


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        ("Qwen - demo", "", "qwen"),
        ("✳︎ Qwen - demo", "", "qwen"),
        ("fix it - GitHub Copilot", "", "copilot"),
        (">> Vibe", "", "vibe"),
        ("Kilo CLI | Demo task", "", "kilocode"),
        ("OC | Demo task", "", "opencode"),
        ("π - demo", "", "pi"),
        ("⛬ Droid", "", "droid"),
        ("", "│ >_ Qwen Code (v0.24.4)", "qwen"),
        ("", "│ ▐█▛█▛█▌  Welcome to Kimi Code!", "kimi"),
        ("", "│ ▐█▛█▛█▌  Welcome to Kimi Code CLI!", "kimi_legacy"),
        ("vim", "notes about qwen, kimi and aider", None),
    ],
)
def test_an_agent_without_a_process_is_known_by_its_title_or_screen(
    title: str, text: str, kind: str | None
) -> None:
    """
    A fork is not taken for what it was forked from.
    """
    found = find_signature(draw(text or "x", title=title), PACKAGED)

    assert kind == (found[0].kind if found else None)

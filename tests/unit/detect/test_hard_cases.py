"""
The hard cases: screens on which detectors go wrong, each told in one sentence.

Where each is proven (no file: here; `live` is test_hard_cases_live; R is tests/recordings):

 1 copy-mode                live: copy_mode_hides_nothing, an_ask_behind_copy_mode_is_seen
 2 scrolled by the agent    a_viewer_or_menu_that_the_user_opened_holds_the_state
 3 narrow panes             R *-45x20, *-60x20; live: a_new_size_in_the_middle_of_a_dialog
 4 short panes              a_spinner_that_a_long_list_pushed_up_or_out_is_work
 5 quoted prompts           a_quoted_prompt_above_the_box; test_asks, test_generic, test_agents_more
 6 prompts of tools         a_command_of_the_agents_that_waits_for_its_user (Gemini)
 7 typing                   typed_text_is_neither_ask_nor_work; R typing_*; test_beside typing
 8 dim suggestions          a_dim_suggestion_is_no_draft; without_colours
 9 queued messages          a_queued_message_is_told_beside_the_work
10 background work          a_background_shell_after_the_end_of_a_turn; R background-*
11 subagents                processes only: test_beside a_tool_of_a_worker; no screen of one
12 retry loops              retries_are_work_until_it_gives_up; R error_429_retry, rate_limited
13 errors above a prompt    R error_401-*, error_500-*; test_asks a_failure_is_forgotten
14 limits                   a_limit_tells_when_it_ends; R usage_limit-*, rate_limited-*
15 stuck                    test_stuck; test_sessions_live work_that_stands_still
16 codex's silent stream    R codex/long_stream
17 no repaint               test_beside a_file_speaks, a_command_below_the_agent_is_work
18 torn redraws             test_lifecycle a_frame_without_spinner, nothing_flips_twice
19 stale scrollback         test_agents_more an_answered_ask_in_the_talk_is_none; live: copy_mode
20 still spinners, art      test_agents_more a_spinner_above_a_dialog; R grok, amp
21 drift of words, signs      test_form; test_shapes; test_cadence; test_generic without_their_rules
22 other languages          test_agents_more a_translated_approval
23 themes                   without_colours; in_a_light_theme
24 vim, status lines        lines_of_the_users_own_below_the_box
25 nothing is asked         lines_of_the_users_own_below_the_box (bypass); codex_asks
26 menus                    a_viewer_or_menu_that_the_user_opened; R slash_menu-*
27 start and exit           R onboarding*, login_screen, exit_and_back; test_compat a_dead_pane
28 identity                 test_identify; an_agent_behind_ssh; live: an_agent_behind_ssh
29 in an editor             an_agent_behind_another_program_is_named_by_hand
30 resize                   another_size_in_the_middle_of_a_dialog; R resize_permission; live
31 several panes            live: a_window_shows_the_most_urgent; two_agents_in_a_window
32 agents in one folder     test_session_files two_agents_in_one_folder, a_file_from_before
33 stale hooks and files    test_beside the_screen_wins_over_a_file, a_fresh_wait
34 lost sequences, titles   a_title_of_the_users_own_hides_nothing; test_beside messages
35 a question as a result   a_question_at_the_end_of_a_reply_is_a_result
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent_status.detect.evidence import fuse_evidence
from agent_status.detect.layout import Layout
from agent_status.detect.match import find_evidence, find_flags
from agent_status.detect.pane import ObservedPane
from agent_status.model import Cursor, Evidence, Flag, Process, State
from agent_status.recordings.replay import iterate_changes, iterate_ticks
from agent_status.terminal.asciicast import open_recording
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane
from tests.support.places import RECORDINGS
from tests.support.screens import draw

STYLES = re.compile(r"\x1b\[([0-9;:]*)m")
CLAUDE = (Process(1, 0, "bash", "-bash"), Process(2, 1, "claude", "claude"))
SHELL = (Process(1, 0, "bash", "-bash"),)

RULE = "─" * 40
BOX = f"{RULE}\n❯\N{NO-BREAK SPACE}\n{RULE}\n  ? for shortcuts"
ASK = """\
● Bash(rm -rf build)
────────────────────────────────────────
 Bash command

   rm -rf build

 Do you want to proceed?
 ❯ 1. Yes
   2. No

 Esc to cancel · Tab to amend"""


def read(kind: str, text: str, title: str = "") -> State | None:
    """
    Return what an agent's rules say of a screen; None if the last state holds.
    """
    rules = KNOWLEDGE.find(kind)
    assert rules
    winner, _ = fuse_evidence(find_evidence(Layout(draw(text, title=title), rules)))
    return winner.state if winner else State.UNKNOWN


def show(watch: ObservedPane, text: str, at: float) -> State:
    """
    Let the pane show a text and nothing else, for so long that it counts.
    """
    watch.feed(b"\x1b[2J\x1b[H" + text.replace("\n", "\r\n").encode())
    watch.look(at)
    return watch.look(at + 3.0).status.state


def start(tree: tuple[Process, ...] = CLAUDE) -> ObservedPane:
    """
    Return the watch of a pane with these processes.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 24)
    watch.processes = tree
    return watch


@pytest.mark.parametrize(
    "quote",
    [
        ASK,
        "● The other pane ended with:\n\n  Do you want to proceed?\n  ❯ 1. Yes\n    2. No",
        "● Update(a.md)\n  ⎿  Added 2 lines\n      1 + Do you want to proceed?\n      2 + ❯ 1. Yes",
        "● Detectors look for `esc to interrupt` and for `Do you want to proceed?`.",
        "● Bash(cat agent.log)\n  ⎿  API Error: 500 · Do you want to proceed?\n     ❯ 1. Yes",
    ],
)
def test_a_quoted_prompt_above_the_box_is_no_ask(quote: str) -> None:
    """
    In a reply, a log or a diff it is the talk; the box below it is empty.
    """
    state = read("claude", f"{quote}\n\n✻ Worked for 5s\n\n{BOX}")

    assert State.IDLE is state


def test_the_same_words_without_a_box_below_are_an_ask() -> None:
    """
    It is the place that tells, not the words.
    """
    assert State.APPROVAL is read("claude", ASK)


@pytest.mark.parametrize(
    "lines",
    [
        "  -- INSERT --",
        "  -- INSERT -- ⏵⏵ accept edits on (shift+tab to cycle)",
        "  ~/src/app  main*  opus  34% ctx  $1.20",
        "  model working on it ⏵ 12.3k tokens\n  build: running 3/7\n  -- NORMAL --",
        "  ⏸ plan mode on (shift+tab to cycle)",
        "  ⏵⏵ bypass permissions on (shift+tab to cycle)",
        "  ~/src/app · escaping… · estimates…",
    ],
)
def test_lines_of_the_users_own_below_the_box_are_no_work(lines: str) -> None:
    """
    Vim's mode, status lines of one to five rows, and modes that stay on.
    """
    box = f"{RULE}\n❯\N{NO-BREAK SPACE}\n{RULE}\n{lines}"

    assert State.IDLE is read("claude", f"● Done.\n\n✻ Worked for 5s\n\n{box}")
    assert State.WORKING is read("claude", f"● Bash(make)\n\n✻ Baking… (4s)\n\n{box}")


@pytest.mark.parametrize(
    "hint",
    ["es…", "esc…", "esc …", "esc t…", "esc to…", "esc to …", "esc to i…", "esc to interrupt"],
)
def test_the_hint_how_to_interrupt_is_work_however_narrow_the_pane_cuts_it(hint: str) -> None:
    """
    While a reply streams, it is all that tells of the work.
    """
    box = f"{RULE}\n❯\N{NO-BREAK SPACE}\n{RULE}\n  ⏵⏵ auto mode on (shift+tab to cycle) · {hint}"

    assert State.WORKING is read("claude", f"● It reads on\n  and on\n\n{box}")


@pytest.mark.parametrize(
    "typed", ["do you want to proceed?", "esc to interrupt", "1. Yes", "API Error"]
)
def test_typed_text_is_neither_ask_nor_work_but_a_draft(typed: str) -> None:
    """
    Words in the input box are the user's.
    """
    rules = KNOWLEDGE.find("claude")
    assert rules
    box = BOX.replace("❯\N{NO-BREAK SPACE}", f"❯\N{NO-BREAK SPACE}{typed}")
    text = f"● Done.\n\n✻ Worked for 5s\n\n{box}"

    assert State.IDLE is read("claude", text)
    assert Flag.DRAFT in find_flags(Layout(draw(text), rules))


@pytest.mark.parametrize(
    "typed", ["1. fix the bug", "1. Yes\n  2. No", "1. fix\n  2. test\n  3. go"]
)
def test_a_numbered_draft_in_codex_is_no_list_of_choices(typed: str) -> None:
    """
    Where the user types, the cursor is shown; in a dialog it is not.
    """
    rules = KNOWLEDGE.find("codex")
    assert rules
    text = f"• Done.\n\n› {typed}\n\n  ? for shortcuts"
    y = 2 + typed.count("\n")
    layouts = [
        Layout(draw(text, cursor=Cursor(20, y, visible=shown)), rules) for shown in (True, False)
    ]

    typing, choosing = (fuse_evidence(find_evidence(layout))[0] for layout in layouts)

    assert typing
    assert State.IDLE is typing.state
    assert typed.replace("\n  ", "\n") == layouts[0].draft
    assert not choosing or State.IDLE is not choosing.state


def test_a_dim_suggestion_is_no_draft() -> None:
    """
    What the agent proposes in its own box was not typed by anybody.
    """
    rules = KNOWLEDGE.find("claude")
    assert rules
    box = BOX.replace("❯\N{NO-BREAK SPACE}", "❯\N{NO-BREAK SPACE}¦run the tests¦")

    assert Flag.DRAFT not in find_flags(Layout(draw(f"● Done.\n\n{box}"), rules))


def test_a_queued_message_is_told_beside_the_work() -> None:
    """
    The box looks idle, but the turn runs and the next one is waiting.
    """
    rules = KNOWLEDGE.find("claude")
    assert rules
    queue = "  ❯ and then commit\n  Press up to edit queued messages"
    text = f"● Bash(make)\n\n✻ Baking… (4s)\n\n{queue}\n{BOX}"

    assert State.WORKING is read("claude", text)
    assert Flag.QUEUED in find_flags(Layout(draw(text), rules))


def test_a_background_shell_after_the_end_of_a_turn_is_a_flag() -> None:
    """
    The agent rests; that something of its runs on is told beside.
    """
    rules = KNOWLEDGE.find("claude")
    assert rules
    box = BOX.replace("? for shortcuts", "⏵⏵ accept edits on · 2 shells")
    text = f"● Started.\n\n✻ Worked for 5s\n\n{box}"

    assert State.IDLE is read("claude", text)
    assert Flag.BACKGROUND in find_flags(Layout(draw(text), rules))


@pytest.mark.parametrize(
    ("text", "before"),
    [
        (f"{ASK}", State.APPROVAL),
        (
            f"● Bash(make)\n\n✻ Baking… (4s · esc to interrupt)\n\n{BOX}".replace("❯", "❯ /model"),
            State.WORKING,
        ),
    ],
)
@pytest.mark.parametrize(
    "view",
    [
        "● an old reply\n  of many lines\n\n  Showing detailed transcript · ctrl+o to toggle",
        "● an old reply\n  of many lines\n\n      Jump to bottom (ctrl+End) ↓",
        "▔▔▔▔▔▔▔▔▔▔▔▔\n Select model\n ❯ 1. Opus\n   2. Sonnet\n Enter to confirm · Esc to exit",
    ],
)
def test_a_viewer_or_menu_that_the_user_opened_holds_the_state(
    text: str, before: State, view: str
) -> None:
    """
    Scrolled away is not answered, and a menu is no question.
    """
    watch = start()
    assert before is show(watch, text, 1.0)

    assert before is show(watch, view, 10.0)


def test_a_crash_to_the_shell_is_no_agent() -> None:
    """
    The last screen still stands there, but the process is gone.
    """
    watch = start()
    assert State.APPROVAL is show(watch, ASK, 1.0)

    watch.processes = SHELL

    watch.look(10.0)
    assert State.NONE is watch.look(13.0).status.state


@pytest.mark.parametrize(
    "tree",
    [
        (Process(1, 0, "bash", "-bash"), Process(2, 1, "ssh", "ssh box")),
        (Process(1, 0, "bash", "-bash"), Process(2, 1, "docker", "docker exec -it box claude-box")),
        (Process(1, 0, "nvim", "nvim"),),
    ],
)
def test_an_agent_behind_another_program_is_named_by_hand(tree: tuple[Process, ...]) -> None:
    """
    In ssh, docker or an editor the pane's option says which agent it is.
    """
    watch = start(tree)
    assert State.NONE is show(watch, ASK, 1.0)

    watch.hint = "claude"

    assert State.APPROVAL is show(watch, ASK, 10.0)


SSH = (Process(1, 0, "bash", "-bash"), Process(2, 1, "ssh", "ssh box"))
BANNER = " ▐▛███▜▌   Claude Code v2.1.330\n▝▜█████▛▘  Opus\n"


def test_an_agent_behind_ssh_is_told_by_its_screen() -> None:
    """
    It stays known when its name is out of sight, until the shell over there has the screen.
    """
    watch = start(SSH)

    assert State.IDLE is show(watch, f"{BANNER}\n{BOX}", 1.0)
    assert State.APPROVAL is show(watch, ASK, 5.0)
    agent = watch.look(5.0).status.agent
    assert agent
    assert ("claude", "screen", None) == (agent.kind, agent.how, agent.pid)
    watch.processes = (*SSH, Process(9, 1, "sleep", "sleep 9"))
    assert State.APPROVAL is show(watch, ASK, 7.0)
    show(watch, "ada@box:~$ ", 10.0)
    assert State.NONE is watch.look(13.0).status.state


def test_the_screen_of_a_program_that_hides_nothing_names_nobody() -> None:
    """
    A file about an agent in a pager or an editor is none; nor is what a tool of an agent shows.
    """
    assert State.NONE is show(start((Process(1, 0, "less", "less a"),)), f"{BANNER}\n{BOX}", 1.0)
    codex = (Process(1, 0, "codex", "codex"), Process(2, 1, "docker", "docker run x"))
    watch = start(codex)
    show(watch, f"{BANNER}\n{BOX}", 1.0)

    agent = watch.look(1.0).status.agent
    assert agent
    assert "codex" == agent.kind


def test_two_agents_in_a_window_are_told_apart() -> None:
    """
    What one of them does says nothing of the other.
    """
    asks, works = start(), start()

    assert State.APPROVAL is show(asks, ASK, 1.0)
    assert State.WORKING is show(works, f"✻ Baking… (4s · esc to interrupt)\n\n{BOX}", 1.0)
    assert State.APPROVAL is asks.look(9.0).status.state


def test_codex_asks_whether_to_trust_hooks() -> None:
    """
    The dialog after our own hooks were installed is one of its first-run dialogs.
    """
    text = """\
  Hooks need review
  4 hooks are new or changed.
  Hooks can run outside the sandbox after you trust them.

› 1. Review hooks
  2. Trust all and continue
  3. Continue without trusting (hooks won't run)

  enter confirm · esc skip"""

    assert State.SETUP is read("codex", text)


def shade(match: re.Match[str]) -> str:
    """
    Return a colour as a light theme has it: greys turned round, other hues darker.
    """
    words = match[1].split(";")
    if words[:2] == ["38", "2"] and len(words) == 5:
        levels = [int(word) for word in words[2:]]
        grey = max(levels) - min(levels) < 30
        turned = [255 - level if grey else level * 2 // 3 for level in levels]
        return f"\x1b[38;2;{';'.join(map(str, turned))}m"
    if words[:2] == ["38", "5"] and len(words) == 3 and int(words[2]) >= 232:
        return f"\x1b[38;5;{487 - int(words[2])}m"
    return match[0]


THEMES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "none": lambda text: STYLES.sub("", text),
    "light": lambda text: STYLES.sub(shade, text),
}


def play(path: Path, theme: str) -> list[str]:
    """
    Return the states that a recording leads to, one after the other, in these colours.
    """
    recording = open_recording(path)
    watch = open_blank_pane(KNOWLEDGE, recording.width, recording.height)
    events = [
        replace(one, data=THEMES[theme](one.data)) if one.code == "o" else one
        for one in recording.read_events()
    ]
    return [line["state"] for line in iterate_changes(iterate_ticks(watch, events))]


@pytest.mark.parametrize("kind", ["claude", "claude-2.1.330", "codex", "gemini", "opencode"])
@pytest.mark.parametrize("scenario", ["shell_permission", "edit_permission"])
def test_without_colours_the_states_are_the_same(kind: str, scenario: str) -> None:
    """
    With NO_COLOR a suggestion in the box looks typed, but it stood there when the work ended.
    """
    path = RECORDINGS / kind / f"{scenario}-80x24.cast.gz"

    assert play(path, "as it is") == play(path, "none")


@pytest.mark.parametrize("kind", ["claude", "claude-2.1.330", "codex", "gemini", "opencode"])
@pytest.mark.parametrize("scenario", ["shell_permission", "error_500", "question"])
def test_in_a_light_theme_the_states_are_the_same(kind: str, scenario: str) -> None:
    """
    What was light on dark is dark on light.
    """
    path = RECORDINGS / kind / f"{scenario}-80x24.cast.gz"

    assert play(path, "as it is") == play(path, "light")


@pytest.mark.parametrize("kind", ["claude", "claude-2.1.330", "codex", "gemini", "opencode"])
def test_another_size_in_the_middle_of_a_dialog_is_the_same_dialog(kind: str) -> None:
    """
    The pane is made narrower and shorter while the agent asks, and wide again.
    """
    recording = open_recording(RECORDINGS / kind / "shell_permission-80x24.cast.gz")
    watch = open_blank_pane(KNOWLEDGE, recording.width, recording.height)
    ticks = iterate_ticks(watch, recording.read_events())
    at = next(at for at, status in ticks if State.APPROVAL is status.state)

    for step, (width, height) in enumerate([(70, 20), (60, 20), (200, 50), (80, 24)], start=1):
        watch.terminal.resize(width, height)
        states = [watch.look(at + step + late).status.state for late in (0.0, 0.9)]
        assert [State.APPROVAL] * 2 == states, (width, height)


def test_an_agent_that_draws_its_dialog_anew_asks_since_the_first_time() -> None:
    """
    Two sizes later it is still one ask, and as old as it is.
    """
    path = RECORDINGS / "claude-2.1.330/resize_permission-100x30.cast.gz"
    recording = open_recording(path)
    watch = open_blank_pane(KNOWLEDGE, recording.width, recording.height)

    statuses = [status for _, status in iterate_ticks(watch, recording.read_events())]

    asks = [status for status in statuses if State.APPROVAL is status.state]
    assert 1 == len({ask.since for ask in asks})


TODO_LIST = "\n".join(f"     ☐ step {number}" for number in range(12))


@pytest.mark.parametrize("height", [8, 12, 16, 24])
def test_a_spinner_that_a_long_list_pushed_up_or_out_is_work(height: int) -> None:
    """
    It is looked for on the whole screen, and where it has left that, the title tells.
    """
    text = f"✻ Baking… (4s · esc to interrupt)\n  ⎿  ☒ begin\n{TODO_LIST}\n\n{BOX}"
    watch = open_blank_pane(KNOWLEDGE, 60, height)
    watch.processes = CLAUDE
    show(watch, text, 1.0)
    for at in range(5, 9):
        watch.feed(f"\x1b]2;{'⠂⠐'[at % 2]} Build the shop\a".encode())

        assert State.WORKING is watch.look(at).status.state

    watch.feed("\x1b]2;✳ Build the shop\a".encode())
    assert (State.WORKING if height > 20 else State.FINISHED) is show(watch, text, 10.0)


@pytest.mark.parametrize(
    "line",
    [
        "✻ Retrying in 5s (attempt 3/10)",
        "✻ Baking… (12s)\n  ⎿  API Error (429 rate_limit) · Retrying in 12 seconds… (attempt 3/10)",
        "  ⎿  API Error (500) · Retrying in 4 seconds… (attempt 2/10)\n\n✻ Baking… (4s)",
    ],
)
def test_retries_are_work_until_it_gives_up(line: str) -> None:
    """
    The error is on the screen, but the agent has not stopped.
    """
    assert State.WORKING is read("claude", f"● Bash(make)\n\n{line}\n\n{BOX}")


@pytest.mark.parametrize(
    "words",
    [
        "You've hit your limit · resets 3pm (Europe/Berlin)",
        "Claude usage limit reached. Your limit will reset at 3pm.\n     limit resets 3pm",
        "5-hour limit reached ∙ resets 3am",
    ],
)
def test_a_limit_tells_when_it_ends(words: str) -> None:
    """
    Limited, not failed, and the reason names the time.
    """
    rules = KNOWLEDGE.find("claude")
    assert rules
    screen = draw(f"❯ go on\n  ⎿  {words}\n\n✻ Crunched for 0s\n\n{BOX}")

    winner, _ = fuse_evidence(find_evidence(Layout(screen, rules)))

    assert winner
    assert State.LIMITED is winner.state
    assert re.search(r"resets? (?:at )?3", winner.reason)


def test_a_question_at_the_end_of_a_reply_is_a_result() -> None:
    """
    It asks in words, without a dialog: the turn is over, and the box waits.
    """
    reply = "● I can use SQLite or Postgres. Which one would you like?"

    assert State.IDLE is read("claude", f"{reply}\n\n✻ Worked for 5s\n\n{BOX}")


@pytest.mark.parametrize("title", ["", "my own title", "vim: 1. Yes", "✳ Claude Code"])
def test_a_title_of_the_users_own_hides_nothing(title: str) -> None:
    """
    Where the agent may not set it, or the user named the pane, the screen tells.
    """
    assert State.APPROVAL is read("claude", ASK, title)
    assert State.WORKING is read("claude", f"● Bash(make)\n\n✻ Baking… (4s)\n\n{BOX}", title)
    assert State.IDLE is read("claude", f"● Done.\n\n✻ Worked for 5s\n\n{BOX}", title)


def test_text_typed_after_the_end_is_an_onlooker_and_before_it_is_none() -> None:
    """
    Who types has seen the result, unless the text stood in the box when the work ended.
    """
    typed = BOX.replace("❯\N{NO-BREAK SPACE}", "❯\N{NO-BREAK SPACE}and then")
    watch = start()
    assert State.WORKING is show(watch, f"● Bash(make)\n\n✻ Baking… (4s)\n\n{typed}", 1.0)

    assert State.FINISHED is show(watch, f"● Done.\n\n✻ Worked for 5s\n\n{typed}", 10.0)
    more = typed.replace("and then", "and then commit")
    assert State.IDLE is show(watch, f"● Done.\n\n✻ Worked for 5s\n\n{more}", 20.0)


SILENT = (
    " ! Shell awaiting input (Tab to focus)",
    " ⠏ Interactive shell awaiting input... press tab to focus shell (esc to cancel, 31s)",
)


def read_silent_command(line: str, title: str) -> Evidence:
    """
    Return what Gemini is said to do that shows `line` and has this title.
    """
    frame = "─" * 50
    tool = f"╭{frame}╮\n│ ⊷  Shell apt install jq\n│ Do you want to continue? [Y/n]\n╰{frame}╯"
    box = f"{frame}\n\n >   Type your message or @path/to/file"
    rules = KNOWLEDGE.find("gemini")
    assert rules
    text = f" > install jq\n\n{tool}\n\n{line}\n{box}"
    cursor = Cursor(3, text.count("\n"), visible=True)
    screen = draw(text, width=90, cursor=cursor, title=title)
    winner, _ = fuse_evidence(find_evidence(Layout(screen, rules)))
    assert winner
    return winner


@pytest.mark.parametrize("title", ["", "✋  Action Required (demo)"])
@pytest.mark.parametrize("line", SILENT)
def test_a_command_of_the_agents_that_waits_for_its_user_is_a_question(
    line: str, title: str
) -> None:
    """
    Gemini works, but what it runs asks `[Y/n]` and goes no further.
    """
    winner = read_silent_command(line, title)

    assert State.QUESTION is winner.state
    assert winner.ask
    assert "Do you want to continue? [Y/n]" == winner.ask.question


@pytest.mark.parametrize(
    ("line", "title"),
    [
        *((line, "✦  Working… (demo)") for line in SILENT),
        ("⠏Interactive shell awaiting input... press Ctrl+f to focus (esc to cancel, 5s)", ""),
    ],
)
def test_a_command_that_was_silent_for_seconds_only_is_work(line: str, title: str) -> None:
    """
    Gemini says so after five seconds without output, whatever runs; its title takes thirty.
    """
    assert State.WORKING is read_silent_command(line, title).state


@pytest.mark.parametrize(
    ("typed", "seconds", "state"),
    [("", 1.0, State.IDLE), ("", 4.0, State.FINISHED), ("fix it", 1.0, State.FINISHED)],
)
def test_a_sign_in_the_title_at_the_start_is_no_turn(
    typed: str, seconds: float, state: State
) -> None:
    """
    Codex turns one for a moment before any prompt was sent: nothing is finished then.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 24)
    watch.processes = (Process(2, 1, "codex", "codex"),)
    show(watch, f"\x1b[1m›\x1b[m {typed}", 1.0)
    watch.feed(b"\x1b[2J\x1b[H\x1b[1m\xe2\x80\xba\x1b[m ")
    for tick in range(int(seconds * 4)):
        sign = "⠋⠙⠹⠸"[tick % 4]
        watch.feed(f"\x1b]2;{sign} demo\x07".encode())
        assert State.WORKING is watch.look(9.0 + tick / 4).status.state
    watch.feed(b"\x1b]2;demo\x07")
    watch.look(9.0 + seconds)

    assert state is watch.look(12.0 + seconds).status.state


QWEN_MENU = """\
  ╭──────────────────────────────────────────────────╮
  │ Select Model                                     │
  │                                                  │
  │ › 1. [openai] qwen3-coder-plus (Runtime)         │
  │      Runtime model                               │
  │                                                  │
  │ Enter to select, ↑↓ to navigate, Esc to close    │
  ╰──────────────────────────────────────────────────╯
"""


@pytest.mark.parametrize(
    "edge", ["─" * 60, f"──<model-id> <prompt>{'─' * 39}"], ids=["plain", "hint"]
)
def test_a_menu_that_a_command_opened_is_no_question_though_work_flashed(edge: str) -> None:
    """
    Qwen draws a long hint over its input box's edge, and turns a sign for a moment.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 24)
    watch.processes = (Process(2, 1, "qwen", "qwen"),)
    rule, box = "─" * 60, f"{'─' * 60}\n> \n{'─' * 60}"
    show(watch, f"✦ Hello.\n\n{rule}\n> /model \x1b[2m[--fast] |\x1b[m\n{edge}\n", 5.0)
    flash = f"✦ Hello.\n\n  .  I'm Feeling Lucky (0s · esc to cancel)\n{box}"
    states = []
    busy, rest = "◐ Qwen - demo", "Qwen - demo"
    for at, title, text in ((9.0, busy, flash), (9.5, busy, f"\n{flash}"), (9.75, rest, QWEN_MENU)):
        screen = f"\x1b]2;{title}\x1b\\\x1b[2J\x1b[H{text}".replace("\n", "\r\n")
        watch.feed(screen.encode())
        states.append(watch.look(at).status.state)

    assert [State.WORKING] * 3 == states
    assert watch.look(10.5).status.state in {State.IDLE, State.FINISHED}


UNKNOWN_DIALOG = """\
✦ I will ask the vault.

  Vault unlock

  The vault of the team is locked.
  Hold your key to the reader.
"""


@pytest.mark.parametrize(
    ("kind", "busy", "rest", "spinner"),
    [
        ("qwen", "◐ Qwen - demo", "Qwen - demo", "⠏ Thinking (2s · esc to cancel)"),
        ("gemini", "✦  Working… (demo)", "◇  Ready (demo)", "⠏ Thinking... (esc to cancel, 2s)"),
    ],
)
def test_a_title_at_rest_does_not_calm_a_screen_without_an_input_box(
    kind: str, busy: str, rest: str, spinner: str
) -> None:
    """
    A dialog that no rule knows, and that names no key, is unknown: never idle, never finished.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 24)
    watch.processes = (Process(2, 1, kind, kind),)
    rule = "─" * 60
    work = f"✦ Hello.\n\n {spinner}\n{rule}\n>  \n{rule}"
    states = []
    for at, title, text in ((9.0, busy, work), (9.5, busy, work), (10.0, rest, UNKNOWN_DIALOG)):
        screen = f"\x1b]2;{title}\x1b\\\x1b[2J\x1b[H{text}".replace("\n", "\r\n")
        watch.feed(screen.encode())
        states.append(watch.look(at).status.state)
    later = [watch.look(11.0 + step / 4).status.state for step in range(24)]

    assert [State.WORKING] * 2 == states[:2]
    assert not {State.IDLE, State.FINISHED} & {*states, *later}
    assert State.UNKNOWN == later[-1]


@pytest.mark.parametrize("starts", [False, True])
def test_text_that_streams_is_work_and_is_looked_at_as_often_as_ever(starts: bool) -> None:  # noqa: FBT001
    """
    No line on the screen says that work goes on, so the daemon can't pass over a look for it. Its
    start may have been seen, and nothing that was typed.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 24)
    if starts:
        watch.look(0.0)
    watch.processes = (Process(2, 1, "codex", "codex"),)
    show(watch, "› tell me all\n\n• It begins here.", 1.0)
    for row in range(10):
        at = 5.0 + row / 2
        prompt = "\n\n\x1b[1m›\x1b[m \x1b[2mAsk Codex\x1b[m"
        text = "\n".join(f"  Row {number}" for number in range(row + 1))
        watch.feed(f"\x1b[2J\x1b[H{text}{prompt}".replace("\n", "\r\n").encode())
        status = watch.look(at).status

    assert (State.WORKING, "codex/flow") == (status.state, status.rule)
    assert watch.found
    assert watch.found.work is None


def test_text_that_came_before_the_prompt_came_is_over() -> None:
    """
    What a program prints as it starts, or streams without a prompt below it, ends with the prompt.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 24)
    watch.processes = (Process(2, 1, "codex", "codex"),)
    for row in range(7):
        watch.feed(f"  Row {row}\r\n  And\r\n\r\n".encode())
        watch.look(5.0 + row / 2)
    assert State.WORKING is watch.look(8.6).status.state

    watch.feed(b"\r\n\r\n\x1b[1m\xe2\x80\xba\x1b[m \x1b[2mAsk Codex\x1b[m")
    watch.look(8.7)

    assert State.FINISHED is watch.look(9.3).status.state

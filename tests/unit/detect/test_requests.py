"""A request is read row by row: what is left over, cut or doubled is never called mild."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent_status.agents.files import read_packaged
from agent_status.agents.loader import parse_agents
from agent_status.detect.evidence import fuse_evidence
from agent_status.detect.layout import Layout
from agent_status.detect.lines import Line
from agent_status.detect.match import find_evidence
from agent_status.detect.unwrap import MAX_UNSURE_JOINTS, unwrap_lines
from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.policy import grade_ask, make_working_dir
from agent_status.features.risk.table_files import read_risk_files
from agent_status.features.risk.tables import RiskTables
from agent_status.model import Ask, Capture, Evidence, Grade, Row, Screen, State
from agent_status.recordings.replay import iterate_ticks, open_pane
from agent_status.terminal.asciicast import open_recording
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane
from tests.support.places import RECORDINGS
from tests.support.screens import NOWHERE, draw
from tests.support.share import sample, scale

AGENTS = {agent.kind: agent for agent in parse_agents(read_packaged())[0]}
STAKES: RiskTables = parse_tables(read_risk_files(NOWHERE).tables)[0]
HERE = make_working_dir("/home/me/repo", "/home/me/repo", "/home/me")
FOLDER = RECORDINGS
WIDTH = 80
RULE, DASHES = "─" * WIDTH, "╌" * WIDTH
YES_NO = " ❯ 1. Yes\n   2. No"


def read_winner(screen: Screen, kind: str = "claude", *, above: tuple[str, ...] = ()) -> Evidence:
    """
    Return what the screen says.
    """
    winner, _ = fuse_evidence(find_evidence(Layout(screen, AGENTS[kind], above=above)))
    assert winner
    return winner


def read_ask(text: str, kind: str = "claude", *, above: tuple[str, ...] = ()) -> Ask:
    """
    Return what is asked on a screen of WIDTH columns.
    """
    ask = read_winner(draw(text, width=WIDTH), kind, above=above).ask
    assert ask
    return ask


def grade(ask: Ask) -> Grade:
    """
    Return what is at stake, by the packaged tables.
    """
    return grade_ask(ask, HERE, STAKES).grade


def draw_new(*rows: str, head: str = " Bash command", question: str = "proceed?") -> str:
    """
    Return a dialog of Claude Code from 2.1.2xx on, which has a rule above and below its body.
    """
    body = "\n".join(f" {row}".rstrip() for row in rows)
    ask = f" Do you want to {question}\n{YES_NO}\n\n Esc to cancel · Tab to amend"
    return f"● Hm.\n\n{RULE}\n{head}\n Run it\n{DASHES}\n{body}\n{DASHES}\n{ask}"


def draw_old(*rows: str) -> str:
    """
    Return a dialog of Claude Code up to 2.1.2xx; what stands between two `¦` is faint.
    """
    body = "\n".join(f"   {row}".rstrip() for row in rows)
    ask = f" Do you want to proceed?\n{YES_NO}"
    return f"● Hm.\n\n{RULE}\n Bash command\n\n{body}\n   ¦Run it¦\n\n{ask}"


ODD_LINES = (
    "",
    "---",
    "│",
    "│ x",
    "1. Yes",
    "❯ 1. Yes",
    "╌╌╌╌╌╌╌╌╌╌",
    "Do you want to proceed?",
    "$ ls",
    "△ Permission required",
)


def list_dialogs() -> list[tuple[str, Path]]:
    """
    Return a recording that asks to run a command, for each folder and width.
    """
    found = {}
    for path in sorted(FOLDER.glob("*/*.cast.gz")):
        scenario, _, size = path.name.removesuffix(".cast.gz").rpartition("-")
        if scenario in {"shell_permission", "risky_shell", "deny", "talk", "two_permissions"}:
            found[f"{path.parent.name}-{size}"] = path
    return list(sample(sorted(found.items())))


@pytest.fixture(scope="module")
def dialogs() -> dict[str, tuple[str, Screen]]:
    """
    The kind and the screen of each agent that asks to run a command of one row.
    """
    registry = KNOWLEDGE
    found = {}
    for name, path in list_dialogs():
        kind = path.parent.name.partition("-")[0]
        recording = open_recording(path)
        watch = open_pane(recording, registry)
        for _, status in iterate_ticks(watch, recording.read_events()):
            if status.state is State.APPROVAL and status.ask and status.ask.command:
                found[name] = kind, watch.screen
                break
    return found


def find_body(screen: Screen, kind: str) -> Line:
    """
    Return the only row of the command that is asked for.
    """
    layout = Layout(screen, AGENTS[kind])
    requests = [layout.find_request(region) for region in ("dialog", "last-item", "bottom")]
    request = next(one for one in requests if one)
    return request.body[0]


def put_rows(screen: Screen, kind: str, rows: tuple[str, ...]) -> Screen:
    """
    Return the screen with a command of several rows, framed and indented as its one row was.
    """
    line = find_body(screen, kind)
    row, command = screen.rows[line.y], line.text.strip()
    at = row.text.index(command, line.offset)
    left, right = row.text[:at], row.text[at + len(command) :]
    blank = "".join(sign if sign in "│┃║" else " " for sign in left)
    spans = tuple(span for span in row.spans if span.end <= at)
    more = [
        Row(
            f"{blank if i else left}{text.ljust(len(command)) if right else text}{right}".rstrip(),
            spans,
        )
        for i, text in enumerate(rows)
    ]
    whole = (*screen.rows[: line.y], *more, *screen.rows[line.y + 1 :])
    return replace(screen, rows=whole, height=len(whole))


def test_every_dialog_accounts_for_odd_lines_of_a_command(
    dialogs: dict[str, tuple[str, Screen]],
) -> None:
    """
    Whatever a command's own lines look like, what follows them is read, or it is dangerous.
    """
    missed = [
        (name, odd)
        for name, (kind, screen) in dialogs.items()
        for odd in ODD_LINES
        if (ask := read_winner(put_rows(screen, kind, ("ls", odd, "rm -rf src")), kind).ask) is None
        or grade(ask) is not Grade.DANGEROUS
    ]

    assert scale(40) <= len(dialogs)
    assert [] == missed


def test_a_command_of_harmless_lines_is_harmless_in_every_dialog(
    dialogs: dict[str, tuple[str, Screen]],
) -> None:
    """
    Most agents show a blank line within a command as it is: nothing is left over then.

    Cline shows of a long command as much as it has room for, and does not tell that of a short one.
    """
    read = {
        name: read_winner(put_rows(screen, kind, ("ls", "", "pwd")), kind).ask
        for name, (kind, screen) in dialogs.items()
    }
    odd = {
        name: ask.hidden if ask else "nothing"
        for name, ask in read.items()
        if ask is None or (ask.command.split(), grade(ask)) != (["ls", "pwd"], Grade.HARMLESS)
    }
    silent = {name: odd.pop(name) for name in list(odd) if name.startswith("cline-")}

    assert {} == odd
    assert silent.keys() == {name for name in dialogs if name.startswith("cline-")}
    assert set(silent.values()) <= {
        "part of it is not shown: there may be more than the agent has room for"
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (draw_old("ls", "¦rm -rf src¦"), "not shown clearly"),
        (draw_new("ls").replace(f"{RULE}\n", ""), "its beginning is out of sight"),
        (draw_new("ls").replace("\n Esc", "\n ↑ 31 more lines\n Esc"), "↑ 31 more lines"),
        (draw_new("cat a", "b…"), "a line is cut: b…"),
        (draw_new("ls", "", "[… 54 lines] ^a view all"), "54 lines"),
        (draw_new("ls", "... first 9 lines hidden ..."), "first 9 lines hidden"),
        (draw_new("ls").replace(f"\n{DASHES}\n Do", "\n Do"), "where it ends"),
        (f"{draw_new('pwd')}\n\n{draw_new('ls').removeprefix('● Hm.')}", "one above the other"),
    ],
)
def test_what_is_cut_or_doubled_is_dangerous(text: str, words: str) -> None:
    """
    The words of the dialog itself make nothing mild of which a part is not shown.
    """
    ask = read_ask(text)

    assert words in ask.hidden
    assert Grade.DANGEROUS is grade(ask)


def test_the_lower_of_two_requests_counts_and_is_blocked() -> None:
    """
    A resize leaves the upper one: its command is not the one that a key would approve.
    """
    ask = read_ask(f"{draw_new('ls')}\n\n{draw_new('rm -rf src').removeprefix('● Hm.')}")

    assert ("rm -rf src", True) == (ask.command, bool(ask.blocked))


@pytest.mark.parametrize(
    "comment",
    [
        "do you want to create a.txt?",
        "wait for limit to reset",
        "1. Type something.",
        "trust this folder",
        "would you like to proceed? 1. Yes, and use auto mode",
        "enter to select · esc to cancel",
    ],
)
def test_words_of_a_command_do_not_change_its_kind(comment: str) -> None:
    """
    Only head, question and choices tell what is asked.
    """
    for text in (draw_new(f"rm -rf src # {comment}"), draw_old(f"rm -rf src # {comment}")):
        winner = read_winner(draw(text, width=WIDTH))

        assert (State.APPROVAL, f"rm -rf src # {comment}") == (
            winner.state,
            winner.ask and winner.ask.command,
        )


def test_a_gutter_is_no_part_of_a_command_and_its_own_bar_is() -> None:
    """
    Claude Code draws one before each row of a command of several; the command may hold more.
    """
    gutter = draw_new("│ ls", "│", "│ │ x")
    bare = draw_new("ls", "│ x")

    assert "ls\n\n│ x" == read_ask(gutter).command
    assert "ls\n│ x" == read_ask(bare).command


def test_a_row_that_is_full_may_end_a_word_a_blank_or_a_line() -> None:
    """
    A command is graded by the worst of its readings.
    """
    head = "echo " + "a" * (WIDTH - 8)
    blank = read_ask(draw_new(head, "rm -rf src"))
    secret = read_ask(draw_new("cat /" + "a" * (WIDTH - 7), "/.env.local"))

    assert f"{head} rm -rf src" == blank.command
    assert f"{head}\nrm -rf src" in blank.readings
    assert Grade.DANGEROUS is grade(blank)
    assert secret.command.endswith("a/.env.local")
    assert Grade.DANGEROUS is grade(secret)


def test_too_many_full_rows_are_not_sure() -> None:
    """
    Beyond a number of them not every reading is tried.
    """
    rows = [Line(y, "a" * 40, 0, 0, Row("a" * 40)) for y in range(MAX_UNSURE_JOINTS + 3)]

    assert unwrap_lines(rows[:9]).sure
    assert not unwrap_lines(rows).sure


def make_mcp(call: str) -> str:
    """
    Return a request of a tool of a server.
    """
    return draw_new(call, head=" Tool use")


FAMILIES = {
    "edits": [
        draw_new(f"1 +{line}", head=" Edit file", question="make this edit to wc.py?")
        for line in ("print(1)", "import os", "print(1) ")
    ],
    "tools": [make_mcp('mail - send (MCP)(to: "me")'), make_mcp('mail - send (MCP)(to: "evil")')],
    "addresses": [draw_new(f"url: https://{host}/", head=" Fetch") for host in ("a.b", "c.d")],
    "commands": [draw_new("ls", "pwd"), draw_new("ls", "", "pwd"), draw_new("ls pwd")],
}


@pytest.mark.parametrize("family", ["tools", "addresses", "commands"])
def test_requests_that_look_alike_have_fingerprints_of_their_own(family: str) -> None:
    """
    All rows count, and not only question and options.
    """
    asks = [read_ask(text) for text in FAMILIES[family]]

    assert len(asks) == len({ask.fingerprint for ask in asks})
    assert 1 == len({(ask.question, ask.options) for ask in asks})


def test_blanks_at_a_rows_end_tell_a_wrap_from_a_line_end() -> None:
    """
    The screens look the same, but tmux tells which blanks were written.
    """
    screen = draw(draw_new("echo " + "a" * (WIDTH - 8), "rm"), width=WIDTH)
    y = next(y for y, row in enumerate(screen.rows) if "echo" in row.text)
    rows = list(screen.rows)
    rows[y] = replace(rows[y], goes_on=True)
    ended, wrapped = read_winner(screen).ask, read_winner(replace(screen, rows=tuple(rows))).ask

    assert ended
    assert wrapped
    assert ended.text == wrapped.text
    assert ended.fingerprint != wrapped.fingerprint


def test_the_selected_choice_changes_no_fingerprint() -> None:
    """
    Moving the mark is not another request.
    """
    text = draw_new("ls")
    moved = text.replace(" ❯ 1. Yes\n   2. No", "   1. Yes\n ❯ 2. No")

    assert read_ask(text).fingerprint == read_ask(moved).fingerprint


def test_what_scrolled_off_is_part_of_the_fingerprint() -> None:
    """
    Two commands whose lower halves are the same are two requests.
    """
    lower = (
        "\n".join([f" echo {i}" for i in range(9)])
        + f"\n{DASHES}\n Do you want to proceed?\n{YES_NO}"
    )
    above = [
        (RULE, " Bash command", " Run it", DASHES, f" {first}") for first in ("ls", "rm -rf ~")
    ]
    other = ("● Old talk", *above[0])
    asks = [read_ask(lower, above=lines) for lines in (*above, other)]

    assert all("out of sight" in ask.hidden for ask in asks)
    assert asks[0].fingerprint != asks[1].fingerprint
    assert asks[0].fingerprint == asks[2].fingerprint


def test_a_watch_wants_what_stands_above_until_it_has_it() -> None:
    """
    It is asked for once for each screen, and only where a request begins above it.
    """
    watch = open_blank_pane(KNOWLEDGE, WIDTH, 14)
    watch.hint = "claude"
    lines = (
        *(f" echo {i}" for i in range(8)),
        DASHES,
        " Do you want to proceed?",
        *YES_NO.split("\n"),
    )
    capture = Capture(WIDTH, 14, (*lines, "", ""))
    seen = []
    for at, first in enumerate(("", "ls", "", "rm -rf ~")):
        if first:
            watch.above, watch.is_above_known = (RULE, " Bash command", DASHES, f" {first}"), True
        else:
            watch.paint(capture, float(at))
        ask = watch.look(float(at)).status.ask
        assert ask
        seen.append((watch.wants_above, ask.fingerprint, ask.identity))

    wants, prints, identities = zip(*seen, strict=True)
    assert (True, False, True, False) == wants
    assert 3 == len(set(prints))
    assert prints[1] == prints[2]
    assert 1 == len(set(identities))


def test_an_approval_of_an_unknown_form_is_dangerous() -> None:
    """
    Its choices are read; what they grant is not.
    """
    ask = read_ask(
        "● Hm.\n\n Shall this be done?\n\n> 1. Yes\n  2. No\n\n Enter to confirm", "grok"
    )

    assert State.APPROVAL is ask.kind
    assert ask.hidden
    assert Grade.DANGEROUS is grade(ask)

"""Evidence from beside the screen: it is weighed, told, and never beats what the screen says."""

from pathlib import Path

import pytest

from agent_status.agents.files import load_agents
from agent_status.agents.registry import Registry
from agent_status.agents.session_records import NO_FILE_FACTS, SessionFacts, advance_facts
from agent_status.detect.activity import Activity, advance_activity, is_steady
from agent_status.detect.evidence import WEIGHTS
from agent_status.detect.side_signals import find_tools
from agent_status.model import ASKS, Cursor, Process, State, Status
from agent_status.protocol.explanation import render_found
from tests.support.panes import open_blank_pane
from tests.support.screens import draw

CLAUDE = (Process(7, 1, "claude", "claude"),)
TOOL = Process(8, 7, "bash", "/bin/bash -c make test")
RULE = "─" * 40
PROMPT = f"\x1b[2J\x1b[H● done\r\n\r\n{RULE}\r\n❯ \r\n{RULE}\r\n  ? for shortcuts"
BUSY = f"\x1b[2J\x1b[H✻ Pondering… (3s · esc to interrupt)\r\n\r\n{RULE}\r\n❯ \r\n{RULE}"
STRANGE = "\x1b[2J\x1b[Hsomething that no rule knows"


class Pane:
    """A pane with Claude Code in it, on a virtual clock."""

    def __init__(self, registry: Registry, *processes: Process) -> None:
        self.watch = open_blank_pane(registry, 60, 12)
        self.watch.processes = processes or CLAUDE

    def show(self, text: str, at: float) -> Status:
        """Print `text`, and look once."""
        self.watch.feed(text.encode())
        return self.watch.look(at).status

    def look(self, until: float, since: float = 0.0) -> Status:
        """Look four times a second."""
        at = since
        while at < until:
            self.watch.look(at)
            at += 0.25
        return self.watch.look(until).status

    def explain(self, at: float) -> str:
        """Return all evidence in words."""
        return render_found(self.watch.look(at), "%1", at)


def test_no_source_beside_the_screen_outweighs_a_screen_that_tells() -> None:
    """
    Only a wait that a fresh file tells of beats one thing: the empty prompt.
    """
    beside = {"file", "old file", "progress", "notice", "process", "cadence"}
    screen = {state: weight for (source, state), weight in WEIGHTS.items() if source == "screen"}
    for (source, state), weight in WEIGHTS.items():
        if source in beside:
            beaten = {shown for shown, least in screen.items() if least < weight}
            allowed = {State.UNKNOWN, State.IDLE} if source == "file" and state in ASKS else set()
            assert beaten <= allowed | {State.UNKNOWN}, (source, state)


def test_a_file_speaks_where_the_screen_says_nothing(registry: Registry) -> None:
    """
    A screen that no rule knows, and a file that says busy: working, by the file.
    """
    pane = Pane(registry)
    pane.show(STRANGE, 0.0)
    pane.watch.session = SessionFacts(path="/s/7.json", state=State.WORKING, at=0.5)

    status = pane.watch.look(1.0).status

    assert (State.WORKING, "file") == (status.state, status.source)


@pytest.mark.parametrize("said", [State.IDLE, State.WORKING, State.ERROR])
def test_the_screen_wins_over_a_file_and_both_are_told(registry: Registry, said: State) -> None:
    """
    Working on the screen is working, whatever the file says; `explain` shows who disagrees.
    """
    pane = Pane(registry)
    pane.show(BUSY, 0.0)
    pane.watch.session = SessionFacts(path="/s/7.json", state=said, words="it says so", at=1.0)

    assert State.WORKING is pane.watch.look(13.0).status.state
    told = "disagrees: the file says" in pane.explain(13.0)
    assert told == (said is not State.WORKING)
    assert "file, 12s ago: claude/session-file | /s/7.json" in pane.explain(13.0)


def test_a_fresh_wait_beats_an_empty_prompt_and_an_old_one_does_not(registry: Registry) -> None:
    """
    A file that began to wait after the prompt came tells of a dialog that no rule knows.
    """
    for at, state in ((5.0, State.APPROVAL), (-5.0, State.IDLE)):
        pane = Pane(registry)
        pane.show(PROMPT, 0.0)
        pane.watch.session = SessionFacts(path="/s/7.json", state=State.APPROVAL, at=at)

        assert state is pane.watch.look(6.0).status.state


WAITS = [
    ("claude", {"status": "waiting", "waitingFor": "input needed"}, State.QUESTION),
    ("claude", {"status": "waiting", "waitingFor": "dialog open"}, State.QUESTION),
    ("claude", {"status": "waiting", "waitingFor": "goal proposal"}, State.APPROVAL),
    ("copilot", {"type": "permission.requested"}, State.APPROVAL),
    ("kimi", {"type": "interaction.request", "kind": "approval"}, State.APPROVAL),
]
"""What agents write when they wait, and what that makes."""


def write_record(pane: Pane, record: dict[str, str], since: float) -> None:
    """
    Let the agent write a record to its session file at `since`.
    """
    files = pane.watch.tracker.session_files
    told = (advance_facts(NO_FILE_FACTS, [record], file) for file in files)
    account = next(one for one in told if one.state)
    pane.watch.session = SessionFacts("/s/7", account.state, account.words, since)


@pytest.mark.parametrize(("kind", "record", "state"), WAITS)
def test_a_file_that_waits_is_believed_before_a_screen_that_no_rule_knows(
    registry: Registry, kind: str, record: dict[str, str], state: State
) -> None:
    """
    It is written before the dialog is drawn, and the end of a turn above that is no prompt.
    """
    pane = Pane(registry, Process(7, 1, kind, kind))
    pane.show(BUSY, 0.0)
    write_record(pane, record, 4.8)
    pane.show(STRANGE, 5.0)

    assert state is pane.look(9.0, 5.0).state
    pane.show("\x1b[2J\x1b[H● done\r\n\r\n✻ Baked for 7s\r\n\r\n\r\n  Spin the dial", 9.0)
    assert state is pane.look(12.0, 9.0).state


def test_a_wait_ends_when_a_prompt_takes_keys_or_the_file_says_otherwise(
    registry: Registry,
) -> None:
    """
    A prompt that is drawn after the file was written is believed, though it still says waiting.
    """
    for end, state in ((PROMPT, State.IDLE), (STRANGE, State.WORKING)):
        pane = Pane(registry)
        pane.show(STRANGE, 0.0)
        write_record(pane, {"status": "waiting"}, 5.0)
        assert "it waits for you (see its pane)" == pane.look(8.0, 5.0).reason

        pane.show(end, 8.0)
        if state is State.WORKING:
            write_record(pane, {"status": "busy"}, 8.0)
        assert state is pane.look(10.0, 8.0).state


@pytest.mark.parametrize("kind", ["codex", "vibe"])
@pytest.mark.parametrize(
    ("report", "state"),
    [
        ("blocked permission", State.APPROVAL),
        ("blocked question", State.QUESTION),
        ("blocked something-new", State.QUESTION),
        ("blocked", State.QUESTION),
        ("blocked auth", State.SETUP),
    ],
)
def test_a_program_that_reports_a_wait_waits_until_it_reports_something_else(
    registry: Registry, kind: str, report: str, state: State
) -> None:
    """
    Its OSC 7501, where tmux keeps that, stands for its file where no rule knows the screen.
    """
    pane = Pane(registry, Process(7, 1, kind, kind))
    pane.watch.report = "working"
    pane.show(STRANGE, 0.0)
    pane.watch.report = report

    status = pane.look(8.0, 3.0)
    assert (state, "it waits for you (see its pane)") == (status.state, status.reason)
    pane.watch.report = "working"
    assert State.WORKING is pane.look(9.0, 8.0).state


def test_a_file_that_is_forgotten_says_nothing_more(registry: Registry) -> None:
    """
    With the option off the daemon gives an empty reading.
    """
    pane = Pane(registry)
    pane.show(STRANGE, 0.0)
    pane.watch.session = SessionFacts(state=State.WORKING, at=0.5)
    pane.look(2.0, 1.0)
    pane.watch.session = SessionFacts()

    assert State.UNKNOWN is pane.look(6.0, 2.0).state


def test_a_command_below_the_agent_is_work_where_nothing_else_is_known(
    registry: Registry,
) -> None:
    """
    It has to wait until the screen was lost, and it never beats an empty prompt.
    """
    lost, idle = Pane(registry, *CLAUDE, TOOL), Pane(registry, *CLAUDE, TOOL)
    lost.show(STRANGE, 0.0)
    idle.show(PROMPT, 0.0)

    assert [State.UNKNOWN, State.WORKING] == [lost.look(4.5).state, lost.look(6.0, 4.5).state]
    assert "a command of its own runs" == lost.watch.look(6.0).status.reason
    assert State.IDLE is idle.look(10.0).state


@pytest.mark.parametrize(
    ("args", "count"),
    [
        ("bash -lc make", 2),
        ("/bin/sh -c sleep 5", 2),
        ("zsh -ic ls", 2),
        ("sh -c npx -y some-mcp-server", 0),
        ("node /x/typescript-language-server --stdio", 0),
        ("node worker.js", 0),
        ("bash script.sh", 0),
    ],
)
def test_helpers_are_no_tools(args: str, count: int) -> None:
    """
    A shell that runs one command is a tool, with all below it; servers and workers are not.
    """
    tree = (*CLAUDE, Process(8, 7, args.split(maxsplit=1)[0], args), Process(9, 8, "make", "make"))

    assert count == len(find_tools(tree, 7))
    assert () == find_tools(tree, None)


def test_a_tool_of_a_worker_is_a_tool() -> None:
    """
    Programs that start their commands from a child of their own are seen through.
    """
    tree = (*CLAUDE, Process(8, 7, "node", "node worker.js"), Process(9, 8, "sh", "sh -c make"))

    assert [9] == [tool.pid for tool in find_tools(tree, 7)]


def test_steady_output_is_work_where_the_screen_says_nothing(registry: Registry) -> None:
    """
    Rows that change without a pause, after the start: working, and unknown again when they stop.
    """
    pane = Pane(registry)
    pane.show(STRANGE, 0.0)
    pane.look(6.0)
    for tick in range(12):
        status = pane.show(f"\r\nline {tick}\r\nand {tick}", 6.0 + tick / 4)

    assert (State.WORKING, "cadence") == (status.state, status.source)
    assert State.UNKNOWN is pane.look(14.0, 9.0).state


def test_steady_output_never_turns_a_prompt_into_work(registry: Registry) -> None:
    """
    A status line that ticks beside an empty prompt is no work.
    """
    pane = Pane(registry)
    pane.show(PROMPT, 0.0)
    pane.look(6.0)

    states = {pane.show(f"\x1b7\x1b[6;3Hclock {n}\x1b8", 6.0 + n / 4).state for n in range(40)}

    assert {State.IDLE} == states


def test_typing_is_no_output() -> None:
    """
    What changes in the cursor's row counts for nothing; other rows do.
    """
    at_box = Cursor(3, 1)
    one, two = draw("a\n> h", cursor=at_box), draw("a\n> he", cursor=at_box)
    other = draw("b\n> he", cursor=at_box)

    assert Activity() == advance_activity(Activity(), one, two, 1.0)
    assert Activity(1.0, 1.0) == advance_activity(Activity(), two, other, 1.0)


def test_a_pause_ends_what_is_steady() -> None:
    """
    Steady is for longer than a moment, without a pause, and until now.
    """
    assert is_steady(Activity(0.0, 2.0), 2.5)
    assert not is_steady(Activity(0.0, 2.0), 3.5)
    assert not is_steady(Activity(0.0, 1.0), 1.2)


@pytest.mark.parametrize(
    ("bytes_", "state", "told"),
    [
        ("\x1b]9;4;3;0\x07", State.WORKING, "progress: claude/progress | 3"),
        ("\x1b]9;Approval requested: make\x07", State.QUESTION, "| Approval requested: make"),
        ("\x1b]777;notify;Claude;turn complete\x07", State.IDLE, "turn complete"),
        ("\x07", State.UNKNOWN, "notice, 6s ago: claude/bell | BEL"),
    ],
)
def test_messages_to_the_terminal_are_weak_evidence(
    registry: Registry, bytes_: str, state: State, told: str
) -> None:
    """
    Progress, notices and bells count where the screen says nothing, and are told with their age.
    """
    lost, busy = Pane(registry), Pane(registry)
    lost.show(STRANGE + bytes_, 0.0)
    busy.show(BUSY + bytes_, 0.0)

    assert state is lost.look(6.0).state
    assert State.WORKING is busy.look(6.0).state
    assert told in lost.explain(6.0)


def test_tmux_tells_of_progress_and_bell(registry: Registry) -> None:
    """
    From tmux 3.7 on it says which progress a pane shows; every tmux says that a window rang.
    """
    pane = Pane(registry)
    pane.show(STRANGE, 0.0)
    pane.watch.progress = "indeterminate"
    pane.watch.rang_at = 1.0

    assert State.WORKING is pane.look(6.0, 1.0).state
    assert "claude/bell" in pane.explain(6.0)
    pane.watch.progress = "hidden"
    assert State.UNKNOWN is pane.look(11.0, 7.0).state


def test_an_old_notice_ends_with_its_screen(registry: Registry) -> None:
    """
    Once the screen says something else, what was told before it is forgotten.
    """
    pane = Pane(registry)
    pane.show(PROMPT + "\x1b]9;Approval requested\x07", 0.0)
    pane.look(5.0)
    pane.show(BUSY, 5.0)
    pane.look(6.0, 5.0)

    assert "Approval requested" not in pane.explain(6.0)


def test_a_quiet_pane_is_looked_at_once(registry: Registry) -> None:
    """
    With nothing new on or beside the screen, later looks keep the very evidence of the first.
    """
    pane = Pane(registry)
    pane.show(PROMPT, 0.0)
    first = pane.watch.look(5.0).winner

    pane.look(20.0, 5.0)

    assert first is pane.watch.look(20.0).winner


def test_own_rules_may_name_session_files(tmp_path: Path) -> None:
    """
    A user's file teaches where an agent keeps its state; a wrong key is named.
    """
    (tmp_path / "agents").mkdir()
    own = tmp_path / "agents" / "mine.toml"
    own.write_text('name = "Mine"\n[[session]]\nroot = "~/.m"\npath = "{pid}"\n')
    good = load_agents(tmp_path)
    own.write_text('name = "Mine"\n[[session]]\nroot = "~/.m"\npath = "{pid}"\nshape = "xml"\n')
    bad = load_agents(tmp_path)

    mine = good[0].find("mine")
    assert mine
    assert ["{pid}"] == [file.path for file in mine.sessions]
    assert "shape" in bad[1][0].what

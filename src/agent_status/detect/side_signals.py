"""Evidence from beside the screen: session files, notices, progress, processes, cadence."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agent_status.agents.session_records import NO_FACTS, SessionFacts
from agent_status.detect.evidence import weigh
from agent_status.detect.identify import MAX_ARGS
from agent_status.model import ASKS, Agent, Evidence, Process, State, clip_text

SHELL_COMMAND = re.compile(r"^(?:\S*/)?(?:bash|sh|zsh|dash|fish|ksh|pwsh)\s(?:\S+\s)*?-\w*c\b")
"""A shell that was started to run one command, as agents do for their tools."""

HELPER = re.compile(
    r"(?i)\bmcp\b|mcp[-_]|[-_]mcp|\blsp\b|language-?server|--stdio\b|\bnpx\b|\buvx\b|statusline"
)
"""What an agent keeps beside it for long."""

NEVER = float("-inf")

FRESH_S = 0.5
"""A file that was written to so much after the screen began to say what it says is newer."""

AHEAD_S = 2.0
"""A bell or notice may come so much before the screen that it announces."""

EXCERPT = 120

ASKING = re.compile(r"(?i)\b(?:approv|permission|waiting for|needs? (?:your|you)|input|confirm)")
ENDING = re.compile(r"(?i)\b(?:complete|completed|finished|done|ready)\b")

PROGRESS = {
    "normal": State.WORKING,
    "indeterminate": State.WORKING,
    "1": State.WORKING,
    "3": State.WORKING,
}
"""OSC 9;4 in tmux's words and in numbers; paused and failed progress say nothing sure."""


LOST_WEIGHT = 10
"""Evidence that is lighter does not come from the screen."""

REPORTED = {
    "blocked permission": State.APPROVAL,
    "blocked auth": State.SETUP,
    "blocked": State.QUESTION,
    "working": State.WORKING,
    "error": State.ERROR,
    "idle": State.IDLE,
    "done": State.IDLE,
}
"""The states that programs report of themselves (OSC 7501), and with them kinds of waits."""

TOLD_BY = {"file": "session-file", "report": "report"}
"""Sources by which an agent itself says what it does, and the names of their rules."""

WAITS = "it waits for you (see its pane)"

Told = tuple[int, tuple[str, ...], tuple[int, int] | None]
"""How often the terminal rang, its last notices, and its progress."""

SILENT: Told = (0, (), None)


@dataclass(frozen=True, slots=True)
class SideSignals:
    """All that is known of a pane's agent but its screen and title."""

    reading: SessionFacts = NO_FACTS
    tools: tuple[Process, ...] = ()
    reported: str = ""
    report: SessionFacts = NO_FACTS
    """What the program itself reports, as it says it and as a file would."""
    notice: str = ""
    notice_at: float = 0.0
    rang_at: float | None = None
    progress: str = ""
    steady: bool = False
    turning: str = ""
    flows: bool = False
    still_title: bool = False
    """Whether the title has been the same for so long that nothing in it turns."""


NO_SIDE_SIGNALS = SideSignals()


def hear_terminal(
    beside: SideSignals,
    before: Told,
    now: Told,
    at: float,
) -> SideSignals:
    """Return `beside` after the terminal's bells, notices and progress went from `before` on."""
    bells, notices, progress = now
    if bells != before[0]:
        beside = replace(beside, rang_at=at)
    if notices != before[1] and notices:
        beside = replace(beside, notice=notices[-1], notice_at=at)
    return replace(beside, progress=str(progress[0]) if progress else "")


def read_report(report: str, at: float) -> SessionFacts:
    """Return what a program's own report says, which began to say it `at`."""
    state = report.partition(" ")[0]
    said = REPORTED.get(report) or REPORTED.get(state)
    words = WAITS if said in ASKS else f"it reports: {state}"
    return SessionFacts("OSC 7501", said, words, at) if said else NO_FACTS


def forget_messages(beside: SideSignals, at: float) -> SideSignals:
    """Return `beside` without the bell and notice of before: the screen says something else now."""
    if beside.notice and at - beside.notice_at > AHEAD_S:
        beside = replace(beside, notice="")
    if beside.rang_at is not None and at - beside.rang_at > AHEAD_S:
        beside = replace(beside, rang_at=None)
    return beside


def find_tools(processes: Sequence[Process], pid: int | None) -> tuple[Process, ...]:
    """Return the commands that the agent `pid` runs now, and what runs below them."""
    found: dict[int, Process] = {}
    below = {pid}
    for process in processes:
        if process.ppid in found:
            found[process.pid] = process
        elif process.ppid in below:
            args = process.args[:MAX_ARGS]
            if SHELL_COMMAND.search(args) and not HELPER.search(args):
                found[process.pid] = process
            else:
                below.add(process.pid)
    return tuple(found.values())


def find_beside(
    beside: SideSignals, agent: Agent, screen_since: float, *, prompts: bool
) -> Iterator[Evidence]:
    """
    Yield what each source says.

    The screen has said what it says since `screen_since`; `prompts` is whether it shows a prompt
    that takes keys. Only that makes an earlier report of a wait doubtful.
    """
    kind = agent.kind
    since = screen_since if prompts else NEVER
    for source, reading in (("file", beside.reading), ("report", beside.report)):
        if reading.state:
            yield _read_told(source, reading, reading.state, kind, since)
    if beside.tools:
        excerpt = f"runs {beside.tools[0].args}"
        yield _make(kind, "tool", "process", State.WORKING, excerpt, "a command of its own runs")
    if beside.notice:
        yield _read_notice(beside, kind)
    if beside.rang_at is not None:
        yield _make(kind, "bell", "notice", State.UNKNOWN, "BEL", "it rang", beside.rang_at)
    if beside.progress in PROGRESS:
        said = PROGRESS[beside.progress]
        yield _make(kind, "progress", "progress", said, beside.progress, "it shows progress")
    if beside.turning:
        yield _make(kind, "turning", "motion", State.WORKING, beside.turning, "a sign turns")
    if beside.flows:
        weight = weigh("flow", State.WORKING)
        flow = _make(kind, "flow", "cadence", State.WORKING, "", "its text goes on")
        yield replace(flow, weight=weight)
    if beside.steady:
        yield _make(kind, "cadence", "cadence", State.WORKING, "", "its screen keeps changing")


def _read_told(
    source: str, reading: SessionFacts, state: State, kind: str, screen_since: float
) -> Evidence:
    fresh = reading.at > screen_since + FRESH_S
    name = TOLD_BY[source]
    return Evidence(
        state=state,
        source=source,
        rule=f"{kind}/{name}",
        weight=weigh("file" if fresh or state not in ASKS else "old file", state),
        excerpt=clip_text(reading.path, EXCERPT),
        reason=reading.words or f"its {name.replace('-', ' ')} says so",
        at=reading.at,
    )


def _read_notice(beside: SideSignals, kind: str) -> Evidence:
    said = State.UNKNOWN
    if ASKING.search(beside.notice):
        said = State.QUESTION
    elif ENDING.search(beside.notice):
        said = State.IDLE
    return _make(kind, "notice", "notice", said, beside.notice, beside.notice, beside.notice_at)


def _make(
    kind: str,
    name: str,
    source: str,
    state: State,
    excerpt: str,
    reason: str,
    at: float | None = None,
) -> Evidence:
    return Evidence(
        state=state,
        source=source,
        rule=f"{kind}/{name}",
        weight=weigh(source, state),
        excerpt=clip_text(excerpt, EXCERPT),
        reason=clip_text(reason, EXCERPT),
        at=at,
    )

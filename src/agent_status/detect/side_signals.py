"""Evidence beside the screen: session files, notices, progress, processes, cadence."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agent_status.agents.session_records import NO_FACTS, SessionFacts
from agent_status.detect.evidence import weigh
from agent_status.detect.identify import MAX_ARGS
from agent_status.detect.observation import NEVER
from agent_status.model import ASKS, Agent, Evidence, Process, State, clip_text

SHELL_COMMAND = re.compile(r"^(?:\S*/)?(?:bash|sh|zsh|dash|fish|ksh|pwsh)\s(?:\S+\s)*?-\w*c\b")
"""A shell that was started to run one command, as agents do for their tools."""

HELPER = re.compile(
    r"(?i)\bmcp\b|mcp[-_]|[-_]mcp|\blsp\b|language-?server|--stdio\b|\bnpx\b|\buvx\b|statusline"
)
"""What an agent keeps beside it for long."""

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

FACT_NAMES = {"file": "session-file", "report": "report"}
"""Sources by which an agent itself says what it does, and the names of their rules."""

WAITS = "it waits for you (see its pane)"


@dataclass(frozen=True, slots=True)
class SideSignals:
    """Everything known about a pane's agent except its screen and title."""

    session: SessionFacts = NO_FACTS
    """What its session files report about its state; without its task."""
    tools: tuple[Process, ...] = ()
    report: SessionFacts = NO_FACTS
    """What the program itself reports, in the form of a session file."""
    notice: str = ""
    notice_at: float = NEVER
    rang_at: float = NEVER
    progress: str = ""
    steady: bool = False
    spinning: str = ""
    flows: bool = False
    still_title: bool = False
    """True if the title has been the same for so long that nothing in it turns."""


NO_SIDE_SIGNALS = SideSignals()


def read_report(report: str, at: float) -> SessionFacts:
    """Return the facts in a program's own report, which began `at`."""
    name = report.partition(" ")[0]
    state = REPORTED.get(report) or REPORTED.get(name)
    words = WAITS if state in ASKS else f"it reports: {name}"
    return SessionFacts("OSC 7501", state, words, at) if state else NO_FACTS


def drop_old_messages(side: SideSignals, until: float) -> SideSignals:
    """Return `side` without a bell and a notice from before `until`."""
    if side.notice and side.notice_at < until:
        side = replace(side, notice="")
    return replace(side, rang_at=NEVER) if NEVER < side.rang_at < until else side


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


def find_side_evidence(
    side: SideSignals, agent: Agent, screen_since: float, *, prompts: bool
) -> Iterator[Evidence]:
    """
    Yield what each source says.

    The screen has said what it says since `screen_since`; `prompts` is whether it shows a prompt
    that takes keys. Only that makes an earlier report of a wait doubtful.
    """
    kind = agent.kind
    since = screen_since if prompts else NEVER
    for source, reading in (("file", side.session), ("report", side.report)):
        if reading.state:
            yield _read_report_fact(source, reading, reading.state, kind, since)
    if side.tools:
        excerpt = f"runs {side.tools[0].args}"
        yield _make(kind, "tool", "process", State.WORKING, excerpt, "a command of its own runs")
    if side.notice:
        yield _read_notice(side, kind)
    if side.rang_at > NEVER:
        yield _make(kind, "bell", "notice", State.UNKNOWN, "BEL", "it rang", side.rang_at)
    if side.progress in PROGRESS:
        state = PROGRESS[side.progress]
        yield _make(kind, "progress", "progress", state, side.progress, "it shows progress")
    if side.spinning:
        yield _make(kind, "turning", "motion", State.WORKING, side.spinning, "a sign turns")
    if side.flows:
        weight = weigh("flow", State.WORKING)
        flow = _make(kind, "flow", "cadence", State.WORKING, "", "its text goes on")
        yield replace(flow, weight=weight)
    if side.steady:
        yield _make(kind, "cadence", "cadence", State.WORKING, "", "its screen keeps changing")


def _read_report_fact(
    source: str, reading: SessionFacts, state: State, kind: str, screen_since: float
) -> Evidence:
    fresh = reading.at > screen_since + FRESH_S
    name = FACT_NAMES[source]
    return Evidence(
        state=state,
        source=source,
        rule=f"{kind}/{name}",
        weight=weigh("file" if fresh or state not in ASKS else "old file", state),
        excerpt=clip_text(reading.path, EXCERPT),
        reason=reading.words or f"its {name.replace('-', ' ')} says so",
        at=reading.at,
    )


def _read_notice(side: SideSignals, kind: str) -> Evidence:
    state = State.UNKNOWN
    if ASKING.search(side.notice):
        state = State.QUESTION
    elif ENDING.search(side.notice):
        state = State.IDLE
    return _make(kind, "notice", "notice", state, side.notice, side.notice, side.notice_at)


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

"""A watch for tests of the daemon: the pane's last line says the state in a word."""

from dataclasses import replace

from agent_status.agents.registry import Registry
from agent_status.agents.session_records import SessionFacts
from agent_status.agents.session_schema import SessionFile
from agent_status.detect.quick_scan import Work
from agent_status.detect.stall import Limits
from agent_status.model import (
    NO_AGENT,
    Agent,
    Capture,
    Found,
    Kept,
    Process,
    Row,
    Screen,
    State,
    Status,
)


class WordWatch:
    """Believes the hint, and the last line: `approval rm -rf build/`. `boom` makes it fail."""

    def __init__(self, width: int, height: int, at: float) -> None:
        self.screen = Screen(width, height, (Row(),) * height)
        self.agent: Agent | None = None
        self._status = Status(None, State.NONE, at)
        self._seen = False

    @property
    def wants_above(self) -> bool:
        """Never: what it reads stands on the screen."""
        return False

    def doubt_above(self) -> None:
        """Nothing of it was known."""

    def see_above(self, lines: tuple[str, ...], at: float) -> None:
        """Nothing of it is looked at."""

    def paint(self, capture: Capture, at: float) -> None:
        """Take a capture."""
        rows = tuple(Row(line) for line in capture.lines)
        self.screen = Screen(capture.width, capture.height, rows, capture.cursor, capture.title)
        word, _, reason = next((line for line in capture.lines[::-1] if line), "").partition(" ")
        if word == "boom":
            raise RuntimeError(reason)
        state = State(word) if word in set(State) else State.UNKNOWN
        if (state, reason) != (self._status.state, self._status.reason):
            self._status = Status(self.agent, state, at, reason, "word/last", "screen")
            self._seen = False

    def see_processes(self, processes: tuple[Process, ...], at: float) -> None:
        """Take the process tree; a program called `agent` is one."""
        del at
        if any(process.comm == "agent" for process in processes):
            self.agent = Agent("word", "Word")

    def see_hint(self, kind: str) -> None:
        """Take the user's word."""
        self.agent = Agent(kind, kind.title()) if kind else None

    def see_extra(self, names: tuple[str, ...]) -> None:
        """Take the names of other agents, of which it knows none."""

    work: Work | None = None
    session_files: tuple[SessionFile, ...] = ()
    tools: tuple[int, ...] = ()

    def see_file(self, reading: SessionFacts, at: float) -> None:
        """Take what session files say; there is none."""

    def see_cpu(self, cpu_s: float, at: float) -> None:
        """Take the processor time of tools; there is none."""

    def see_report(self, report: str, at: float) -> None:
        """Take what the program reports of itself, which says nothing here."""

    def see_messages(self, progress: str, at: float, *, rang: bool) -> None:
        """Take tmux's word for progress and bell, which says nothing here."""

    def take_limits(self, limits: Limits) -> None:
        """Take when work is stuck, which it never is here."""

    def take_knowledge(self, knowledge: Registry) -> None:
        """Take what is known about agents, which it does not need."""

    def drop_rule(self, rule: str) -> None:
        """Leave out a rule; there is none."""

    def acknowledge(self, at: float) -> None:
        """Take the user's word that the result was seen."""
        del at
        self._seen = True

    def keep(self, at: float) -> Kept:
        """Keep the state, which the last line says again."""
        return Kept("word", self.status(at).state, self._status.since)

    def restore(self, kept: Kept, at: float) -> None:
        """Go on with what was kept, which is nothing but an age."""
        del at
        if kept.state is self._status.state:
            self._status = replace(self._status, since=kept.since)

    def begin_session(self, at: float) -> None:
        """Take another session."""
        self._status = replace(self._status, since=at)

    def status(self, at: float) -> Status:
        """Return the status."""
        if not self.agent:
            return NO_AGENT
        found = self._status
        state = State.UNKNOWN if found.state is State.NONE else found.state
        if self._seen and state is State.FINISHED:
            state = State.IDLE
        return Status(self.agent, state, found.since or at, found.reason, found.rule)

    def find(self, at: float) -> Found:
        """Return the status; there is no other evidence."""
        return Found(self.status(at))

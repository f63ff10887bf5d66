"""A tracker for tests of the daemon: the pane's last line says the state in a word."""

from dataclasses import replace

from agent_status.agents.registry import Registry
from agent_status.agents.session_schema import SessionFile
from agent_status.detect.found import Found
from agent_status.detect.identify import Identity
from agent_status.detect.observation import NEVER, Observation
from agent_status.detect.stall import Limits
from agent_status.model import NO_AGENT, Agent, Kept, State, Status


class WordTracker:
    """Believes the hint, and the last line: `approval rm -rf build/`. `boom` makes it fail."""

    session_files: tuple[SessionFile, ...] = ()
    tools: tuple[int, ...] = ()

    def __init__(self, registry: Registry, now: float) -> None:
        del registry
        self._status = Status(None, State.NONE, now)
        self._acknowledged_at = NEVER
        self._seen = False

    def use_registry(self, registry: Registry) -> None:
        """Need no rules."""

    def use_limits(self, limits: Limits) -> None:
        """Never be stuck."""

    def begin_session(self, now: float) -> None:
        """Start counting again."""
        self._status = replace(self._status, since=now)

    def keep(self, now: float) -> Kept:
        """Keep the state, which the last line says again."""
        del now
        return Kept("word", self._status.state, self._status.since)

    def restore(self, kept: Kept, seen: Observation, now: float) -> None:
        """Restore nothing but an age."""
        self.advance(seen, now)
        if kept.state is self._status.state:
            self._status = replace(self._status, since=kept.since)

    def advance(self, seen: Observation, now: float) -> Found:
        """Return the status; there is no other evidence."""
        self._read(seen, now)
        self._seen = self._seen or seen.acknowledged_at > self._acknowledged_at
        self._acknowledged_at = seen.acknowledged_at
        agent = _find_agent(seen)
        return Found(seen, self._describe(agent, now), identity=Identity(agent))

    def _read(self, seen: Observation, now: float) -> None:
        """Take the last line that is not blank."""
        lines = [line for line in seen.screen.lines if line]
        word, _, reason = (lines[-1] if lines else "").partition(" ")
        if word == "boom":
            raise RuntimeError(reason)
        state = State(word) if word in set(State) else State.UNKNOWN
        if (state, reason) != (self._status.state, self._status.reason):
            self._status = Status(None, state, now, reason, "word/last", "screen")
            self._seen = False

    def _describe(self, agent: Agent | None, now: float) -> Status:
        if agent is None:
            return NO_AGENT
        found = self._status
        state = State.UNKNOWN if found.state is State.NONE else found.state
        if self._seen and state is State.FINISHED:
            state = State.IDLE
        return Status(agent, state, found.since or now, found.reason, found.rule)


def _find_agent(seen: Observation) -> Agent | None:
    """Return the agent that the option names, or a program called `agent`."""
    if seen.hint:
        return Agent(seen.hint, seen.hint.title())
    if any(process.comm == "agent" for process in seen.processes or ()):
        return Agent("word", "Word")
    return None

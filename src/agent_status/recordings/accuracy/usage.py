"""Which rules of an agent match in recordings, and which never do."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_status.agents.registry import Registry
from agent_status.agents.schema import AgentRules
from agent_status.detect.found import Found
from agent_status.detect.pane import ObservedPane
from agent_status.model import Status
from agent_status.model.plain import clean_text
from agent_status.recordings.replay import iterate_changes, iterate_ticks, open_pane
from agent_status.terminal.asciicast import Event, open_recording


@dataclass(frozen=True, slots=True)
class Usage:
    """A replay of one recording: its changes, and how often each rule matched."""

    path: Path
    lines: tuple[str, ...]
    held: Counter[str]
    won: Counter[str]
    seen: bool
    """True if the agent was there at all."""


def put_agent(registry: Registry, agent: AgentRules) -> Registry:
    """Return the registry with `agent` first, replacing another one of its kind."""
    return registry.put(agent)


def read_usage(path: Path, registry: Registry, kind: str) -> Usage:
    """Return how the agent's rules do on the recording at `path`; raise RecordingError."""
    recording = open_recording(path)
    pane = open_pane(recording, registry)
    count = _Count(kind)
    changes = iterate_changes(_iterate_counted(pane, recording.read_events(), count))
    return Usage(path, tuple(map(_render, changes)), count.held, count.won, count.seen)


@dataclass(slots=True)
class _Count:
    kind: str
    held: Counter[str] = field(default_factory=Counter)
    won: Counter[str] = field(default_factory=Counter)
    seen: bool = False

    def take(self, found: Found) -> None:
        agent = found.status.agent
        self.seen = self.seen or (agent is not None and agent.kind == self.kind)
        self.held.update({one.rule for one in (found.winner, *found.losers) if one})
        self.won.update([found.winner.rule] if found.winner else [])


def _iterate_counted(
    pane: ObservedPane, events: Iterable[Event], count: _Count
) -> Iterator[tuple[float, Status]]:
    for at, status in iterate_ticks(pane, events):
        if pane.found:
            count.take(pane.found)
        yield at, status


def _render(line: Mapping[str, Any]) -> str:
    agent, rule = line["agent"] or "-", line["rule"]
    reason = clean_text(line["reason"])
    return f"{line['t']:9.2f}  {agent:12}{line['state']:10}{rule:32}{reason}".rstrip()


def render_usage(agent: AgentRules, usages: Iterable[Usage]) -> Iterator[str]:
    """Yield the changes of each recording, then how often each rule matched and won."""
    found = tuple(usages)
    for usage in found:
        yield f"\n{usage.path}:"
        yield from usage.lines
        if not usage.seen:
            yield f"  {agent.name} was never found in it: see [identify]"
    held = sum((usage.held for usage in found), Counter[str]())
    won = sum((usage.won for usage in found), Counter[str]())
    yield f"\n{'looks at which it held':>24}  {'and won':>7}  rule"
    for rule in agent.rules:
        name = f"{agent.kind}/{rule.id}"
        never = "  <- never" if not held[name] else ""
        yield f"{held[name]:24}  {won[name]:7}  {rule.id}{never}"

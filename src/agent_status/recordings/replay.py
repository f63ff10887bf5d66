"""What the daemon would have said of a recording, on a virtual clock."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from agent_status.agents.registry import Registry
from agent_status.detect.identify import find_agent
from agent_status.detect.pace import find_pause
from agent_status.detect.tracker import PaneTracker
from agent_status.model import ASKS, Found, Process, Status
from agent_status.protocol.report import render_ask
from agent_status.terminal.asciicast import Event, Recording, parse_processes

SIZE = re.compile(r"[0-9]{1,6}x[0-9]{1,6}")


def iterate_statuses(recording: Recording, knowledge: Registry) -> Iterator[tuple[float, Status]]:
    """Yield (seconds from start, status) at every tick of the daemon's own pace."""
    watch = start_watch(recording, knowledge)
    yield from iterate_ticks(watch, recording.read_events())


def find_at(recording: Recording, knowledge: Registry, at: float | None) -> tuple[Found, float]:
    """Return what was found out `at` seconds from the start, or at the end, and the tick's time."""
    watch = start_watch(recording, knowledge)
    events = recording.read_events()
    if at is not None:
        events = takewhile(lambda event: event.at <= at, events)
    last = max(tick for tick, _ in iterate_ticks(watch, events))
    then = last if at is None else max(last, at)
    return watch.find(then), then


def start_watch(recording: Recording, knowledge: Registry) -> PaneTracker:
    """Return a watch on a pane of the recording's size that runs the header's command."""
    watch = PaneTracker(knowledge, recording.width, recording.height, 0.0)
    tree = parse_command(recording.command)
    if find_agent(tree, knowledge.agents):
        watch.see_processes(tree, 0.0)
    return watch


def iterate_ticks(watch: PaneTracker, events: Iterable[Event]) -> Iterator[tuple[float, Status]]:
    """Feed `events` to `watch`; yield (seconds, status) at every tick and at the end."""
    tick_at = moved_at = at = 0.0
    agents = waiting = 0
    for event in events:
        while event.at > tick_at:
            status = watch.status(tick_at)
            yield tick_at, status
            agents, waiting = int(status.agent is not None), int(status.state in ASKS)
            tick_at += find_pause(tick_at - moved_at, agents, waiting)
        at = event.at
        if apply_event(watch, event):
            moved_at = at
    yield max(at, tick_at), watch.status(max(at, tick_at))


def apply_event(watch: PaneTracker, event: Event) -> bool:
    """Give `event` to `watch`; return whether it moved anything that the daemon can see."""
    if event.code == "o":
        watch.feed(event.data.encode("utf-8", "replace"), event.at)
    elif event.code == "r":
        width, _, height = event.data.partition("x")
        if not SIZE.fullmatch(event.data):
            return False
        watch.resize(int(width), int(height), event.at)
    elif event.code == "p":
        watch.see_processes(parse_processes(event.data), event.at)
    else:
        return False
    return True


def parse_command(command: str) -> tuple[Process, ...]:
    """Return the process tree of a recording whose header names only its command."""
    name = command.partition(" ")[0].rsplit("/", 1)[-1]
    return (Process(1, 0, name, command),)


def iterate_changes(
    statuses: Iterable[tuple[float, Status]],
) -> Iterator[dict[str, Any]]:
    """Yield the lines of `replay --json`: one object a change of agent, state or ask."""
    before: tuple[object, ...] | None = None
    for at, status in statuses:
        kind = status.agent.kind if status.agent else None
        now = (kind, status.state, status.ask.identity if status.ask else "")
        if now != before:
            before = now
            yield {
                "t": round(at, 3),
                "agent": kind,
                "state": status.state.value,
                "reason": status.reason,
                "rule": status.rule,
                "ask": render_ask(status.ask),
            }

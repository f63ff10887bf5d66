"""What the daemon would have said of a recording, on a virtual clock."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from agent_status.agents.registry import Registry
from agent_status.detect.found import Found
from agent_status.detect.identify import find_agent
from agent_status.detect.pace import CALM_S, LIVE_S, READ_S, Arrival, find_live_look, find_pause
from agent_status.detect.pane import ObservedPane
from agent_status.detect.tracker import PaneTracker
from agent_status.model import ASKS, NO_AGENT, Process, Status
from agent_status.protocol.report import render_ask
from agent_status.terminal.asciicast import Event, Recording, parse_processes

SIZE = re.compile(r"[0-9]{1,6}x[0-9]{1,6}")


def iterate_statuses(recording: Recording, registry: Registry) -> Iterator[tuple[float, Status]]:
    """Yield (seconds from start, status) at every tick of the daemon's own pace."""
    yield from iterate_ticks(open_pane(recording, registry), recording.read_events())


def find_at(recording: Recording, registry: Registry, at: float | None) -> tuple[Found, float]:
    """Return what was found out `at` seconds from the start, or at the end, and the tick's time."""
    pane = open_pane(recording, registry)
    events = recording.read_events()
    if at is not None:
        events = takewhile(lambda event: event.at <= at, events)
    last = max(tick for tick, _ in iterate_ticks(pane, events))
    then = last if at is None else max(last, at)
    return pane.look(then), then


def open_pane(recording: Recording, registry: Registry) -> ObservedPane:
    """Return a pane of the recording's size that runs the header's command."""
    pane = ObservedPane(PaneTracker(registry, 0.0), recording.width, recording.height)
    tree = parse_command(recording.command)
    if find_agent(tree, registry.agents):
        pane.processes = tree
    return pane


def iterate_ticks(pane: ObservedPane, events: Iterable[Event]) -> Iterator[tuple[float, Status]]:
    """Feed `events` to `pane`; yield (seconds, status) at every tick and at the end."""
    tick_at = moved_at = at = 0.0
    status = NO_AGENT
    for event in events:
        while event.at > tick_at:
            before, status = status, pane.look(tick_at).status
            yield tick_at, status
            if status.state is not before.state:
                moved_at = tick_at
            if status.agent:
                moved_at = max(moved_at, pane.throttle.moved_at)
            agents, waiting = int(status.agent is not None), int(status.state in ASKS)
            tick_at += find_pause(tick_at - moved_at, agents, waiting)
        at = event.at
        apply_event(pane, event)
    end = max(at, tick_at)
    yield end, pane.look(end).status


def iterate_live(pane: ObservedPane, events: Iterable[Event]) -> Iterator[tuple[float, Status]]:
    """Feed `events` to `pane`; yield (seconds, status) at every look of a daemon with a tap."""
    compared_at = tick_at = at = 0.0
    arrival: Arrival | None = None
    for event in events:
        while True:
            calm = pane.throttle.is_calm(at)
            due = find_live_look(arrival, compared_at, pane.throttle.moved_at, at, calm=calm)
            at = max(at, min(due, tick_at))
            if at >= event.at:
                break
            compared_at, arrival = at, None
            if at < tick_at and not pane.wants_look(at):
                continue
            status = pane.look(at).status
            yield at, status
            tick_at = at + LIVE_S if status.agent else at + CALM_S
        at = event.at
        is_new = apply_event(pane, event)
        if event.code == "o":
            was_new = arrival is not None and arrival.is_new
            arrival = Arrival(arrival.at if arrival else at + READ_S, is_new or was_new)
    yield at, pane.look(at).status


def apply_event(pane: ObservedPane, event: Event) -> bool:
    """Give `event` to `pane`; return as `ObservedPane.feed` does. Labels change nothing."""
    if event.code == "o":
        return pane.feed(event.data.encode("utf-8", "replace"))
    if event.code == "r":
        if SIZE.fullmatch(event.data):
            width, _, height = event.data.partition("x")
            pane.terminal.resize(int(width), int(height))
    elif event.code == "p":
        pane.processes = parse_processes(event.data)
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

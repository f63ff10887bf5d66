"""What is printed about differences of rows and of states."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from agent_status.agents.registry import Registry
from agent_status.detect.pane import ObservedPane
from agent_status.detect.tracker import PaneTracker
from agent_status.recordings.replay import iterate_live
from agent_status.terminal.capture import Painter
from livechecking.player import Player

SAMPLE_S = 0.25
APART_S = 1.5
"""A change may be seen so much earlier or later."""
BEGIN_S = 2.0
"""Until a pane that was just found is known."""


def list_rows(head: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield each difference in the header of a kept recording: where, tmux's, ours."""
    found = head["difference"]
    ours, theirs = found["ours"], found["tmux"]
    size = (head["width"], head["height"])
    pairs = zip_longest(*(Painter().paint(one["lines"], *size) for one in (ours, theirs)))
    for y, (our, their) in enumerate(pairs):
        if our != their:  # rows, with the styles of their texts
            same = our.text == their.text
            yield f"row {y}", repr(their if same else their.text), repr(our if same else our.text)
    for what in ("cursor", "title", "alternate"):
        if ours[what] != theirs[what]:
            yield what, repr(theirs[what]), repr(ours[what])


def print_differences(name: str, at: float, rows: Iterator[tuple[str, str, str]]) -> None:
    """Print what differed at a second of a recording."""
    for where, theirs, ours in rows:
        print(f"{name} at {at:.2f} s, {where}\n    tmux {theirs}\n    ours {ours}", flush=True)


def print_states(players: Sequence[Player], registry: Registry) -> None:
    """Print where the daemon said another state than a replay of the same bytes does."""
    apart = total = 0
    for player in players:
        if player.ended_at is None or not player.shown:
            continue
        wanted, length = _replay(player, registry), player.ended_at - player.began_at
        found = [at for at in _sample(player.shown[0][0], length) if _differs(player, wanted, at)]
        apart, total = apart + len(found), total + int(length / SAMPLE_S)
        if found:
            print(
                f"{player.name}: other states for {SAMPLE_S * len(found):.1f} s at {found[0]:.1f}"
            )
            print(f"    replay {_render(wanted)}\n    live   {_render(player.shown)}")
    print(f"states differ {100 * apart / max(1, total):.2f} % of {SAMPLE_S * total:.0f} s")


def _sample(start: float, end: float) -> Iterator[float]:
    """Yield times, from where both say something."""
    at = start + BEGIN_S
    while at < end:
        yield at
        at += SAMPLE_S


def _differs(player: Player, wanted: Sequence[tuple[float, str]], at: float) -> bool:
    """Return whether the replay says nothing of the sort about that time."""
    live = [state for since, state in player.shown if since <= at][-1:]
    near = [state for since, state in wanted if since <= at - APART_S][-1:]
    near += [state for since, state in wanted if abs(since - at) < APART_S]
    return not set(live) & set(near)


def _replay(player: Player, registry: Registry) -> list[tuple[float, str]]:
    recording = replace(player.recording, command="")
    pane = ObservedPane(PaneTracker(registry, 0.0), recording.width, recording.height)
    pane.hint = player.kind
    events = (event for event in recording.read_events() if event.code in "or")
    shown: list[tuple[float, str]] = []
    for at, status in iterate_live(pane, events):
        if not shown or shown[-1][1] != status.state.value:
            shown.append((at, status.state.value))
    return shown


def _render(shown: Sequence[tuple[float, str]]) -> str:
    return ", ".join(f"{at:.1f} {state}" for at, state in shown)

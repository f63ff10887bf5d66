"""A recording that is played into a real tmux and read with the daemon's own queries."""

import functools
import logging
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import zip_longest
from pathlib import Path

from agent_status.agents.registry import Registry
from agent_status.daemon.panes import TrackedPanes
from agent_status.detect.identify import find_agent
from agent_status.detect.pace import find_pause
from agent_status.detect.tracker import PaneTracker
from agent_status.model import ASKS, NO_AGENT, PaneId, Process, State, Status
from agent_status.recordings.accuracy.score import Change
from agent_status.recordings.accuracy.trial import Trial, run_trial
from agent_status.recordings.replay import SIZE, parse_command
from agent_status.terminal.asciicast import Event, Recording, parse_processes
from agent_status.tmux.client import Tmux
from agent_status.tmux.query import build_short_tick, build_tick, parse_short_tick, parse_tick
from tests.support.tmux_player import TmuxPlayer

LOG = logging.getLogger("replay")


class RecordedTrees:
    """Process trees from a recording, in the place of those of the system."""

    def __init__(self, tree: tuple[Process, ...]) -> None:
        self.tree = tree

    def invalidate(self, root: int) -> None:
        """Do nothing: the tree is always the newest."""

    def read_trees(self, roots: Iterable[int], now: float) -> dict[int, tuple[Process, ...]]:
        """Return the recorded tree for each root."""
        del now
        return dict.fromkeys(roots, self.tree)


class CapturedPane:
    """
    One pane of a private tmux, as the daemon looks at it.

    Only the clock and the process trees are those of the recording.
    """

    def __init__(self, player: TmuxPlayer, recording: Recording, registry: Registry) -> None:
        player.open(recording.width, recording.height)
        tree = parse_command(recording.command)
        known = find_agent(tree, registry.agents) is not None
        self._player = player
        self._tmux = Tmux(player.socket)
        self._trees = RecordedTrees(tree if known else (Process(1, 0, "sh", "sh"),))
        self._panes = TrackedPanes(PaneTracker, registry, LOG, reader=self._trees)
        self._id = PaneId(player.tmux("display", "-pt", player.pane, "#{pane_id}").strip())
        self._version = ""
        self._bytes = bytearray()
        self._ask(0.0, (), (), list_all=True)

    @property
    def moved_at(self) -> float:
        """When something moved last that an agent could be behind."""
        return self._panes.moved_at

    def take(self, event: Event) -> bool:
        """Take an event; return True if it moved anything that the daemon can see."""
        if event.code == "o":
            self._bytes += event.data.encode("utf-8", "replace")
        elif event.code == "r" and SIZE.fullmatch(event.data):
            self._flush()
            width, _, height = event.data.partition("x")
            self._player.resize(int(width), int(height))
        elif event.code == "p":
            self._trees.tree = parse_processes(event.data)
            self._panes.invalidate(self._id)
        else:
            return False
        return True

    def look(self, now: float) -> Status:
        """Return the status after one tick of the daemon."""
        self._flush()
        captured, texts = self._panes.list_stale(now)
        status = self._ask(now, captured, texts)
        stale = [pane for pane in self._panes.list_stale(now)[0] if pane not in captured]
        status = self._ask(now, stale, ()) if stale else status
        cut = self._panes.list_cut()
        return self._ask(now, cut, (), above=cut) if cut else status

    def _flush(self) -> None:
        data, self._bytes = bytes(self._bytes), bytearray()
        if data:
            self._player.feed(data)

    def _ask(
        self,
        now: float,
        captured: Sequence[PaneId],
        texts: Sequence[PaneId],
        *,
        above: Sequence[PaneId] = (),
        list_all: bool = False,
    ) -> Status:
        nonce = secrets.token_hex(8)
        if list_all:
            script = build_tick(nonce, captured, (), texts, above, self._version)
            tick = parse_tick(self._tmux.feed(script), nonce)
        else:
            known = self._panes.list_panes()
            agents = self._panes.list_looked_at(now)
            script = build_short_tick(nonce, agents, captured, (), texts, above, self._version)
            tick = parse_short_tick(self._tmux.feed(script), nonce, known)
        self._version = tick.version
        found = self._panes.advance(tick, now, time.time())
        return next((one.status for one in found if one.pane.id == self._id), NO_AGENT)


def run_captured(
    paths: Sequence[Path], processes: int, registry: Registry | None = None
) -> list[Trial]:
    """Return the trials of all that have labels, each read through a tmux of its process."""
    parts = [paths[start::processes] for start in range(processes)]
    with ProcessPoolExecutor(processes) as pool:
        found = pool.map(_run_part, parts, [registry] * processes)
        trials = {trial.name: trial for part in found for trial in part}
    return [trials[name] for name in sorted(trials) if trials[name].score.passages]


def _run_part(paths: Sequence[Path], registry: Registry | None) -> list[Trial]:
    with tempfile.TemporaryDirectory() as folder, TmuxPlayer(Path(folder)) as player:
        play = functools.partial(iterate_captured, player)
        return [run_trial(path, registry, play=play) for path in paths]


def read_states(changes: Sequence[Change]) -> list[tuple[float, State]]:
    """Return the times at which the state changed, and to what."""
    states: list[tuple[float, State]] = []
    for change in changes:
        if not states or states[-1][1] is not change.state:
            states.append((change.at, change.state))
    return states


def list_differences(trials: Sequence[Trial], others: Sequence[Trial]) -> list[str]:
    """Return a line for each recording whose states are not the same at the same time."""
    known = {trial.name: read_states(trial.changes) for trial in others}
    lines = []
    for trial in trials:
        ours, theirs = read_states(trial.changes), known[trial.name]
        if ours != theirs:
            pairs = zip_longest(ours, theirs)
            first = next(pair for pair in pairs if pair[0] != pair[1])
            told = (f"{one[0]:.2f} s {one[1].value}" if one else "nothing" for one in first)
            lines.append(f"{trial.name}: {' | '.join(told)}")
    return lines


def iterate_captured(
    player: TmuxPlayer, recording: Recording, registry: Registry, events: Iterable[Event]
) -> Iterator[tuple[float, Status]]:
    """Yield (seconds, status) at every tick, as `recordings.replay.iterate_ticks` does."""
    pane = CapturedPane(player, recording, registry)
    tick_at = at = 0.0
    for event in events:
        while event.at > tick_at:
            status = pane.look(tick_at)
            yield tick_at, status
            agents, waiting = int(status.agent is not None), int(status.state in ASKS)
            tick_at += find_pause(tick_at - pane.moved_at, agents, waiting)
        at = event.at
        pane.take(event)
    end = max(at, tick_at)
    yield end, pane.look(end)

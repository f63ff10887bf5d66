"""What must be true again soon after every deed, and at the end."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psutil

from agent_status.model import State
from soaking.world import World

SOON_S = 30.0
STEP_S = 0.25
MAX_LENGTH = {"rss_mb": 150.0, "fds": 40.0, "threads": 40.0, "children": 6.0}
"""What the daemon may have of each at any time."""
GROWTH_MB = 40.0
STILL = {True: {State.STUCK}, False: set[State]()}
"""Work in which nothing moves any more is stuck after some minutes, and rightly so."""
WARM = 4
"""Samples of a process before its memory counts as grown."""
BOARD = "\x1f".join(
    f"#{{{name}}}"
    for name in (
        "pane_id",
        "pane_dead",
        "@agent-status-agent",
        "@agent-status-pane",
        "@agent-status-window",
        "@agent-status-session",
        "window_id",
        "session_id",
    )
)
STYLE = re.compile(r"#\[[^\]]*\]")
BAD = re.compile(r"Traceback|ERROR|CRITICAL")


@dataclass
class Growth:
    """The daemon's size over time, by process."""

    samples: dict[int, list[dict[str, float]]] = field(default_factory=dict)
    server_mb: list[float] = field(default_factory=list)

    def take(self, world: World) -> Iterator[str]:
        """Measure, and yield what is too much."""
        daemon = world.find_daemon()
        if daemon is None:
            return
        try:
            sample = {
                "rss_mb": daemon.memory_info().rss / 2**20,
                "fds": float(daemon.num_fds()),
                "threads": float(daemon.num_threads()),
                "children": float(len(daemon.children(recursive=True))),
            }
        except psutil.Error:
            return
        samples = self.samples.setdefault(daemon.pid, [])
        samples.append(sample)
        for name, most in MAX_LENGTH.items():
            if all(one[name] > most for one in samples[-3:]):
                yield f"the daemon's {name} are {sample[name]:.0f}, more than {most:g}"
        if len(samples) > WARM and sample["rss_mb"] - samples[WARM - 1]["rss_mb"] > GROWTH_MB:
            before, after = samples[WARM - 1]["rss_mb"], sample["rss_mb"]
            yield f"the daemon grew from {before:.0f} to {after:.0f} MB"
        server = world.tmux("display-message", "-p", "#{pid}")
        if server.isdigit() and psutil.pid_exists(int(server)):
            self.server_mb.append(psutil.Process(int(server)).memory_info().rss / 2**20)


@dataclass
class Tally:
    """How often what was checked."""

    settled: int = 0
    badges: int = 0
    labels: int = 0
    answers: int = 0
    slowest_s: float = 0.0


def wait_settled(world: World, tally: Tally) -> list[str]:
    """Return what is still wrong when the time is over; nothing is as it should be."""
    began = time.monotonic()
    while True:
        world.forget_gone()
        found = list(find_faults(world, tally))
        waited_s = time.monotonic() - began
        if not found or waited_s > SOON_S:
            tally.settled += 1
            tally.slowest_s = max(tally.slowest_s, waited_s)
            return found
        time.sleep(STEP_S)


def find_faults(world: World, tally: Tally) -> Iterator[str]:
    """Yield what does not agree: tmux, its options, `list`, the labels, the processes."""
    ping, report = world.ask("ping"), world.ask("list")
    if ping is None or report is None:
        yield "no daemon answers"
        return
    lines = world.tmux("list-panes", "-a", "-F", BOARD).splitlines()
    rows = {line.split("\x1f")[0]: line.split("\x1f") for line in lines}
    agents = {one["pane"]: one for one in report["agents"]}
    yield from _compare_panes(rows, agents, ping)
    yield from _compare_badges(rows, agents, tally)
    yield from _compare_labels(world, agents, tally)
    yield from _count_processes(world)
    if world.trap.exists():
        yield "a name was run as a command"


def _compare_panes(
    rows: dict[str, list[str]], agents: dict[str, Any], ping: dict[str, Any]
) -> Iterator[str]:
    alive = {pane for pane, row in rows.items() if row[1] != "1"}
    if ping["panes"] != len(alive):
        yield f"the daemon counts {ping['panes']} panes of {len(alive)}"
    for pane in sorted(alive):
        if rows[pane][2] and pane not in agents:
            yield f"{pane} has a hint and is not listed"
    for pane in agents.keys() - alive:
        yield f"{pane} is listed and gone"


def _compare_badges(
    rows: dict[str, list[str]], agents: dict[str, Any], tally: Tally
) -> Iterator[str]:
    windows = {rows[pane][6] for pane in agents if pane in rows}
    for pane, row in rows.items():
        badge = STYLE.sub("", row[3])
        agent = agents.get(pane)
        wanted = f"{agent['agent']} {agent['state']}" if agent else ""
        tally.badges += 1
        if badge.partition(" ")[2] != wanted:
            yield f"{pane}'s badge is {badge!r}, `list` says {wanted!r}"
        if bool(row[4]) != (row[6] in windows):
            yield f"{row[6]}'s badge is {row[4]!r}, its agents are {row[6] in windows}"


def _compare_labels(world: World, agents: dict[str, Any], tally: Tally) -> Iterator[str]:
    for pane, player in world.players.items():
        if player.right is None or pane not in agents or world.feeder.is_busy(player.end):
            continue
        tally.labels += 1
        if agents[pane]["state"] not in player.right | STILL[State.WORKING in player.right]:
            name = player.moment.name if player.moment else ""
            state, rule = agents[pane]["state"], agents[pane]["rule"]
            yield f"{pane} is {state} by {rule}, its label says {sorted(player.right)}: {name}"


def _count_processes(world: World) -> Iterator[str]:
    own = [" ".join(one.info["cmdline"]) for one in world.list_own()]
    for part in ("agent_status.daemon", "choose --stand-by"):
        count = sum(part in line for line in own)
        if count > 1:
            yield f"there are {count} of {part}"


def find_lost_answers(world: World, tally: Tally) -> Iterator[str]:
    """Yield the answers that a command reported and that are not in the journal."""
    code, words = world.run("log", "--kind", "answers", "--limit", "100000", "--json")
    if code:
        yield f"the journal cannot be read: {words}"
        return
    kept = [
        (one["pane"], one["facts"].get("fingerprint"))
        for one in map(json.loads, words.splitlines())
        if one["facts"].get("outcome") in {"sent", "surprise", "ignored"}
        and one["facts"].get("sent")
    ]
    sent = Counter((one.pane, one.fingerprint, one.at) for one in world.given if one.code == 0)
    yield from (f"{key} was answered {count} times" for key, count in sent.items() if count > 1)
    for one in world.given:
        if one.code not in {0, 7} or "could not be written" in one.words:
            continue
        tally.answers += 1
        if (one.pane, one.fingerprint) not in kept:
            yield f"an answer to {one.pane} at {one.at:.1f} is not in the journal: {one.words!r}"
            continue
        kept.remove((one.pane, one.fingerprint))


def find_leftovers(world: World) -> Iterator[str]:
    """Yield what is left of ours in tmux after the daemon has ended."""
    for line in world.tmux("list-panes", "-a", "-F", BOARD).splitlines():
        row = line.split("\x1f")
        if any(row[3:6]):
            yield f"{row[0]} still has {row[3:6]}"
    summary = world.tmux("show-options", "-gqv", "@agent-status-summary")
    if summary:
        yield f"the summary still is {summary!r}"
    end = time.monotonic() + SOON_S
    while (left := world.list_own()) and time.monotonic() < end:
        time.sleep(STEP_S)
    for one in left:
        yield f"still runs: {one.pid} {' '.join(one.info['cmdline'])}"


def read_log(world: World) -> str:
    """Return what all daemons have written down."""
    files = sorted((world.lab.folder / "state").rglob("daemon-*.log*"))
    return "".join(path.read_text("utf-8", "replace") for path in files)


def find_log_faults(world: World) -> Iterator[str]:
    """Yield the lines of the log that report a fault of ours."""
    for line in read_log(world).splitlines():
        if BAD.search(line):
            yield f"log: {line}"

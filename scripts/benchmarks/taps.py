"""What a tap costs: to open it, until a byte is there, to read, and tmux while nobody reads."""

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import quantiles

import psutil
from tests.support.tap_daemon import spawn_taps
from tests.support.tap_lab import TapLab, open_taps, read_rss_mb
from tests.support.tmux_lab import Lab

from agent_status.model import PaneId
from agent_status.tmux.tap_policy import RateLimits, TapMode

from .figures import Figures, Plan
from .stage import CALM, Stage, open_stage, read_cpu

PANES = 200
AGENTS = 20
FLOODS = {
    "lines": "read -r _; exec yes 0123456789012345678901234567890123456789",
    "text": "read -r _; exec cat /dev/zero",
}
"""Programs that print as fast as tmux takes it, once they get a line."""
SECOND = 1.0
STEP_S = 0.02
ALL = RateLimits(ring_above=1e12, emulate_below=1e12)
"""Every pane is read, no matter how much it prints."""


def measure_taps(plan: Plan) -> Iterator[Figures]:
    """Yield ms to open, ms until a byte is there, the reader's load, and what a flood does."""
    yield _round(measure_opening())
    yield _round(measure_reading(plan.seconds, 10 * plan.rounds))
    for name, program in FLOODS.items():
        yield _round(measure_flood(name, program, plan.seconds))


def _round(found: Figures) -> Figures:
    return {name: round(value, 2) for name, value in found.items()}


def measure_opening() -> Figures:
    """Return what it takes to tap many panes, and the longest that tmux did not answer."""
    with open_stage(PANES, 0) as stage, open_taps(stage.lab, ALL) as taps:
        began, cpu, longest = time.monotonic(), read_cpu(stage.server), 0.0
        while set(taps.taps.find_modes().values()) != {TapMode.EMULATE}:
            before = time.monotonic()
            taps.tick()
            longest = max(longest, time.monotonic() - before)
            taps.read(STEP_S)
        took, spent = time.monotonic() - began, read_cpu(stage.server) - cpu
        return {
            "tap_open_ms": 1000 * spent / PANES,
            "tap_open200_s": took,
            "tap_open200_longest_tick_ms": 1000 * longest,
        }


def measure_reading(seconds: float, rounds: int) -> Figures:
    """Return the ms from a byte to our having it, and the reader's load, with agents at work."""
    with open_stage(AGENTS + 1, AGENTS + 1) as stage, open_taps(stage.lab, ALL) as taps:
        for pane in stage.panes:
            taps.wait_mode(pane)
        reader = psutil.Process(taps.taps.reader_pid)
        calm = _measure_bytes(stage, taps, rounds)
        stage.work(AGENTS)
        taps.read(SECOND)
        busy = _measure_bytes(stage, taps, rounds)
        cpu = read_cpu(reader)
        size, own = _drain(taps, seconds)
        cpu = read_cpu(reader) - cpu
        return {
            "tap_byte_calm_p50_ms": calm[0],
            "tap_byte_calm_p95_ms": calm[1],
            "tap_byte_p50_ms": busy[0],
            "tap_byte_p95_ms": busy[1],
            "tap_working20_kb_s": size / seconds / 1000,
            "tap_reader_working20_percent": 100 * cpu / seconds,
            "tap_daemon_working20_percent": 100 * own / seconds,
            "tap_reader_ms_per_mb": 1000 * cpu / (size / 1e6),
            "tap_reader_mb": read_rss_mb(reader.pid),
        }


def measure_flood(name: str, program: str, seconds: float) -> Figures:
    """Return by how much tmux grows while a daemon is stopped, and another pane's echo."""
    found = {}
    for kind, way in (("untapped", _leave), ("tapped", spawn_taps)):
        with _open_flood(program) as lab, way(lab) as daemon:
            server = int(lab.tmux("display-message", "-p", "#{pid}"))
            if daemon:
                (reader,) = psutil.Process(daemon.pid).children()
                os.kill(daemon.pid, signal.SIGSTOP)
                cpu = read_cpu(reader)
            growth, echo = _watch_flood(lab, server, seconds)
            if daemon:
                found["reader_percent"] = 100 * (read_cpu(reader) - cpu) / seconds
                found["reader_mb"] = read_rss_mb(reader.pid)
            found |= {f"{kind}_growth_mb": growth, f"{kind}_echo_p95_ms": echo}
    return {f"tap_flood_{name}_{key}": value for key, value in found.items()}


@contextmanager
def _leave(_: Lab) -> Iterator[None]:
    yield None


@contextmanager
def _open_flood(program: str) -> Iterator[Lab]:
    """Yield a server with a pane that floods and one that echoes."""
    lab = Lab()
    os.environ.update({name: lab.env[name] for name in ("HOME", "XDG_RUNTIME_DIR")})
    try:
        lab.start(program)
        lab.tmux("new-window", "-d", "exec cat")
        yield lab
    finally:
        lab.close()


def _watch_flood(lab: Lab, server: int, seconds: float) -> tuple[float, float]:
    """Flood; return the most that tmux has grown in MB, and the p95 of an echo in ms."""
    before, most, times = read_rss_mb(server), 0.0, []
    lab.tmux("send-keys", "-t", "work:0", "Enter")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        times.append(_measure_echo(lab, len(times)))
        most = max(most, read_rss_mb(server) - before)
        CALM.wait(STEP_S)
    return most, quantiles(times, n=20)[-1]


def _measure_echo(lab: Lab, number: int) -> float:
    """Return the ms from a word typed into the other pane until it is on its screen."""
    word = f"w{number}x"
    began = time.perf_counter()
    typing = ("send-keys", "-t", "work:1", "C-u", word, ";", "wait-for", "-S", word, ";")
    shown = lab.tmux(*typing, "capture-pane", "-p", "-t", "work:1")
    while word not in shown:
        shown = lab.tmux("capture-pane", "-p", "-t", "work:1")
    return 1000 * (time.perf_counter() - began)


def _measure_bytes(stage: Stage, taps: TapLab, rounds: int) -> tuple[float, float]:
    """Return p50 and p95 of the ms from a byte of the last pane until we have it."""
    times = []
    pane = PaneId(stage.panes[-1])
    for number in range(rounds):
        _read_for(taps, 0.05 + 0.0137 * (number % 7))
        taps.bytes[pane] = b""
        began = time.perf_counter()
        os.write(stage.ends[-1], b"!")
        while not taps.bytes[pane]:
            taps.read(SECOND)
        times.append(1000 * (time.perf_counter() - began))
    cuts = quantiles(times, n=20)
    return cuts[9], cuts[-1]


def _read_for(taps: TapLab, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and taps.taps.fileno is not None:
        select.select([taps.taps.fileno], [], [], left)
        taps.read()


def _drain(taps: TapLab, seconds: float) -> tuple[int, float]:
    """Take what comes; return the bytes, and the seconds of CPU time that taking them took."""
    size, own, end = 0, 0.0, time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and taps.taps.fileno is not None:
        select.select([taps.taps.fileno], [], [], left)
        began = time.thread_time()
        size += sum(len(news.data) for news in taps.taps.read(time.monotonic()).values())
        own += time.thread_time() - began
    return size, own

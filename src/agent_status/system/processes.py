"""The processes below each pane; cheap enough to read every few seconds."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import psutil

from agent_status.model import Process

COMM = 15
"""The kernel's own short names end here on Linux; longer ones are cut to match them."""
YOUNG_S = 5.0
"""Until it was seen for this long, a process is likely to put another program in its place."""
RENEW_S = 30.0
"""Nothing is believed for longer than this without reading it again."""
MAX_ABOVE = 256
"""Processes above another one that are looked at."""
MAX_ARGS = 4096
"""Characters of a command line that are kept."""


@dataclass(frozen=True, slots=True)
class _Known:
    process: Process
    since: float
    """When this pid was seen first, in monotonic seconds."""


class ProcessReader:
    """
    Reads process trees, and caches what rarely changes.

    A process that has ended is left out; one that may not be read has no `args`.
    """

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}
        self._known: dict[int, _Known] = {}
        self._invalid: set[int] = set()
        self._renewed_at = float("-inf")

    def invalidate(self, root: int) -> None:
        """Read what is below `root` again next time, because another program runs there now."""
        self._invalid.add(root)

    def read_trees(self, roots: Iterable[int], now: float) -> dict[int, tuple[Process, ...]]:
        """
        Return, for each process id in `roots`, that process and all below it, parents first.

        `now` is in monotonic seconds. A root that isn't running has an empty tree.
        """
        renew = now - self._renewed_at >= RENEW_S
        self._renewed_at = now if renew else self._renewed_at
        self._parents = _read_parents({} if renew else self._parents)
        children = _invert(self._parents)
        below = {root: _find_below(root, children) for root in roots}
        for root, pids in below.items():
            trusted = {} if renew or root in self._invalid else self._known
            for pid in pids:
                self._refresh(pid, trusted.get(pid), now)
        self._invalid.clear()
        alive = {pid for pids in below.values() for pid in pids}
        self._known = {pid: known for pid, known in self._known.items() if pid in alive}
        return {
            root: tuple(self._known[pid].process for pid in pids if pid in self._known)
            for root, pids in below.items()
        }

    def _refresh(self, pid: int, trusted: _Known | None, now: float) -> None:
        settled = trusted is not None and now - trusted.since >= YOUNG_S
        if trusted and settled and trusted.process.ppid == self._parents.get(pid):
            return
        process = _read_process(pid)
        if process is None:
            self._known.pop(pid, None)
            return
        before = self._known.get(pid)
        self._known[pid] = _Known(process, before.since if before else now)


def _read_parents(known: Mapping[int, int]) -> dict[int, int]:
    """Return the parent of every process; only new or orphaned ones are read."""
    running = set(psutil.pids())
    parents = {pid: up for pid, up in known.items() if pid in running and (up in running or not up)}
    for pid in running - parents.keys():
        try:
            parents[pid] = psutil.Process(pid).ppid()
        except (psutil.Error, OSError):
            continue
    return parents


def _invert(parents: Mapping[int, int]) -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for pid in sorted(parents):
        children.setdefault(parents[pid], []).append(pid)
    return children


def _find_below(root: int, children: Mapping[int, list[int]]) -> tuple[int, ...]:
    """Return `root` and every process below it, parents first."""
    found: dict[int, None] = {}
    waiting = deque([root] if root > 0 else [])
    while waiting:
        pid = waiting.popleft()
        if pid not in found:
            found[pid] = None
            waiting.extend(children.get(pid, ()))
    return tuple(found)


def _read_process(pid: int) -> Process | None:
    try:
        source = psutil.Process(pid)
        with source.oneshot():
            parent, comm = source.ppid(), source.name()[:COMM]
            if source.status() == psutil.STATUS_ZOMBIE:
                return None
    except (psutil.Error, OSError):
        return None
    try:
        args = " ".join(source.cmdline())[:MAX_ARGS]
    except (psutil.Error, OSError):
        args = ""
    return Process(pid, parent, comm, args)


class Peer:
    """One process, distinguished from later ones with the same pid. Raises ProcessGoneError."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._source = psutil.Process(pid)
        except (psutil.Error, OSError, ValueError) as error:
            raise ProcessGoneError(pid) from error

    @property
    def is_there(self) -> bool:
        """True if it has not ended."""
        try:
            return bool(self._source.is_running())
        except (psutil.Error, OSError):
            return False


class ProcessGoneError(Exception):
    """The process doesn't exist (any more)."""


def is_running(pid: int) -> bool:
    """Return True if a process with that id exists."""
    return bool(psutil.pid_exists(pid))


def read_above(pid: int, last: int = 0) -> tuple[Process, ...]:
    """Return a process and its ancestors, up to `last` or as far as the system reports."""
    found: dict[int, Process] = {}
    while pid > 0 and pid not in found and len(found) < MAX_ABOVE:
        process = _read_process(pid)
        if process is None:
            break
        found[pid] = process
        pid = 0 if pid == last else process.ppid
    return tuple(found.values())


def read_environment(pid: int, names: Iterable[str]) -> dict[str, str]:
    """Return the variables in `names` that a process was started with, if readable."""
    try:
        environment = psutil.Process(pid).environ()
    except (psutil.Error, OSError):
        return {}
    return {name: environment[name] for name in names if name in environment}


@dataclass(frozen=True, slots=True)
class Origin:
    """How a process began: its Unix time, folder, and some of its variables."""

    started_at: float
    folder: str
    environment: Mapping[str, str]


def read_origin(pid: int, names: Collection[str]) -> Origin | None:
    """Return when and where `pid` began, with those variables of `names` that it has."""
    try:
        source = psutil.Process(pid)
        started_at, folder = source.create_time(), source.cwd()
    except (psutil.Error, OSError):
        return None
    environment = read_environment(pid, names)
    return Origin(started_at, folder, {name: environment.get(name, "") for name in names})


def read_started_at(pid: int) -> float | None:
    """Return when a process began, in Unix seconds; None if it doesn't exist."""
    try:
        return float(psutil.Process(pid).create_time())
    except (psutil.Error, OSError, ValueError):
        return None


def list_open_files(pids: Iterable[int]) -> frozenset[str]:
    """Return the files that these processes have open, as far as the system reports."""
    found: set[str] = set()
    for pid in pids:
        try:
            found.update(one.path for one in psutil.Process(pid).open_files())
        except (psutil.Error, OSError):
            continue
    return frozenset(found)


def read_cpu_s(pids: Iterable[int]) -> float:
    """Return the CPU time of these processes and their ended children, in seconds."""
    total = 0.0
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except (psutil.Error, OSError):
            continue
        total += times.user + times.system
        total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total

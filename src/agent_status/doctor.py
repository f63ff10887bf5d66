"""What is right and wrong with an installation, each wrong thing with its mend."""

import importlib.metadata
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

from agent_status import __version__
from agent_status.attend.tables import parse_stakes
from agent_status.attend.urgency import render_duration
from agent_status.client import Client, DaemonGoneError, RefusedError
from agent_status.model import Problem, clip_text
from agent_status.options import Options, parse_options
from agent_status.paths import (
    NoFolderError,
    UnsafeFolderError,
    find_config,
    find_runtime,
    find_state,
)
from agent_status.pipeline import learn
from agent_status.sense.notify import find_program
from agent_status.sense.risk_files import NAME, read_risk_files
from agent_status.sense.server import Server
from agent_status.sense.systems import find_system
from agent_status.sense.tmux import OLDEST
from agent_status.show.placement import FRAGMENTS, find_placed, insert_fragment

LIBRARIES = ("click", "libtmux", "psutil", "pyte", "textual", "tree-sitter", "tree-sitter-bash")
PLACEHOLDERS = ("#{@agent-status-window}", "#{@agent-status-summary}")
LOG_BYTES = 64 * 1024
BAD_LEVELS = (" ERROR ", " CRITICAL ")
WORDS = 160


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what it is, what was found, and the problem if there is one."""

    what: str
    found: str
    problem: Problem | None = None


def examine(server: Server | None, socket: str, log: Path | None) -> tuple[Finding, ...]:
    """
    Return every finding, for the tmux server at `socket`; `server` is None if there is none.

    Reads files and asks the daemon; changes nothing. `log` is the daemon's, if it can have one.
    """
    findings = [*_examine_program(), *_examine_folders(socket), *_examine_rules()]
    if server is None:
        return (*findings, _miss_server(socket))
    options, problems = parse_options(server.options)
    findings += _examine_tmux(server)
    findings += _examine_options(server, problems)
    findings += _examine_formats(server, options)
    findings += _examine_clients(server, options)
    findings += _examine_notices(options)
    findings += _examine_daemon(socket, log)
    return tuple(findings)


def find_key_problems(wanted: Mapping[str, str], bound: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return a finding for each key of `wanted`, by option; `bound` are the keys that are ours."""
    return tuple(_examine_key(option, key, bound) for option, key in wanted.items())


def render_text(findings: tuple[Finding, ...]) -> str:
    """Return one line a finding, and below a bad one what is wrong and how to mend it."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{'BAD' if finding.problem else 'ok ':4} {finding.what:12} {finding.found}")
        if finding.problem:
            lines.append(f"       wrong: {finding.problem.where}: {finding.problem.what}")
            lines.append(f"       mend:  {finding.problem.mend}")
    count = sum(finding.problem is not None for finding in findings)
    return "\n".join([*lines, "", f"{count or 'no'} problem{'s' * (count != 1)}"])


def render_json(findings: tuple[Finding, ...]) -> dict[str, Any]:
    """Return the findings as the object that `doctor --json` prints."""
    rows = [
        {
            "what": finding.what,
            "found": finding.found,
            "ok": finding.problem is None,
            "where": finding.problem.where if finding.problem else None,
            "problem": finding.problem.what if finding.problem else None,
            "mend": finding.problem.mend if finding.problem else None,
        }
        for finding in findings
    ]
    return {"version": 1, "problems": sum(not row["ok"] for row in rows), "findings": rows}


def _examine_program() -> Iterator[Finding]:
    yield Finding("agent-status", f"{__version__} in {Path(__file__).parents[1]}")
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", f"{version} at {sys.executable}")
    for library in LIBRARIES:
        try:
            yield Finding(library, importlib.metadata.version(library))
        except importlib.metadata.PackageNotFoundError:
            mend = "run scripts/bootstrap in the checkout"
            yield Finding(library, "missing", Problem(library, "is not installed", mend))


def _examine_folders(socket: str) -> Iterator[Finding]:
    try:
        folder = find_runtime(socket)
    except (NoFolderError, UnsafeFolderError) as error:
        what, _, mend = str(error).partition(": ")
        yield Finding("runtime", "unusable", Problem("runtime folder", what, mend))
        return
    except OSError as error:
        mend = "make it writable, or set XDG_RUNTIME_DIR to another"
        yield Finding("runtime", "missing", Problem("runtime folder", str(error), mend))
        return
    with suppress(OSError):
        folder.rmdir()
        folder.parent.rmdir()
    yield Finding("runtime", f"{folder}, yours alone")


def _examine_rules() -> Iterator[Finding]:
    folder = find_config()
    knowledge, problems = learn(folder)
    kinds = ", ".join(agent.kind for agent in knowledge.agents)
    yield Finding("agents", kinds)
    for problem in problems:
        mend = problem.mend or "correct that line; until then it is left out"
        yield Finding("agents", f"refused in {folder}", Problem(problem.where, problem.what, mend))
    files = read_risk_files(folder, find_state())
    stakes, refused = parse_stakes(files.tables, confirmed=files.is_confirmed)
    yield Finding("risk", f"{len(stakes.programs)} programs are known")
    for problem in (*files.problems, *refused):
        yield Finding("risk", "your own table is left out", problem)
    if stakes.pending:
        age = render_duration(max(0.0, time.time() - files.changed_at))
        what = f"risk rules changed {age} ago, and would lower {', '.join(stakes.pending)}"
        mend = "agent-status risk --confirm applies what they lower"
        problem = Problem(str(folder / NAME), clip_text(what, WORDS), mend)
        yield Finding("risk", "rules that wait for you", problem)


def _miss_server(socket: str) -> Finding:
    if which("tmux"):
        problem = Problem(socket, "no tmux server answers there", "run doctor inside tmux")
        return Finding("tmux", "not running", problem)
    mend = f"install tmux {_name_oldest()} or newer, or put its folder into PATH"
    return Finding("tmux", "missing", Problem("tmux", "no tmux is in PATH", mend))


def _name_oldest() -> str:
    return ".".join(map(str, OLDEST))


def _examine_tmux(server: Server) -> Iterator[Finding]:
    version = server.version
    if version is None:
        yield Finding("tmux", "of an unknown version")
        return
    found = f"{version.major}.{version.minor}{version.letter}"
    problem = Problem("tmux", f"{found} is older than {_name_oldest()}", "upgrade tmux")
    yield Finding("tmux", found, None if version.is_supported else problem)


def _examine_options(server: Server, problems: tuple[Problem, ...]) -> Iterator[Finding]:
    count = sum(bool(value) for value in server.options.values())
    yield Finding("options", f"{count} set, {len(server.options) - count} at their default")
    for problem in problems:
        mend = f"{problem.mend}; then source the configuration again"
        yield Finding("options", "refused", Problem(problem.where, problem.what, mend))


def _examine_formats(server: Server, options: Options) -> Iterator[Finding]:
    placed = find_placed({**server.formats, **server.local})
    ours = [
        name
        for name in FRAGMENTS
        if server.formats[name] == insert_fragment(name, server.formats[name])
    ]
    if placed:
        yield Finding("badges", f"where you placed them: {', '.join(placed)}")
    elif ours:
        yield Finding("badges", f"in {', '.join(ours)}")
    else:
        mend = f"place {' and '.join(PLACEHOLDERS)} in your formats"
        mend += "" if not options.auto else ", or run: agent-status load"
        problem = Problem("formats", "no badge is placed anywhere, so none will show", mend)
        yield Finding("badges", "nowhere", problem)
    for name in () if placed else server.local:
        if name.split(" of ")[0] in FRAGMENTS:
            mend = f"add {PLACEHOLDERS['status-right' in name]} to it"
            problem = Problem(name, "a format of its own hides the badge there", mend)
            yield Finding("badges", "hidden", problem)


def _examine_clients(server: Server, options: Options) -> Iterator[Finding]:
    for viewer in server.viewers:
        icons = options.icons if viewer.utf8 else "no UTF-8, so ascii"
        yield Finding("terminal", f"{viewer.name}, TERM {viewer.term}, icons: {icons}")


def _examine_notices(options: Options) -> Iterator[Finding]:
    """Say by what the user is interrupted, if they wish to be."""
    if not options.notify:
        return
    missing = "desktop" in options.notify_by and not find_program()
    program = find_system().desktop.program
    what = f"{program} is not installed"
    mend = f"install {program}, or: set -g @agent-status-notify-by terminal"
    problem = Problem("@agent-status-notify-by", what, mend)
    ways = ", ".join(sorted(options.notify_by)) or "nothing"
    yield Finding("notices", f"by {ways}", problem if missing else None)


def _examine_key(option: str, key: str, bound: tuple[str, ...]) -> Finding:
    if key == "none":
        return Finding("key", f"{option} is none")
    if key in bound:
        return Finding("key", f"prefix {key} by {option}")
    what = f"prefix {key} is not bound to agent-status"
    mend = "run: agent-status load; if it stays so, choose a key that tmux knows"
    return Finding("key", f"{option} does not work", Problem(option, what, mend))


def _examine_daemon(socket: str, log: Path | None) -> Iterator[Finding]:
    try:
        with Client.open(socket) as client:
            facts = client.ask("ping")
    except (DaemonGoneError, RefusedError) as error:
        mend = "run: agent-status daemon start" + (f"; its log is {log}" if log else "")
        yield Finding("daemon", "not running", Problem("daemon", str(error), mend))
        return
    tick = f"a look every {facts.get('tick_s')} s"
    found = f"pid {facts.get('pid')}, {facts.get('agents')} agents, {tick}"
    problem = Problem("daemon", f"it is version {facts.get('version')}", "run: agent-status load")
    yield Finding("daemon", found, None if facts.get("version") == __version__ else problem)
    repaired = facts.get("repaired")
    if repaired:
        told = f"repaired {repaired} options that something else had changed; its log names them"
        yield Finding("repairs", told)
    if log:
        yield _examine_log(log, facts.get("started"))


def _examine_log(log: Path, started: object) -> Finding:
    """Return what the log says was wrong since the daemon has `started`, in seconds of the day."""
    lines = read_tail(log)
    since = started if isinstance(started, int | float) else 0.0
    bad = [line for line in lines if is_bad_since(line, since)]
    if not bad:
        return Finding("log", f"{log}, no errors")
    what = f"{len(bad)} errors, the last one: {clip_text(bad[-1], WORDS)}"
    mend = "report it with the log; agent-status daemon stop and start may help until then"
    return Finding("log", str(log), Problem("log", what, mend))


def read_tail(log: Path) -> tuple[str, ...]:
    """Return the last lines of a file; none of one that cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_BYTES))
            return tuple(file.read().decode("utf-8", "replace").splitlines())
    except OSError:
        return ()


def is_bad_since(line: str, since: float) -> bool:
    """Return whether a line of the log tells an error at or after `since`, seconds of the epoch."""
    if not any(level in line for level in BAD_LEVELS):
        return False
    words = line.split(" ")
    try:
        at = time.mktime(time.strptime(" ".join(words[1:3])[:19], "%Y-%m-%d %H:%M:%S"))
    except (ValueError, OverflowError):
        return False
    return at >= int(since)

"""What is right and wrong with an installation, with a fix for each problem."""

import importlib.metadata
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import Any

from agent_status import __version__
from agent_status.agents.files import load_agents
from agent_status.daemon.features import FEATURES, Row
from agent_status.errors import DaemonGoneError, RefusedError
from agent_status.features.base import DiagnosisInput
from agent_status.files import read_end
from agent_status.install.plugin import find_program
from agent_status.model import Problem, clip_text
from agent_status.model.finding import Finding
from agent_status.options import CHOOSER_KEY, Options, find_misspelt, parse_options
from agent_status.paths import (
    NoFolderError,
    UnsafeFolderError,
    find_config,
    find_runtime,
    find_state,
)
from agent_status.protocol.client import DaemonClient
from agent_status.protocol.messages import Ping, parse_answer
from agent_status.sources.candidates import list_candidates
from agent_status.system.log import format_error
from agent_status.tmux.client import MIN_VERSION, Tmux
from agent_status.tmux.server_state import Server

LIBRARIES = (
    "click",
    "libtmux",
    "psutil",
    "pyte",
    "textual",
    "tomlkit",
    "tree-sitter",
    "tree-sitter-bash",
)
LOG_BYTES = 64 * 1024
BAD_LEVELS = (" ERROR ", " CRITICAL ")
WORDS = 160


def examine(server: Server | None, socket: str, log: Path | None) -> tuple[Finding, ...]:
    """
    Return every finding, for the tmux server at `socket`; `server` is None if there is none.

    Reads files and asks the daemon; changes nothing. `log` is the daemon's, if it can have one.
    """
    options, problems = parse_options(server.options if server else {})
    findings = [*_examine_program(), *_examine_folders(socket), *_examine_rules()]
    facts: Mapping[str, Any] = {}
    if server is None:
        findings.append(_miss_server(socket))
    else:
        findings += _examine_tmux(server)
        findings += _examine_options(server, problems)
        findings += _examine_clients(server, options)
        facts, running = _examine_daemon(socket, log)
        findings += running
    seen = DiagnosisInput(find_config(), find_state(), server, options, facts, find_program())
    findings += examine_features(FEATURES, seen)
    if server:
        found = list_candidates(Tmux(socket), find_config())
        findings += (Finding("agent?", one) for one in found)
    return tuple(findings)


def examine_features(rows: Mapping[str, Row], seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield what every feature finds; one that fails is a problem, and spoils no other."""
    for name, row in rows.items():
        try:
            yield from row.diagnose(seen)
        except Exception as error:  # noqa: BLE001  the other findings are needed most then
            what = f"its diagnosis failed: {format_error(error)}"
            yield Finding(name, "not examined", Problem(name, what, "report it with this line"))


def examine_keys(
    wanted: Iterable[tuple[str, str]], held: Mapping[str, str], taken: Mapping[str, Problem]
) -> tuple[Finding, ...]:
    """
    Return a finding for each option with its key.

    `held` maps each bound key to its command, empty for ours; `taken` maps an option whose key has
    another binding, which was kept, to that problem.
    """
    return tuple(_examine_key(option, key, held, taken.get(option)) for option, key in wanted)


def render_text(findings: tuple[Finding, ...]) -> str:
    """Return one line a finding, and below a bad one what is wrong and how to fix it."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{'BAD' if finding.problem else 'ok ':4} {finding.what:12} {finding.found}")
        if finding.problem:
            lines.append(f"       wrong: {finding.problem.where}: {finding.problem.what}")
            lines.append(f"       fix:   {finding.problem.hint}")
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
            "hint": finding.problem.hint if finding.problem else None,
            "mend": finding.problem.hint if finding.problem else None,  # its old name
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
            hint = "run scripts/bootstrap in the checkout"
            yield Finding(library, "missing", Problem(library, "is not installed", hint))


def _examine_folders(socket: str) -> Iterator[Finding]:
    try:
        folder = find_runtime(socket)
    except (NoFolderError, UnsafeFolderError) as error:
        what, _, hint = str(error).partition(": ")
        yield Finding("runtime", "unusable", Problem("runtime folder", what, hint))
        return
    except OSError as error:
        hint = "make it writable, or set XDG_RUNTIME_DIR to another"
        yield Finding("runtime", "missing", Problem("runtime folder", str(error), hint))
        return
    with suppress(OSError):
        folder.rmdir()
        folder.parent.rmdir()
    yield Finding("runtime", f"{folder}, yours alone")


def _examine_rules() -> Iterator[Finding]:
    folder = find_config()
    registry, problems = load_agents(folder)
    kinds = ", ".join(agent.kind for agent in registry.agents)
    yield Finding("agents", kinds)
    for problem in problems:
        hint = problem.hint or "correct that line; until then it is left out"
        yield Finding("agents", f"refused in {folder}", Problem(problem.where, problem.what, hint))


def _miss_server(socket: str) -> Finding:
    if which("tmux"):
        problem = Problem(socket, "no tmux server answers there", "run doctor inside tmux")
        return Finding("tmux", "not running", problem)
    hint = f"install tmux {_name_oldest()} or newer, or put its folder into PATH"
    return Finding("tmux", "missing", Problem("tmux", "no tmux is in PATH", hint))


def _name_oldest() -> str:
    return ".".join(map(str, MIN_VERSION))


def _examine_tmux(server: Server) -> Iterator[Finding]:
    version = server.version
    if version is None:
        yield Finding("tmux", "unknown version")
        return
    found = f"{version.major}.{version.minor}{version.letter}"
    problem = Problem("tmux", f"{found} is older than {_name_oldest()}", "upgrade tmux")
    yield Finding("tmux", found, None if version.is_supported else problem)


def _examine_options(server: Server, problems: tuple[Problem, ...]) -> Iterator[Finding]:
    count = sum(bool(value) for value in server.options.values())
    yield Finding("options", f"{count} set, {len(server.options) - count} at their default")
    for problem in (*problems, *find_misspelt(server.users)):
        hint = f"{problem.hint}; then source the configuration again"
        yield Finding("options", "refused", Problem(problem.where, problem.what, hint))


def _examine_clients(server: Server, options: Options) -> Iterator[Finding]:
    for client in server.clients:
        icons = options.icons if client.utf8 else "no UTF-8, so ascii"
        yield Finding("terminal", f"{client.name}, TERM {client.term}, icons: {icons}")


def _examine_key(option: str, key: str, held: Mapping[str, str], taken: Problem | None) -> Finding:
    if key == "none":
        return Finding("key", f"{option}: no key")
    if taken and option != CHOOSER_KEY:
        return Finding("key", f"{option}: no key, because {taken.what}")
    if not taken and held.get(key) == "":
        return Finding("key", f"prefix {key} by {option}")
    what = f"prefix {key} is not bound to agent-status"
    what += f", but to {clip_text(held[key], WORDS)}" if held.get(key) else ""
    hint = "run: agent-status load; if that doesn't help, choose a key that tmux knows"
    found = f"{option} does not work"
    return Finding("key", found, taken or Problem(option, what, hint))


def _examine_daemon(socket: str, log: Path | None) -> tuple[Mapping[str, Any], tuple[Finding, ...]]:
    """Return what the daemon says about itself, empty without one, and the findings."""
    try:
        with DaemonClient.open(socket) as client:
            facts = client.ask_raw(Ping())
    except (DaemonGoneError, RefusedError) as error:
        hint = "run: agent-status daemon start" + (f"; its log is {log}" if log else "")
        problem = Problem("daemon", str(error), hint)
        return {}, (Finding("daemon", "not running", problem),)
    tick = f"reads panes every {facts.get('tick_s')} s"
    found = f"pid {facts.get('pid')}, {facts.get('agents')} agents, {tick}"
    version = f"it is version {facts.get('version')}"
    other = Problem("daemon", version, "run: agent-status load")
    running = Finding("daemon", found, None if facts.get("version") == __version__ else other)
    live = (Finding(what, found) for what, found in parse_answer(Ping(), facts).live)
    logged = (_examine_log(log, facts.get("started")),) if log else ()
    return facts, (running, *live, *logged)


def _examine_log(log: Path, started: object) -> Finding:
    """Return the errors in the log since the daemon has `started`, in Unix seconds."""
    lines = read_end(log, LOG_BYTES).decode("utf-8", "replace").splitlines()
    since = started if isinstance(started, int | float) else 0.0
    bad = [line for line in lines if is_bad_since(line, since)]
    if not bad:
        return Finding("log", f"{log}, no errors")
    what = f"{len(bad)} errors, the last one: {clip_text(bad[-1], WORDS)}"
    hint = "report it with the log; until then, agent-status daemon stop and start may help"
    return Finding("log", str(log), Problem("log", what, hint))


def is_bad_since(line: str, since: float) -> bool:
    """Return whether a line of the log is an error at or after `since`, in seconds of the epoch."""
    if not any(level in line for level in BAD_LEVELS):
        return False
    words = line.split(" ")
    try:
        at = time.mktime(time.strptime(" ".join(words[1:3])[:19], "%Y-%m-%d %H:%M:%S"))
    except (ValueError, OverflowError):
        return False
    return at >= int(since)

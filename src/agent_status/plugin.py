"""What is put into a tmux server and taken back again: key bindings, formats, a hook."""

import json
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agent_status.model import Problem
from agent_status.options import Options, parse_options
from agent_status.sense.expiry import END_BEATS, RESUME, START_TIMER
from agent_status.sense.server import CLICK, LENGTH, Server, read_server
from agent_status.sense.tmux import OLDEST, Tmux, TmuxError, quote
from agent_status.show.fitting import list_options
from agent_status.show.placement import (
    FORMATS,
    FRAGMENTS,
    RANGE,
    find_placed,
    insert_fragment,
    remove_fragment,
)

SAVED = "@agent-status-saved"
INDEX = 8731
"""Our own in each hook's list, so that the user's entries are never touched."""
HOOKS = (f"client-attached[{INDEX}]", f"client-detached[{INDEX}]")
"""Where a daemon is started, and where a timer of its beats is started again."""
REST = 40
"""Columns that the right side is left, which is also tmux's default for all of it."""
OWN_GLOBALS = (
    *(f"@agent-status-{name}" for name in ("client", "back", "message")),
    *list_options(),
)
OWN_SCOPES = (("-p", "pane"), ("-w", "window"), ("", "session"))
CARE = "@agent-status-care"
"""What the user decided about a pane's agent; the daemon writes it at a key or command."""
CLIENT = "@agent-status-client"
"""The client that pressed the chooser's key: a popup cannot ask tmux for it."""
NAMED = "env AGENT_STATUS_CLIENT=#{q:client_name} "
CLICKABLE = (3, 4)
"""The oldest tmux that tells which part of the status line was clicked."""
WORDS = re.compile(r""" "(?:\\.|[^"\\])*" | '[^']*' | (?:\\.|[^\s"'\\])+ | \s+ | . """, re.VERBOSE)
"""What a line of tmux's own consists of: quoted texts, words, and the blanks between."""
MARK = re.compile(r"@agent-status-client|AGENT_STATUS_CLIENT=")
"""Stands in each binding of ours, and tells it from anybody else's."""


class OldTmuxError(TmuxError):
    """The server is older than what we work with; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What was there before: old bindings by key, and the right side's length before and after."""

    keys: Mapping[str, str] = field(default_factory=dict)
    length: tuple[str, str] | None = None
    click: str = ""
    """The old binding of a click on the status line; empty if there was none."""


def load(tmux: Tmux, program: Sequence[str]) -> tuple[Options, tuple[Problem, ...]]:
    """
    Bind the keys and place badges and summary; return the options and their problems. Idempotent.

    `program` are the words that run agent-status. Raises OldTmuxError, PartlyError where tmux
    refused some of it, or another TmuxError.
    """
    server = read_server(tmux, FORMATS, SAVED)
    if server.version and not server.version.is_supported:
        message = f"agent-status needs tmux {'.'.join(map(str, OLDEST))} or newer: upgrade tmux"
        raise OldTmuxError(message)
    tmux.apply("".join(f"{line}\n" for line in plan_load(server, program)))
    return parse_options(server.options)


def unload(tmux: Tmux) -> None:
    """Take back everything that is ours but options that the user set; as `load`. Idempotent."""
    server = read_server(tmux, FORMATS, SAVED)
    tmux.apply("".join(f"{line}\n" for line in plan_unload(server)))


def find_program() -> tuple[str, ...]:
    """Return the words that run agent-status as we were run."""
    launcher = Path(sys.executable).parent / "agent-status"
    if launcher.exists():
        return (str(launcher),)
    return (sys.executable, "-P", "-m", "agent_status")


def plan_load(server: Server, program: Sequence[str]) -> tuple[str, ...]:
    """Return the tmux commands that make `server` show what its options say. Pure."""
    options, _ = parse_options(server.options)
    saved = parse_saved(server.saved)
    lines, keys = _plan_keys(server, saved, render_bindings(server, options, program))
    wanted = {name: remove_fragment(server.formats[name]) for name in FRAGMENTS}
    length = grown = _find_length(server, saved)
    if options.auto and not find_placed({**server.formats, **server.local}):
        wanted = {name: insert_fragment(name, text) for name, text in wanted.items()}
        grown = _grow(length, options.summary_width)
    clicks, click = _plan_click(server, saved, render_click(server, options, program))
    now = Saved(keys, (length, grown) if grown != length else None, click)
    formats = _plan_formats(server, wanted, grown)
    return (*lines, *clicks, *formats, *_plan_hooks(program), *_plan_saved(saved, now))


def plan_unload(server: Server) -> tuple[str, ...]:
    """Return the tmux commands that take back what `plan_load` and the daemon did. Pure."""
    saved = parse_saved(server.saved)
    lines, _ = _plan_keys(server, saved, {})
    clicks, _ = _plan_click(server, saved, "")
    wanted = {name: remove_fragment(server.formats[name]) for name in FRAGMENTS}
    formats = _plan_formats(server, wanted, _find_length(server, saved))
    own = [f"set-option -gqu {name}" for name in (*OWN_GLOBALS, SAVED)]
    scoped = {
        f"set-option -qu {scope} -t {quote(target)} @agent-status-{kind}"
        for ids in server.panes
        for (scope, kind), target in zip(OWN_SCOPES, ids, strict=True)
    }
    scoped |= {f"set-option -qu -p -t {quote(ids[0])} {CARE}" for ids in server.panes}
    hooks = (f"set-hook -gu {quote(hook)}" for hook in HOOKS)
    beats = f"{END_BEATS}{RESUME}".splitlines()
    return (*lines, *clicks, *formats, *hooks, *own, *sorted(scoped), *beats)


def render_bindings(server: Server, options: Options, program: Sequence[str]) -> dict[str, str]:
    """Return the command that binds each key; of two on one the chooser's wins, then `next`'s."""
    popup = " \\; ".join(_render_popup(options, program))
    rows = (
        (options.back_key, "Go back from a coding agent", _run_later(NAMED, program, "back")),
        (options.next_key, "Go to the agent that needs you", _run_later(NAMED, program, "next")),
        (options.key, "Choose a coding agent", popup),
    )
    return {
        server.name_key(key): f"bind-key -N {quote(note)} -T prefix {quote(key)} {command}"
        for key, note, command in rows
        if key != "none"
    }


def render_click(server: Server, options: Options, program: Sequence[str]) -> str:
    """
    Return the command that has a click on the summary open the chooser; empty if it should not.

    A click on anything else does what it did. tmux reads the command only when it runs it, so
    that one which it refuses spoils nothing else.
    """
    version = server.version
    if not options.click or version is None or (version.major, version.minor) < CLICKABLE:
        return ""
    ours = f"{{ {' ; '.join(_render_popup(options, program))} }}"
    before = find_command(_find_click(server, parse_saved(server.saved)))
    rest = f" {{ {before} }}" if before else ""
    test = quote(f"#{{==:#{{mouse_status_range}},{RANGE}}}")
    bind = f"bind-key -T root {CLICK} if-shell -F {test} {ours}{rest}"
    return f"if-shell -F 1 {quote(bind)}"


def find_command(line: str) -> str:
    """Return what a line of tmux's binds CLICK to, in a form that can stand within braces."""
    command = line.partition(f" -T root {CLICK} ")[2]
    words = WORDS.findall(command)
    return "".join(";" if word in {"\\;", "\\;\\;"} else word for word in words)


def find_bound(server: Server) -> tuple[str, ...]:
    """Return the keys that hold a binding of ours."""
    return tuple(key for key, line in server.bindings.items() if MARK.search(line))


def parse_saved(text: str) -> Saved:
    """Return what was remembered in the server; of anything else, nothing."""
    try:
        found: Any = json.loads(text)
        keys = {str(key): str(line) for key, line in found["keys"].items()}
        before, after = map(str, found["length"] or ("", ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Saved()
    keys = {key: line for key, line in keys.items() if line.startswith("bind-key ")}
    length = (before, after) if before.isdecimal() and after.isdecimal() else None
    click = str(found.get("click") or "")
    return Saved(keys, length, click if click.startswith("bind-key ") else "")


def _plan_saved(before: Saved, now: Saved) -> tuple[str, ...]:
    if now == before:
        return ()
    if now == Saved():
        return (f"set-option -gqu {SAVED}",)
    return (f"set-option -g {SAVED} {quote(json.dumps(asdict(now)))}",)


def _plan_hooks(program: Sequence[str]) -> tuple[str, ...]:
    """Return the commands that set our hooks."""
    started = _run_later("", program, "daemon", "start", "--unless-stopped")
    commands = zip(HOOKS, (started, START_TIMER), strict=True)
    return tuple(f"set-hook -g {quote(hook)} {quote(command)}" for hook, command in commands)


def _plan_keys(
    server: Server, saved: Saved, wanted: Mapping[str, str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the commands that bind `wanted` and give back the rest, and what to remember."""
    ours = find_bound(server)
    given_back = (_restore(key, saved.keys.get(key)) for key in ours if key not in wanted)
    before = {key: (saved.keys if key in ours else server.bindings).get(key) for key in wanted}
    return (*given_back, *wanted.values()), {key: line for key, line in before.items() if line}


def _plan_click(server: Server, saved: Saved, wanted: str) -> tuple[tuple[str, ...], str]:
    """Return the commands that bind a click or give it back, and what to remember."""
    before = _find_click(server, saved)
    if wanted:
        return (wanted,), before
    if MARK.search(server.click):
        return (before or f"unbind-key -q -T root {CLICK}",), ""
    return (), ""


def _find_click(server: Server, saved: Saved) -> str:
    """Return the binding of a click as it was before ours."""
    return saved.click if MARK.search(server.click) else server.click


def _restore(key: str, line: str | None) -> str:
    return line or f"unbind-key -q -T prefix {quote(key)}"


def _plan_formats(server: Server, wanted: Mapping[str, str], length: str) -> Iterator[str]:
    for name, text in wanted.items():
        if text != server.formats[name]:
            yield f"set-option -g {name} {quote(text)}"
    if length != server.length:
        yield f"set-option -g {LENGTH} {length}"


def _find_length(server: Server, saved: Saved) -> str:
    """Return the right side's length as it was before ours."""
    return saved.length[0] if saved.length and server.length == saved.length[1] else server.length


def _grow(length: str, summary_width: int) -> str:
    columns = int(length) if length.isdecimal() else 0
    return length if columns >= summary_width + REST else str(columns + summary_width + 1)


def _render_popup(options: Options, program: Sequence[str]) -> tuple[str, str]:
    """
    Return the tmux commands that open the chooser for the client that asked.

    tmux refuses a popup larger than the terminal: there, a size in columns or rows is all of it.
    """
    who = f"set-option -gF {CLIENT} {quote('#{client_name}')}"
    asked = {"width": options.popup_width, "height": options.popup_height}
    fixed = {side: size for side, size in asked.items() if size.isdecimal()}
    popup = _render_size(asked, program)
    if fixed:
        tests = (f"#{{?#{{e|<:#{{client_{side}}},{size}}},1,}}" for side, size in fixed.items())
        filled = _render_size(asked | dict.fromkeys(fixed, "100%"), program)
        popup = f"if-shell -F {quote(''.join(tests))} {{ {filled} }} {{ {popup} }}"
    return who, popup


def _render_size(sizes: Mapping[str, str], program: Sequence[str]) -> str:
    """Return the tmux command that opens a popup of these sizes."""
    size = f"-w {quote(sizes['width'])} -h {quote(sizes['height'])}"
    return f"display-popup -EE {size} {quote(_render_choose(program))}"


def _render_choose(program: Sequence[str]) -> str:
    """Return the shell command of the popup: through the script that mends what is missing."""
    script = Path(__file__).parents[2] / "agent-status.tmux"
    choose = shlex.join((*program, "choose"))
    if not script.exists():
        return choose
    mend = shlex.join((str(script), "--choose", *program))
    quick = f"[ -x {shlex.quote(program[0])} ] && exec {choose}; exec {mend}"
    return f"exec sh -c {shlex.quote(quick)}"


def _run_later(before: str, program: Sequence[str], *words: str) -> str:
    """Return the tmux command that runs us without waiting; `before` is for tmux to expand."""
    shell = before + shlex.join((*program, *words)).replace("#", "##")
    return f"run-shell -b {quote(shell + ' >/dev/null 2>&1')}"

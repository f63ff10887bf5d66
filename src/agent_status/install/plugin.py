"""Adds key bindings, formats and hooks to a tmux server, and removes them."""

import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from agent_status.features.badges.fitting import list_options
from agent_status.features.badges.formats import (
    Saved,
    apply_until_stable,
    parse_saved,
    plan_memory,
    plan_placing,
    plan_removal,
)
from agent_status.features.badges.placement import RANGE
from agent_status.model import Problem, clip_text
from agent_status.model.caller import CLIENT_VARIABLE
from agent_status.options import CHOOSER_KEY, Options, find_misspelt, parse_options
from agent_status.tmux.changes import Change
from agent_status.tmux.client import MIN_VERSION, Tmux, TmuxError, quote
from agent_status.tmux.expiry import END_BEATS, RESUME, START_TIMER
from agent_status.tmux.server_state import CLICK, Server
from agent_status.tmux.tap_script import MEMORY

INDEX = 8731
"""Our own in each hook's list, so that the user's entries are never touched."""
HOOKS = (f"client-attached[{INDEX}]", f"client-detached[{INDEX}]")
"""Where a daemon is started, and where a timer of its beats is started again."""
OWN_GLOBALS = (
    *(f"@agent-status-{name}" for name in ("client", "back", "message")),
    *list_options(),
)
OWN_SCOPES = (("-p", "pane"), ("-w", "window"), ("", "session"))
TRIAGE_OPTION = "@agent-status-care"
"""What the user decided about a pane's agent; the daemon writes it at a key or command."""
NAMED = f"{CLIENT_VARIABLE}=#{{q:client_name}}"
CLICKABLE = (3, 4)
"""The oldest tmux that tells which part of the status line was clicked."""
WORDS = re.compile(r""" "(?:\\.|[^"\\])*" | '[^']*' | (?:\\.|[^\s"'\\])+ | \s+ | . """, re.VERBOSE)
"""What a line of tmux's own consists of: quoted texts, words, and the blanks between."""
SHOWN = 160
"""Characters of a binding that a problem tells."""
MARK = re.compile(r"@agent-status-client|AGENT_STATUS_CLIENT=")
"""Stands in each binding of ours, and tells it from anybody else's."""


class OldTmuxError(TmuxError):
    """The server is too old; nothing was changed."""


def load(tmux: Tmux, program: Sequence[str]) -> tuple[Options, tuple[Problem, ...]]:
    """
    Bind the keys and place badges and summary; return the options and their problems. Idempotent.

    `program` is the command line of agent-status. Raises OldTmuxError, PartialError if tmux refused
    some changes, or another TmuxError.
    """
    server = apply_until_stable(tmux, lambda server: plan_load(server, program))
    options, problems = parse_options(server.options)
    taken = (one for one in find_taken(server, options) if one.where == CHOOSER_KEY)
    return options, (*problems, *find_misspelt(server.users), *taken)


def unload(tmux: Tmux) -> None:
    """Remove everything of ours except options that the user set; raises as `load`. Idempotent."""
    apply_until_stable(tmux, plan_unload)


def find_program() -> tuple[str, ...]:
    """Return the command line with which agent-status was run."""
    launcher = Path(sys.executable).parent / "agent-status"
    if launcher.exists():
        return (str(launcher),)
    return (sys.executable, "-P", "-m", "agent_status")


def plan_load(server: Server, program: Sequence[str]) -> tuple[Change, ...]:
    """Return the changes that apply the options of `server`; raise OldTmuxError. Pure."""
    if server.version and not server.version.is_supported:
        message = (
            f"agent-status needs tmux {'.'.join(map(str, MIN_VERSION))} or newer: upgrade tmux"
        )
        raise OldTmuxError(message)
    options, _ = parse_options(server.options)
    saved = parse_saved(server.saved)
    keys, held = _plan_keys(server, saved, render_bindings(server, options, program))
    clicks, click = _plan_click(server, saved, render_click(server, options, program))
    placing = plan_placing(server, saved, options)
    now = Saved(held, placing.length, click, placing.is_placed)
    commands = (*keys, *clicks, *_plan_hooks(program), *placing.commands)
    return (*plan_memory(server, now, commands), *placing.changes)


def plan_unload(server: Server) -> tuple[Change, ...]:
    """Return the changes that undo everything that `plan_load` and the daemon did. Pure."""
    saved = parse_saved(server.saved)
    keys, _ = _plan_keys(server, saved, {})
    clicks, _ = _plan_click(server, saved, "")
    placing = plan_removal(server, saved)
    own = [f"set-option -gqu {name}" for name in OWN_GLOBALS]
    scoped = {
        f"set-option -qu {scope} -t {quote(target)} @agent-status-{kind}"
        for ids in server.panes
        for (scope, kind), target in zip(OWN_SCOPES, ids, strict=True)
    }
    kept = ((ids[0], name) for ids in server.panes for name in (TRIAGE_OPTION, MEMORY))
    scoped |= {f"set-option -qu -p -t {quote(pane)} {name}" for pane, name in kept}
    hooks = (f"set-hook -gu {quote(hook)}" for hook in HOOKS)
    beats = f"{END_BEATS}{RESUME}".splitlines()
    rest = Change((*hooks, *own, *sorted(scoped), *beats))
    memory = plan_memory(server, Saved(), (*keys, *clicks, *placing.commands))
    return (*memory, *placing.changes, rest)


def render_bindings(server: Server, options: Options, program: Sequence[str]) -> dict[str, str]:
    """
    Return the command of each key; on one key, the chooser's wins, then `next`'s.

    A key that the user did not choose, and that is already bound, is left alone.
    """
    named = f"env {NAMED} "
    commands = (
        ("Go back from a coding agent", _run_later(named, program, "back")),
        ("Go to the agent that needs you", _run_later(named, program, "next")),
        ("Choose a coding agent", _render_popup(options, program)),
    )
    bindings: dict[str, str] = {}
    for (option, key), (note, command) in zip(list_keys(options), commands, strict=True):
        if key != "none" and not find_holder(server, option, key):
            line = f"bind-key -N {quote(note)} -T prefix {quote(key)} {command}"
            bindings[server.name_key(key)] = line
    return bindings


def list_keys(options: Options) -> tuple[tuple[str, str], ...]:
    """Return each option that holds a key, with the key."""
    return (
        ("@agent-status-back-key", options.back_key),
        ("@agent-status-next-key", options.next_key),
        (CHOOSER_KEY, options.key),
    )


def find_holder(server: Server, option: str, key: str) -> str:
    """Return the binding of another program on the default key of an option, if any."""
    if server.options.get(option, "").strip():
        return ""
    name = server.name_key(key)
    line = server.bindings.get(name, "")
    return parse_saved(server.saved).keys.get(name, "") if MARK.search(line) else line


def find_taken(server: Server, options: Options) -> Iterator[Problem]:
    """Yield a problem for each key that another program has bound."""
    for option, key in list_keys(options):
        line = find_holder(server, option, key)
        if line:
            what = f"prefix {key} is bound already, to {find_command(line, f'prefix {key}')}"
            hint = f"set -g {option} to another key, to {key} if it may be replaced, or to none"
            yield Problem(option, clip_text(what, SHOWN), hint)


def render_click(server: Server, options: Options, program: Sequence[str]) -> str:
    """
    Return the command that opens the chooser at a click on the summary; empty if not wanted.

    A click on anything else does what it did before. tmux parses the command only when it runs, so
    a part that it refuses breaks nothing else.
    """
    version = server.version
    if not options.click or version is None or (version.major, version.minor) < CLICKABLE:
        return ""
    ours = f"{{ {_render_popup(options, program)} }}"
    before = find_command(_find_click(server, parse_saved(server.saved)))
    rest = f" {{ {before} }}" if before else ""
    test = quote(f"#{{==:#{{mouse_status_range}},{RANGE}}}")
    bind = f"bind-key -T root {CLICK} if-shell -F {test} {ours}{rest}"
    return f"if-shell -F 1 {quote(bind)}"


def find_command(line: str, key: str = f"root {CLICK}") -> str:
    """Return the command that a line of `list-keys` binds to a key, ready for use in braces."""
    command = line.partition(f" -T {key} ")[2]
    words = WORDS.findall(command)
    return "".join(";" if word in {"\\;", "\\;\\;"} else word for word in words)


def find_bound(server: Server) -> tuple[str, ...]:
    """Return the keys with a binding of ours."""
    return tuple(key for key, line in server.bindings.items() if MARK.search(line))


def list_held(server: Server) -> dict[str, str]:
    """Return the bound keys with the commands of other programs; empty for ours."""
    return {
        key: "" if MARK.search(line) else find_command(line, f"prefix {key}") or line
        for key, line in server.bindings.items()
    }


def _plan_hooks(program: Sequence[str]) -> tuple[str, ...]:
    started = _run_later("", program, "daemon", "start", "--unless-stopped")
    commands = zip(HOOKS, (started, START_TIMER), strict=True)
    return tuple(f"set-hook -g {quote(hook)} {quote(command)}" for hook, command in commands)


def _plan_keys(
    server: Server, saved: Saved, wanted: Mapping[str, str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the commands that bind `wanted` and restore the rest, and the state to remember."""
    ours = find_bound(server)
    given_back = (_restore(key, saved.keys.get(key)) for key in ours if key not in wanted)
    before = {key: (saved.keys if key in ours else server.bindings).get(key) for key in wanted}
    return (*given_back, *wanted.values()), {key: line for key, line in before.items() if line}


def _plan_click(server: Server, saved: Saved, wanted: str) -> tuple[tuple[str, ...], str]:
    """Return the commands that bind or restore a click, and the state to remember."""
    before = _find_click(server, saved)
    if wanted:
        return (wanted,), before
    if MARK.search(server.click):
        return (before or f"unbind-key -q -T root {CLICK}",), ""
    return (), ""


def _find_click(server: Server, saved: Saved) -> str:
    """Return the binding of a click before ours."""
    return saved.click if MARK.search(server.click) else server.click


def _restore(key: str, line: str | None) -> str:
    return line or f"unbind-key -q -T prefix {quote(key)}"


def _render_popup(options: Options, program: Sequence[str]) -> str:
    """
    Return the tmux command that opens the chooser for the client that pressed the key.

    The program is passed as words, without a shell. tmux refuses a popup larger than the terminal,
    so a size in columns or rows is limited to the terminal's.
    """
    asked = {"width": options.popup_width, "height": options.popup_height}
    width, height = (_render_size(side, size) for side, size in asked.items())
    words = [quote(word.replace("#", "##")) for word in _list_choose(program)]
    popup = f"display-popup -EE -w {width} -h {height} env {NAMED} {' '.join(words)}"
    return f"run-shell -C {quote(popup)}"


def _render_size(side: str, size: str) -> str:
    """Return a size of the popup, as a format if it may exceed the terminal's."""
    fits = f"#{{?#{{e|<:#{{client_{side}}},{size}}},100%,{size}}}"
    return quote(fits if size.isdecimal() else size)


def _list_choose(program: Sequence[str]) -> tuple[str, ...]:
    """Return the command of the chooser, by the script that installs what is missing."""
    script = Path(__file__).parents[3] / "agent-status.tmux"
    return (str(script), "--choose", *program) if script.exists() else (*program, "choose")


def _run_later(before: str, program: Sequence[str], *words: str) -> str:
    """Return the tmux command that runs us in the background; tmux expands `before`."""
    shell = before + shlex.join((*program, *words)).replace("#", "##")
    return f"run-shell -b {quote(shell + ' >/dev/null 2>&1')}"

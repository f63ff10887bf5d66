"""Check that badges and summary are drawn, and say what to add if they aren't."""

from collections.abc import Iterator, Mapping

from agent_status.features.badges.formats import MAX_REPAIRS, parse_saved
from agent_status.features.badges.placement import (
    FRAGMENTS,
    PLACEHOLDERS,
    STATUS_LINES,
    find_drawn,
    find_placed,
    holds_fragment,
)
from agent_status.features.base import DiagnosisInput
from agent_status.model import Problem
from agent_status.model.finding import Finding
from agent_status.tmux.server_state import Server

EVERY = " and ".join(dict.fromkeys(PLACEHOLDERS.values()))
LISTS = "#{W:"
"""Stands in a format that draws the list of windows itself."""


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield where badges and summary are drawn, what to add if they aren't, and repairs made."""
    if seen.server:
        yield from _examine_formats(seen.server, is_auto=seen.options.auto)
    if repaired := seen.daemon.get("repaired"):
        found = f"repaired {repaired} options that something else had changed; its log names them"
        yield Finding("repairs", found)


def _examine_formats(server: Server, *, is_auto: bool) -> Iterator[Finding]:
    drawn = find_drawn(server.formats, server.users, server.status, server.border)
    placed = find_placed({**server.formats, **server.local}, server.users)
    if placed or not is_auto:
        yield _examine_placed(placed, drawn)
    elif server.status == "off":
        what = "tmux draws no status line, so no badge shows"
        yield Finding("badges", "nowhere", Problem("status", what, "set -g status on"))
    else:
        yield from _examine_ours(drawn, server)


def _examine_placed(placed: tuple[str, ...], drawn: Mapping[str, str]) -> Finding:
    """Return True if what the user placed is drawn; with `auto` off, nothing else is."""
    shown = [name for name in placed if name.partition(" of ")[0] in drawn]
    if shown:
        return Finding("badges", f"where you placed them: {', '.join(shown)}")
    if placed:
        what = f"no line that tmux draws uses {', '.join(placed)}"
        roots = [name for name in (*STATUS_LINES, "pane-border-format") if name in drawn]
        hint = f"place {EVERY} in {' or '.join(roots)}" if roots else "set -g status on"
        return Finding("badges", "nowhere", Problem("formats", what, hint))
    hint = f"place {EVERY} in your formats"
    what = "no badge is placed anywhere, so none will show"
    return Finding("badges", "nowhere", Problem("formats", what, hint))


def _examine_ours(drawn: Mapping[str, str], server: Server) -> Iterator[Finding]:
    """Yield where our fragments are drawn, and a problem for each format where they aren't."""
    lost = [name for name in FRAGMENTS if not holds_fragment(name, server.formats[name])]
    hidden = [name for name in FRAGMENTS if name not in lost and name not in drawn]
    shown = [name for name in FRAGMENTS if name not in lost and name in drawn]
    if shown:
        yield Finding("badges", f"in {', '.join(shown)}")
    for name in lost:
        hint = f"agent-status load; to keep it, add {PLACEHOLDERS[name]} to {name} yourself"
        yield Finding("badges", "overwritten", Problem(name, _describe_lost(server), hint))
    for name in hidden:
        root = _find_root(name, drawn)
        hint = f"add {PLACEHOLDERS[name]} to {root}"
        hint += ", after the name" if name != "status-right" else ""
        problem = Problem(name, "no status line that tmux draws uses this format", hint)
        yield Finding("badges", "not drawn", problem)
    for name in server.local:
        base = name.split(" of ")[0]
        if base in FRAGMENTS:
            hint = f"add {PLACEHOLDERS[base]} to it"
            problem = Problem(name, "a format of its own hides the badge there", hint)
            yield Finding("badges", "hidden", problem)


def _describe_lost(server: Server) -> str:
    saved = parse_saved(server.saved)
    if not saved.is_placed:
        return "no badge has been added there yet"
    if saved.has_stopped:
        return (
            f"something overwrote this format {MAX_REPAIRS} times after the badge was restored,"
            " so it is left alone now"
        )
    return "something has overwritten this format; the daemon restores the badge within seconds"


def _find_root(name: str, drawn: Mapping[str, str]) -> str:
    """Return the drawn line that a placeholder in `name` belongs to."""
    roots = [root for root in STATUS_LINES if root in drawn]
    if name == "status-right":
        return roots[0]
    return next((root for root in roots if LISTS in drawn[root]), roots[0])

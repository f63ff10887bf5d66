"""Writes badges and summary into tmux user options: only those whose text changed."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent_status.features.badges.fitting import list_options, render_formats, render_summaries
from agent_status.features.badges.render import (
    render_pane_badge,
    render_session_badge,
    render_window_badge,
)
from agent_status.model import PaneId, Sighting
from agent_status.options import Options
from agent_status.tmux.client import Tmux, TmuxError, quote
from agent_status.tmux.expiry import BEAT_S, END_BEATS, LATE_S, STOPPED, render_beat, render_ending


@dataclass(frozen=True, slots=True)
class OptionKey:
    """A tmux user option: the flag for its scope, its target, and its name."""

    scope: str
    target: str
    name: str


PANE, WINDOW, SESSION = "@agent-status-pane", "@agent-status-window", "@agent-status-session"
SUMMARY = OptionKey("-g", "", "@agent-status-summary")
FIELDS = ("pane_id", PANE, "window_id", WINDOW, "session_id", SESSION, SUMMARY.name)
"""What is read of each pane to know what the options hold."""
SHARED = tuple(name for name in list_options() if name != SUMMARY.name)
"""What is read once: options that nobody but us would set, and no pane has for itself."""
CHECK_S = 30.0
"""Between two looks whether something else has changed them."""

Row = Sequence[str]


class OptionWriter:
    """
    Writes the options of one server. Every method raises TmuxError if tmux can't be reached.

    `revive` is the shell command that restarts the daemon after it died. Times are monotonic.
    """

    def __init__(self, tmux: Tmux, revive: str = "") -> None:
        self._tmux = tmux
        self._revive = revive
        self._written: dict[OptionKey, str] | None = None
        self._ending: frozenset[OptionKey] | None = None
        self._beat_at = self._checked_at = float("-inf")
        self._strays: tuple[str, ...] = ()

    def plan(self, nonce: str, now: float) -> str:
        """
        Return the commands for this tick, if any: a heartbeat, or a read of the options.

        They print records of `nonce` that begin with B, for `check`.
        """
        late_s, lines = now - self._beat_at, ""
        if late_s >= LATE_S:
            self._written = None
        if late_s >= BEAT_S:
            self._beat_at = now
            lines = render_beat(secrets.token_hex(4))
        if self._written is not None and now - self._checked_at >= CHECK_S:
            lines += _render_query(f"{nonce}:B{nonce}", nonce)
        return lines

    def check(self, rows: Sequence[Row], now: float) -> tuple[str, ...]:
        """Return the names of the options that another program changed; `write` repairs them."""
        if not rows or self._written is None:
            return ()
        self._checked_at = now
        written = self._written
        changed = {
            key: row
            for row in rows
            for key, text in _parse_row(row)
            if text != written.get(key, "")
        }
        if changed:
            self._written = None
            own = ((key, row) for key, row in changed.items() if key.name not in SHARED)
            strays = (line for key, row in own for line in _render_strays(key, row))
            self._strays = tuple(dict.fromkeys(strays))
        return tuple(key.name for key in changed)

    def write(self, wanted: Mapping[OptionKey, str]) -> int:
        """Set the options to `wanted` and unset all others; return how many were written."""
        written = self._read_written() if self._written is None else self._written
        filled = {key: text for key, text in wanted.items() if text}
        lines = list(_render_changes(written, filled))
        ending = self._render_ending(filled)
        if lines or ending:
            self._written = None
            self._tmux.feed("".join(f"{line}\n" for line in lines) + ending)
        if ending:
            self._ending = frozenset(filled)
        self._written = filled
        return len(lines)

    def clear(self) -> None:
        """Unset all our options and the heartbeat timer, no matter which program set them."""
        lines = _render_changes(self._read_written(), {})
        self._tmux.feed("".join(f"{line}\n" for line in lines) + END_BEATS)

    def forget(self) -> None:
        """Forget what was written: another server may be listening now."""
        self._written = self._ending = None
        self._beat_at = float("-inf")

    def _render_ending(self, written: Mapping[OptionKey, str]) -> str:
        """Return the command that tells tmux how to end these options, unless it knows."""
        if self._ending is not None and written.keys() <= self._ending:
            return ""
        return render_ending(_render_changes(written, {SUMMARY: STOPPED}), self._revive)

    def _read_written(self) -> dict[OptionKey, str]:
        """Return the options as set in tmux, including those left by a killed daemon."""
        nonce = secrets.token_hex(8)
        script = "".join(f"{line}\n" for line in self._strays) + _render_query("", nonce)
        lines = self._tmux.feed(script).split("\n")
        self._strays = ()
        rows = (line.split(nonce) for line in lines)
        return {key: text for row in rows for key, text in _parse_row(row) if text}


def render_options(
    sightings: Iterable[Sighting],
    homes: Mapping[PaneId, tuple[str, ...]],
    now: float,
    options: Options,
) -> dict[OptionKey, str]:
    """Return the text of every option. `sightings` are ordered most urgent first."""
    ranked = tuple(sightings)
    windows: dict[str, list[Sighting]] = {}
    sessions: dict[str, list[Sighting]] = {}
    present = [one for one in ranked if one.pane.is_there]
    for one in present:
        windows.setdefault(one.pane.window_id, []).append(one)
        for home in homes.get(one.pane.id, ()):
            sessions.setdefault(home, []).append(one)
    options_held = {
        OptionKey("-p", one.pane.id, PANE): render_pane_badge(one.status, options)
        for one in present
    }
    for window, found in windows.items():
        statuses = [one.status for one in found]
        options_held[OptionKey("-w", window, WINDOW)] = render_window_badge(statuses, options)
    for session, found in sessions.items():
        statuses = [one.status for one in found]
        options_held[OptionKey("", session, SESSION)] = render_session_badge(statuses, options)
    summaries = render_summaries(ranked, now, options)
    if options_held or any(summaries.values()):
        waits = any(one.status.needs_you for one in ranked)
        shared = {**summaries, **render_formats(options, waits=waits)}
        options_held |= {OptionKey("-g", "", name): text for name, text in shared.items()}
    return options_held


def clear_options(tmux: Tmux) -> None:
    """Unset our options if the server is running."""
    try:
        OptionWriter(tmux).clear()
    except TmuxError:
        return


def _render_query(head: str, nonce: str) -> str:
    """Return the commands that print our options: one line per pane, and one for the rest."""
    own, shared = (
        quote(head + nonce.join(f"#{{{name}}}" for name in names)) for names in (FIELDS, SHARED)
    )
    return f"list-panes -a -F {own}\ndisplay-message -p {shared}\n"


def _parse_row(row: Row) -> tuple[tuple[OptionKey, str], ...]:
    """Return the options in a line with their values; empty if the line is torn."""
    if len(row) == len(SHARED):
        return tuple(
            (OptionKey("-g", "", name), text) for name, text in zip(SHARED, row, strict=True)
        )
    if len(row) != len(FIELDS):
        return ()
    pane, badge, window, sign, session, mark, summary = row
    return (
        (OptionKey("-p", pane, PANE), badge),
        (OptionKey("-w", window, WINDOW), sign),
        (OptionKey("", session, SESSION), mark),
        (SUMMARY, summary),
    )


def _render_changes(
    written: Mapping[OptionKey, str], wanted: Mapping[OptionKey, str]
) -> Iterator[str]:
    for key in written.keys() - wanted.keys():
        yield f"set-option -qu {_render_place(key)}"
    for key, text in wanted.items():
        if written.get(key) != text:
            yield f"set-option -q {_render_place(key)} {quote(text)}"


def _render_strays(key: OptionKey, row: Row) -> Iterator[str]:
    """Return the commands that unset an option in every other scope where it was found."""
    pane, _, window, _, session, *_ = row
    targets = {"-p": pane, "-w": window, "": session, "-g": "", "-gw": "", "-s": ""}
    for scope, target in targets.items():
        if scope != key.scope:
            yield f"set-option -qu {_render_place(OptionKey(scope, target, key.name))}"


def _render_place(key: OptionKey) -> str:
    """Return scope, target and name. Targets are ids, so double quotes are enough."""
    target = f'-t "{key.target}"' if key.target else ""
    return f"{key.scope} {target} {key.name}"

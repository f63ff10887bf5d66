"""What our user options hold in tmux, so that only what differs is ever written."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from agent_status.model import PaneId, Sighting
from agent_status.options import Options
from agent_status.sense.tmux import Tmux, TmuxError, quote
from agent_status.show.badges import (
    render_pane_badge,
    render_session_badge,
    render_summary,
    render_window_badge,
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One option of ours: tmux's flag for its scope, whose it is, and its name."""

    scope: str
    target: str
    name: str


PANE, WINDOW, SESSION = "@agent-status-pane", "@agent-status-window", "@agent-status-session"
SUMMARY = Slot("-g", "", "@agent-status-summary")


class Board:
    """The options of one server. Every call may raise TmuxError, where tmux is not to be had."""

    def __init__(self, tmux: Tmux) -> None:
        self._tmux = tmux
        self._held: dict[Slot, str] | None = None

    def write(self, wanted: Mapping[Slot, str]) -> int:
        """Make the options hold `wanted` and nothing else; return how many were written."""
        held = self._read_held() if self._held is None else self._held
        filled = {slot: text for slot, text in wanted.items() if text}
        lines = list(_render_changes(held, filled))
        if lines:
            self._held = None
            self._tmux.feed("".join(lines))
        self._held = filled
        return len(lines)

    def clear(self) -> None:
        """Unset every option of ours, whoever has set it."""
        self._held = None
        self.write({})

    def forget(self) -> None:
        """Believe nothing of what was written: another server may be listening now."""
        self._held = None

    def _read_held(self) -> dict[Slot, str]:
        """Return what is set: what a daemon that was killed has left is then a difference."""
        nonce = secrets.token_hex(8)
        names = ("pane_id", PANE, "window_id", WINDOW, "session_id", SESSION, SUMMARY.name)
        form = nonce.join(f"#{{{name}}}" for name in names)
        lines = self._tmux.feed(f"list-panes -a -F {quote(form)}\n").split("\n")
        held: dict[Slot, str] = {}
        for pane, badge, window, sign, session, mark, summary in _split(lines, nonce):
            held[Slot("-p", pane, PANE)] = badge
            held[Slot("-w", window, WINDOW)] = sign
            held[Slot("", session, SESSION)] = mark
            held[SUMMARY] = summary
        return {slot: text for slot, text in held.items() if text}


def render_board(
    sightings: Iterable[Sighting],
    homes: Mapping[PaneId, tuple[str, ...]],
    now: float,
    options: Options,
) -> dict[Slot, str]:
    """Return what every option should hold; `sightings` come most urgent first."""
    ranked = tuple(sightings)
    windows: dict[str, list[Sighting]] = {}
    sessions: dict[str, list[Sighting]] = {}
    present = [one for one in ranked if one.pane.is_there]
    for one in present:
        windows.setdefault(one.pane.window_id, []).append(one)
        for home in homes.get(one.pane.id, ()):
            sessions.setdefault(home, []).append(one)
    board = {
        Slot("-p", one.pane.id, PANE): render_pane_badge(one.status, options) for one in present
    }
    for window, found in windows.items():
        statuses = [one.status for one in found]
        board[Slot("-w", window, WINDOW)] = render_window_badge(statuses, options)
    for session, found in sessions.items():
        statuses = [one.status for one in found]
        board[Slot("", session, SESSION)] = render_session_badge(statuses, options)
    board[SUMMARY] = render_summary(ranked, now, options)
    return board


def clear_options(tmux: Tmux) -> None:
    """Unset our options where there is a server; one that is gone has none."""
    try:
        Board(tmux).clear()
    except TmuxError:
        return


def _render_changes(held: Mapping[Slot, str], wanted: Mapping[Slot, str]) -> Iterator[str]:
    for slot in held.keys() - wanted.keys():
        yield f"set-option -qu {slot.scope} {_render_target(slot)} {slot.name}\n"
    for slot, text in wanted.items():
        if held.get(slot) != text:
            words = f"{slot.scope} {_render_target(slot)} {slot.name} {quote(text)}"
            yield f"set-option -q {words}\n"


def _render_target(slot: Slot) -> str:
    return f"-t {quote(slot.target)}" if slot.target else ""


def _split(lines: Iterable[str], nonce: str) -> Iterator[tuple[str, ...]]:
    fields = 7
    for line in lines:
        parts = tuple(line.split(nonce))
        if len(parts) == fields:
            yield parts

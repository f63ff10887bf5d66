"""Taking a client to a pane, across sessions and windows, and back to where it was."""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent_status.actions.round import Stop, choose_stop
from agent_status.errors import AgentStatusError
from agent_status.features.badges.render import escape_text
from agent_status.model import PaneId, TmuxClient
from agent_status.model.ref import AgentRef, make_ref
from agent_status.tmux.client import PaneGoneError, Tmux, TmuxError
from agent_status.tmux.clients import read_clients

BACK = "@agent-status-back"
"""The global option that remembers, for each client, where it came from and where we took it."""
MAX_REMEMBERED = 32
MAX_VISITED = 64
WORDS = 200
"""Columns of a message in the status line."""


class NowhereError(AgentStatusError):
    """There is no such place to go to; the text says why."""


@dataclass(frozen=True, slots=True)
class Jump:
    """Where a jump led, and the client that went there; empty if none is attached."""

    ref: AgentRef
    client: str


@dataclass(frozen=True, slots=True)
class Trail:
    """
    Where a client was before we took it to `there`; `there` is empty after going back.

    `visited` are the marks of the stops of `next` in this round, the last one at its end.
    """

    came_from: PaneId
    there: PaneId
    visited: tuple[str, ...] = ()


def jump_to(tmux: Tmux, ref: AgentRef, client: str = "") -> Jump:
    """
    Show a pane on `client`, else on the one used last; zoomed windows stay zoomed.

    With no client attached the pane is only made the current one of its session. Raises
    PaneGoneError, or TmuxError if tmux refuses.
    """
    guest = find_client(tmux, client)
    name = guest.name if guest else ""
    trails = read_trails(tmux)
    here = guest.pane if guest else PaneId("")
    _go(tmux, guest, ref)
    _write_trail(tmux, trails, name, advance_trail(trails.get(name), here, ref.pane))
    return Jump(ref, name)


def jump_next(tmux: Tmux, waiting: Sequence[Stop], client: str = "") -> Jump | None:
    """
    Jump as `jump_to` does to the next stop of the round; None if the round is over.

    `waiting` is as `choose_stop` takes it; what was visited is remembered for each client.
    """
    guest = find_client(tmux, client)
    name = guest.name if guest else ""
    trails = read_trails(tmux)
    trail = trails.get(name, Trail(PaneId(""), PaneId("")))
    here = guest.pane if guest else trail.there
    stop, visited = choose_stop(waiting, trail.visited, here)
    if stop is None:
        _write_trail(tmux, trails, name, replace(trail, visited=()))
        return None
    _go(tmux, guest, stop.ref)
    trail = replace(advance_trail(trails.get(name), here, stop.ref.pane), visited=visited)
    _write_trail(tmux, trails, name, trail)
    return Jump(stop.ref, name)


def jump_back(tmux: Tmux, client: str = "") -> Jump:
    """
    Show `client` the pane from which it was taken first, and again: the one that it left then.

    Raises NowhereError, PaneGoneError, or TmuxError.
    """
    guest = find_client(tmux, client)
    trails = read_trails(tmux)
    trail = trails.get(guest.name) if guest else None
    if guest is None or trail is None or not trail.came_from:
        message = "There is nowhere to go back to: no jump was made from here."
        raise NowhereError(message)
    _switch(guest, _find_home(tmux, trail.came_from, guest.session_id))
    back = replace(trail, came_from=guest.pane, there=PaneId(""))
    _write_trail(tmux, trails, guest.name, back)
    return Jump(make_ref(trail.came_from), guest.name)


def advance_trail(trail: Trail | None, here: PaneId, there: PaneId) -> Trail:
    """Return the trail after a jump; several in a row are one way, which leads back at once."""
    if trail and trail.there == here:
        return replace(trail, there=there)
    return Trail(here, there, trail.visited if trail else ())


def find_client(tmux: Tmux, name: str = "") -> TmuxClient | None:
    """Return the client of that name, else the one that was used last, if any is attached."""
    clients = read_clients(tmux)
    named = [client for client in clients if client.name == name]
    return next(iter((*named, *clients)), None)


def find_viewer(tmux: Tmux, terminal: str) -> str | None:
    """
    Return the client used last of those that show the pane of that terminal, empty for none.

    None for a terminal of no pane, as a popup's is: what it inherits may name another pane.
    """
    panes = {pane.pane_id for pane in _find_panes(tmux, pane_tty=terminal)}
    names = [client.name for client in read_clients(tmux) if client.pane in panes]
    return next(iter(names), "") if panes else None


def show_message(tmux: Tmux, client: str, words: str) -> None:
    """Show a message in the status line of `client`, else of the one used last, if there is one."""
    text = escape_text(words, WORDS).replace("%", "%%")
    # tmux 3.2 refuses -c
    for where in (("-c", client), ()):
        with contextlib.suppress(TmuxError):
            tmux.run(("display-message", *where, text))
            return


def read_trails(tmux: Tmux) -> dict[str, Trail]:
    """Return where each client came from; nothing if the option holds anything strange."""
    text = tmux.run(("show-options", "-gqv", BACK))
    try:
        found = json.loads(text or "{}")
        return {
            str(name): Trail(PaneId(str(came_from)), PaneId(str(there)), tuple(map(str, visited)))
            for name, (came_from, there, *visited) in found.items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}


def _write_trail(tmux: Tmux, trails: dict[str, Trail], name: str, trail: Trail) -> None:
    latest = {other: one for other, one in trails.items() if other != name} | {name: trail}
    rows = {
        name: [one.came_from, one.there, *one.visited[-MAX_VISITED:]]
        for name, one in list(latest.items())[-MAX_REMEMBERED:]
    }
    tmux.run(("set-option", "-gq", BACK, json.dumps(rows)))


def _find_panes(tmux: Tmux, **wanted: Any) -> list[Any]:
    """Return libtmux's panes in which all of `wanted` is so."""
    from agent_status.tmux.objects import BoundedServer  # noqa: PLC0415  takes its time

    return list(BoundedServer(tmux).panes.filter(**wanted))


def _find_home(tmux: Tmux, pane: PaneId, session: str) -> Any:
    """Return libtmux's pane `pane`: in `session`, if its window is linked there too."""
    homes = _find_panes(tmux, pane_id=pane)
    if not homes:
        message = f"there is no pane {pane} any more"
        raise PaneGoneError(message)
    return next((home for home in homes if home.session_id == session), homes[0])


def _go(tmux: Tmux, guest: TmuxClient | None, ref: AgentRef) -> None:
    if not ref.is_local:
        message = f"{ref} is on another machine: can't jump there"
        raise NowhereError(message)
    home = _find_home(tmux, ref.pane, guest.session_id if guest else "")
    if guest:
        _switch(guest, home)
        return
    home.server.cmd("select-window", target=f"{home.session_id}:{home.window_id}")
    home.cmd("select-pane", "-Z")


def _switch(guest: TmuxClient, home: Any) -> None:
    target = f"{home.session_id}:{home.window_id}.{home.pane_id}"
    home.server.cmd("switch-client", "-Z", "-c", guest.name, target=target)

"""What the daemon answers to each request: one table from op to function, and who may ask."""

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Protocol

from agent_status import __version__
from agent_status.daemon.pane import TrackedPane
from agent_status.daemon.quarantine import MAX_S
from agent_status.detect.found import Found
from agent_status.detect.pane import ObservedPane
from agent_status.errors import RefusedError
from agent_status.features.base import Op
from agent_status.model import PLAIN, Capture, PaneId, Screen, Status, Style, Verb
from agent_status.protocol.explanation import render_found
from agent_status.protocol.messages import BadRequestError, Request
from agent_status.protocol.report import render_ask
from agent_status.system.cpu_limit import cpu_limit
from agent_status.system.log import format_error
from agent_status.system.processes import Peer
from agent_status.terminal.capture import PIECES, TAB, TEXT
from agent_status.tmux.client import TmuxError

LONG_S = 3600.0
"""For so long a screen was the same that has never been seen to change."""
ENDED = re.compile(r"ended:[0-9a-f]{8}")
"""A row of work whose agent is gone."""
PANE = re.compile(r"%[0-9]{1,9}")
"""Nothing else of a request's may become a word of a tmux command."""


class DaemonApi(Protocol):
    """The daemon, as far as its answers need it."""

    def describe(self) -> dict[str, Any]:
        """Return what `ping` tells besides the process."""

    def build_report(self) -> dict[str, Any]:
        """Return the report of now."""

    def find(self, pane: str) -> TrackedPane | None:
        """Return what is known of a pane."""

    def decide(self, pane: PaneId, status: Status) -> Status:
        """Return what features decide about a status that was found in a pane just now."""

    def sense(self, pane: PaneId) -> dict[str, Any]:
        """Return the report on a pane alone, after a look at it now."""

    def read_now(self) -> float:
        """Return the monotonic time."""

    @property
    def ops(self) -> Mapping[str, Op]:
        """The ops that the daemon's companions answer."""

    def admit(self, verb: str, request: Request, peer: Peer | None) -> None:
        """Raise CallerError unless the caller may do `verb` for the user."""

    def acknowledge(self, pane: PaneId, *, jumped: bool = False) -> str:
        """
        Take the user's word that they have reviewed the result in `pane`, or only saw it.

        Return why that was not kept.
        """

    def look(self) -> None:
        """Tick at once."""

    def notice(self, pane: PaneId) -> None:
        """Look at a pane at once, even if tmux reports no change."""

    def stop(self) -> None:
        """End soon."""


def answer(host: DaemonApi, request: Request, peer: Peer | None) -> Any:
    """
    Return the answer's data; raise RefusedError or BadRequestError.

    What the user decides is refused to a caller who is not the user, before anything is done.
    """
    name = request["op"]
    if name not in {*OPS, *host.ops}:
        message = f"there is no op {name[:40]!r}; there are {', '.join((*OPS, *host.ops))}"
        raise BadRequestError(message)
    for verb in find_verbs(request):
        host.admit(verb, request, peer)
    return OPS[name](host, request) if name in OPS else host.ops[name](request)


def find_verbs(request: Request) -> tuple[str, ...]:
    """Return what a request decides for the user; of an op in no table, the op itself."""
    name = request["op"]
    if name in READS:
        return ()
    return DECIDES[name](request) if name in DECIDES else (name,)


def _ping(host: DaemonApi, _: Request) -> dict[str, Any]:
    return {"pid": os.getpid(), "version": __version__} | host.describe()


def _list(host: DaemonApi, _: Request) -> dict[str, Any]:
    return host.build_report()


def _screen(host: DaemonApi, request: Request) -> dict[str, Any]:
    watched, observed = _find_pane(host, request)
    if not watched.capture:
        message = f"pane {watched.pane.id} is not watched: no agent was found in it"
        raise RefusedError(message)
    screen: dict[str, Any] = _guard(lambda: render_screen(observed.screen))
    return {"pane": watched.pane.id} | screen


def _explain(host: DaemonApi, request: Request) -> dict[str, Any]:
    watched, observed = _find_pane(host, request)
    now, pane = host.read_now(), watched.pane.id

    def explain() -> str:
        found = _find(observed, now)
        decided = replace(found, status=host.decide(pane, found.status))
        return render_found(decided, f"{pane} {watched.pane.place}", now, pane)

    return {"text": _guard(explain)}


def _report(host: DaemonApi, request: Request) -> dict[str, Any]:
    watched, _ = _find_pane(host, request)
    after = request.get("after", -1)
    blocks, more = watched.history.read(after if isinstance(after, int) else -1)
    return {
        "blocks": blocks,
        "more": more,
        "now": host.read_now(),
        "wall": time.time(),
        "hint": watched.hint,
    }


def _see(host: DaemonApi, request: Request) -> dict[str, Any]:
    pane = request.get("pane")
    if not (isinstance(pane, str) and ENDED.fullmatch(pane)):
        pane = _find_pane(host, request)[0].pane.id
    trouble = host.acknowledge(PaneId(pane), jumped=request.get("jumped") is True)
    if trouble:
        message = f"it is kept only until the daemon ends: {trouble}"
        raise RefusedError(message)
    return {}


def _sense(host: DaemonApi, request: Request) -> dict[str, Any]:
    pane = PaneId(str(request.get("pane")))
    if not PANE.fullmatch(pane):
        message = f"there is no pane {pane[:40]}"
        raise RefusedError(message)
    try:
        agents = host.sense(pane)["agents"]
    except TmuxError as error:
        raise RefusedError(str(error)) from error
    if host.find(pane) is None:
        return {"pane": pane, "gone": True}
    watched, observed = _find_pane(host, request)
    found = _guard(lambda: _find(observed, host.read_now()))
    seen = render_sight(watched, found, host.read_now())
    return seen | {"agent": next(iter(agents), None)}


def _event(host: DaemonApi, request: Request) -> dict[str, Any]:
    host.notice(PaneId(str(request.get("pane"))))
    return {}


def _look(host: DaemonApi, _: Request) -> dict[str, Any]:
    host.look()
    return {}


def _stop(host: DaemonApi, _: Request) -> dict[str, Any]:
    host.stop()
    return {}


def _may(_: DaemonApi, __: Request) -> dict[str, Any]:
    """Answer a command that is about to type: it was admitted by now."""
    return {}


def _read_verb(request: Request) -> tuple[str, ...]:
    verb = request.get("verb")
    if verb not in set(Verb):
        message = f"verb is one of {', '.join(Verb)}"
        raise BadRequestError(message)
    return (str(verb),)


OPS: dict[str, Callable[[DaemonApi, Request], Any]] = {
    "ping": _ping,
    "list": _list,
    "watch": _list,
    "screen": _screen,
    "sense": _sense,
    "explain": _explain,
    "report": _report,
    "seen": _see,
    "look": _look,
    "event": _event,
    "stop": _stop,
    "may": _may,
}
READS = frozenset(
    {"ping", "list", "watch", "screen", "sense", "explain", "report", "look", "event"}
    | {"log", "review"}
)
"""What anybody may ask, as it decides nothing."""
CARE = {"pin": Verb.PIN, "mute": Verb.MUTE, "snooze_s": Verb.SNOOZE}
DECIDES: Mapping[str, Callable[[Request], tuple[str, ...]]] = {
    "may": _read_verb,
    "seen": lambda _: (Verb.ACKNOWLEDGE,),
    "care": lambda request: tuple(verb for name, verb in CARE.items() if name in request),
    "note": lambda request: (Verb.NOTE,) if isinstance(request.get("text"), str) else (),
    "stop": lambda _: (Verb.STOP,),
    "unreview": lambda _: (Verb.ACKNOWLEDGE,),
}
"""What each other request decides for the user."""


def render_screen(screen: Screen) -> dict[str, Any]:
    """Return a screen as JSON data; of a style only what is not plain."""
    cursor = screen.cursor
    return {
        "width": screen.width,
        "height": screen.height,
        "title": screen.title,
        "alternate": screen.alternate,
        "cursor": [cursor.x, cursor.y, cursor.visible],
        "rows": [
            [row.text, [[span.start, span.end, _render_style(span.style)] for span in row.spans]]
            for row in screen.rows
        ],
    }


def render_sight(watched: TrackedPane, found: Found, now: float) -> dict[str, Any]:
    """
    Return what is on a pane's screen at this instant as JSON data.

    An ask that is only held, as it went away a moment ago, is not in `live`. `rows` are the texts
    as tmux itself finds them when it searches the pane, `still_s` the seconds since they changed.
    """
    pane, winner, status = watched.pane, found.winner, found.status
    ask = winner.ask if winner else None
    capture = watched.capture or Capture(pane.width, pane.height, ())
    return {
        "version": watched.painted,
        "pane": pane.id,
        "place": pane.place,
        "pane_pid": pane.pid,
        "command": pane.command,
        "in_mode": pane.in_mode,
        "size": [capture.width, capture.height],
        "cursor": [capture.cursor.x, capture.cursor.y, capture.cursor.visible],
        "rows": [_read_text(line) for line in capture.lines],
        "still_s": min(max(0.0, now - watched.moved_at), LONG_S),
        "live": {
            "state": winner.state.value if winner and winner.state else None,
            "ask": render_ask(replace(ask, kind=status.state) if ask and status.ask else ask),
            "box": found.regions.get("box", ""),
        },
        "keys": asdict(found.keys),
    }


def _read_text(line: str) -> str:
    """Return a captured line as tmux has it: with its tabs, and letters that are drawn as lines."""
    pieces = (piece[TEXT] or piece[TAB] or "" for piece in PIECES.finditer(line))
    return "".join(pieces).rstrip(" \t")


def _render_style(style: Style) -> dict[str, Any]:
    values = ((slot.name, getattr(style, slot.name)) for slot in fields(Style))
    return {name: value for name, value in values if value != getattr(PLAIN, name)}


def _find_pane(host: DaemonApi, request: Request) -> tuple[TrackedPane, ObservedPane]:
    pane = request.get("pane")
    watched = host.find(pane) if isinstance(pane, str) else None
    if watched is None or watched.observed is None:
        message = f"there is no pane {str(pane)[:40]}"
        raise RefusedError(message)
    return watched, watched.observed


def _find(observed: ObservedPane, now: float) -> Found:
    """Return what the last look found; a pane that no tick has looked at is looked at now."""
    return observed.found or observed.look(now)


def _guard(question: Callable[[], Any]) -> Any:
    try:
        with cpu_limit(MAX_S):
            return question()
    except Exception as error:
        message = f"agent-status failed at this pane: {format_error(error)}"
        raise RefusedError(message) from error

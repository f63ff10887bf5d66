"""What the daemon answers to each request: one table from message to function."""

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from agent_status import __version__
from agent_status.daemon.pane import TrackedPane
from agent_status.daemon.quarantine import MAX_S
from agent_status.detect.found import Found
from agent_status.detect.pane import ObservedPane
from agent_status.errors import RefusedError
from agent_status.features.base import Op
from agent_status.model import Capture, PaneId, Screen, Status, clip_text
from agent_status.model.ref import make_ref
from agent_status.protocol.convert import decode, encode
from agent_status.protocol.explanation import render_found
from agent_status.protocol.messages import (
    MAX_SHOWN,
    Acknowledge,
    BadRequestError,
    Done,
    Explain,
    Explanation,
    HistoryPart,
    HookEvent,
    Inspect,
    LendPipe,
    List,
    Look,
    May,
    Ping,
    PipeLoan,
    ReadHistory,
    ReadSession,
    Request,
    ScreenShot,
    SessionPlace,
    ShowScreen,
    Stop,
    Watch,
)
from agent_status.protocol.pane_state import Live, PaneState
from agent_status.protocol.report import render_ask
from agent_status.protocol.rows import ReportedAsk
from agent_status.system.cpu_limit import cpu_limit
from agent_status.system.log import format_error
from agent_status.system.processes import Peer
from agent_status.terminal.capture import PIECES, TAB, TEXT
from agent_status.tmux.client import TmuxError

LONG_S = 3600.0
"""For so long a screen was the same that has never been seen to change."""
ENDED = re.compile(r"ended:[0-9a-f]{8}")
"""A row of work whose agent is gone."""
MAX_LOAN_S = 60.0
"""A pane's pipe is lent for so long at most, unless it is asked for again."""
PANE = re.compile(r"%[0-9]{1,9}")
"""Nothing else of a request's may become a word of a tmux command."""


class DaemonApi(Protocol):
    """The daemon, as far as its answers need it."""

    def describe(self) -> dict[str, Any]:
        """Return what `ping` reports besides the process."""

    def build_report(self) -> dict[str, Any]:
        """Return the report of now."""

    def find(self, pane: str) -> TrackedPane | None:
        """Return what is known about a pane."""

    def decide(self, pane: PaneId, status: Status) -> Status:
        """Return what features decide about a status that was found in a pane just now."""

    def inspect(self, pane: PaneId) -> dict[str, Any]:
        """Return the report on a pane alone, after a look at it now; raise TmuxError."""

    def read_now(self) -> float:
        """Return the monotonic time."""

    @property
    def ops(self) -> Mapping[str, Op]:
        """The ops that features answer."""

    def admit(self, verb: str, request: Request[Any], peer: Peer | None) -> None:
        """Raise CallerError unless the caller may do `verb` for the user."""

    def acknowledge(self, pane: PaneId, *, jumped: bool = False) -> str:
        """
        Record that the user has reviewed the result in `pane`, or only saw it.

        Return why that was not kept; empty if it was.
        """

    def describe_input(self, pane: PaneId) -> str:
        """Return how a pane is followed, in words."""

    def lend_pipe(self, pane: PaneId, seconds: float) -> bool:
        """Leave a pane's pipe to another program for that long; return True if it was ours."""

    def refresh(self) -> None:
        """Read all panes at once."""

    def refresh_pane(self, pane: PaneId) -> None:
        """Read a pane at once, even if tmux reports no change."""

    def stop(self) -> None:
        """End soon."""


def answer(api: DaemonApi, request: Request[Any], peer: Peer | None) -> Any:
    """
    Return the answer's JSON data; raise RefusedError or BadRequestError.

    A request for what the user decides is refused to other callers before anything is done.
    """
    if request.ref.host:
        message = f"this daemon knows no host {clip_text(request.ref.host, MAX_SHOWN)}"
        raise RefusedError(message)
    for verb in request.verbs:
        api.admit(verb, request, peer)
    if type(request) in HANDLERS:
        found = HANDLERS[type(request)](api, request)
    elif request.op in api.ops:
        found = api.ops[request.op](request)
    else:
        message = f"there is no op {request.op!r} here"
        raise BadRequestError(message)
    return found if isinstance(found, dict) else encode(found)


def _ping(api: DaemonApi, _: Ping) -> dict[str, Any]:
    return {"pid": os.getpid(), "version": __version__} | api.describe()


def _list(api: DaemonApi, _: List | Watch) -> dict[str, Any]:
    return api.build_report()


def _show_screen(api: DaemonApi, request: ShowScreen) -> ScreenShot:
    tracked, observed = _find_pane(api, request)
    if not tracked.capture:
        message = f"pane {tracked.pane.id} is not watched: no agent was found in it"
        raise RefusedError(message)
    screen: Screen = _guard(lambda: observed.screen)
    return ScreenShot(request.ref, screen)


def _explain(api: DaemonApi, request: Explain) -> Explanation:
    tracked, observed = _find_pane(api, request)
    now, pane = api.read_now(), tracked.pane.id

    def explain() -> str:
        found = _find(observed, now)
        decided = replace(found, status=api.decide(pane, found.status))
        name = f"{pane} {tracked.pane.place}"
        return render_found(decided, name, now, pane, api.describe_input(pane))

    return Explanation(_guard(explain))


def _read_history(api: DaemonApi, request: ReadHistory) -> HistoryPart:
    tracked, _ = _find_pane(api, request)
    blocks, more = tracked.history.read(request.after)
    return HistoryPart(tuple(blocks), more, api.read_now(), time.time(), tracked.hint)


def _read_session(api: DaemonApi, request: ReadSession) -> SessionPlace:
    return SessionPlace(_find_pane(api, request)[0].session_facts.path)


def _acknowledge(api: DaemonApi, request: Acknowledge) -> Done:
    pane = request.ref.pane
    if not ENDED.fullmatch(pane):
        pane = _find_pane(api, request)[0].pane.id
    trouble = api.acknowledge(pane, jumped=request.jumped)
    if trouble:
        message = f"it is kept only until the daemon ends: {trouble}"
        raise RefusedError(message)
    return Done()


def _inspect(api: DaemonApi, request: Inspect) -> dict[str, Any]:
    pane = request.ref.pane
    if not PANE.fullmatch(pane):
        raise _miss_pane(pane)
    try:
        agents = api.inspect(pane)["agents"]
    except TmuxError as error:
        raise RefusedError(str(error)) from error
    if api.find(pane) is None:
        return {"pane": pane, "gone": True}
    tracked, observed = _find_pane(api, request)
    found = _guard(lambda: _find(observed, api.read_now()))
    seen: dict[str, Any] = encode(describe_pane(tracked, found, api.read_now()))
    return seen | {"agent": next(iter(agents), None)}


def _take_event(api: DaemonApi, request: HookEvent) -> Done:
    api.refresh_pane(request.ref.pane)
    return Done()


def _lend_pipe(api: DaemonApi, request: LendPipe) -> PipeLoan:
    seconds = min(max(0.0, request.seconds), MAX_LOAN_S)
    return PipeLoan(api.lend_pipe(_find_pane(api, request)[0].pane.id, seconds))


def _look(api: DaemonApi, _: Look) -> Done:
    api.refresh()
    return Done()


def _stop(api: DaemonApi, _: Stop) -> Done:
    api.stop()
    return Done()


def _permit(_: DaemonApi, __: May) -> Done:
    """Answer a command that is about to type: it was admitted by now."""
    return Done()


HANDLERS: Mapping[type, Callable[[DaemonApi, Any], Any]] = {
    Ping: _ping,
    List: _list,
    Watch: _list,
    ShowScreen: _show_screen,
    Inspect: _inspect,
    Explain: _explain,
    ReadHistory: _read_history,
    ReadSession: _read_session,
    Acknowledge: _acknowledge,
    Look: _look,
    HookEvent: _take_event,
    LendPipe: _lend_pipe,
    Stop: _stop,
    May: _permit,
}
"""The other requests are answered by features."""


def describe_pane(tracked: TrackedPane, found: Found, now: float) -> PaneState:
    """
    Return what is on a pane's screen at this instant, without the report's row.

    A request that is only held, as it went away a moment ago, is not in `live`. `rows` are the
    texts as tmux itself finds them when it searches the pane.
    """
    pane, winner, status = tracked.pane, found.winner, found.status
    ask = winner.ask if winner else None
    if ask and status.ask:
        ask = replace(ask, kind=status.state)
    capture = tracked.capture or Capture(pane.width, pane.height, ())
    return PaneState(
        ref=make_ref(pane.id),
        version=tracked.painted,
        place=pane.place,
        pane_pid=pane.pid,
        command=pane.command,
        in_mode=pane.in_mode,
        size=(capture.width, capture.height),
        cursor=capture.cursor,
        rows=tuple(map(_read_text, capture.lines)),
        still_s=min(max(0.0, now - tracked.moved_at), LONG_S),
        live=Live(
            winner.state if winner else None,
            decode(ReportedAsk, render_ask(ask)) if ask else None,
            found.regions.get("box", ""),
        ),
        keys=found.keys,
    )


def _read_text(line: str) -> str:
    """Return a captured line as tmux has it: with its tabs, and letters that are drawn as lines."""
    pieces = (piece[TEXT] or piece[TAB] or "" for piece in PIECES.finditer(line))
    return "".join(pieces).rstrip(" \t")


def _find_pane(api: DaemonApi, request: Request[Any]) -> tuple[TrackedPane, ObservedPane]:
    tracked = api.find(request.ref.pane)
    if tracked is None or tracked.observed is None:
        raise _miss_pane(request.ref.pane)
    return tracked, tracked.observed


def _miss_pane(pane: str) -> RefusedError:
    return RefusedError(f"there is no pane {clip_text(pane, MAX_SHOWN)}")


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

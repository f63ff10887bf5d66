"""Which requests a pane showed and since when it is watched: whether a call was asked for. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from agent_status.model import Ask, State, Status, ToolCall
from agent_status.model.text import flatten_text

MAX_REQUESTS = 32
EARLY_S = 600.0
"""A request for the same command may be this much older than the call's own record says."""
LATE_S = 2.0
"""How far the clocks of a session file and of ours may be apart."""
MIN_BEGIN = 24
"""Characters with which a command begins that say which one it is."""
MAX_WRAPPER = 24
"""Characters that an agent puts around a command, as in `bash -lc '...'`."""
SETTLED_S = 10.0
"""A call of an agent that rests for so long has no result; files are read late."""
RESTS = frozenset({State.ERROR, State.REVIEW, State.FINISHED, State.IDLE})
GAP_S = 15.0
"""Nobody was watching if two looks are further apart."""


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request that was on the screen, in Unix seconds."""

    identity: str
    kind: State
    about: str
    """Its command or file; empty if it names neither."""
    first_at: float
    last_at: float
    call: str = ""
    """The id of the call that it was for; empty while that is unknown."""


@dataclass(frozen=True, slots=True)
class PaneWatch:
    """What was seen of one agent's pane, in Unix seconds."""

    agent: tuple[str, int | None]
    """Its kind and process."""
    since: float
    """Since when nothing can have been missed."""
    seen_at: float
    """When it was looked at last."""
    unclear: tuple[float, float] = (0.0, 0.0)
    """From when to when its screen was not understood last."""
    rests_since: float | None = None
    """Since when its agent rests."""
    requests: tuple[SeenRequest, ...] = ()
    """Oldest first."""


def advance_watch(watch: PaneWatch | None, status: Status, at: float) -> PaneWatch:
    """Return the watch of a pane after a look at Unix `at`."""
    agent = (status.agent.kind, status.agent.pid) if status.agent else ("", None)
    if watch is None or watch.agent != agent:
        watch = PaneWatch(agent, at, at)
    if not 0 <= at - watch.seen_at <= GAP_S:
        watch = replace(watch, since=at)
    watch = replace(watch, seen_at=at)
    rests_since = (watch.rests_since or at) if status.state in RESTS else None
    watch = replace(watch, rests_since=rests_since)
    if status.state is State.UNKNOWN:
        begin, end = watch.unclear
        watch = replace(watch, unclear=(begin if at - end <= GAP_S else at, at))
    return _record(watch, status.ask, at) if status.ask else watch


def has_rested(watch: PaneWatch) -> bool:
    """Return True if each call that the agent had begun must have ended."""
    return watch.rests_since is not None and watch.seen_at - watch.rests_since >= SETTLED_S


def _record(watch: PaneWatch, ask: Ask, at: float) -> PaneWatch:
    last = watch.requests[-1] if watch.requests else None
    if last and last.identity == ask.identity and at - last.last_at <= GAP_S:
        return replace(watch, requests=(*watch.requests[:-1], replace(last, last_at=at)))
    about = ask.command or ask.file
    seen = SeenRequest(ask.identity, ask.kind, about, at, at)
    return replace(watch, requests=(*watch.requests, seen)[-MAX_REQUESTS:])


def judge_call(
    call: ToolCall, others: Iterable[ToolCall], watch: PaneWatch
) -> tuple[bool | None, PaneWatch]:
    """
    Return whether the user was asked for a call that has ended; None if that can't be known.

    Each request for a command or file counts for one call, which the returned watch holds. One that
    names something else counts only if no other call is about that.
    """
    end = call.ended_at or call.at
    own = next((one for one in watch.requests if _is_for(one, call, end)), None)
    if own:
        taken = replace(own, call=call.id)
        requests = tuple(taken if one is own else one for one in watch.requests)
        return True, replace(watch, requests=requests)
    over = [one for one in watch.requests if _was_open(one, call.at, end)]
    named = [other for other in others if other.id != call.id]
    if any(not any(_matches(one, other) for other in named) for one in over):
        return True, watch
    was_clear = watch.unclear[1] < call.at or watch.unclear[0] > end
    was_watched = watch.since <= call.at and was_clear
    return (False if was_watched else None), watch


def _is_for(request: SeenRequest, call: ToolCall, end: float) -> bool:
    in_time = request.last_at >= call.at - EARLY_S and request.first_at <= end + LATE_S
    return in_time and not request.call and _matches(request, call)


def _was_open(request: SeenRequest, begin: float, end: float) -> bool:
    """Return True if it waited for an approval while a call was under way."""
    in_time = request.last_at >= begin - LATE_S and request.first_at <= end + LATE_S
    return in_time and request.kind is State.APPROVAL


def _matches(request: SeenRequest, call: ToolCall) -> bool:
    """Return True if it names the call's command or file."""
    about, command = flatten_text(request.about), flatten_text(call.command)
    if not about:
        return False
    if any(path == about or path.endswith(f"/{about.lstrip('./')}") for path in call.paths):
        return True
    return bool(command) and (about == command or _is_part(about, command))


def _is_part(about: str, command: str) -> bool:
    """Return True if a screen may have shown `command` as `about`: cut, or without a wrapper."""
    begins = len(about) >= MIN_BEGIN and command.startswith(about.rstrip(" …."))
    wrapped = about in command and len(command) - len(about) <= MAX_WRAPPER
    return begins or (wrapped and len(about) * 2 >= len(command))

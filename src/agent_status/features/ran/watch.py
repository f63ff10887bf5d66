"""Which requests a pane showed and since when it is watched: whether a call was asked for. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from agent_status.model import Ask, CallEnd, Flag, State, Status, ToolCall
from agent_status.model.text import flatten_text

MAX_REQUESTS = 32
EARLY_S = 600.0
"""A request for the same command may be this much older than the call's own record says."""
DENIED_S = 1.5
"""A call was denied if its request was still there so shortly before its end."""
LATE_S = 2.0
"""How far the clocks of a session file and of ours may be apart."""
MIN_BEGIN = 24
"""Characters with which a command begins that say which one it is."""
MAX_WRAPPER = 24
"""Characters that an agent puts around a command, as in `bash -lc '...'`."""
GAP_S = 15.0
"""Nobody was watching if two looks are further apart."""
SETTLED_S = 5.0
"""A call without a result is given up once its agent has rested for so long."""
RESTS = frozenset({State.IDLE, State.FINISHED, State.REVIEW, State.ERROR, State.LIMITED})


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
    requests: tuple[SeenRequest, ...] = ()
    """Oldest first."""
    rests_since: float | None = None
    """Since when it does nothing, not even in the background; None while it works or waits."""

    @property
    def rest_at(self) -> float:
        """When it began to rest, if that was long ago enough; else 0."""
        begun = self.rests_since
        return begun if begun is not None and self.seen_at - begun >= SETTLED_S else 0.0


def advance_watch(watch: PaneWatch | None, status: Status, at: float) -> PaneWatch:
    """Return the watch of a pane after a look at Unix `at`."""
    agent = (status.agent.kind, status.agent.pid) if status.agent else ("", None)
    if watch is None or watch.agent != agent:
        watch = PaneWatch(agent, at, at)
    if not 0 <= at - watch.seen_at <= GAP_S:
        watch = replace(watch, since=at)
    rests = status.state in RESTS and Flag.BACKGROUND not in status.flags
    rests_since = (watch.rests_since or at) if rests else None
    watch = replace(watch, seen_at=at, rests_since=rests_since)
    if status.state is State.UNKNOWN:
        begin, end = watch.unclear
        watch = replace(watch, unclear=(begin if at - end <= GAP_S else at, at))
    return _record(watch, status.ask, at) if status.ask else watch


def _record(watch: PaneWatch, ask: Ask, at: float) -> PaneWatch:
    last = watch.requests[-1] if watch.requests else None
    if last and last.identity == ask.identity and at - last.last_at <= GAP_S:
        return replace(watch, requests=(*watch.requests[:-1], replace(last, last_at=at)))
    about = ask.command or ask.file
    seen = SeenRequest(ask.identity, ask.kind, about, at, at)
    return replace(watch, requests=(*watch.requests, seen)[-MAX_REQUESTS:])


def end_call(call: ToolCall, before: ToolCall | None, watch: PaneWatch) -> ToolCall:
    """
    Return a call, given up if its agent has come to rest since.

    `before` is the same call as it was published last. A subagent may outlive the turn.
    """
    if call.ended_at is not None or call.by_helper:
        return call
    was_given_up = before is not None and before.end is CallEnd.UNSEEN
    return call.give_up() if was_given_up or call.at < watch.rest_at else call


def judge_call(
    call: ToolCall, before: ToolCall | None, others: Iterable[ToolCall], watch: PaneWatch
) -> tuple[ToolCall, PaneWatch]:
    """
    Return a call with whether the user was asked for it, and how it was stopped.

    Both are judged once, when it has ended: `before` is the call as it was published last.
    """
    if before is not None and before.ended_at is not None:
        asked = before.asked if call.asked is None else call.asked
        end = before.end if before.ended_at == call.ended_at else call.end
        return replace(call, asked=asked, end=end), watch
    if call.ended_at is None:
        return call, watch
    if call.asked is None:
        asked, watch = find_request(call, others, watch)
        call = replace(call, asked=asked)
    return _resolve_stop(call, call.ended_at or 0.0, watch), watch


def _resolve_stop(call: ToolCall, ended_at: float, watch: PaneWatch) -> ToolCall:
    """Return a stopped call as denied or interrupted, if its request or the lack of one tells."""
    if call.end is not CallEnd.STOPPED:
        return call
    own = next((one for one in watch.requests if one.call == call.id), None)
    if own and own.last_at >= ended_at - DENIED_S:
        return replace(call, end=CallEnd.DENIED)
    return replace(call, end=CallEnd.INTERRUPTED) if own or call.asked is False else call


def find_request(
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

"""
Every request that the daemon's socket takes, as a value, and what it is answered with.

A request is one JSON object on a line: version, op, and the fields of its class that differ from
their defaults. `ref` stands in it as `pane`, `host` and `server`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar, get_args

from agent_status.errors import RefusedError
from agent_status.model import Screen, Verb
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.protocol.convert import FLAT, SPARSE, ConvertError, decode, encode
from agent_status.protocol.pane_state import PaneState
from agent_status.protocol.rows import Report

T_co = TypeVar("T_co", covariant=True)
MAX_REQUEST = 64 * 1024
MAX_SHOWN = 40
"""Characters of a wrong word in an error."""
PROTOCOL = 1
KEEP = "keep"
"""Leaves a snooze as it is."""


class BadRequestError(Exception):
    """What came is no request of this protocol; the connection ends with this sentence."""


@dataclass(frozen=True, slots=True)
class Request(Generic[T_co]):
    """A request that is answered with a `T_co`."""

    op: ClassVar[str] = ""
    is_exact: ClassVar[bool] = False
    """Whether an answer is of no use if a part of it can't be read."""
    decides: ClassVar[tuple[str, ...] | None] = None
    """What it decides for the user; None in a class that does not say so."""

    ref: AgentRef = field(default=NO_REF, metadata=FLAT)
    """The pane that it is about, if any."""
    guest: int = field(default=0, kw_only=True)
    """The process in whose terminal the sender draws, if that is not the sender's own."""

    @property
    def verbs(self) -> tuple[str, ...]:
        """What it decides for the user, by default what its op is called."""
        return (self.op,) if self.decides is None else self.decides


class Query(Request[T_co]):
    """A request that decides nothing: any process may make it."""

    __slots__ = ()
    decides = ()


@dataclass(frozen=True, slots=True)
class Done:
    """An answer that says no more than that it was done."""


@dataclass(frozen=True, slots=True)
class DaemonFacts:
    """What the daemon reports about itself."""

    pid: int = 0
    version: str = ""
    build: str = ""
    started: float = 0.0
    """In Unix seconds."""
    panes: int = 0
    agents: int = 0
    tick_s: float = 0.0
    socket: str = ""
    repaired: int = 0
    """Options that something else had changed."""
    live: tuple[tuple[str, str], ...] = ()
    """What a diagnosis says about how panes are followed: about what, and what was found."""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScreenShot:
    """What a pane shows."""

    ref: AgentRef = field(default=NO_REF, metadata=FLAT)
    screen: Screen = field(default=Screen(0, 0, ()), metadata=FLAT)


@dataclass(frozen=True, slots=True)
class Explanation:
    """All evidence about a pane, in words."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class HistoryPart:
    """What a pane showed in the last minutes: packed blocks, each with its number."""

    blocks: tuple[tuple[int, str], ...] = ()
    more: bool = False
    """Whether there are later blocks."""
    now: float = 0.0
    """On the clock of the blocks."""
    wall: float = 0.0
    """The same instant in Unix seconds."""
    hint: str = ""
    """The kind that the user says the agent is."""


@dataclass(frozen=True, slots=True)
class PipeLoan:
    """What became of a pane's pipe that was asked for."""

    was_ours: bool = False
    """True if the daemon's own tap held it; it is free in a moment."""


@dataclass(frozen=True, slots=True)
class TriageState:
    """An agent's triage after a change. `until` is in Unix seconds; None for no end."""

    ref: AgentRef = field(default=NO_REF, metadata=FLAT)
    pinned: bool = False
    muted: bool = False
    snoozed: bool = False
    until: float | None = None


@dataclass(frozen=True, slots=True)
class NoteState:
    """The note on an agent, and what it belongs to."""

    note: str = ""
    branch: str = ""
    folder: str = ""
    at: float = 0.0
    """When it was written, in Unix seconds; 0 if that is not known."""
    is_old: bool = False
    """True if the agent has begun another task since."""
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogRow:
    """One entry of the journal. `words` says all of it in a sentence."""

    at: float = 0.0
    """In Unix seconds."""
    kind: str = ""
    server: str = ""
    pane: str = ""
    place: str = ""
    agent: str = ""
    folder: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True, slots=True)
class LogPart:
    """Entries of the journal."""

    entries: tuple[LogRow, ...]


@dataclass(frozen=True, slots=True)
class SessionPlace:
    """Where an agent's session file is; empty if that is unknown."""

    path: str = ""


@dataclass(frozen=True, slots=True)
class OverlapFacts:
    """Another checkout in which the same files were changed."""

    names: tuple[str, ...] = ()
    """Of the agents there."""
    folder: str = ""
    base: str = ""
    """The tree that both come from."""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What a command needs to compare an agent's checkout with what was reviewed last."""

    folder: str
    stores: str
    """The folder in which trees are kept."""
    name: str = ""
    base: Mapping[str, Any] | None = None
    apart: tuple[str, ...] = ()
    """Checkouts inside of it that count on their own."""
    shared: tuple[str, ...] = ()
    """Other agents in the same checkout."""
    overlaps: tuple[OverlapFacts, ...] = ()
    turns: tuple[Mapping[str, Any], ...] = ()
    """Of the checkout, the latest last."""
    looked: float = 0.0
    """Up to when the user has seen what happened, in Unix seconds; 0 if that is unknown."""


@dataclass(frozen=True, slots=True)
class CheckStart:
    """The user's command for a project, and where it runs."""

    root: str = ""
    """The checkout's top folder."""
    command: str = ""
    place: str = ""
    """The new window; empty if the sender runs it."""


class Ping(Query[DaemonFacts]):
    """Whether the daemon answers."""

    __slots__ = ()
    op = "ping"


class List(Query[Report]):
    """The report of now."""

    __slots__ = ()
    op = "list"


class Watch(Query[Report]):
    """The report of now, and again after each change."""

    __slots__ = ()
    op = "watch"


class Inspect(Query[PaneState]):
    """A pane, after a look at it now."""

    __slots__ = ()
    op = "inspect"
    is_exact = True


class ShowScreen(Query[ScreenShot]):
    """A pane's screen as it was seen last."""

    __slots__ = ()
    op = "screen"


class Explain(Query[Explanation]):
    """Why a pane has its state."""

    __slots__ = ()
    op = "explain"


@dataclass(frozen=True, slots=True)
class ReadHistory(Query[HistoryPart]):
    """What a pane showed, from the block after that number on."""

    op = "history"

    after: int = -1


@dataclass(frozen=True, slots=True)
class ReadLog(Query[LogPart]):
    """Entries of the journal since Unix time `since`, of one pane or of all."""

    op = "log"

    since: float = 0.0
    limit: int = 200


class ReadSession(Query[SessionPlace]):
    """Where an agent's session file is."""

    __slots__ = ()
    op = "session"


class ReadReview(Query[ReviewFacts]):
    """What there is to review of an agent."""

    __slots__ = ()
    op = "review"


class Look(Query[Done]):
    """Read all panes at once."""

    __slots__ = ()
    op = "look"


class HookEvent(Query[Done]):
    """Read this pane at once, as a hook asks for."""

    __slots__ = ()
    op = "event"


@dataclass(frozen=True, slots=True)
class LendPipe(Query[PipeLoan]):
    """Leave a pane's pipe to the sender for some seconds; ask again to prolong it, 0 to end it."""

    op = "lend"

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Acknowledge(Request[Done]):
    """The user has reviewed the result in a pane; `jumped` if they only went there."""

    op = "acknowledge"
    decides = (Verb.ACKNOWLEDGE,)

    jumped: bool = False


class Unreview(Request[Done]):
    """Undo the last acknowledgement."""

    __slots__ = ()
    op = "unreview"
    decides = (Verb.ACKNOWLEDGE,)


@dataclass(frozen=True, slots=True)
class MoveBaseline(Request[Done]):
    """The user has reviewed some files: count from `base` instead of `was`."""

    op = "baseline"
    decides = (Verb.ACKNOWLEDGE,)

    was: Mapping[str, Any] = field(default_factory=dict)
    base: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MarkLooked(Request[Done]):
    """The user has seen what happened in a pane up to Unix time `at`."""

    op = "looked"
    decides = (Verb.ACKNOWLEDGE,)

    at: float = 0.0


@dataclass(frozen=True, slots=True)
class ChangeTriage(Request[TriageState]):
    """Pin, mute or snooze an agent. A flag is true, false, `toggle`, or None to leave it."""

    op = "triage"

    pin: bool | str | None = None
    mute: bool | str | None = None
    snooze_s: float | str | None = KEEP
    """For how long; `change` until it changes, None to wake it."""

    @property
    def verbs(self) -> tuple[str, ...]:
        """One for each change."""
        changes = {
            Verb.PIN: self.pin is not None,
            Verb.MUTE: self.mute is not None,
            Verb.SNOOZE: self.snooze_s != KEEP,
        }
        return tuple(verb for verb, holds in changes.items() if holds)


@dataclass(frozen=True, slots=True)
class WriteNote(Request[NoteState]):
    """
    Write the note on an agent, its boundary, or both; None leaves either as it is.

    An empty text deletes the note. With nothing to write it is only read.
    """

    op = "note"

    text: str | None = None
    only: tuple[str, ...] | None = None
    never: tuple[str, ...] | None = None

    @property
    def gives_bounds(self) -> bool:
        """Whether it replaces the boundary."""
        return self.only is not None or self.never is not None

    @property
    def verbs(self) -> tuple[str, ...]:
        """None to read it."""
        return (Verb.NOTE,) if self.text is not None or self.gives_bounds else ()


@dataclass(frozen=True, slots=True)
class StartCheck(Request[CheckStart]):
    """Run the user's command for the project in a new window; `here` only returns the command."""

    op = "check"
    decides = (Verb.CHECK,)

    here: bool = False


@dataclass(frozen=True, slots=True)
class RecordCheck(Request[Done]):
    """The user's command for the project at `root` has ended. Times are in Unix seconds."""

    op = "checked"
    decides = (Verb.CHECK,)

    root: str = ""
    began_at: float = 0.0
    ended_at: float = 0.0
    exit_status: int = 0


@dataclass(frozen=True, slots=True)
class May(Request[Done]):
    """Whether the caller may do this for the user."""

    op = "may"

    verb: Verb = field(kw_only=True)

    @property
    def verbs(self) -> tuple[str, ...]:
        """The one that it is about."""
        return (self.verb,)


class Stop(Request[Done]):
    """End the daemon."""

    __slots__ = ()
    op = "stop"


REQUESTS: Mapping[str, type[Request[Any]]] = MappingProxyType(
    {
        kind.op: kind
        for kind in (
            Ping,
            List,
            Watch,
            Inspect,
            ShowScreen,
            Explain,
            ReadHistory,
            ReadLog,
            ReadSession,
            ReadReview,
            Look,
            HookEvent,
            LendPipe,
            Acknowledge,
            Unreview,
            MoveBaseline,
            MarkLooked,
            ChangeTriage,
            WriteNote,
            StartCheck,
            RecordCheck,
            May,
            Stop,
        )
    }
)
OLD_OPS: Mapping[str, str] = MappingProxyType(
    {"sense": "inspect", "report": "history", "seen": "acknowledge", "care": "triage"}
)
"""What ops were called before: clients of that time are still answered."""
SPARSE.update(REQUESTS.values())


def render_request(request: Request[Any]) -> bytes:
    """Return a request as a line."""
    data = {"v": PROTOCOL, "op": request.op} | encode(request)
    return json.dumps(data).encode() + b"\n"


def parse_request(line: bytes) -> Request[Any]:
    """Return one line as a request; raise BadRequestError or RefusedError for anything else."""
    if len(line) > MAX_REQUEST:
        message = f"a request holds at most {MAX_REQUEST} bytes"
        raise BadRequestError(message)
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        message = "a request is one JSON object on a line"
        raise BadRequestError(message) from error
    if not isinstance(data, dict) or not isinstance(data.get("op"), str):
        message = "a request is a JSON object with an op"
        raise BadRequestError(message)
    if data.get("v") != PROTOCOL:
        message = f"this daemon speaks version {PROTOCOL} of the protocol"
        raise BadRequestError(message)
    return _read_request(data)


def _read_request(data: Mapping[str, Any]) -> Request[Any]:
    """Return the request; one with a wrong value is refused, as a default may decide otherwise."""
    op = OLD_OPS.get(data["op"], data["op"])
    if op not in REQUESTS:
        message = f"there is no op {op[:MAX_SHOWN]!r}; there are {', '.join(REQUESTS)}"
        raise BadRequestError(message)
    problems: list[str] = []
    try:
        request = decode(REQUESTS[op], data, problems)
    except ConvertError as error:
        raise RefusedError(str(error)) from error
    if problems:
        raise RefusedError("; ".join(problems))
    return request


def parse_answer(request: Request[T_co], data: Any) -> T_co:
    """Return the answer to a request; raise ConvertError if the data can't be one."""
    kind: type[T_co] = ANSWERS[type(request)]
    problems: list[str] = []
    answer = decode(kind, data, problems)
    if problems and request.is_exact:
        raise ConvertError("; ".join(problems))
    return answer


ANSWERS: Mapping[type, Any] = MappingProxyType(
    {kind: get_args(vars(kind)["__orig_bases__"][0])[0] for kind in REQUESTS.values()}
)

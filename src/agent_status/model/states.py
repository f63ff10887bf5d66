"""
The one table of states: meaning, icons, group and urgency.

A state is one row here, and the rule that finds it; everything else is derived.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Protocol


class State(StrEnum):
    """What an agent is doing, in the order of urgency."""

    APPROVAL = "approval"
    QUESTION = "question"
    PLAN = "plan"
    SETUP = "setup"
    ERROR = "error"
    LIMITED = "limited"
    STUCK = "stuck"
    REVIEW = "review"
    FINISHED = "finished"
    UNKNOWN = "unknown"
    WORKING = "working"
    IDLE = "idle"
    NONE = "none"


class Group(Enum):
    """What states have in common."""

    ASK = "ask"
    """The agent waits for an answer, and shows a request."""
    FAILED = "failed"
    """It ended or stands still, and the user has to see to it."""
    RESULT = "result"
    """It is done, and the user has not looked."""
    BUSY = "busy"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class Icon:
    """
    How something is drawn: a shape per set, one column wide, and a tmux colour per palette.

    The ASCII shapes are none of tmux's window flags (`! # * - ~ + M Z`), nor the mark of danger.
    Colours are numbers from 16 on, as terminals may draw the others in any colour. Each has a
    contrast of 3:1 at least, `dark` ones on black and on Solarized's dark background, `light`
    ones on white and on Solarized's light one.
    """

    unicode: str
    ascii: str
    nerd: str
    dark: str
    light: str


@dataclass(frozen=True, slots=True)
class StateInfo(Icon):
    """All attributes of a state."""

    group: Group
    rank: float
    """Where a fresh item of this state starts in the order of attention."""
    meaning: str
    """What the agent does, as a sentence goes on."""


STATES: Mapping[State, StateInfo] = {
    State.APPROVAL: StateInfo(
        *("▲", "^", "\uf071", "colour203", "colour160"),
        *(Group.ASK, 80.0, "is blocked until you approve or deny a command, tool or edit"),
    ),
    State.QUESTION: StateInfo(
        *("?", "?", "\uf128", "colour220", "colour94"),
        *(Group.ASK, 75.0, "asks you to choose or answer"),
    ),
    State.PLAN: StateInfo(
        *("◆", "=", "\uf0cb", "colour177", "colour90"),
        *(Group.ASK, 70.0, "wants its plan approved"),
    ),
    State.SETUP: StateInfo(
        *("□", "@", "\uf013", "colour44", "colour30"),
        *(Group.ASK, 65.0, "shows a first-run, trust, login or update dialog"),
    ),
    State.ERROR: StateInfo(
        *("✗", "x", "\uf057", "colour205", "colour162"),
        *(Group.FAILED, 60.0, "ended its turn by an API, auth, network or crash error"),
    ),
    State.LIMITED: StateInfo(
        *("◔", "$", "\uf017", "colour208", "colour166"),
        *(Group.FAILED, 30.0, "hit a usage or rate limit"),
    ),
    State.STUCK: StateInfo(
        *("≈", "&", "\uf252", "colour180", "colour130"),
        *(Group.FAILED, 55.0, "claims to work, but nothing has moved for minutes"),
    ),
    State.REVIEW: StateInfo(
        *("±", "d", "\uf06e", "colour123", "colour24"),
        *(Group.RESULT, 45.0, "finished, with changes that you haven't reviewed"),
    ),
    State.FINISHED: StateInfo(
        *("✓", "v", "\uf00c", "colour77", "colour28"),
        *(Group.RESULT, 40.0, "finished, and you haven't looked yet"),
    ),
    State.UNKNOWN: StateInfo(
        *("◌", "u", "\uf141", "colour222", "colour100"),
        *(Group.CALM, 20.0, "shows a screen that isn't recognised"),
    ),
    State.WORKING: StateInfo(
        *("▸", ">", "\uf04b", "colour75", "colour26"),
        *(Group.BUSY, 10.0, "works"),
    ),
    State.IDLE: StateInfo(
        *("○", ".", "\uf10c", "colour246", "colour242"),
        *(Group.CALM, 5.0, "waits at an empty prompt"),
    ),
}
"""Every state that an agent can be in, in the order in which they are counted everywhere."""


def list_group(*groups: Group) -> frozenset[State]:
    """Return the states of some groups."""
    return frozenset(state for state, info in STATES.items() if info.group in groups)


ASKS = list_group(Group.ASK)
"""States in which the agent waits for an answer and shows an Ask."""

NEEDS_YOU = list_group(Group.ASK, Group.FAILED, Group.RESULT)
"""States that stay until the user has dealt with them."""

CONFLICT = Icon("≠", "/", "≠", "colour148", "colour64")
"""Two agents in each other's way; nothing else has its colour."""

SETS = ("unicode", "ascii", "nerd")
PALETTES = ("dark", "light")


class Counted(Protocol):
    """An agent, as counts see it."""

    @property
    def state(self) -> State:
        """Its state."""

    @property
    def needs_you(self) -> bool:
        """True if its state needs you, and you have not set it aside."""


def is_counted(agent: Counted) -> bool:
    """Return True if an agent counts: one that needs you doesn't if you set it aside."""
    return agent.needs_you or agent.state not in NEEDS_YOU


def count_states(agents: Iterable[Counted]) -> Mapping[State, int]:
    """Return the number of counted agents by state, in the order of the table."""
    found = Counter(agent.state for agent in agents if is_counted(agent))
    return {state: found[state] for state in STATES if found[state]}


def rank_state(agent: Counted) -> tuple[bool, int]:
    """Return a key to sort by: the agents that count first, in the order of the table."""
    order = tuple(STATES)
    return not is_counted(agent), order.index(agent.state) if agent.state in order else len(order)

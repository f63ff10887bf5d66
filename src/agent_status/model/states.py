"""The one table of states: the icon of each in every set, and its colour in both palettes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from agent_status.model.status import NEEDS_YOU, State


@dataclass(frozen=True, slots=True)
class Look:
    """
    How something is drawn: an icon per set, one column wide, and a tmux colour per palette.

    The ASCII icons are none of tmux's window flags (`! # * - ~ + M Z`), nor the mark of danger.
    Colours are numbers from 16 on, as terminals may draw the others in any colour. Each has a
    contrast of 3:1 at least, `dark` ones on black and on Solarized's dark background, `light`
    ones on white and on Solarized's light one.
    """

    unicode: str
    ascii: str
    nerd: str
    dark: str
    light: str


STATES = {
    State.APPROVAL: Look("▲", "^", "\uf071", "colour203", "colour160"),
    State.QUESTION: Look("?", "?", "\uf128", "colour220", "colour94"),
    State.PLAN: Look("◆", "=", "\uf0cb", "colour177", "colour90"),
    State.SETUP: Look("□", "@", "\uf013", "colour44", "colour30"),
    State.ERROR: Look("✗", "x", "\uf057", "colour205", "colour162"),
    State.LIMITED: Look("◔", "$", "\uf017", "colour208", "colour166"),
    State.STUCK: Look("≈", "&", "\uf252", "colour180", "colour130"),
    State.REVIEW: Look("±", "d", "\uf06e", "colour123", "colour24"),
    State.FINISHED: Look("✓", "v", "\uf00c", "colour77", "colour28"),
    State.UNKNOWN: Look("◌", "u", "\uf141", "colour222", "colour100"),
    State.WORKING: Look("▸", ">", "\uf04b", "colour75", "colour26"),
    State.IDLE: Look("○", ".", "\uf10c", "colour246", "colour242"),
}
"""Every state that an agent can be in, in the order in which they are counted everywhere."""

CONFLICT = Look("≠", "/", "≠", "colour148", "colour64")
"""Two agents in each other's way; nothing else has its colour."""

SETS = ("unicode", "ascii", "nerd")
PALETTES = ("dark", "light")


class Counted(Protocol):
    """An agent as every count sees it."""

    @property
    def state(self) -> State:
        """What it is doing."""

    @property
    def needs_you(self) -> bool:
        """Whether its state needs you, and you have not set it aside."""


def is_counted(agent: Counted) -> bool:
    """Return whether an agent counts: not if it would need you, had you not set it aside."""
    return agent.needs_you or agent.state not in NEEDS_YOU


def count_states(agents: Iterable[Counted]) -> Mapping[State, int]:
    """Return how many of the agents that count are in each state, in the order of the table."""
    found = Counter(agent.state for agent in agents if is_counted(agent))
    return {state: found[state] for state in STATES if found[state]}


def rank_state(agent: Counted) -> tuple[bool, int]:
    """Return a key to sort by: the agents that count first, in the order of the table."""
    order = tuple(STATES)
    return not is_counted(agent), order.index(agent.state) if agent.state in order else len(order)

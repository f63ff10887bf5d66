"""Which panes may be tapped, and whether a tapped pane is emulated or only rings. Pure."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

OFF, AUTO, ON = "off", "auto", "on"
"""What `@agent-status-live` may hold."""


class TapMode(Enum):
    """How a pane is followed."""

    CAPTURE = "capture"
    """No tap: its screen is captured."""
    RING = "ring"
    """Its bytes come but are not emulated, as captures are cheaper or bytes were lost."""
    EMULATE = "emulate"
    """Its bytes come, all of them, from a captured screen on."""


@dataclass(frozen=True, slots=True)
class TapStatus:
    """How a pane is followed, and why not by its bytes if so."""

    mode: TapMode = TapMode.CAPTURE
    why: str = ""
    is_left: bool = False
    """Whether the pane is left alone for good."""
    bytes_per_s: float = 0.0
    dropped: int = 0
    resyncs: int = 0


class Left(Enum):
    """Why a pane is left alone for good, as the pane's option says it."""

    PIPED = "piped"
    TAKEN = "taken"
    CLOSED = "closed"
    ASKED = "off"

    @property
    def words(self) -> str:
        """What the user reads."""
        return WORDS[self]


WORDS = {
    Left.PIPED: "it had a pipe already",
    Left.TAKEN: "a pipe-pane command took over its pipe",
    Left.ASKED: "its option @agent-status-tap says so",
    Left.CLOSED: "a pipe-pane command closed our pipe; `pipe-pane -o` has to be run once more",
}


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Between which byte rates a pane is emulated; the gap and the hold keep it from flapping."""

    ring_above: float = 4_000.0
    """Bytes per second above which a capture at each tick is cheaper than emulation."""
    emulate_below: float = 2_500.0
    hold_s: float = 5.0
    """For so long the rate stays below the lower limit before a pane is emulated again."""
    span_s: float = 3.0
    """The time over which a rate is averaged."""


class Rate(NamedTuple):
    """A pane's byte rate, and since when it is low enough for emulation."""

    per_s: float = 0.0
    at: float = 0.0
    low_since: float = 0.0


def advance_rate(rate: Rate, size: int, now: float, limits: RateLimits) -> Rate:
    """Return the rate after `size` more bytes."""
    faded = rate.per_s * math.exp((rate.at - now) / limits.span_s)
    per_s = faded + size / limits.span_s
    return Rate(per_s, now, rate.low_since if per_s < limits.emulate_below else now)


def should_ring(rate: Rate, limits: RateLimits) -> bool:
    """Return whether an emulated pane prints so much that captures are cheaper."""
    return rate.per_s > limits.ring_above


def should_emulate(rate: Rate, now: float, limits: RateLimits) -> bool:
    """Return whether a pane that only rings has been calm for long enough."""
    return now - rate.low_since >= limits.hold_s


def find_refusal(live: str, pipe_key: str | None) -> str:
    """
    Return why no pane may be tapped; empty if panes may be.

    `pipe_key` is what of the user's runs `pipe-pane`; None while that is not known.
    """
    if live == OFF:
        return "@agent-status-live is off"
    if live == ON:
        return ""
    if pipe_key is None:
        return "the key bindings have not been read yet"
    return f"you use pipe-pane: {pipe_key}" if pipe_key else ""

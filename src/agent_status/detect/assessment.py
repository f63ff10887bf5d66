"""What one look at a pane found, before time is considered."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agent_status.detect.activity import STILL_S
from agent_status.detect.evidence import find_presence, fuse_evidence, is_firm, weigh
from agent_status.detect.lifecycle import Life, Signal, find_signal
from agent_status.detect.match import Findings, find_flags
from agent_status.detect.side_signals import LOST_WEIGHT, Beside, find_beside
from agent_status.model import ASKS, Agent, Evidence, Flag, State, Status

BUSY = ASKS | {State.WORKING}
"""States whose end a sure evidence may publish without a hold."""

MENUS = frozenset({Signal.CHOICES, Signal.OPENED})
"""Signals of a dialog that a rule takes for a menu of the user's."""

UNTOLD = MENUS | {Signal.DIALOG}
"""Signals of a dialog that is what the state before makes of it."""

MOST_TYPED = 2
"""A command may leave the box for a look before the menu that it opens is there."""

NEVER = float("-inf")
STARTING_S = 5.0
"""A program that has just begun moves without working."""


@dataclass(frozen=True, slots=True)
class Look:
    """
    One look; `says` is what the screen alone says, and `since` when.

    `typed` is what the user had typed in the last looks at the input box, the last one first.
    """

    agent: Agent | None
    signal: Signal
    winner: Evidence | None = None
    losers: tuple[Evidence, ...] = ()
    flags: frozenset[Flag] = frozenset()
    findings: Findings | None = None
    says: State | None = None
    since: float = NEVER
    typed: tuple[str, ...] = ()

    @property
    def is_lost(self) -> bool:
        """Whether neither screen nor file says anything."""
        return self.winner is None or self.winner.weight < LOST_WEIGHT


NOBODY = Look(None, Signal.GONE)


def make_look(agent: Agent, found: Findings, beside: Beside, before: Look, at: float) -> Look:
    """Return the look at a screen, with what is known beside it, after the look `before`."""
    seen = tuple(map(_stop, found.evidence)) if beside.still_title else found.evidence
    shown, _ = fuse_evidence(seen)
    says = shown.state if shown else None
    since = NEVER
    if shown:
        same = says is before.says and before.since > NEVER
        since = before.since if same else at
    told = find_beside(beside, agent, since)
    winner, losers = fuse_evidence((*seen, *told, find_presence(agent)))
    flags = find_flags(found.layout)
    held = (found.layout.draft,) if found.layout.box else ()
    typed = (*held, *before.typed)[:MOST_TYPED]
    signal = find_signal(winner, losers, typed)
    return Look(agent, signal, winner, losers, flags, found, says, since, typed)


def _stop(evidence: Evidence) -> Evidence:
    """Return what evidence in a title is worth that has come to a stop."""
    if not evidence.turns or evidence.state is None:
        return evidence
    weight = weigh("still title", evidence.state)
    return replace(evidence, weight=weight, reason="its title says so, but stands still")


def find_due_signal(look: Look, life: Life, came_at: float, at: float) -> Signal:
    """
    Return the signal that counts: signals beside the screen have to wait their turn.

    It says nothing of an agent that came just now at `came_at`, nor before its screen was lost.
    """
    if look.winner is None or not look.is_lost or look.signal in {Signal.UNKNOWN, Signal.MENU}:
        return look.signal
    ready = life.state is State.UNKNOWN and at - came_at >= STARTING_S
    return look.signal if ready or life.state.value == look.signal.value else Signal.UNKNOWN


def find_told(look: Look, before: State, after: State, shown: Evidence | None) -> Evidence | None:
    """
    Return the evidence to show, if the state went from `before` to `after`.

    It is the winner; but a dialog that no rule knows is shown as what it was classified as, and
    what has to wait its turn is not shown. `shown` is what is shown so far.
    """
    winner = look.winner
    if winner and look.is_lost and winner.state is not after:
        return next((one for one in look.losers if one.state is after), winner)
    if winner and winner.state is None and look.signal in MENUS:
        winner = next(filter(is_firm, look.losers))
    known = shown is not None and shown.source == "dialog"
    dialog = look.signal in UNTOLD and (known or before is not after)
    if winner and winner.ask and dialog:
        return replace(winner, state=after, ask=replace(winner.ask, kind=after))
    return winner


def compose_status(look: Look, life: Life, shown: Evidence | None, asked_at: float) -> Status:
    """Return the status of a life with the evidence `shown`, whose ask came at `asked_at`."""
    if life.state is State.NONE or look.agent is None:
        return Status(None, State.NONE, life.since)
    told = shown if shown and shown.state is life.state else None
    return Status(
        agent=look.agent,
        state=life.state,
        since=max(life.since, asked_at) if told and told.ask else life.since,
        reason=told.reason if told else "",
        rule=told.rule if told else "",
        source=told.source if told else "",
        ask=told.ask if told else None,
        flags=look.flags,
    )


def is_turn(life: Life, look: Look, at: float, *, worked: bool) -> bool:
    """
    Return whether the work of `life` is a turn, as `worked` says it was known to be before.

    A sign that turns in the title alone, for a moment and with nothing typed before, doesn't
    count: an agent that starts shows it, too.
    """
    if life.state is not State.WORKING or worked:
        return life.state is State.WORKING
    works = look.winner is not None and look.winner.state is State.WORKING
    shown = look.winner is not None and look.winner.source != "title"
    return any(look.typed) or (works and (shown or at - life.since >= STILL_S))


def is_sure(look: Look) -> bool:
    """Return whether the winner, or a loser that says the same, vouches for it at once."""
    said = look.winner.state if look.winner else None
    return any(one.sure and one.state is said for one in _list_evidence(look))


def _list_evidence(look: Look) -> Iterator[Evidence]:
    if look.winner:
        yield look.winner
    yield from look.losers

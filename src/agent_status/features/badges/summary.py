"""
The summary in a status line, for any width: the most urgent request, and counts.

If there isn't enough room, what waits for review goes first, then the counts of agents that don't
ask, those of calm agents, that of conflicts, then the others, which become ` +6`. The request and
its place go last.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from agent_status.features.badges.render import (
    MAX_NAME,
    PLAIN,
    escape_text,
    find_icon,
    measure_text,
    paint_text,
)
from agent_status.model import (
    CONFLICT,
    NEEDS_YOU,
    STATES,
    UNASKED,
    Sighting,
    State,
    count_states,
    is_counted,
)
from agent_status.model.load import NO_LOAD, describe_size, measure_load
from agent_status.model.plain import reveal_text
from agent_status.options import Options

STEPS_S = ((600, 60, 60, "m"), (3600, 300, 60, "m"), (86400, 3600, 3600, "h"))
"""Below each limit: the step to which a time is cut, and the unit in which it is shown."""
DAY_S = 86400

HEADLINE = 28
"""Columns that the first request keeps, if it needs them: counts are left out for it."""
GAP = "  "
"""Between that and the counts."""
MIN_WIDTH = 4
"""Columns of a reason that say something."""
AGED = 40
"""From so many columns on, a request that is cut still says how long it has waited."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in one tmux colour; outside text in it is escaped."""

    colour: str
    text: str


def render_summary(
    sightings: Sequence[Sighting], now: float, options: Options, width: int = 0
) -> str:
    """
    Return what needs you first, where and since when, and how many agents are in each state.

    `sightings` are ordered most urgent first; `now` is on the clock of their `since`. At most
    `width` columns are drawn, by default `options.summary_width`. Agents that you set aside are
    left out.
    """
    room = width or options.summary_width
    agents = [one for one in sightings if one.status.agent and is_counted(one.status)]
    waiting = [one for one in agents if one.status.needs_you]
    counts = tuple(_list_counts(agents, options))
    if waiting:
        pieces = _join(waiting, agents, counts, now, room, options)
    else:
        pieces = next((few for few in counts if _measure(few) <= room), ())
    painted = (
        paint_text(colour, "".join(one.text for one in alike), options)
        for colour, alike in groupby(pieces, key=attrgetter("colour"))
    )
    return "".join((*painted, PLAIN)) if pieces else ""


def render_age(seconds: float) -> str:
    """Return an age, coarser the longer it is; empty below a minute."""
    for limit, step, unit, letter in STEPS_S:
        if seconds < limit:
            count = int(max(0.0, seconds) // step * step // unit)
            return f"{count}{letter}" if count else ""
    return f"{int(seconds // DAY_S)}d"


def name_place(sighting: Sighting, agents: Sequence[Sighting]) -> str:
    """
    Return where an agent is, as short as possible without ambiguity.

    If only one session has agents, that is the window's name; else it is the session's, with the
    window's if other agents are there. A name set by tmux itself is replaced by the index.
    """
    pane, agent = sighting.pane, sighting.status.agent
    kind = agent.kind if agent else ""
    if not pane.session:
        return kind
    others = [one.pane for one in agents if one.pane.window_id != pane.window_id]
    beside = [one.window_name for one in others if one.session == pane.session]
    given = pane.window_name not in {"", kind, pane.command, *beside}
    window = pane.window_name if given else str(pane.window_index)
    if len(beside) == len(others) and given:
        return window
    return f"{pane.session}:{window}" if beside or pane.session.isdecimal() else pane.session


def _list_counts(agents: Sequence[Sighting], options: Options) -> Iterator[tuple[Piece, ...]]:
    """Yield the counts: at first all of them, then fewer and fewer."""
    counted = count_states(one.status for one in agents)
    urgent, calm = (
        [
            Piece(options.find_colour(state), f"{find_icon(STATES[state], options)}{count}")
            for state, count in counted.items()
            if (state in NEEDS_YOU) is needed
        ]
        for needed in (True, False)
    )
    number = sum(bool(one.changes.conflicts) for one in agents)
    conflicts = (
        [Piece(options.conflict, f"{find_icon(CONFLICT, options)}{number}")] if number else []
    )
    modes, load = _count_modes(agents, options), _list_load(agents, options)
    whole = (*urgent, *conflicts, *calm)
    full = (*whole, *modes)
    for pieces in ((*full, *load), full, whole, (*urgent, *conflicts), urgent):
        yield tuple(Piece(one.colour, " " * bool(at) + one.text) for at, one in enumerate(pieces))


def _count_modes(agents: Sequence[Sighting], options: Options) -> list[Piece]:
    """Return how many agents are in each mode in which they don't ask."""
    counts = Counter(one.autonomy for one in agents)
    colour = options.find_colour(State.IDLE)
    return [Piece(colour, f"{counts[mode]} {mode.value}") for mode in UNASKED if counts[mode]]


def _list_load(agents: Sequence[Sighting], options: Options) -> Iterator[Piece]:
    load = measure_load(agents) if options.summary_load else NO_LOAD
    if load.unreviewed:
        yield Piece(options.find_colour(State.REVIEW), describe_size(load))


def _join(
    waiting: Sequence[Sighting],
    agents: Sequence[Sighting],
    counts: Sequence[tuple[Piece, ...]],
    now: float,
    room: int,
    options: Options,
) -> tuple[Piece, ...]:
    """Return the first waiting agent, and as many of the counts as fit."""
    first = waiting[0].status
    colour, icon = options.find_colour(first.state), find_icon(STATES[first.state], options)
    place = name_place(waiting[0], agents)

    def write(columns: int) -> Piece:
        return Piece(colour, f"{icon}{_render_words(waiting[0], place, now, columns - 1)}")

    least = min(HEADLINE, _measure([write(room)]))
    for few in counts:
        left = room - _measure(few) - len(GAP)
        if left >= least:
            return (write(left), Piece(colour, GAP), *few)
    others = f" +{len(waiting) - 1}" if waiting[1:] else ""
    return (write(room - len(others)), *([Piece(colour, others)] if others else []))


def _render_words(sighting: Sighting, place: str, now: float, room: int) -> str:
    """Return place, reason and age after a space; the age is dropped first, then the reason."""
    status = sighting.status
    where = escape_text(place, min(MAX_NAME, max(0, room - 1)))
    left = room - _width(where) - len(" : ")
    if left < MIN_WIDTH or not where:
        return f" {where}" if where else ""
    words = status.reason or status.state.value
    words = reveal_text(words) if status.ask else words
    age = render_age(now - status.since)
    tail = f" · {age}" if age else ""
    whole = escape_text(words, left)
    if room >= AGED or _width(whole) <= left - len(tail):
        return f" {where}: {escape_text(words, left - len(tail))}{tail}"
    return f" {where}: {whole}"


def _measure(pieces: Sequence[Piece]) -> int:
    return sum(_width(one.text) for one in pieces)


def _width(escaped: str) -> int:
    return measure_text(escaped.replace("##", "#"))

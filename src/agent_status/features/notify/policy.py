"""When to notify: once per request, several together, and not in quiet hours."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agent_status.model import Facet, Grade, Pane, Sighting, TmuxClient

GATHER_S = 2.0
"""What comes within this time is sent together."""
RETRY_S = 10.0
"""What was held back, as its pane was in front of the user, is looked at again after this."""
FORGET_S = 30.0
"""What was gone for so long is news when it comes again."""
FRONT_S = 60.0
"""Without a key for so long, the user may not be at the terminal."""

Key = tuple[str, str]
"""What is sent once: a pane, and its request's fingerprint, its state or a facet's news."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What to notify about: an agent's state, or the news in a facet."""

    sighting: Sighting
    facet: Facet | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What is pending and until when, and what was sent, with the time it was last seen."""

    waiting: Mapping[Key, float] = field(default_factory=dict)
    sent: Mapping[Key, float] = field(default_factory=dict)


def find_notable(sightings: Iterable[Sighting], wanted: frozenset[str]) -> tuple[Topic, ...]:
    """Return what the user wants to know of agents that they have neither muted nor snoozed."""
    return tuple(
        topic
        for one in sightings
        if not _is_silenced(one)
        for topic in _list_topics(one)
        if _is_wanted(topic, wanted)
    )


def make_key(topic: Topic) -> Key:
    """Return the key of a topic; each key is sent once."""
    status = topic.sighting.status
    state = status.ask.identity if status.ask else status.state.value
    news = f"{topic.facet.notice} {topic.facet.news}" if topic.facet else ""
    return topic.sighting.pane.id, news or state


def _list_topics(sighting: Sighting) -> Iterator[Topic]:
    yield Topic(sighting)
    for facet in sighting.facets:
        if facet.notice and facet.news:
            yield Topic(sighting, facet)


def advance_memory(memory: Memory, notable: Sequence[Topic], now: float) -> Memory:
    """Return the memory after `notable` was seen at `now`, in monotonic seconds."""
    keys = {make_key(one) for one in notable}
    sent = {key: now if key in keys else at for key, at in memory.sent.items()}
    sent = {key: at for key, at in sent.items() if now - at < FORGET_S}
    waiting = {key: memory.waiting.get(key, now + GATHER_S) for key in keys - sent.keys()}
    return Memory(waiting, sent)


def is_due(memory: Memory, now: float) -> bool:
    """Return True if it is time to send."""
    return any(until <= now for until in memory.waiting.values())


def list_waiting(memory: Memory, notable: Iterable[Topic]) -> tuple[Topic, ...]:
    """Return what is to be sent, in the order of `notable`."""
    return tuple(one for one in notable if make_key(one) in memory.waiting)


def mark_sent(memory: Memory, sent: Iterable[Key], now: float) -> Memory:
    """Return the memory after these keys were sent at `now`; the rest is retried later."""
    done = dict.fromkeys(sent, now)
    left = {
        key: max(until, now + RETRY_S) for key, until in memory.waiting.items() if key not in done
    }
    return replace(memory, waiting=left, sent={**memory.sent, **done})


def is_quiet(hours: tuple[int, int] | None, minute: int) -> bool:
    """Return True if the `minute` of the day is in the quiet hours, which may span midnight."""
    if hours is None:
        return False
    begin, end = hours
    return begin <= minute < end if begin <= end else minute >= begin or minute < end


def is_in_front(pane: Pane, clients: Iterable[TmuxClient], clock: float) -> bool:
    """Return True if a client with a recent key press shows `pane`; `clock` is Unix time."""
    return any(_sees(one, pane) and clock - one.active_at < FRONT_S for one in clients)


def _sees(client: TmuxClient, pane: Pane) -> bool:
    if client.zoomed:
        return client.pane == pane.id
    return client.window_id == pane.window_id


def _is_wanted(topic: Topic, wanted: frozenset[str]) -> bool:
    if topic.facet:
        return topic.facet.notice in wanted
    status = topic.sighting.status
    dangerous = status.risk is not None and status.risk.grade is Grade.DANGEROUS
    return status.state.value in wanted or (dangerous and Grade.DANGEROUS.value in wanted)


def _is_silenced(sighting: Sighting) -> bool:
    return sighting.triage.muted or sighting.triage.snoozed_until is not None

"""Scores a timeline of states against the claims."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent_status.model import State
from agent_status.recordings.accuracy.claims import (
    CLASS_OF,
    CLASSES,
    NEED_OF,
    NEEDS,
    NO_ALARM,
    NONE,
    STARTING,
    UNKNOWN,
    Claim,
)

NOTABLE_S = 0.5
"""A shorter mistake is counted, but not listed."""
MIN_TURN_S = 1.0
"""A shorter stretch says nothing about the time that a change takes."""


@dataclass(frozen=True, slots=True)
class Change:
    """At `at` the badge changes to `state`, by `rule`."""

    at: float
    state: State
    rule: str = ""


BEFORE = Change(float("-inf"), State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A period outside the grace with one claim and one state."""

    claim: Claim
    start: float
    end: float
    predicted: Change

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start

    @property
    def predicted_class(self) -> str:
        """The class of the shown state."""
        return CLASS_OF[self.predicted.state]

    @property
    def is_right(self) -> bool:
        """True if the shown state is right."""
        return self.predicted_class in self.claim.right

    @property
    def is_pardoned(self) -> bool:
        """True if a request shown here is neither right nor wrong."""
        return self.predicted_class == NEEDS and self.claim.label.name in NO_ALARM

    @property
    def is_calm(self) -> bool:
        """True if the agent runs and doesn't need the user."""
        return NEEDS not in self.claim.right and self.claim.home != NONE and not self.is_pardoned


@dataclass(frozen=True, slots=True)
class Passage:
    """A whole label, grace included: when it was first shown, and how often it changed."""

    claim: Claim
    seen_s: float | None
    """
    Seconds until something right was said; None if it never was.

    A request must still be shown after its grace: until then the badge of the one before may stand.
    """
    turns: bool
    """True if it begins something new, so that the time until it is seen counts."""
    flips: int
    """Changes of class beyond the one that the label asks for."""


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one recording, or of several."""

    recordings: int
    stretches: tuple[Stretch, ...]
    passages: tuple[Passage, ...]


def score(changes: Sequence[Change], claims: Sequence[Claim]) -> Score:
    """Compare a timeline, in order of time, with the claims of one recording."""
    homes = [None, *(claim.home for claim in claims)]
    return Score(
        1,
        tuple(stretch for claim in claims for stretch in _iterate_stretches(changes, claim)),
        tuple(_walk(changes, claim, before) for claim, before in zip(claims, homes, strict=False)),
    )


def join(scores: Iterable[Score]) -> Score:
    """Return the score of several recordings together."""
    found = tuple(scores)
    return Score(
        sum(one.recordings for one in found),
        tuple(stretch for one in found for stretch in one.stretches),
        tuple(passage for one in found for passage in one.passages),
    )


def cut(changes: Sequence[Change], start: float, end: float) -> list[tuple[float, float, Change]]:
    """Return (from, to, change) of everything within [start, end)."""
    current = BEFORE
    inside: list[tuple[float, Change]] = []
    for change in changes:
        if change.at <= start:
            current = change
        elif change.at < end:
            inside.append((change.at, change))
    pieces = [(start, current), *inside]
    ends = [at for at, _ in pieces[1:]] + [end]
    return [(at, to, one) for (at, one), to in zip(pieces, ends, strict=True) if to > at]


def _iterate_stretches(changes: Sequence[Change], claim: Claim) -> Iterator[Stretch]:
    label = claim.label
    start = min(label.start + label.grace, label.end)
    for at, to, change in cut(changes, start, label.end):
        yield Stretch(claim, at, to, change)


def _walk(changes: Sequence[Change], claim: Claim, before: str | None) -> Passage:
    label = claim.label
    merged = merge_classes(cut(changes, label.start, label.end))
    waits = (max(0.0, at - label.start - label.lag) for at, one in merged if one in claim.right)
    arrives = bool(merged) and merged[0][1] not in claim.right
    allowed = 1 + int(claim.is_open or arrives)
    news = claim.home in CLASSES and claim.home != before and not claim.is_open
    return Passage(
        claim,
        None if _is_carried_over(changes, claim) else next(waits, None),
        turns=news and label.end - label.start >= MIN_TURN_S,
        flips=0 if claim.home == STARTING else max(0, len(merged) - allowed),
    )


def _is_carried_over(changes: Sequence[Change], claim: Claim) -> bool:
    label = claim.label
    start = label.start + label.grace
    if claim.home != NEEDS or label.end <= start:
        return False
    return all(CLASS_OF[one.state] not in claim.right for *_, one in cut(changes, start, label.end))


def merge_classes(pieces: Iterable[tuple[float, float, Change]]) -> list[tuple[float, str]]:
    """Return (from, class), one for each change of class."""
    merged: list[tuple[float, str]] = []
    for at, _, one in pieces:
        name = CLASS_OF[one.state]
        if not merged or merged[-1][1] != name:
            merged.append((at, name))
    return merged


def is_named(stretch: Stretch) -> bool:
    """Return True if exactly the right need was shown: approval, question, plan or setup."""
    return stretch.is_right and NEED_OF.get(stretch.predicted.state) == stretch.claim.label.name


def is_unknown(stretch: Stretch) -> bool:
    """Return True if the state was `unknown`."""
    return stretch.predicted_class == UNKNOWN

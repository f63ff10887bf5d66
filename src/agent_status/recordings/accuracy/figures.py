"""The figures of a score: recall, precision, episodes, alarms, flicker, latency."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agent_status.recordings.accuracy.claims import (
    CLASSES,
    MEASURED,
    NEED_OF,
    NEEDS,
    NONE,
    REPORTED,
    STARTING,
)
from agent_status.recordings.accuracy.score import Passage, Score, Stretch, is_named, is_unknown

HOUR_S = 3600.0
LATE_S = 2.0
SLOW_S = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a score; None if there was nothing to measure."""

    recordings: int
    minutes: float
    recall: dict[str, float | None]
    """Of the time in which a class was claimed, how much was found; by class."""
    precision: dict[str, float | None]
    """Of the time in which a class was found, how much was right; by class."""
    macro_recall: float | None
    """The mean recall of working, needs-you, idle and failed."""
    episodes: int
    missed: int
    """Episodes of needs-you that were never found."""
    late: int
    """Those that were found after more than two seconds."""
    slow: int
    """Those that were found after more than one second, the late ones included."""
    false_needs_s_per_hour: float | None
    flicker_per_minute: float | None
    latency_p50_s: float | None
    latency_p95_s: float | None
    never: int
    """Turns to working, needs-you or idle that were not found at all."""
    need: float | None
    """Of the time in which a need was claimed, how much was found as that very need."""
    needs: dict[str, float | None]
    """The same for each need alone."""
    unknown: float | None
    """How much of the agents' time the state was `unknown`."""


def measure(total: Score) -> Figures:
    """Return the figures of a score."""
    recall = {name: _find_recall(total.stretches, name) for name in CLASSES}
    asks = [one for one in total.passages if one.claim.home == NEEDS]
    waits = [one.seen_s for one in total.passages if one.turns and one.claim.home in REPORTED]
    seen = sorted(wait for wait in waits if wait is not None)
    calm = [one for one in total.stretches if one.is_calm]
    alive = [one for one in total.stretches if one.claim.home != NONE]
    needed = [one for one in total.stretches if one.claim.home == NEEDS]
    return Figures(
        recordings=total.recordings,
        minutes=_sum_passages(total.passages) / 60,
        recall=recall,
        precision={name: _find_precision(total.stretches, name) for name in CLASSES},
        macro_recall=find_mean(recall[name] for name in MEASURED),
        episodes=len(asks),
        missed=sum(one.seen_s is None for one in asks),
        late=sum(one.seen_s is not None and one.seen_s > LATE_S for one in asks),
        slow=sum(one.seen_s is not None and one.seen_s > SLOW_S for one in asks),
        false_needs_s_per_hour=_scale(
            find_share(calm, lambda one: one.predicted_class == NEEDS), HOUR_S
        ),
        flicker_per_minute=_find_flicker(total.passages),
        latency_p50_s=find_quantile(seen, 0.5),
        latency_p95_s=find_quantile(seen, 0.95),
        never=len(waits) - len(seen),
        need=find_share(needed, is_named),
        needs={
            name: find_share([one for one in needed if one.claim.label.name == name], is_named)
            for name in NEED_OF.values()
        },
        unknown=find_share(alive, is_unknown),
    )


def _find_recall(stretches: Iterable[Stretch], name: str) -> float | None:
    claimed = [one for one in stretches if one.claim.home == name and not one.claim.is_open]
    return find_share(claimed, lambda one: one.is_right)


def _find_precision(stretches: Iterable[Stretch], name: str) -> float | None:
    predicted = [one for one in stretches if one.predicted_class == name and not one.is_pardoned]
    return find_share(predicted, lambda one: one.is_right)


def _find_flicker(passages: Sequence[Passage]) -> float | None:
    settled = [one for one in passages if one.claim.home != STARTING]
    minutes = _sum_passages(settled) / 60
    return sum(one.flips for one in settled) / minutes if minutes else None


def _sum_passages(passages: Iterable[Passage]) -> float:
    return sum(one.claim.label.end - one.claim.label.start for one in passages)


def find_share(stretches: Sequence[Stretch], holds: Callable[[Stretch], bool]) -> float | None:
    """Return the share of the time for which `holds`; None for no time."""
    whole = sum(one.seconds for one in stretches)
    return sum(one.seconds for one in stretches if holds(one)) / whole if whole else None


def find_mean(values: Iterable[float | None]) -> float | None:
    """Return the mean of the known values; None if there are no known values."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def find_quantile(ordered: Sequence[float], share: float) -> float | None:
    """Return the quantile of the values; None if there are no values."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _scale(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor

"""How much of what could be tried a run tries: all of it for `pytest --all`, else a fifth."""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import HealthCheck, settings

One = TypeVar("One")
ALL = 100
PROFILES = {"all": ALL, "quick": ALL // 5}

for _name, _count in PROFILES.items():
    settings.register_profile(
        _name,
        max_examples=_count,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    # a slow machine fails nothing, and a run finds what every other does; scripts/fuzz finds more


def takes_all() -> bool:
    """Return whether this run tries everything."""
    return settings().max_examples == ALL


def scale(count: int) -> int:
    """Return how many of `count` random examples this run tries, one at least."""
    return max(1, count * settings().max_examples // ALL)


def sample(each: Sequence[One]) -> Sequence[One]:
    """Return what this run tries of `each`: every fifth, or all."""
    return each if takes_all() else each[:: ALL // PROFILES["quick"]]

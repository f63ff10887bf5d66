"""How many random examples a property is tried with: all of them in the gate, a fifth elsewhere."""

from hypothesis import HealthCheck, settings

ALL = 100

for _name, _count in (("gate", ALL), ("quick", ALL // 5)):
    settings.register_profile(
        _name,
        max_examples=_count,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    # a slow machine fails nothing, and a run finds what every other does; scripts/fuzz finds more


def scale(count: int) -> int:
    """Return how many of `count` examples this run tries, one at least."""
    return max(1, count * settings().max_examples // ALL)

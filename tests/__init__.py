"""The tests, and what they share."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "gate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("gate")
"""A slow machine fails nothing, and a run finds what every other does; scripts/fuzz finds more."""

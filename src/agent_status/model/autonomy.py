"""How much an agent does without asking: its mode."""

from enum import StrEnum


class Autonomy(StrEnum):
    """How much an agent does without asking."""

    UNKNOWN = ""
    ASKS = "asks"
    PLANS = "plan"
    """It only looks, and writes a plan."""
    EDITS = "edits"
    """It edits files without asking, and asks before commands."""
    AUTO = "auto"
    """It, or a model, decides which commands need asking."""
    BYPASS = "bypass"
    """It asks for nothing."""


UNASKED = (Autonomy.BYPASS, Autonomy.AUTO, Autonomy.EDITS)
"""Modes in which it changes things without a request, the freest first."""

"""How much an agent does without asking: which source counts, and the words for it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from agent_status.model import ASKS, Autonomy, Facet, Sighting, State

MEANINGS: Mapping[Autonomy, str] = {
    Autonomy.ASKS: "asks before it runs or changes something",
    Autonomy.PLANS: "only looks, and writes a plan",
    Autonomy.EDITS: "changes files without asking",
    Autonomy.AUTO: "decides which commands need asking, or leaves that to a model",
    Autonomy.BYPASS: "asks for nothing",
}
COVERED = ASKS | {State.UNKNOWN}
"""States in which a dialog may hide where the screen says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutonomyFacet(Facet):
    """How much an agent does without asking, and how that is known."""

    name: ClassVar[str] = "autonomy"
    mode: str = ""
    source: str = ""


def find_mode(sighting: Sighting, before: Autonomy) -> tuple[Autonomy, str]:
    """
    Return the mode of an agent, and its source.

    The screen counts, as it was `before` while a dialog may cover it; then the session file, then
    the command line.
    """
    status = sighting.status
    sources = (
        (hold_mode(sighting, before), "its screen"),
        (sighting.activity.autonomy, "its session file"),
        (status.agent.autonomy if status.agent else Autonomy.UNKNOWN, "its command line"),
    )
    return next((one for one in sources if one[0]), (Autonomy.UNKNOWN, ""))


def hold_mode(sighting: Sighting, before: Autonomy) -> Autonomy:
    """Return what the screen says, or said `before` a dialog covered it."""
    status = sighting.status
    return status.autonomy or (before if status.state in COVERED else Autonomy.UNKNOWN)


def make_facet(mode: Autonomy, source: str) -> AutonomyFacet | None:
    """Return what is shown of a mode; nothing in the row of an agent that asks."""
    if not mode:
        return None
    words = "" if mode is Autonomy.ASKS else mode.value
    lines = (f"{mode.value}: it {MEANINGS[mode]} (by {source})",)
    return AutonomyFacet(words=words, lines=lines, mode=mode.value, source=source)

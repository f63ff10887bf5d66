"""Whether the hooks that were installed still work."""

from collections.abc import Iterator

from agent_status.features.base import DiagnosisInput
from agent_status.features.hooks.agents import KINDS
from agent_status.features.hooks.install import Condition, examine, find_place, list_spots
from agent_status.model import Problem
from agent_status.model.finding import Finding

BROKEN = {
    Condition.CHANGED: "some of our hooks are missing",
    Condition.OUTDATED: "its hooks run a program that has moved",
    Condition.REPEATED: "some of our hooks are there more than once",
}


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield which agents have our hooks, and each file whose hooks are to be installed again."""
    place = find_place(seen.program)
    found = [examine(spot, place) for kind in KINDS.values() for spot in list_spots(kind, place)]
    working = [one.kind for one in found if one.condition is Condition.INSTALLED]
    yield Finding("hooks", ", ".join(dict.fromkeys(working)) or "in no agent's settings")
    for one in found:
        if what := BROKEN.get(one.condition):
            hint = f"agent-status hooks install {one.kind}"
            yield Finding("hooks", one.kind, Problem(str(one.path), what, hint))

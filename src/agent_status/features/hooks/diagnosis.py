"""Check that installed hooks still work."""

from collections.abc import Iterator

from agent_status.features.base import DiagnosisInput
from agent_status.features.hooks.agents import KINDS
from agent_status.features.hooks.install import Condition, examine, list_targets, make_context
from agent_status.model import Problem
from agent_status.model.finding import Finding

BROKEN = {
    Condition.CHANGED: "some of our hooks are missing",
    Condition.OUTDATED: "its hooks run a program that has moved",
    Condition.REPEATED: "some of our hooks are there more than once",
}


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield which agents have our hooks, and each file whose hooks must be installed again."""
    context = make_context(seen.program)
    found = [
        examine(target, context)
        for kind in KINDS.values()
        for target in list_targets(kind, context)
    ]
    working = [one.kind for one in found if one.condition is Condition.INSTALLED]
    yield Finding("hooks", ", ".join(dict.fromkeys(working)) or "in no agent's settings")
    for one in found:
        if what := BROKEN.get(one.condition):
            hint = f"agent-status hooks install {one.kind}"
            yield Finding("hooks", one.kind, Problem(str(one.path), what, hint))

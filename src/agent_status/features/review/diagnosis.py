"""Check that changes can be found."""

from collections.abc import Iterator
from shutil import which

from agent_status.features.base import DiagnosisInput
from agent_status.model import Problem
from agent_status.model.finding import Finding


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield the state of change detection, and what is missing for it."""
    if not seen.options.review:
        yield Finding("review", "off")
        return
    git = which("git")
    hint = "install git, or: set -g @agent-status-review off"
    problem = None if git else Problem("git", "it is not in PATH, so no changes are found", hint)
    yield Finding("review", f"by {git}" if git else "no git", problem)

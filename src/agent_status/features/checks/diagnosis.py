"""Check that the user's own table of checks is in use."""

from collections.abc import Iterator

from agent_status.features.base import DiagnosisInput
from agent_status.features.checks.loader import load_checks
from agent_status.model.finding import Finding


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield how many checks are known, and what of the user's table isn't in use."""
    loaded = load_checks(seen.config)
    commands = sum(len(rule.commands) for rule in loaded.tables.rules)
    projects = len(loaded.own.projects)
    named = f", and the commands of {projects} projects" if projects else ""
    yield Finding("checks", f"{commands} commands are known{named}")
    for problem in loaded.problems:
        yield Finding("checks", "your own table is left out", problem)

"""Check that the user's own risk table is in use."""

import time
from collections.abc import Iterator

from agent_status.features.base import DiagnosisInput
from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.table_files import NAME, read_risk_files
from agent_status.model import Problem, clip_text
from agent_status.model.attention import render_duration
from agent_status.model.finding import Finding

WORDS = 160


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield how many programs are known, and what of the user's table isn't in use."""
    files = read_risk_files(seen.config, seen.state)
    tables, refused = parse_tables(files.tables, confirmed=files.is_confirmed)
    yield Finding("risk", f"{len(tables.programs)} programs are known")
    for problem in (*files.problems, *refused):
        yield Finding("risk", "your own table is left out", problem)
    if tables.pending:
        age = render_duration(max(0.0, time.time() - files.changed_at))
        what = f"risk rules changed {age} ago, and would lower {', '.join(tables.pending)}"
        hint = "agent-status risk --confirm applies them"
        problem = Problem(str(seen.config / NAME), clip_text(what, WORDS), hint)
        yield Finding("risk", "rules that are not confirmed", problem)

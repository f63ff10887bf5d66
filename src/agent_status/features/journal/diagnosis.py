"""Whether the journal is kept, and where."""

import os
from collections.abc import Iterator

from agent_status.features.base import DiagnosisInput
from agent_status.features.journal.store import find_journal
from agent_status.model import Problem
from agent_status.model.finding import Finding

MEGABYTE = 1024 * 1024


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield for how long the journal is kept and its size, or why it can't be written."""
    days = seen.options.journal_days
    if not days:
        yield Finding("journal", "off, so notes are not kept either")
        return
    file = find_journal(seen.state)
    size = file.stat().st_size if file.exists() else 0
    refused = file.exists() and not os.access(file, os.R_OK | os.W_OK)
    hint = f"chmod u+rw {file}, or: set -g @agent-status-journal-days off"
    problem = Problem(str(file), "you may not read and write it", hint) if refused else None
    yield Finding("journal", f"{file}, {size / MEGABYTE:.1f} MB, kept for {days} days", problem)

"""Check that the journal is kept."""

import os
from collections.abc import Iterator

from agent_status.features.base import DiagnosisInput
from agent_status.features.journal.store import find_journal
from agent_status.model import Problem
from agent_status.model.finding import Finding

MEGABYTE = 1024 * 1024


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield how long the journal is kept and its size, or why it can't be written."""
    days = seen.options.journal_days
    if not days:
        yield Finding("journal", "off, so notes are not kept either")
        return
    file = find_journal(seen.state)
    size = file.stat().st_size if file.exists() else 0
    usable = not file.exists() or (file.is_file() and os.access(file, os.R_OK | os.W_OK))
    hint = f"move {file} away, or: set -g @agent-status-journal-days off"
    problem = Problem("journal", "it is no file that you may read and write", hint)
    yield Finding(
        "journal",
        f"{file}, {size / MEGABYTE:.1f} MB, kept for {days} days",
        None if usable else problem,
    )

"""Check that the agents' session files are read."""

from collections.abc import Iterator

from agent_status.features.base import DiagnosisInput
from agent_status.model.finding import Finding


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield whether task, model and context are read from session files."""
    off = "not read: @agent-status-read-transcripts is off"
    yield Finding(
        "sessions", "read from the agents' files" if seen.options.read_transcripts else off
    )

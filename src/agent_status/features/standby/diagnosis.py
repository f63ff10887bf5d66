"""Check how the popup starts."""

from collections.abc import Iterator

from agent_status.features.base import DiagnosisInput
from agent_status.model.finding import Finding


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield how the popup starts."""
    off = "started by its key: @agent-status-stand-by is off"
    yield Finding("popup", "kept ready while there are agents" if seen.options.stand_by else off)

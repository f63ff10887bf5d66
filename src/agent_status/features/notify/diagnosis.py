"""Whether a notification can reach the user the way they chose."""

from collections.abc import Iterator

from agent_status.features.base import DiagnosisInput
from agent_status.features.notify.channels import CHANNELS
from agent_status.model.finding import Finding


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield the channels, if notifications are on, and what is missing for them."""
    options = seen.options
    if not options.notify:
        return
    names = sorted(options.notify_by)
    problems = [CHANNELS[name].find_problem() for name in names]
    yield Finding(
        "notices", f"by {', '.join(names) or 'nothing'}", next(filter(None, problems), None)
    )
    for viewer in seen.server.viewers if seen.server else ():
        for lack in filter(None, (CHANNELS[name].find_lack(viewer.term) for name in names)):
            yield Finding("notices", f"at {viewer.name}: {lack}")

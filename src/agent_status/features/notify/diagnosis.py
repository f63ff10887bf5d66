"""Check that notifications can reach the user."""

from collections.abc import Iterator

from agent_status.features.base import DiagnosisInput
from agent_status.features.notify.channels import CHANNELS
from agent_status.model.finding import Finding


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield the channels, if notifications are on, and what they lack."""
    options = seen.options
    if not options.notify:
        return
    names = sorted(options.notify_by)
    problems = [CHANNELS[name].find_problem() for name in names]
    yield Finding(
        "notices", f"by {', '.join(names) or 'nothing'}", next(filter(None, problems), None)
    )
    for client in seen.server.clients if seen.server else ():
        for lack in filter(None, (CHANNELS[name].find_lack(client.term) for name in names)):
            yield Finding("notices", f"at {client.name}: {lack}")

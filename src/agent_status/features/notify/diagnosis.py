"""Whether a notification can reach the user the way they chose."""

from collections.abc import Iterator

from agent_status.features.base import DiagnosisInput
from agent_status.features.notify.channels import find_program
from agent_status.features.notify.message import find_lack
from agent_status.model import Problem
from agent_status.model.finding import Finding
from agent_status.system.platforms import find_system


def diagnose(seen: DiagnosisInput) -> Iterator[Finding]:
    """Yield the ways of notification, if any are on, and what is missing for them."""
    options = seen.options
    if not options.notify:
        return
    missing = "desktop" in options.notify_by and not find_program()
    program = find_system().desktop.program
    what = f"{program} is not installed"
    hint = f"install {program}, or: set -g @agent-status-notify-by terminal"
    problem = Problem("@agent-status-notify-by", what, hint)
    ways = ", ".join(sorted(options.notify_by)) or "nothing"
    yield Finding("notices", f"by {ways}", problem if missing else None)
    shown = seen.server.viewers if seen.server and "terminal" in options.notify_by else ()
    for viewer in shown:
        if lack := find_lack(viewer.term):
            yield Finding("notices", f"at {viewer.name}: {lack}")

"""Desktop notifications, by the program that the system provides."""

import shutil
import subprocess

from agent_status.features.notify.message import NotifyError
from agent_status.model import Problem
from agent_status.system.platforms import HERE, find_system

TIMEOUT_S = 5.0


def find_program(platform: str = HERE) -> str:
    """Return the program that shows notifications; empty if it isn't installed."""
    return shutil.which(find_system(platform).desktop.program) or ""


def send_desktop(title: str, body: str, platform: str = HERE) -> None:
    """Show a notification on the desktop. Takes up to TIMEOUT_S; raises NotifyError."""
    program = find_program(platform)
    if not program:
        name = find_system(platform).desktop.program
        message = f"{name} is not installed (or: set -g @agent-status-notify-by terminal)"
        raise NotifyError(message)
    words = build_command(program, title, body, platform)
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{program} did not work: {type(error).__name__}"
        raise NotifyError(message) from error
    if done.returncode:
        message = f"{program} failed: {done.stderr.decode('utf-8', 'replace').strip()[:200]}"
        raise NotifyError(message)


def build_command(program: str, title: str, body: str, platform: str) -> list[str]:
    """Return the command that shows a notification; title and body are passed literally."""
    return [program, *find_system(platform).desktop.write(title, body)]


def find_problem() -> Problem | None:
    """Return what is missing on this machine, or None."""
    if find_program():
        return None
    program = find_system().desktop.program
    hint = f"install {program}, or: set -g @agent-status-notify-by terminal"
    return Problem("@agent-status-notify-by", f"{program} is not installed", hint)

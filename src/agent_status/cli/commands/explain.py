"""The command `explain`."""

from pathlib import Path
from stat import S_ISREG

import click

from agent_status.cli.asking import ask_daemon
from agent_status.cli.target import find_pane
from agent_status.errors import AgentStatusError
from agent_status.protocol.messages import Explain

PLACE = ("Look", 3)


@click.command("explain")
@click.argument("target", metavar="[PANE|FILE]", required=False)
@click.option(
    "--at", "at_s", type=float, help="Seconds from the start of FILE; its end if left out."
)
def command(target: str | None, at_s: float | None) -> None:
    """
    Explain why a pane shows its badge.

    Prints all evidence, the winner first, the request, and the text of the screen's regions that
    rules read. Without an agent in PANE, it prints which processes were checked, why no agent was
    found, and how to declare one. FILE is a recording.

    Exit codes: 0 done, 1 no such pane or no recording, 3 no tmux server, 4 no daemon.
    """
    file = _find_file(target) if target else None
    if file:
        click.echo(_explain_file(file, at_s), nl=False)
        return
    click.echo(ask_daemon(Explain(find_pane(target))).text, nl=False)


def _find_file(target: str) -> Path | None:
    """Return the file that is meant; None for what may be a pane."""
    try:
        is_file = not target.startswith("%") and S_ISREG(Path(target).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        message = f"{target}: {error.strerror}"
        raise AgentStatusError(message) from error
    return Path(target) if is_file else None


def _explain_file(file: Path, at_s: float | None) -> str:
    from agent_status.agents.files import load_agents
    from agent_status.paths import find_config
    from agent_status.protocol.explanation import render_found
    from agent_status.recordings.replay import find_at
    from agent_status.terminal.asciicast import open_recording

    found, at = find_at(open_recording(file), load_agents(find_config())[0], at_s)
    return render_found(found, f"{file.name} at {at:.2f} s", at)

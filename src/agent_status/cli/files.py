"""Recordings that are named on the command line."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent_status.agents.registry import Registry
    from agent_status.terminal.asciicast import Recording

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def read_file(file: Path) -> "tuple[Recording, Registry]":
    """Return the recording in a file, and the rules; print their problems on stderr."""
    from agent_status.agents.files import load_agents
    from agent_status.paths import find_config
    from agent_status.terminal.asciicast import open_recording

    recording = open_recording(file)
    registry, problems = load_agents(find_config())
    for problem in problems:
        click.echo(f"warning: {problem}", err=True)
    return recording, registry

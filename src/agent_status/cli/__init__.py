"""The command line: what each command is called, takes and prints."""

import click

from agent_status import __version__
from agent_status.cli import care, look, move, tape


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="agent-status")
def main() -> None:
    """Which of your coding agents in tmux needs you first, and why."""


for command in (*look.COMMANDS, *move.COMMANDS, *tape.COMMANDS, *care.COMMANDS):
    main.add_command(command)

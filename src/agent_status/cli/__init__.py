"""The command line: what each command is called, takes and prints."""

import importlib
import pkgutil

import click

from agent_status import __version__
from agent_status.cli import commands
from agent_status.cli.errors import Program

SECTIONS = ("Look", "Act", "Review", "Tune", "Repair")
"""The headings of the help, in order."""

HELP = """\
Show which of your coding agents in tmux needs you first, and why.

It reads the panes that are there: no hooks, no wrapper. A daemon, one for each tmux server,
writes badges into the status line; prefix-A opens the chooser.

PANE is an id such as %3, or a place such as work:1.0. Without it, a command uses the pane that it
runs in, if that holds an agent, else the agent that needs you first, and says which.

`agent-status help` lists pages on every topic.
"""
EPILOG = """\
\b
Exit codes, the same for every command:
  0  done
  1  the thing named isn't there, or the command could not be carried out
  2  the command line is wrong
  3  no tmux server can be reached
  4  no daemon runs: agent-status daemon start
  6  refused: only you may decide this; an agent or unknown program called

\b
Shell completion, here for bash:
  eval "$(_AGENT_STATUS_COMPLETE=bash_source agent-status)"
"""


@click.group(
    cls=Program,
    sections=SECTIONS,
    help=HELP,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="agent-status")
def main() -> None:
    """Run one command."""


for found in pkgutil.iter_modules(commands.__path__):
    module = importlib.import_module(f"{commands.__name__}.{found.name}")
    main.add(module.command, *module.PLACE)

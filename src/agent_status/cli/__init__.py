"""The command line: what each command is called, takes and prints."""

import click

from agent_status import __version__
from agent_status.cli import (
    agents,
    answer,
    daemon,
    hooks,
    inspect,
    journal,
    navigate,
    recordings,
    review,
    risk,
    setup,
    triage,
)
from agent_status.cli.errors import Program

SECTIONS = {
    "Look": ("list", "watch", "explain", "log", "choose", "next", "back", "jump"),
    "Act": ("answer", "send", "interrupt", "pin", "snooze", "mute", "note"),
    "Review": ("diff", "conflicts", "acknowledge"),
    "Tune": ("risk", "agents", "hooks", "event", "record", "play", "replay", "report", "label"),
    "Repair": ("doctor", "daemon", "load", "uninstall"),
}
"""The headings of the help, and the commands below each."""

HELP = """\
Say which of your coding agents in tmux needs you first, and why.

It looks at the panes that are there: no hooks, no wrapper. A daemon, one for each tmux server,
writes badges into the status line; prefix-A opens the chooser.

PANE is an id such as %3, or a place such as work:1.0. Without it a command means the pane that it
runs in, if that holds an agent, else the agent that needs you first, and says which.
"""
EPILOG = """\
\b
Exit codes, the same for every command:
  0  done
  1  what was named is not there, or is not what it should be
  2  the command line is wrong
  3  no tmux server can be reached
  4  no daemon runs: agent-status daemon start
  6  refused: it is yours to decide, and an agent or an unknown program called

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


for command in (
    *inspect.COMMANDS,
    *navigate.COMMANDS,
    *answer.COMMANDS,
    *recordings.COMMANDS,
    *agents.COMMANDS,
    *daemon.COMMANDS,
    *hooks.COMMANDS,
    *setup.COMMANDS,
    *triage.COMMANDS,
    *review.COMMANDS,
    *journal.COMMANDS,
    *risk.COMMANDS,
):
    main.add_command(command)

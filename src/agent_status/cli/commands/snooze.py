"""The command `snooze`."""

import click

from agent_status.cli.target import PANE, split_target
from agent_status.cli.triage import change_triage

PLACE = ("Act", 5)
TIMES = ("5", "15", "60", "change", "off")


@click.command("snooze")
@PANE
@click.argument("time", required=False)
def command(pane: str | None, time: str | None) -> None:
    """
    Put the agent in PANE at the end of the list for TIME minutes (15).

    It comes back sooner when its state or its request changes; with `change`, only then. `off`
    brings it back at once.

    Exit codes: 0 done, 1 no such pane, no agent in it or it could not be kept, 2 no such time,
    3 no tmux server, 4 no daemon, 6 refused.
    """
    pane, time = split_target(pane, time, _is_no_time)
    time = click.Choice(TIMES).convert(time or "15", None, click.get_current_context())
    seconds = {"change": "change", "off": None}.get(time, 60 * int(time) if time.isdigit() else 0)
    found = change_triage(pane, snooze_s=seconds)
    words = {"change": "snoozed until it changes", "off": "not snoozed"}
    click.echo(f"{found.ref} is {words.get(time, f'snoozed for {time} minutes')}.")


def _is_no_time(word: str) -> bool:
    return word not in TIMES and not word.isdecimal()

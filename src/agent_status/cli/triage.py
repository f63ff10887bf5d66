"""Commands about an agent's place in the queue: pin, snooze, mute."""

from typing import Any

import click

from agent_status.cli.errors import ending
from agent_status.cli.target import PANE, find_agent, split_target

TIMES = ("5", "15", "60", "change", "off")


@click.command()
@PANE
def pin(pane: str | None) -> None:
    """
    Keep the agent in PANE on top of the list, or no longer.

    What has waited for days, or needs you
    while the pinned one does not, still comes first.

    Exit codes: 0 done, 1 no such pane, no agent in it or it could not be kept, 3 no
    tmux server, 4 no daemon, 6 refused.
    """
    _toggle(pane, "pin", "pinned")


@click.command()
@PANE
def mute(pane: str | None) -> None:
    """
    Let the agent in PANE never call for you, or again.

    It stays in the list, at the end of it, and counts nowhere as needing you.

    Exit codes: 0 done, 1 no such pane, no agent in it or it could not be kept, 3 no
    tmux server, 4 no daemon, 6 refused.
    """
    _toggle(pane, "mute", "muted")


@click.command()
@PANE
@click.argument("time", required=False)
def snooze(pane: str | None, time: str | None) -> None:
    """
    Put the agent in PANE at the end of the list for TIME minutes (15).

    It comes back sooner when its state or what it asks changes; with `change`, only then. `off`
    takes it back at once.

    Exit codes: 0 done, 1 no such pane, no agent in it or it could not be kept, 2 no such time,
    3 no tmux server, 4 no daemon, 6 refused.
    """
    pane, time = split_target(pane, time, _is_no_time)
    time = click.Choice(TIMES).convert(time or "15", None, click.get_current_context())
    seconds = {"change": "change", "off": None}.get(time, 60 * int(time) if time.isdigit() else 0)
    found = _care(pane, lambda _: {"snooze_s": seconds})
    words = {"change": "snoozed until it changes", "off": "not snoozed"}
    click.echo(f"{found['pane']} is {words.get(time, f'snoozed for {time} minutes')}.")


def _is_no_time(word: str) -> bool:
    return word not in TIMES and not word.isdecimal()


def _toggle(pane: str | None, name: str, state: str) -> None:
    found = _care(pane, lambda care: {name: not care[state]})
    click.echo(f"{found['pane']} is {'' if found[state] else 'no longer '}{state}.")


def _care(pane: str | None, decide: Any) -> Any:
    """Send what `decide` makes of the agent's care as it is, and return what it is then."""
    from agent_status.protocol.client import Client
    from agent_status.tmux.client import find_socket

    with ending():
        target = find_agent(pane)
        with Client.open(find_socket()) as daemon:
            agents = {agent["pane"]: agent for agent in daemon.ask("list")["agents"]}
            done = daemon.ask("care", pane=target, **decide(agents[target]["care"]))
            daemon.ask("look")
    return done


COMMANDS: tuple[click.Command, ...] = (pin, snooze, mute)

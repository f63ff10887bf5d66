"""Commands about an agent's place in the queue: pin, snooze, mute."""

from typing import Any

import click

from agent_status.cli.ending import FAILED, NO_DAEMON, NO_TMUX, end, refuse

TIMES = ("5", "15", "60", "change", "off")


@click.command()
@click.argument("pane")
def pin(pane: str) -> None:
    """
    Keep the agent in PANE on top of the list, or no longer.

    PANE is an id such as %3, or a place such as work:1.0. What has waited for days, or needs you
    while the pinned one does not, still comes first.

    Exit codes: 0 done, 1 no such pane, no agent in it or it could not be kept, 3 no
    tmux server, 4 no daemon, 6 refused.
    """
    _toggle(pane, "pin", "pinned")


@click.command()
@click.argument("pane")
def mute(pane: str) -> None:
    """
    Let the agent in PANE never call for you, or again.

    It stays in the list, at the end of it, and counts nowhere as needing you.

    Exit codes: 0 done, 1 no such pane, no agent in it or it could not be kept, 3 no
    tmux server, 4 no daemon, 6 refused.
    """
    _toggle(pane, "mute", "muted")


@click.command()
@click.argument("pane")
@click.argument("time", type=click.Choice(TIMES), default="15")
def snooze(pane: str, time: str) -> None:
    """
    Put the agent in PANE at the end of the list for TIME minutes (15).

    It comes back sooner when its state or what it asks changes; with `change`, only then. `off`
    takes it back at once.

    Exit codes: 0 done, 1 no such pane, no agent in it or it could not be kept, 2 no such time,
    3 no tmux server, 4 no daemon, 6 refused.
    """
    seconds = {"change": "change", "off": None}.get(time, 60 * int(time) if time.isdigit() else 0)
    found = _care(pane, lambda _: {"snooze_s": seconds})
    words = {"change": "snoozed until it changes", "off": "not snoozed"}
    click.echo(f"{found['pane']} is {words.get(time, f'snoozed for {time} minutes')}.")


def _toggle(pane: str, name: str, state: str) -> None:
    found = _care(pane, lambda care: {name: not care[state]})
    click.echo(f"{found['pane']} is {'' if found[state] else 'no longer '}{state}.")


def _care(pane: str, decide: Any) -> Any:
    """Send what `decide` makes of the agent's care as it is, and return what it is then."""
    from agent_status.client import CallerError, Client, DaemonGoneError, RefusedError
    from agent_status.sense.tmux import Tmux, TmuxError, TmuxGoneError, find_socket

    tmux = Tmux(find_socket())
    try:
        target = tmux.find_pane(pane)
        with Client.open(tmux.socket) as daemon:
            agents = {agent["pane"]: agent for agent in daemon.ask("list")["agents"]}
            if target not in agents:
                end(f"there is no agent in pane {target}", FAILED)
            done = daemon.ask("care", pane=target, **decide(agents[target]["care"]))
            daemon.ask("look")
    except TmuxGoneError as error:
        end(f"there is no tmux server: {error}", NO_TMUX)
    except DaemonGoneError as error:
        end(str(error), NO_DAEMON)
    except CallerError as error:
        refuse(error)
    except (TmuxError, RefusedError) as error:
        end(str(error), FAILED)
    return done


COMMANDS: tuple[click.Command, ...] = (pin, snooze, mute)

"""Commands that type into an agent's pane: answer, send, interrupt."""

import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO

import click

from agent_status.cli.ending import FAILED, NO_DAEMON, NO_TMUX, end

CHANGED = 5
"""What is asked is not what was expected: nothing was sent."""
REFUSED = 6
"""A key would not surely reach what it is meant for: nothing was sent."""
IGNORED = 7
"""It was sent, and the screen says the same as before, or what was not to be expected."""
CODES: Mapping[str, int] = {
    "sent": 0,
    "gone": CHANGED,
    "changed": CHANGED,
    "refused": REFUSED,
    "surprise": IGNORED,
    "ignored": IGNORED,
    "failed": FAILED,
}


@click.command()
@click.argument("pane")
@click.option("--option", "choice", default="", help="Its key, else its number; or y or n.")
@click.option("--expect", default="", help="The ask's fingerprint, as shown without this.")
@click.option("--yes-dangerous", is_flag=True, help="Also when the ask is graded dangerous.")
def answer(pane: str, choice: str, expect: str, *, yes_dangerous: bool) -> None:
    """
    Answer what the agent in PANE asks, if it still asks what you saw.

    Without --expect nothing is sent: it prints what is asked, its options and its fingerprint.
    With it, the pane is looked at again, and the key is sent only if the fingerprint is the same;
    then it waits until the ask is gone. `y` and `n` choose the option that approves or denies
    this one thing, never one that approves more. Where boxes are to be ticked, each answer ticks
    one, and `--option submit` goes on.

    Exit codes: 0 answered and gone, 1 no such pane, or tmux or the daemon failed, 2 the command
    line is wrong, 3 no tmux server, 4 no daemon, 5 nothing or something else is asked, or no
    fingerprint was given, 6 refused, 7 sent, but the same is still asked, or the screen was not
    what was expected.
    """
    from agent_status.act.answer import answer_ask
    from agent_status.model import Grade, PaneId

    if expect and not choice:
        message = "--expect needs --option"
        raise click.UsageError(message)

    def act(desk: Any, found: PaneId) -> Any:
        if not expect:
            _show_ask(desk, found)
        most = Grade.DANGEROUS if yes_dangerous else Grade.WRITES
        return answer_ask(desk, found, choice, expect, most)

    _act(pane, act)


@click.command()
@click.argument("pane")
@click.argument("text", default="-")
def send(pane: str, text: str) -> None:
    """
    Send TEXT to the agent in PANE as one message; `-`, or nothing, reads it from stdin.

    Only to an agent that is at its prompt, with nothing half-typed in its input box. Control
    characters are taken out; several lines stay one message.

    Exit codes: 0 sent and taken, 1 no such pane, or tmux or the daemon failed, 3 no tmux server,
    4 no daemon, 5 the agent is gone, 6 refused, 7 it stands in the input box but was not taken.
    """
    from agent_status.act.answer import send_text

    words = _read_words() if text == "-" else text
    _act(pane, lambda desk, found: send_text(desk, found, words))


def _read_words() -> str:
    stdin: TextIO | None = sys.stdin
    if stdin is None:
        end("stdin is closed, so there is no message", FAILED)
    return stdin.buffer.read().decode("utf-8", "replace")


@click.command("interrupt")
@click.argument("pane")
def interrupt_agent(pane: str) -> None:
    """
    Interrupt the agent in PANE, if it works or asks, and see that it stopped.

    What it asks when the command begins is given up; what it asks after that is left alone.

    Exit codes: 0 interrupted, 1 no such pane, or tmux or the daemon failed, 3 no tmux server,
    4 no daemon, 5 the agent is gone or asks something else, 6 refused, 7 the key was sent, but it
    goes on.
    """
    from agent_status.act.answer import interrupt
    from agent_status.model import PaneId

    def act(desk: Any, found: PaneId) -> Any:
        ask = _sense(desk, found).ask
        return interrupt(desk, found, ask.fingerprint if ask else "")

    _act(pane, act)


def _act(target: str, work: Callable[[Any, Any], Any]) -> None:
    """Do it with an open desk, say what became of it, and end with its code."""
    from agent_status.act.answer import open_desk
    from agent_status.client import DaemonGoneError
    from agent_status.sense.tmux import Tmux, TmuxError, TmuxGoneError, find_socket
    from agent_status.show.plain import clean_text

    socket = find_socket()
    try:
        pane = Tmux(socket).find_pane(target)
        with open_desk(socket) as desk:
            outcome = work(desk, pane)
    except TmuxGoneError as error:
        end(str(error), NO_TMUX)
    except TmuxError as error:
        end(str(error), FAILED)
    except DaemonGoneError as error:
        end(str(error), NO_DAEMON)
    click.echo(f"{outcome.kind}: {clean_text(outcome.words)}", err=not outcome.done)
    sys.exit(CODES[outcome.kind])


def _sense(desk: Any, pane: Any) -> Any:
    from agent_status.act.hand import Hand
    from agent_status.act.outcome import StoppedError

    try:
        return Hand(desk, pane).look()
    except StoppedError as stop:
        end(stop.outcome.words, CODES[stop.outcome.kind])


def _show_ask(desk: Any, pane: Any) -> None:
    """Print what is asked, and end: nothing is answered unseen."""
    from agent_status.show.plain import clean_text

    sight = _sense(desk, pane)
    if sight.ask is None:
        end(f"nothing is asked in {pane}", CHANGED)
    for line in sight.ask.text.splitlines():
        click.echo(clean_text(line))
    click.echo()
    if sight.grade:
        click.echo(f"risk: {sight.grade} {clean_text('; '.join(sight.risks))}".rstrip())
    for option in sight.ask.options:
        click.echo(clean_text(f"--option {option.key}  {option.label}"))
    click.echo(f"--expect {sight.ask.fingerprint}")
    end("nothing was sent: give --option and --expect to answer this", CHANGED)


COMMANDS: tuple[click.Command, ...] = (answer, send, interrupt_agent)

"""Commands that type into an agent's pane: answer, send, interrupt."""

import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO

import click

from agent_status.cli.errors import FAILED, REFUSED, end, ending
from agent_status.cli.target import PANE, find_agent, is_place, split_target

CHANGED = 5
"""What is asked is not what was expected: nothing was sent."""
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
@PANE
@click.option("--option", "choice", default="", help="Its key, else its number; or y or n.")
@click.option("--expect", default="", help="The ask's fingerprint, as shown without this.")
@click.option("--yes-dangerous", is_flag=True, help="Also when the ask is graded dangerous.")
def answer(pane: str | None, choice: str, expect: str, *, yes_dangerous: bool) -> None:
    """
    Answer what the agent in PANE asks, if it still asks what you saw.

    Without --option and --expect it only looks: it prints what is asked, its options and its
    fingerprint. With both, the pane is looked at again, and the key is sent only if the
    fingerprint is the same; then it waits until the ask is gone. `y` and `n` choose the option
    that approves or denies this one thing, never one that approves more. Where boxes are to be
    ticked, each answer ticks one, and `--option submit` goes on. What is graded dangerous needs
    --yes-dangerous, whichever option is named, unless that one denies it. A call from an agent,
    or from no terminal of the user's, is refused.

    Exit codes: 0 answered and gone, or what is asked was printed, 1 no such pane, no agent in it,
    or tmux or the daemon failed, 2 the command line is wrong, 3 no tmux server, 4 no daemon,
    5 nothing or something else is asked, or no fingerprint was given, 6 refused, 7 sent, but the
    same is still asked, or the screen was not what was expected.
    """
    from agent_status.actions.answer import answer_ask
    from agent_status.model import Grade, PaneId, Verb

    if expect and not choice:
        message = "--expect needs --option"
        raise click.UsageError(message)
    if not expect:
        _show_ask(pane)
        if choice:
            end("nothing was sent: give --expect, too, to answer this", CHANGED)
        return

    def act(desk: Any, found: PaneId) -> Any:
        most = Grade.DANGEROUS if yes_dangerous else Grade.WRITES
        return answer_ask(desk, found, choice, expect, most)

    _act(pane, Verb.ANSWER, act)


@click.command()
@PANE
@click.argument("text", required=False)
def send(pane: str | None, text: str | None) -> None:
    """
    Send TEXT to the agent in PANE as one message; `-`, or nothing, reads it from stdin.

    TEXT without PANE is in quotes, and more than a word. It is sent only to an agent that is at
    its prompt, with nothing half-typed in its input box. Control characters are taken out; several
    lines stay one message.

    Exit codes: 0 sent and taken, 1 no such pane, no agent in it, or tmux or the daemon failed, 3 no
    tmux server, 4 no daemon, 5 the agent is gone, 6 refused, 7 it stands in the input box but was
    not taken.
    """
    from agent_status.actions.answer import send_text
    from agent_status.model import Verb

    pane, text = split_target(pane, text, is_place)
    words = _read_words() if text in {None, "-"} else str(text)
    _act(pane, Verb.SEND, lambda desk, found: send_text(desk, found, words))


def _read_words() -> str:
    stdin: TextIO | None = sys.stdin
    if stdin is None:
        end("stdin is closed, so there is no message", FAILED)
    return stdin.buffer.read().decode("utf-8", "replace")


@click.command("interrupt")
@PANE
def interrupt_agent(pane: str | None) -> None:
    """
    Interrupt the agent in PANE, if it works or asks, and see that it stopped.

    What it asks when the command begins is given up; what it asks after that is left alone.

    Exit codes: 0 interrupted, 1 no such pane, no agent in it, or tmux or the daemon failed, 3 no
    tmux server, 4 no daemon, 5 the agent is gone or asks something else, 6 refused, 7 the key was
    sent, but it goes on.
    """
    from agent_status.actions.answer import interrupt
    from agent_status.model import PaneId, Verb

    def act(desk: Any, found: PaneId) -> Any:
        ask = _sense(desk.daemon, found).ask
        return interrupt(desk, found, ask.fingerprint if ask else "")

    _act(pane, Verb.INTERRUPT, act)


def _act(target: str | None, verb: Any, work: Callable[[Any, Any], Any]) -> None:
    """Do it with an open desk, say what became of it, and end with its code."""
    from agent_status.actions.answer import open_desk
    from agent_status.model.plain import reveal_text
    from agent_status.tmux.client import find_socket

    with ending():
        pane = find_agent(target)
        with open_desk(find_socket(), verb=verb, pane=pane) as desk:
            outcome = work(desk, pane)
    click.echo(f"{outcome.kind}: {reveal_text(outcome.words)}", err=not outcome.done)
    sys.exit(CODES[outcome.kind])


def _sense(daemon: Any, pane: Any) -> Any:
    """Return what is on the pane's screen now."""
    from agent_status.protocol.client import DaemonGoneError, RefusedError
    from agent_status.protocol.pane_state import parse_sight

    try:
        return parse_sight(daemon.ask("sense", pane=pane))
    except (DaemonGoneError, RefusedError, LookupError, TypeError, ValueError) as error:
        end(f"{error}: nothing was sent", FAILED)


def _show_ask(target: str | None) -> None:
    """Print what is asked, or end if nothing is."""
    from agent_status.model.plain import reveal_text
    from agent_status.protocol.client import Client
    from agent_status.tmux.client import find_socket

    with ending():
        pane = find_agent(target)
        with Client.open(find_socket()) as daemon:
            sight = _sense(daemon, pane)
    if sight.ask is None:
        end(f"nothing is asked in {pane}", CHANGED)
    for line in sight.ask.text.split("\n"):
        click.echo(reveal_text(line))
    click.echo()
    if sight.grade:
        click.echo(f"risk: {sight.grade} {reveal_text('; '.join(sight.risks))}".rstrip())
    for option in sight.ask.options:
        click.echo(reveal_text(f"--option {option.key}  {option.label}"))
    click.echo(f"--expect {sight.ask.fingerprint}")


COMMANDS: tuple[click.Command, ...] = (answer, send, interrupt_agent)

"""The command `answer`."""

import click

from agent_status.cli.asking import ask_about
from agent_status.cli.target import PANE
from agent_status.cli.typing import run_typing
from agent_status.errors import ChangedError
from agent_status.model import Grade
from agent_status.protocol.messages import Inspect

PLACE = ("Act", 1)


@click.command("answer")
@PANE
@click.option("--option", "choice", default="", help="The option's key or number; or y or n.")
@click.option(
    "--expect", default="", help="The request's fingerprint, as printed without this option."
)
@click.option(
    "--yes-dangerous", is_flag=True, help="Answer even if the request is graded dangerous."
)
def command(pane: str | None, choice: str, expect: str, *, yes_dangerous: bool) -> None:
    """
    Answer the request of the agent in PANE, if it is still the one that you saw.

    Without --option and --expect, it prints the request, its options and its fingerprint. With
    both, it reads the pane again and sends the key only if the fingerprint is the same; then it
    waits until the request is gone. `y` and `n` choose the option that approves or denies this
    one request, never one that approves more. If there are boxes to tick, each answer ticks one,
    and `--option submit` continues. A dangerous request needs --yes-dangerous for every option
    except one that denies it. A call from an agent, or from outside of your terminals, is refused.

    Exit codes: 0 answered and gone, or printed, 1 no such pane, no agent in it, or tmux or the
    daemon failed, 2 the command line is wrong, 3 no tmux server, 4 no daemon, 5 there is no
    request or another one, or no fingerprint was given, 6 refused, 7 sent, but the request is
    still there, or the screen was not the one expected.
    """
    if expect and not choice:
        message = "--expect needs --option"
        raise click.UsageError(message)
    if not expect:
        _show_ask(pane)
        if choice:
            message = "nothing was sent: give --expect, too, to answer this"
            raise ChangedError(message)
        return
    most = Grade.DANGEROUS if yes_dangerous else Grade.WRITES
    run_typing(pane, lambda actions: actions.answer(choice, expect, most))


def _show_ask(target: str | None) -> None:
    """Print what is asked, or end if nothing is."""
    from agent_status.model.plain import reveal_text

    pane_state = ask_about(target, Inspect)
    if pane_state.ask is None:
        message = f"nothing is asked in {pane_state.ref}"
        raise ChangedError(message)
    for line in pane_state.ask.text.split("\n"):
        click.echo(reveal_text(line))
    click.echo()
    if pane_state.grade:
        click.echo(f"risk: {pane_state.grade} {reveal_text('; '.join(pane_state.risks))}".rstrip())
    for option in pane_state.ask.options:
        click.echo(reveal_text(f"--option {option.key}  {option.label}"))
    click.echo(f"--expect {pane_state.ask.fingerprint}")

"""The command `hooks`."""

from collections.abc import Callable
from typing import Any

import click

from agent_status.cli.errors import Program
from agent_status.errors import AgentStatusError


def _take_agents(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("agents", nargs=-1, metavar="[AGENT]...")(command)


PLACE = ("Tune", 3)


@click.group("hooks", cls=Program)
def command() -> None:
    """
    Add hooks to agents' own settings, so that a badge changes sooner.

    They are optional: they only make the daemon read a pane a moment earlier.
    """


@command.command()
@click.argument("agents", nargs=-1, metavar="AGENT...", required=True)
def install(agents: tuple[str, ...]) -> None:
    """
    Add our hooks to the settings of each AGENT, and keep a copy of the file beside it.

    Existing settings stay as they are; missing files are created, readable only by you. Running it
    again changes nothing. A file that the agent could not read, or that is not yours, is left
    alone, and the lines to add by hand are printed.

    Exit codes: 0 done, 1 at least one file was left alone.
    """
    from agent_status.features.hooks.install import find_target
    from agent_status.features.hooks.install import install as put

    _run(put, lambda row, context: (find_target(row, context),), agents)


@command.command()
@_take_agents
def status(agents: tuple[str, ...]) -> None:
    """
    Show whether our hooks are in the settings of each AGENT, or of all known agents.

    Prints absent, installed, changed (some are missing), repeated (some are there more than once),
    outdated (they run a program that has moved), or unreadable. Install them again to fix any but
    the last. Every folder in which hooks were ever installed is checked.

    Exit codes: 0 done, 1 at least one file is unreadable.
    """
    from agent_status.features.hooks.install import examine, list_targets

    _run(examine, list_targets, agents)


@command.command()
@_take_agents
def remove(agents: tuple[str, ...]) -> None:
    """
    Remove our hooks from the settings of each AGENT, or of all known agents.

    They are removed from every folder in which they were installed, even if CLAUDE_CONFIG_DIR and
    the like have changed since.

    Exit codes: 0 done, 1 at least one file could not be changed.
    """
    from agent_status.features.hooks.install import list_targets
    from agent_status.features.hooks.install import remove as take

    _run(take, list_targets, agents)


def _run(
    act: Callable[..., Any], find: Callable[..., tuple[Any, ...]], kinds: tuple[str, ...]
) -> None:
    """Act on all settings that are found, say what came of it, and end with 1 if any is left."""
    from agent_status.features.hooks.agents import KINDS
    from agent_status.features.hooks.install import make_context
    from agent_status.install.plugin import find_program

    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        message = f"no hooks are known for {', '.join(unknown)}; for {', '.join(KINDS)} they are"
        raise click.UsageError(message)
    context = make_context(find_program())
    targets = [target for kind in kinds or KINDS for target in find(KINDS[kind], context)]
    outcomes = [act(target, context) for target in targets]
    for outcome in outcomes:
        click.echo(f"{outcome.kind:<11} {outcome.condition:<10} {outcome.path}")
        if outcome.words:
            click.echo(f"{'':<11} {outcome.words}", err=not outcome.done)
    if not all(outcome.done for outcome in outcomes):
        raise SystemExit(AgentStatusError.exit_code)

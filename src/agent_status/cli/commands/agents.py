"""The command `agents`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_status.cli.errors import Program
from agent_status.errors import AgentStatusError

if TYPE_CHECKING:
    from agent_status.agents.schema import AgentRules

PLACE = ("Tune", 2)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
HINT = "agent-status agents schema lists what is allowed there"


@click.group("agents", cls=Program)
def command() -> None:
    """List the agents that are known, and test your own rules."""


@command.command("list")
def list_kinds() -> None:
    """
    List the kinds of agents, where their rules come from, and how they are recognised.

    Rules are `measured` with recordings of the versions named, or written `from documents`.

    Exit codes: 0 done, 1 a file of yours was refused.
    """
    from agent_status.agents.files import read_own, read_packaged
    from agent_status.agents.loader import parse_agents
    from agent_status.paths import find_config

    own, unreadable = read_own(find_config())
    packaged, _ = parse_agents(read_packaged())
    mine, refused = parse_agents(own)
    places = {kind: place for kind, place, _ in own}
    known = {one.kind: one for one in (*packaged, *mine)}
    fresh = {one.kind for one in mine}
    for kind, rules in sorted(known.items()):
        place = places[kind] if kind in fresh else "packaged"
        grounds = "" if kind in fresh else _describe_evidence(rules)
        click.echo(f"{kind:14}{rules.name:16}{place:12}{grounds}{_describe(rules)}")
    for problem in (*unreadable, *refused):
        click.echo(f"refused: {problem}", err=True)
    if unreadable or refused:
        message = "see agent-status agents check FILE"
        raise AgentStatusError(message)


@command.command()
@click.argument("file", type=FILE)
@click.argument("recordings", nargs=-1, type=FILE)
def check(file: Path, recordings: tuple[Path, ...]) -> None:
    """
    Test the rules of an agent in FILE, a TOML whose name is the agent's kind.

    Prints everything that is wrong, with line, reason and fix, and what is doubtful. With
    RECORDINGS, it replays them with these rules in place of those of the same kind, and prints
    how often each rule matched and won, and which never did.

    Exit codes: 0 the rules can be used, 1 they can't, or RECORDINGS holds another kind of file.
    """
    from agent_status.agents.files import load_agents
    from agent_status.agents.lint import lint_rules
    from agent_status.paths import find_config
    from agent_status.recordings.accuracy.usage import put_agent, read_usage, render_usage

    rules = _read_rules(file)
    click.echo(f"{file}: {rules.name}, {len(rules.rules)} rules, can be used")
    for doubt in lint_rules(rules):
        click.echo(f"doubtful: {doubt}")
    if not recordings:
        return
    registry = put_agent(load_agents(find_config())[0], rules)
    usages = [read_usage(path, registry, rules.kind) for path in recordings]
    for line in render_usage(rules, usages):
        click.echo(line)


@command.command()
def schema() -> None:
    """
    Print every key that an agent's TOML may have.

    Exit code: 0.
    """
    from agent_status.detect.reference import render_reference

    click.echo(render_reference(), nl=False)


def _describe_evidence(rules: "AgentRules") -> str:
    from agent_status.agents.files import read_measured
    from agent_status.agents.schema import Grounds

    if rules.evidence is Grounds.DOCUMENTS:
        return "from documents; "
    return f"measured {', '.join(read_measured().get(rules.kind, ()))}; "


def _describe(rules: "AgentRules") -> str:
    known = rules.identify
    ways = (
        ("process", (*known.names, *(one.pattern for one in known.comm))),
        ("script", tuple(one.pattern for one in known.scripts)),
        ("title", tuple(one.pattern for one in known.title)),
        ("screen", tuple(one.pattern for one in known.screen)),
    )
    return "; ".join(f"{name} {', '.join(values)}" for name, values in ways if values)


def _read_rules(file: Path) -> "AgentRules":
    """Return the rules in a file, or print what is wrong with it and end."""
    from agent_status.agents.files import MAX_BYTES
    from agent_status.agents.loader import parse_agent
    from agent_status.files import read_bounded
    from agent_status.toml_tables import TableError, list_problems

    try:
        text = read_bounded(file, MAX_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file}: {error}"
        raise AgentStatusError(message) from error
    try:
        return parse_agent(file.name.removesuffix(".toml"), text)
    except TableError as error:
        problems = list_problems(str(file), text, error, HINT)
        for problem in problems:
            click.echo(str(problem), err=True)
        message = f"{file} is not used: {len(problems)} of its values are wrong"
        raise AgentStatusError(message) from error

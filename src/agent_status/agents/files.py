"""The TOML files of the packaged agents and of the user's own."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from agent_status.agents.loader import parse_agent, parse_agents
from agent_status.agents.patterns import trust_patterns
from agent_status.agents.registry import Registry
from agent_status.files import read_bounded, read_stamp
from agent_status.model import Problem

MAX_BYTES = 256 * 1024
"""A larger file is no agent's rules."""


def read_packaged() -> tuple[tuple[str, str, str], ...]:
    """Return (kind, file name, text) of every packaged agent, by kind."""
    folder = files("agent_status.agents") / "kinds"
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return tuple(
        (entry.name.removesuffix(".toml"), entry.name, entry.read_text("utf-8"))
        for entry in sorted(found, key=lambda entry: entry.name)
    )


def read_generic() -> str:
    """Return the general rules, as TOML, for agents without rules of their own."""
    return (files("agent_status.agents") / "generic.toml").read_text("utf-8")


def read_measured() -> Mapping[str, tuple[str, ...]]:
    """Return the versions that the packaged rules were measured with, by kind, newest last."""
    data = tomllib.loads((files("agent_status.agents") / "measured.toml").read_text("utf-8"))
    return {kind: tuple(map(str, versions)) for kind, versions in data.items()}


def read_own(
    config: Path,
) -> tuple[tuple[tuple[str, str, str], ...], tuple[Problem, ...]]:
    """Return (kind, path, text) of every `agents/*.toml` below `config`, and unreadable files."""
    taken: list[tuple[str, str, str]] = []
    problems: list[Problem] = []
    for path in _list_own(config):
        try:
            taken.append((path.stem, str(path), read_bounded(path, MAX_BYTES).decode("utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(path), str(error), "fix or remove it"))
    return tuple(taken), tuple(problems)


def read_own_stamps(config: Path) -> tuple[tuple[object, ...], ...]:
    """Return a value that changes with one of those files; never raises."""
    return tuple((str(path), *read_stamp(path)) for path in _list_own(config))


def _list_own(config: Path) -> Iterator[Path]:
    try:
        yield from sorted((config / "agents").glob("*.toml"))
    except OSError:
        return


def load_agents(config: Path) -> tuple[Registry, tuple[Problem, ...]]:
    """Return the registry of the packaged files and those below `config`, and what was refused."""
    own, unreadable = read_own(config)
    with trust_patterns():
        packaged, refused = parse_agents(read_packaged())
        generic = parse_agent("generic", read_generic())
    agents, refused = parse_agents(own, packaged)
    return Registry(agents, generic), (*unreadable, *refused)

"""The user's command for a project."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from os.path import expanduser
from pathlib import Path

from agent_status.features.checks.tables import Project


def find_command(projects: Mapping[str, Project], root: str) -> str:
    """Return the command for the checkout at `root`, empty if there is none; plain names first."""
    by_name = sorted(projects, key=lambda name: expanduser(name) != root)  # noqa: PTH111
    matching = (name for name in by_name if fnmatchcase(root, expanduser(name)))  # noqa: PTH111
    return next((projects[name].command for name in matching), "")


def describe_missing(file: Path, root: str) -> str:
    """Return how to say what checks the project at `root`."""
    line = f'project."{root}".command = "make check"'
    return f"no check is configured for {root}: put a line such as {line} at the top of {file}"

"""Loads the tables of checks: the packaged one, and the user's own on top."""

from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from pathlib import Path

from agent_status.features.checks.tables import ChecksFile
from agent_status.files import FileWatch, read_bounded, read_stamp
from agent_status.model import Problem
from agent_status.toml_tables import TableError, list_problems, parse_table, parse_toml

MAX_BYTES = 256 * 1024
NAME = "checks.toml"
HINT = "correct it; until then the last good version counts"
LISTS = tuple(one.name for one in fields(ChecksFile) if one.name != "projects")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The tables, and what is wrong with the user's own."""

    tables: ChecksFile
    own: ChecksFile = field(default_factory=ChecksFile)
    problems: tuple[Problem, ...] = ()


@cache
def read_packaged() -> ChecksFile:
    """Return the packaged table."""
    text = (files("agent_status.features.checks") / NAME).read_text("utf-8")
    return parse_table(ChecksFile, parse_toml(text))


def load_checks(config: Path, last: ChecksFile | None = None) -> Loaded:
    """Return the tables; where the user's file has an error, its `last` good version counts."""
    path = config / NAME
    last = last or ChecksFile()
    text = ""
    try:
        text = read_bounded(path, MAX_BYTES).decode("utf-8")
        own = parse_table(ChecksFile, parse_toml(text))
    except FileNotFoundError:
        return Loaded(read_packaged())
    except TableError as error:
        problems = list_problems(str(path), text, error, HINT)
        return Loaded(_join(last), last, problems)
    except (OSError, ValueError) as error:
        return Loaded(_join(last), last, (Problem(str(path), str(error), HINT),))
    return Loaded(_join(own), own)


def _join(own: ChecksFile) -> ChecksFile:
    lists = {name: getattr(own, name) + getattr(read_packaged(), name) for name in LISTS}
    return ChecksFile(**lists, projects=own.projects)


class CheckRules:
    """The tables, read again when the user's own file changes."""

    def __init__(self, config: Path) -> None:
        self.path = config / NAME
        self._config = config
        self._watch = FileWatch(lambda: read_stamp(self.path))
        self.loaded = load_checks(config)

    def refresh(self, now: float) -> bool:
        """Return True if the tables have changed; `now` is in monotonic seconds."""
        if not self._watch.has_changed(now):
            return False
        self.reload()
        return True

    def reload(self) -> None:
        """Read the user's own file now."""
        self.loaded = load_checks(self._config, self.loaded.own)

"""Loads risk tables from texts, and reports what was refused."""

from collections.abc import Iterable
from dataclasses import fields, replace
from functools import lru_cache

from agent_status.features.risk.tables import Program, RiskFile, RiskTables
from agent_status.model import Problem
from agent_status.toml_tables import TableError, parse_table, parse_toml, refuse

LOWERING = ("scratch", "bins", "plain_variables")
"""Lists in which more is milder."""
LISTS = tuple({one.name for one in fields(RiskFile)} - {"programs", "lower"})


def parse_tables(
    files: Iterable[tuple[str, str]], *, confirmed: bool = False
) -> tuple[RiskTables, tuple[Problem, ...]]:
    """
    Return the tables in `files`, of (file name, text), and what was refused.

    The first file is the floor. Later ones are the user's: they raise grades, and lower only what
    they name for that, once the user has `confirmed` them. A file with an error is left out
    completely.
    """
    tables, problems = None, []
    for name, text in files:
        try:
            file = _parse_file(text)
            tables = _raise(tables, file, confirmed=confirmed) if tables else _lay(file)
        except TableError as error:
            hint = "correct it; until then none of this file counts"
            problems.append(Problem(name, str(error), hint))
    return tables or RiskTables(), tuple(problems)


def _name_programs(file: RiskFile) -> dict[str, Program]:
    return {name: one for one in file.programs for name in one.names}


def _lay(file: RiskFile) -> RiskTables:
    lists = {name: getattr(file, name) for name in LISTS}
    return RiskTables(**lists, programs=_name_programs(file))


def _raise(floor: RiskTables, file: RiskFile, *, confirmed: bool) -> RiskTables:
    """Return the tables with the user's own on top."""
    own = _name_programs(file)
    lowered = {name: own[name] for name in file.lower} if confirmed else {}
    milder = tuple(name for name in LOWERING if getattr(file, name))
    pending = () if confirmed else (*file.lower, *milder)
    return replace(
        floor,
        programs={**floor.programs, **lowered},
        raised={name: one for name, one in own.items() if name not in lowered},
        pending=pending,
        **{
            name: getattr(file, name) + getattr(floor, name)
            for name in LISTS
            if name not in pending
        },
    )


@lru_cache(maxsize=4)
def _parse_file(text: str) -> RiskFile:
    file = parse_table(RiskFile, parse_toml(text))
    known = _name_programs(file)
    for name in file.lower:
        if name not in known:
            message = f"lower: there is no [[program]] with the name {name!r} in this file"
            raise refuse(message)
    return file

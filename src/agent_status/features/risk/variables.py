"""The risk of setting a variable for the commands that follow, or of using one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from posixpath import normpath

from agent_status.features.risk.paths import (
    MAX_SHOWN,
    Finding,
    expand_home,
    find_paths,
    is_inside,
)
from agent_status.features.risk.tables import RiskTables
from agent_status.features.risk.words import Word, WorkingDir
from agent_status.model import Grade, clip_text
from agent_status.model.globs import Pattern

PROMPTED = "@P}"
"""Ends an expansion whose value is expanded once more, with the commands in it."""


def grade_variable(
    name: str, value: Word, cwd: WorkingDir, tables: RiskTables, runs: Callable[[Word], bool]
) -> Iterator[Finding]:
    """
    Yield the findings of exporting `name`; `runs` is True for a line that does more than look.

    An unknown variable may be a setting of any program.
    """
    text = f"{name}={value.text}"
    if _fits(tables.plain_variables, text):
        return
    if _fits(tables.command_variables, text):
        if runs(value):
            yield Finding(Grade.DANGEROUS, f"sets {name}, which other programs run")
    elif _fits(tables.path_variables, text):
        yield from _grade_folders(name, value, cwd, tables)
    elif _fits(tables.running_variables, text):
        yield Finding(Grade.DANGEROUS, f"sets {name}, by which other programs run")
    else:
        yield Finding(Grade.WRITES, f"sets {name}")


def _grade_folders(
    name: str, value: Word, cwd: WorkingDir, tables: RiskTables
) -> Iterator[Finding]:
    """Yield the findings if programs or code are searched in these folders."""
    text = value.text
    for mark in ("$PWD", "${PWD}", "$(pwd)"):
        text = text.replace(mark, cwd.folders[0] or mark)
    bins = {expand_home(folder, cwd) for folder in tables.bins}
    for part in text.split(":"):
        if part in {f"${name}", f"${{{name}}}"}:
            continue
        paths = find_paths(Word(part, known="$" not in part and "`" not in part), cwd)
        for path in paths:
            own = path and is_inside(path, cwd.root) and _is_apart(path, cwd, name)
            if not own and path not in bins:
                why = f"sets {name}, by which other programs run"
                yield Finding(Grade.DANGEROUS, why)
    yield Finding(Grade.WRITES, f"sets {name}")


def _is_apart(path: str, cwd: WorkingDir, name: str) -> bool:
    """Return True if a folder of the checkout contains only programs, for a PATH."""
    return name != "PATH" or (path.endswith(("/bin", "/.bin")) and path != normpath(cwd.root))


def grade_words(words: Iterable[Word], tables: RiskTables) -> Iterator[Finding]:
    """Yield the findings of using these words."""
    for word in words:
        if word.known:
            continue
        for pattern in tables.secret_variables:
            found = pattern.search(word.text)
            if found:
                yield Finding(Grade.DANGEROUS, f"uses the secret {clip_text(found[0], MAX_SHOWN)}")
        if PROMPTED in word.text:
            yield Finding(Grade.DANGEROUS, f"runs what {clip_text(word.text, MAX_SHOWN)} holds")


def is_shell_setting(name: str, value: Word, tables: RiskTables) -> bool:
    """Return True if a variable matters even if no command gets it."""
    text = f"{name}={value.text}"
    known = (tables.command_variables, tables.path_variables, tables.running_variables)
    return any(_fits(patterns, text) for patterns in known)


def _fits(patterns: Sequence[Pattern], text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)

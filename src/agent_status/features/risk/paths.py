"""The risk of reading or writing a path: its place, and the kind of file."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from posixpath import normpath
from typing import NamedTuple

from agent_status.features.risk.tables import RiskTables
from agent_status.features.risk.words import Redirect, Word, WorkingDir
from agent_status.model import Grade, clip_text
from agent_status.model.path_rule import PathRule

NOWHERE = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/tty", "-"})
MAX_SHOWN = 40
"""Characters of a path or word in a reason."""


class Finding(NamedTuple):
    """A grade and its reason, in a few words."""

    grade: Grade
    why: str


def grade_write(word: Word, cwd: WorkingDir, tables: RiskTables) -> Iterator[Finding]:
    """Yield the findings if `word` is written."""
    yield from _grade_change(word, cwd, tables, lambda rule: rule.write)


def grade_delete(
    word: Word, cwd: WorkingDir, tables: RiskTables, target: Word | None = None
) -> Iterator[Finding]:
    """Yield the findings if `word` is deleted, or moved to `target`."""
    targets = find_paths(target, cwd) if target else ()
    kept = [
        rule
        for rule in tables.paths
        if any(path and rule.covers(_shorten(path, cwd.root)) for path in targets)
    ]

    def grade(rule: PathRule) -> Grade:
        return rule.write if rule.delete is None or rule in kept else rule.delete

    yield from _grade_change(word, cwd, tables, grade)


def _grade_change(
    word: Word, cwd: WorkingDir, tables: RiskTables, grade: Callable[[PathRule], Grade]
) -> Iterator[Finding]:
    shown = clip_text(word.text, MAX_SHOWN)
    for path in find_paths(word, cwd):
        if path is None:
            yield Finding(Grade.DANGEROUS, f"writes to {shown}, which cannot be known")
            continue
        if path in NOWHERE or path.startswith("/dev/fd/"):
            continue
        for rule in tables.paths:
            short = _shorten(path, cwd.root)
            if grade(rule) is not Grade.HARMLESS and _is_meant(rule, word, short):
                yield Finding(grade(rule), rule.why.replace("{path}", shown))
        if not is_inside(path, cwd.root) and not is_scratch(path, tables):
            yield Finding(Grade.DANGEROUS, f"writes outside the checkout: {shown}")


def grade_read(
    word: Word, cwd: WorkingDir, tables: RiskTables, *, deep: bool = False
) -> Iterator[Finding]:
    """Yield the findings if `word` is read; `deep` if it is a folder with everything below."""
    shown = clip_text(word.text, MAX_SHOWN)
    for path in find_paths(word, cwd):
        if path is None and not word.known and not word.text.startswith("<("):
            yield Finding(Grade.WRITES, f"reads {shown}, which cannot be known")
        short = _shorten(path or word.text, cwd.root)
        for rule in tables.paths:
            if rule.read is not Grade.HARMLESS and _is_meant(rule, word, short):
                yield Finding(rule.read, rule.why.replace("{path}", shown))
        if (
            (deep or shown.endswith("/*"))
            and path
            and path.removesuffix("/**/*").removesuffix("/*")
            in {expand_home(folder, cwd) for folder in tables.hoards}
        ):
            yield Finding(Grade.DANGEROUS, f"reads all below {shown}, secrets too")


def _is_meant(rule: PathRule, word: Word, path: str) -> bool:
    return rule.covers(path) or (word.glob and rule.may_cover(path))


def grade_redirect(redirect: Redirect, cwd: WorkingDir, tables: RiskTables) -> Iterator[Finding]:
    """Yield the findings of redirecting a command's output or input."""
    text = redirect.target.text
    if redirect.sign == "<":
        yield from grade_read(redirect.target, cwd, tables)
    elif not (redirect.sign in {">&", "<&"} and (text.isdigit() or text == "-")):
        yield from grade_write(redirect.target, cwd, tables)
        if text not in NOWHERE:
            yield Finding(Grade.WRITES, f"writes {clip_text(text, MAX_SHOWN)}")


def grade_folder(cwd: WorkingDir, tables: RiskTables) -> Iterator[Finding]:
    """Yield the findings if a program that writes works in the folder of `cwd`."""
    for folder in cwd.folders:
        if folder is None:
            yield Finding(Grade.DANGEROUS, "works in a folder that cannot be known")
        elif not is_inside(normpath(folder), cwd.root) and not is_scratch(folder, tables):
            shown = clip_text(folder, MAX_SHOWN)
            yield Finding(Grade.DANGEROUS, f"works outside the checkout: {shown}")


def grade_settings(word: Word, cwd: WorkingDir, what: str) -> Iterator[Finding]:
    """Yield the findings if code or settings at `word` are obeyed."""
    shown = clip_text(word.text, MAX_SHOWN)
    for path in find_paths(word, cwd):
        if path is None or not is_inside(path, cwd.root):
            yield Finding(Grade.DANGEROUS, f"{what} from outside the checkout: {shown}")


def expand_home(folder: str, cwd: WorkingDir) -> str:
    """Return a folder of the tables with `~` expanded."""
    return normpath(cwd.home + folder[1:]) if folder.startswith("~") else folder


def find_paths(word: Word, cwd: WorkingDir) -> tuple[str | None, ...]:
    """Return the absolute path of `word` from each possible working directory."""
    if not word.known or "\0" in word.text:
        return (None,)
    if word.text in NOWHERE or word.text.startswith("/"):
        return (normpath(word.text),)
    if word.text.startswith("~"):
        return (normpath("/home/" + word.text),)
    return tuple(
        None if folder is None else normpath(f"{folder}/{word.text}") for folder in cwd.folders
    )


def enter_folder(word: Word, cwd: WorkingDir) -> WorkingDir:
    """Return the working directory with `word` as its folder."""
    return replace(cwd, folders=find_paths(word, cwd))


def is_inside(path: str, root: str) -> bool:
    """Return True if `path` is `root` or below it."""
    return bool(root) and (path == root or path.startswith(root.rstrip("/") + "/"))


def is_scratch(path: str, tables: RiskTables) -> bool:
    """Return True if `path` is a scratch folder, such as /tmp, or below one."""
    return any(is_inside(normpath(path), folder) for folder in tables.scratch)


def _shorten(path: str, root: str) -> str:
    """Return `path` below `root`, so that folders above the checkout don't count."""
    inside = is_inside(path, root)
    return path[len(root) :].lstrip("/") if inside else path.lstrip("/")

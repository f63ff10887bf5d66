"""The risk of the files that a program reads, writes, deletes and takes settings from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from agent_status.features.risk.context import GradingContext
from agent_status.features.risk.finders import list_substituted
from agent_status.features.risk.matching import Match, count_skipped
from agent_status.features.risk.paths import (
    MAX_SHOWN,
    Finding,
    grade_delete,
    grade_folder,
    grade_read,
    grade_settings,
    grade_write,
)
from agent_status.features.risk.tables import Program
from agent_status.features.risk.usage import Invocation
from agent_status.features.risk.words import Word, WorkingDir
from agent_status.model import Grade, clip_text

RECURSIVE = ("-r", "-R", "-a", "--recursive", "--dereference-recursive", "--archive")


def grade_files(
    program: Program,
    use: Invocation,
    matches: Sequence[Match],
    cwd: WorkingDir,
    context: GradingContext,
) -> Iterator[Finding]:
    """Yield the findings of the files that it reads, writes and deletes."""
    tables = context.tables
    options = (*program.outputs, *(one for match in matches for one in match.rule.outputs))
    outputs = use.list_values(options)
    deep = program.deep or use.has_any(RECURSIVE)
    reads, writes, deletes = _sort_paths(program, use, matches)
    reads, writes = (_substitute(words, context) for words in (reads, writes))
    for word in (*outputs, *(writes if program.paths == "filter" else ())):
        yield Finding(Grade.WRITES, f"writes {clip_text(word.text, MAX_SHOWN)}")
    if program.obeys:  # its words are commits as well, which are no matter if they are not known
        reads = [replace(word, known=True) for word in reads]
    reads = [*reads, *filter(None, map(_cut_place, reads))]
    if deep and program.paths == "reads" and not reads:
        reads = [Word(".")]
    for word in (*use.list_values(program.inputs), *reads):
        yield from grade_read(word, cwd, tables, deep=deep)
    for word in (*outputs, *writes):
        yield from grade_write(word, cwd, tables)
    for word in deletes:
        yield from grade_delete(word, cwd, tables, *(*outputs, *writes)[-1:])
    for word in use.list_values(program.mounts):
        path = word.text.partition(":")[0]
        if not word.known or path.startswith(("/", ".", "~")):
            yield from grade_write(replace(word, text=path), cwd, tables)


def grade_home(
    program: Program, use: Invocation, cwd: WorkingDir, context: GradingContext, *, looks: bool
) -> Iterator[Finding]:
    """Yield the findings of its working directory, and of the settings that it obeys."""
    if program.obeys:
        for folder in filter(None, cwd.folders):
            yield from grade_settings(Word(folder), cwd, f"{use.name} obeys settings")
    if not looks and (not program.paths or use.list_values(program.folders)):
        yield from grade_folder(cwd, context.tables)
    elif program.obeys and None in cwd.folders:
        yield Finding(Grade.WRITES, "works in a folder that cannot be known")
    for word in use.list_values(program.loads):
        yield Finding(Grade.WRITES, f"obeys {clip_text(word.text, MAX_SHOWN)}")
        yield from grade_settings(word, cwd, f"{use.name} obeys settings")


def _substitute(words: Iterable[Word], context: GradingContext) -> list[Word]:
    return [found for word in words for found in list_substituted(word, context)]


def _cut_place(word: Word) -> Word | None:
    """Return the path of `HEAD:path`, `host:path` or `@path`."""
    if word.text.startswith("@"):
        return replace(word, text=word.text[1:])
    _, sign, path = word.text.partition(":")
    return replace(word, text=path) if sign and not path.startswith("//") else None


Paths = tuple[Sequence[Word], Sequence[Word], Sequence[Word]]


def _sort_paths(program: Program, use: Invocation, matches: Sequence[Match]) -> Paths:
    """Return the positional words that are read, written and deleted."""
    given = next((match for match in reversed(matches) if match.rule.paths), None)
    kind = given.rule.paths if given else program.paths
    words = use.positional[given.depth :] if given else use.positional
    last = max(0, len(words) - 1)
    if kind == "reads":
        words = words[count_skipped(program, use, given) :]
        return words, words if any(match.rule.edits for match in matches) else (), ()
    if use.list_values(program.outputs) and kind in {"last", "moves"}:
        return (words, (), ()) if kind == "last" else ((), (), words)
    sorts: dict[str, Paths] = {
        "writes": ((), words, ()),
        "deletes": ((), (), words),
        "first": (words[1:], words[:1], ()),
        "last": (words[:last], words[last:], ()),
        "filter": (words[:1], words[1:], ()),
        "moves": ((), words[last:], words[:last]),
    }
    return sorts.get(kind, ((), (), ()))

"""The paths that programs such as find print and pass on to others."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from agent_status.features.risk.context import GradingContext
from agent_status.features.risk.matching import SEVERAL, Match, match_rules
from agent_status.features.risk.tables import Program
from agent_status.features.risk.usage import Invocation, split_use
from agent_status.features.risk.words import Command, Word

NAMES = ("-name", "-iname", "-g", "--glob", "--iglob", "--include")
"""Options whose value is a pattern for the last part of a path."""
WHOLE = ("-path", "-ipath", "-wholename", "-iwholename")
UNREAD = ("-regex", "-iregex", "-files0-from", "-printf", "-o", "--only-matching", "--format")
"""With any of these, nothing is known of what is printed."""
SELECTS = frozenset({"grep", "egrep", "fgrep", "head", "tail", "sort", "uniq"})
"""They print some of the lines that they are given."""
DEEP = "**/"
"""Stands for any folders between the start and what is found there."""
MAX_FOUND = 8
UNKNOWN = (Word("what it is given", known=False),)


def list_given(command: Command, context: GradingContext) -> tuple[Word, ...]:
    """Return patterns of the paths that the pipeline gives to `command`, or one unknown word."""
    return (command.feeds and _list_printed(command.feeds[-1], context)) or UNKNOWN


def list_substituted(word: Word, context: GradingContext) -> tuple[Word, ...]:
    """Return patterns of the paths that the substitution `word` prints, or the word itself."""
    whole = word.text.startswith("$(") and word.text.count("$(") == 1 and word.text.endswith(")")
    found = whole and not word.known and word.runs and _list_printed(word.runs[-1], context)
    return found or (word,)


def list_found(program: Program, use: Invocation, matches: Sequence[Match]) -> tuple[Word, ...]:
    """Return patterns of the paths that this use prints; empty if it prints something else."""
    rules = [match for match in matches if match.rule.finds]
    if not (program.finds or rules):
        return ()
    skip = rules[-1].depth + rules[-1].rule.skip if rules else 0
    starts = use.positional[0 if use.has_any(SEVERAL) else skip :] or (Word("."),)
    names = [Word("*"), *use.list_values(NAMES)]
    texts = [f"{start.text.rstrip('/')}/{DEEP}{name.text}" for start in starts for name in names]
    texts += [word.text for word in use.list_values(WHOLE)]
    known = all(word.known for word in (*starts, *names)) and not use.has_any(UNREAD)
    known = known and len(texts) <= MAX_FOUND
    return tuple(Word(text, glob=True) for text in texts) if known else UNKNOWN


def substitute_path(words: Iterable[Word], marks: Iterable[str], given: Word) -> tuple[Word, ...]:
    """Return the words with each of `marks` replaced by `given`."""
    placed = list(words)
    for mark in marks:
        placed = [_put(word, mark, given) if mark in word.text else word for word in placed]
    return tuple(placed)


def _put(word: Word, mark: str, given: Word) -> Word:
    if not given.known:
        return replace(word, known=False)
    return replace(word, text=word.text.replace(mark, given.text), glob=True)


def _list_printed(command: Command, context: GradingContext) -> tuple[Word, ...]:
    command = context.unwrap(command)
    name = command.words[0].text if command.words and not command.stdin else ""
    program = context.find_program(name) if name else None
    if program is None:
        return ()
    use = split_use(program, name, command.words[1:])
    if name in SELECTS and command.feeds and not use.positional[program.skip :]:
        return () if use.has_any(UNREAD) else _list_printed(command.feeds[-1], context)
    return list_found(program, use, match_rules(program, use, command))

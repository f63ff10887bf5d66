"""Which rules of a program match one use of it, and their findings."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent_status.features.risk.paths import MAX_SHOWN, Finding
from agent_status.features.risk.tables import Program, Rule
from agent_status.features.risk.usage import Invocation, find_unknown
from agent_status.features.risk.words import Command, Word
from agent_status.model import Grade, clip_text

MAX_TEXT = 8192
SEVERAL = ("-e", "-f", "--expression", "--regexp", "--file", "--from-file", "--reference")
"""Options that give the pattern, so that every positional word is a path."""
WORDS, KNOWN = "words", "known"
"""Among the options that a rule looks at: the positional words, and all that are known."""


class Match(NamedTuple):
    """A rule that matches, the word that matched, and the number of words in its subcommand."""

    rule: Rule
    word: str
    depth: int


def match_rules(program: Program, use: Invocation, command: Command) -> tuple[Match, ...]:
    """Return the rules that match, in their order."""
    texts = [word.text.casefold() for word in use.positional]
    found = (_match(rule, use, command, texts) for rule in program.rules)
    return tuple(match for match in found if match)


def find_base(matches: Sequence[Match]) -> Match | None:
    """Return the most specific rule about the subcommand alone."""
    base, special = None, (0, False, False)
    for match in matches:
        rule = match.rule
        if rule.is_base:
            mine = (match.depth, rule.most is not None or rule.least > 0, bool(rule.flags))
            if base is None or mine >= special:
                base, special = match, mine
    return base


def grade_use(
    program: Program, use: Invocation, command: Command, matches: Sequence[Match]
) -> Iterator[Finding]:
    """Yield the findings of the rules: first those that raise the use, then the subcommand's."""
    base = find_base(matches)
    paths = _name_paths(program, use, matches)
    for match in matches:
        if not match.rule.is_base:
            yield Finding(match.rule.grade, _find_why(match, program, use, paths))
    if program.rules and any(len(text) > MAX_TEXT for text in _list_texts(use, command)):
        yield Finding(Grade.DANGEROUS, f"gives {use.name} more than can be read")
    if base is None and _hides_subcommand(program, use):
        yield Finding(Grade.DANGEROUS, f"{use.name} with {use.positional[0].text[:MAX_SHOWN]}")
    grade = base.rule.grade if base else program.grade
    if grade is Grade.HARMLESS:
        given = [flag for match in matches for flag in match.rule.flags]
        unknown = find_unknown(use, program, base.rule if base else None, given)
        if unknown:
            yield Finding(Grade.WRITES, f"{use.name} with {clip_text(unknown, MAX_SHOWN)}")
    why = _find_why(base, program, use, paths) if base else _fill_words(program.why, use, paths)
    yield Finding(grade, why)


def _find_why(match: Match, program: Program, use: Invocation, paths: str) -> str:
    why = match.rule.why or ("" if match.rule.grade is Grade.HARMLESS else program.why)
    return _fill_words(why, use, paths, match.word)


def count_skipped(program: Program, use: Invocation, given: Match | None) -> int:
    """Return the number of words before the paths, such as a pattern or a script."""
    if use.has_any((*SEVERAL, *program.code, *program.sources)):
        return 0
    return given.rule.skip if given else program.skip


def _name_paths(program: Program, use: Invocation, matches: Sequence[Match]) -> str:
    """Return the paths, without a subcommand and without the words before them."""
    given = next((match for match in reversed(matches) if match.rule.paths), None)
    depth = max((match.depth for match in matches), default=0)
    skip = count_skipped(program, use, given) if program.paths else 0
    return " ".join(word.text for word in use.positional[depth + skip :])


def _hides_subcommand(program: Program, use: Invocation) -> bool:
    return (
        any(rule.sub for rule in program.rules)
        and bool(use.positional)
        and not use.positional[0].known
    )


def _match(rule: Rule, use: Invocation, command: Command, texts: Sequence[str]) -> Match | None:
    depth = _find_depth(rule, texts)
    if depth is None or (rule.flags and not use.has_any(rule.flags)):
        return None
    if rule.without and use.has_any(rule.without):
        return None
    count = len(texts) + sum(map(len, use.rests)) - depth
    if count < rule.least or (rule.most is not None and count > rule.most):
        return None
    if rule.words and not set(rule.words) & set(texts[depth:]):
        return None
    if rule.matches is None:
        return Match(rule, "", depth)
    texts = _list_of(rule, use, depth) if rule.of else _list_texts(use, command)
    found = (text for text in texts if rule.matches.search(text[:MAX_TEXT]))
    word = next(found, None)
    return None if word is None else Match(rule, word, depth)


def _list_of(rule: Rule, use: Invocation, depth: int) -> list[str]:
    words: list[Word] = use.list_values(rule.of)
    words += use.positional[depth:] if WORDS in rule.of else ()
    words += (word for word in use.words if word.known) if KNOWN in rule.of else ()
    return [word.text for word in words]


def _list_texts(use: Invocation, command: Command) -> list[str]:
    """Return everything that the program receives: its words, and readable input."""
    heard = [word.text for feed in command.feeds for word in feed.words]
    heard += [feed.stdin for feed in command.feeds]
    return [*(word.text for word in use.words), command.stdin, *heard]


def _find_depth(rule: Rule, texts: Sequence[str]) -> int | None:
    """Return the number of positional words in the rule's longest matching subcommand."""
    if not rule.sub:
        return 0
    depths = [
        len(sub.split()) for sub in rule.sub if sub.split() == list(texts[: len(sub.split())])
    ]
    return max(depths, default=None)


def _fill_words(why: str, use: Invocation, paths: str, word: str = "") -> str:
    first = use.positional[0].text if use.positional else ""
    texts = (("{name}", use.name), ("{word}", word or first), ("{paths}", paths or use.name))
    for mark, text in texts:
        why = why.replace(mark, clip_text(text, MAX_SHOWN))
    return why.strip()

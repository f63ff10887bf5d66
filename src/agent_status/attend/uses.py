"""How a program is used: its options, their values, its positional words, what it runs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agent_status.attend.places import LONGEST, Finding
from agent_status.attend.stakes import Program, Rule
from agent_status.attend.words import Command, Word
from agent_status.model import Grade, clip_text

ASSIGNS = re.compile(r"\w+=", re.ASCII)
SHORTEST_CUT = 4
"""Characters of a long option that programs take for the whole."""
MOST_TEXT = 8192


@dataclass(frozen=True, slots=True)
class Use:
    """The words of one command after its name, told apart."""

    name: str
    words: tuple[Word, ...]
    flags: tuple[str, ...]
    values: tuple[tuple[str, Word], ...]
    positional: tuple[Word, ...]
    rest: tuple[Word, ...]
    """The command that it runs, with that command's own words."""

    def list_values(self, options: Sequence[str]) -> list[Word]:
        """Return what was given to any of `options`."""
        return [word for flag, word in self.values if flag in options]

    def has_any(self, flags: Sequence[str]) -> bool:
        """Return whether one of `flags` is there, bundled or cut short as it may be."""
        return any(_is_flag(token, flag) for token in self.flags for flag in flags)


def split_use(program: Program, name: str, words: Sequence[Word]) -> Use:
    """Return the words after the name as `program` will read them."""
    flags: list[str] = []
    values: list[tuple[str, Word]] = []
    positional: list[Word] = []
    at, ended = 0, False
    while at < len(words):
        word = words[at]
        if not ended and len(word.text) > 1 and word.text[0] in "-+":
            ended = word.text == "--"
            flags.append(word.text)
            if word.text in program.execs:
                return _make(name, words, flags, values, positional, _cut_exec(words[at + 1 :]))
            following = words[at + 1] if at + 1 < len(words) else None
            found, takes = _find_values(program, word, following)
            values.extend(found)
            at += takes
        elif program.runs and len(positional) >= program.skip and not _is_assignment(program, word):
            return _make(name, words, flags, values, positional, words[at:])
        else:
            positional.append(word)
            if word.text in program.after:
                rest = words[at + 1 :]
                while rest and rest[0].text.startswith("-"):
                    rest = rest[1:]
                return _make(name, words, flags, values, positional, rest)
        at += 1
    return _make(name, words, flags, values, positional, ())


def _make(
    name: str,
    words: Sequence[Word],
    flags: Sequence[str],
    values: Sequence[tuple[str, Word]],
    positional: Sequence[Word],
    rest: Sequence[Word],
) -> Use:
    return Use(name, tuple(words), tuple(flags), tuple(values), tuple(positional), tuple(rest))


def _is_assignment(program: Program, word: Word) -> bool:
    return program.runs == "rest" and bool(ASSIGNS.match(word.text))


def _cut_exec(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return a command up to its `;` or `+`, with what is found in place of `{}` unknown."""
    texts = [word.text for word in words]
    ends = [texts.index(mark) for mark in (";", "+") if mark in texts]
    return tuple(
        replace(word, known=False) if "{}" in word.text else word
        for word in words[: min(ends, default=len(words))]
    )


def _find_values(
    program: Program, word: Word, following: Word | None
) -> tuple[list[tuple[str, Word]], int]:
    """Return the values that an option takes, and how many of the next words they are."""
    text = word.text
    plain = (*program.values, *program.outputs, *program.inputs, *program.folders)
    running = (*program.scripts, *program.code)
    flag, sign, value = text.partition("=")
    later = [following] if following else []
    if sign and flag in (*plain, *running):
        return [(flag, replace(word, text=value))], 0
    if text in (*plain, *running):
        return [(text, one) for one in later], len(later)
    if text.startswith("--"):
        return [], 0
    letters = [f"-{letter}" for letter in text[1:]]
    ran = next((at for at, letter in enumerate(letters) if letter in running), None)
    if ran is not None:
        attached = [replace(word, text=text[ran + 2 :])] if text[ran + 2 :] else []
        return [(letters[ran], one) for one in (*attached, *later)], len(later)
    return _find_bundled(plain, word, letters, later)


def _find_bundled(
    plain: Sequence[str], word: Word, letters: Sequence[str], later: Sequence[Word]
) -> tuple[list[tuple[str, Word]], int]:
    """Return the value of `-ofile`, or of the last letter of `-xo file`."""
    if letters[0] in plain:
        return [(letters[0], replace(word, text=word.text[2:]))], 0
    if letters[-1] in plain and word.text[1:].isalpha():
        return [(letters[-1], one) for one in later], len(later)
    return [], 0


def _is_flag(token: str, flag: str) -> bool:
    head = token.partition("=")[0]
    if head == flag:
        return True
    if flag.startswith("--"):
        return len(head) >= SHORTEST_CUT and head.startswith("--") and flag.startswith(head)
    if len(flag) == 2 and token.startswith("-") and not token.startswith("--"):  # noqa: PLR2004
        letters = re.match(r"[A-Za-z]*", token[1:])
        return bool(letters) and flag[1] in letters[0]  # type: ignore[index]
    return False


def grade_use(program: Program, use: Use, command: Command) -> Iterator[Finding]:
    """Yield what the program's rules say: first what it is by itself, then what raises it."""
    base: tuple[tuple[int, ...], Finding] | None = None
    for rule in program.rules:
        found = _find_match(rule, use, command)
        if found is None:
            continue
        finding = Finding(rule.grade, fill_words(_find_why(rule, program), use, found))
        if rule.is_base or rule.grade is Grade.HARMLESS:
            special = (
                max((sub.count(" ") + 1 for sub in rule.sub), default=0),
                rule.most is not None,
            )
            if base is None or special >= base[0]:
                base = special, finding
        else:
            yield finding
    if program.rules and any(len(text) > MOST_TEXT for text in _list_texts(use, command)):
        yield Finding(Grade.DANGEROUS, f"gives {use.name} more than can be read")
    if base is None and program.rules and _hides_subcommand(program, use):
        yield Finding(Grade.DANGEROUS, f"{use.name} with {use.positional[0].text[:LONGEST]}")
    yield base[1] if base else Finding(program.grade, fill_words(program.why, use, ""))


def _find_why(rule: Rule, program: Program) -> str:
    return rule.why or ("" if rule.grade is Grade.HARMLESS else program.why)


def edits_paths(program: Program, use: Use, command: Command) -> bool:
    """Return whether this use writes the paths that others read."""
    return any(rule.edits and _find_match(rule, use, command) is not None for rule in program.rules)


def _hides_subcommand(program: Program, use: Use) -> bool:
    return (
        any(rule.sub for rule in program.rules)
        and bool(use.positional)
        and not use.positional[0].known
    )


def _find_match(rule: Rule, use: Use, command: Command) -> str | None:
    """Return the word that made `rule` hold, maybe empty; None if it does not hold."""
    texts = [word.text.casefold() for word in use.positional]
    depth = _find_depth(rule, texts)
    if depth is None or (rule.flags and not use.has_any(rule.flags)):
        return None
    if rule.without and use.has_any(rule.without):
        return None
    if rule.most is not None and len(texts) + len(use.rest) - depth > rule.most:
        return None
    if rule.words and not set(rule.words) & set(texts[depth:]):
        return None
    if rule.matches is None:
        return ""
    return next(
        (text for text in _list_texts(use, command) if rule.matches.search(text[:MOST_TEXT])), None
    )


def _list_texts(use: Use, command: Command) -> list[str]:
    """Return all that the program is given: its words, and what it can read."""
    heard = [word.text for feed in command.feeds for word in feed.words]
    heard += [feed.stdin for feed in command.feeds]
    return [*(word.text for word in use.words), command.stdin, *heard]


def _find_depth(rule: Rule, texts: Sequence[str]) -> int | None:
    """Return how many positional words the rule's longest fitting subcommand has."""
    if not rule.sub:
        return 0
    depths = [
        len(sub.split()) for sub in rule.sub if sub.split() == list(texts[: len(sub.split())])
    ]
    return max(depths, default=None)


def fill_words(why: str, use: Use, word: str) -> str:
    """Return a reason with the words of this use in it."""
    first = use.positional[0].text if use.positional else ""
    paths = " ".join(one.text for one in use.positional) or use.name
    for mark, text in (("{name}", use.name), ("{word}", word or first), ("{paths}", paths)):
        why = why.replace(mark, clip_text(text, LONGEST))
    return why.strip()

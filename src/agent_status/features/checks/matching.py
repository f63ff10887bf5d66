"""Recognises checks among commands, and what they are limited to. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from posixpath import basename
from re import Pattern

from agent_status.features.checks.tables import CheckRule, ChecksFile
from agent_status.features.checks.values import Check
from agent_status.model import clip_text

MAX_WORDS = 400
MAX_UNWRAPPED = 4
MAX_ONLY = 8
MAX_WORD = 60
MAX_NAME = 40
SCRIPT = re.compile(r"\.(?:[cm]?js|py|pyz|phar|exe|cmd|bat|rb)\Z")
AMOUNT = re.compile(r"[\d.]+[smhd]?\Z")
"""What stands behind `timeout` or `nice -n`."""


@dataclass(frozen=True, slots=True)
class CheckMatch:
    """A check that a command runs, and whether it changes files."""

    check: Check
    fixes: bool = False


@dataclass(frozen=True, slots=True)
class Matcher:
    """Recognises the checks of a table."""

    tables: ChecksFile
    by_word: Mapping[str, tuple[tuple[tuple[str, ...], CheckRule], ...]] = field(init=False)
    runners: Pattern[str] = field(init=False)
    """Matches the first words of runners."""
    longest: tuple[tuple[str, ...], ...] = field(init=False)
    """The runners, those of several words first."""

    def __post_init__(self) -> None:
        """Index the rules by the first words of their commands."""
        found: dict[str, list[tuple[tuple[str, ...], CheckRule]]] = {}
        for rule in self.tables.rules:
            for command in rule.commands:
                found.setdefault(command[0], []).append((command, rule))
        object.__setattr__(self, "by_word", {name: tuple(one) for name, one in found.items()})
        heads = "|".join(translate(one[0]) for one in self.tables.runners) or "(?!)"
        object.__setattr__(self, "runners", re.compile(heads))
        longest = tuple(sorted(self.tables.runners, key=len, reverse=True))
        object.__setattr__(self, "longest", longest)

    def find(self, words: Sequence[str]) -> CheckMatch | None:
        """Return the check that a command runs, or None."""
        rest = list(words[:MAX_WORDS])
        for _ in range(MAX_UNWRAPPED):
            if not rest:
                return None
            if found := self._match(rest):
                return found
            behind = self._unwrap(rest)
            if behind is None:
                return None
            rest = behind
        return None

    def _match(self, words: Sequence[str]) -> CheckMatch | None:
        """Return the check whose command is the longest; the user's own come first."""
        first = SCRIPT.sub("", basename(words[0]))
        named = [first, *words[1:]]
        best: tuple[int, CheckMatch] | None = None
        for command, rule in self.by_word.get(first, ()):
            if best and len(command) <= best[0]:
                continue
            taken = _take_command(command, named, rule)
            if taken is not None:
                matched, rest = taken
                if self._is_no_run(rule, rest):
                    return None
                name = rule.name or " ".join(matched)
                only = tuple(self._list_limits(rule, rest))
                fixes = not set(self.tables.fixes).isdisjoint(rest)
                check = Check(clip_text(name, MAX_NAME), rule.kind, only[:MAX_ONLY])
                best = len(command), CheckMatch(check, fixes)
        return best[1] if best else None

    def _is_no_run(self, rule: CheckRule, rest: Sequence[str]) -> bool:
        known = {*rule.no_run, *self.tables.no_run} - {*rule.values, *rule.narrow}
        pairs = (word.partition("=") for word in rest)
        return any(name in known and value != "false" for name, _, value in pairs)

    def _list_limits(self, rule: CheckRule, rest: Sequence[str]) -> Iterator[str]:
        """Yield what a command is limited to."""
        words = iter(rest)
        is_narrow, has_needed = False, not rule.needs
        for word in words:
            has_needed = has_needed or word in rule.needs
            limit = _read_option(rule, word, words) if word.startswith("-") else word
            plain = limit.removeprefix("./").rstrip("/") or "."
            if limit and not {limit, plain} & {*rule.whole, *self.tables.whole}:
                is_narrow = True
                yield clip_text(limit, MAX_WORD)
        if not has_needed and not is_narrow:
            yield "this folder"

    def _unwrap(self, words: Sequence[str]) -> list[str] | None:
        """Return the command that a runner such as `uv run` is given, or None."""
        named = [basename(words[0]), *words[1:]]
        if not self.runners.match(named[0]):
            return None
        for runner in _list_runners(self.longest, named[0]):
            if len(named) > len(runner) and all(map(fnmatchcase, named[1:], runner[1:])):
                return self._skip_options(words[len(runner) :])
        return None

    def _skip_options(self, words: Sequence[str]) -> list[str] | None:
        """Return the words from the command on; a word behind an option may be its value."""
        after_option = False
        for number, word in enumerate(words):
            is_value = after_option and not self._is_known(word)
            if not (is_value or word.startswith("-") or "=" in word or AMOUNT.match(word)):
                return list(words[number:])
            after_option = word.startswith("-") and "=" not in word
        return None

    def _is_known(self, word: str) -> bool:
        name = SCRIPT.sub("", basename(word))
        return name in self.by_word or bool(self.runners.match(name))


@lru_cache(maxsize=256)
def _list_runners(runners: tuple[tuple[str, ...], ...], name: str) -> tuple[tuple[str, ...], ...]:
    """Return the runners whose first word a program's name matches."""
    return tuple(one for one in runners if fnmatchcase(name, one[0]))


def _take_command(
    command: Sequence[str], words: Sequence[str], rule: CheckRule
) -> tuple[list[str], list[str]] | None:
    """Return the words that match a command's, and the others; None if it is another command."""
    matched, rest = [], []
    wanted = list(command)
    given = list(words)
    while wanted and given:
        word = given.pop(0)
        if fnmatchcase(word, wanted[0]):
            matched.append(word)
            wanted.pop(0)
        elif word.startswith("-") and matched:
            rest.append(word)
            if (word in rule.values or f"{word}=" in rule.narrow) and given:
                rest.append(given.pop(0))
        elif word.startswith("+") and matched:
            continue
        else:
            return None
    return None if wanted else (matched, rest + given)


def _read_option(rule: CheckRule, word: str, words: Iterator[str]) -> str:
    """Return what an option limits a check to, empty if nothing; takes its value from `words`."""
    name, equals, _ = word.partition("=")
    if word in rule.whole or word in rule.needs:
        return ""
    if name in rule.narrow:
        return word
    if f"{name}=" in rule.narrow:
        return word if equals else f"{word} {next(words, '')}".strip()
    if name in rule.values:
        if not equals:
            next(words, None)
        return ""
    short = next((one for one in rule.narrow if _is_glued(one, word)), "")
    return word if short else ""


def _is_glued(option: str, word: str) -> bool:
    """Return True if a word is a short option with its value, such as `-kname`."""
    return len(option) == 3 and option.endswith("=") and word.startswith(option[:2])  # noqa: PLR2004

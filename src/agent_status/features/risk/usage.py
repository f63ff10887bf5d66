"""How a program is used: options, their values, positional words, commands that it runs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agent_status.features.risk.tables import Program, Rule
from agent_status.features.risk.words import Word

ASSIGNS = re.compile(r"\w+=", re.ASCII)
MIN_CUT = 4
"""Characters of a long option that programs take for the whole."""
ALONE = re.compile(r"\$(?:\w+|[@*]|\{\w+\})")
"""A word that is a variable and nothing else."""
ANY = "*"
"""Stands for every option."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """The words of one command after its name, sorted by kind."""

    name: str
    words: tuple[Word, ...]
    flags: tuple[str, ...]
    """The options, without values that are attached to one letter."""
    values: tuple[tuple[str, Word], ...]
    positional: tuple[Word, ...]
    rests: tuple[tuple[Word, ...], ...] = ()
    """The commands that it runs, each with that command's own words."""

    def list_values(self, options: Sequence[str]) -> list[Word]:
        """Return the values given to any of `options`."""
        return [word for flag, word in self.values if flag in options]

    def has_any(self, flags: Sequence[str]) -> bool:
        """Return True if one of `flags` is given, even bundled or abbreviated."""
        return any(_is_flag(token, flag) for token in self.flags for flag in flags)


class _Splitter:
    """Sorts the words of one command by kind, from first to last."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._running = (*program.scripts, *program.code)
        self._whole = {*program.options, *(one for rule in program.rules for one in rule.flags)}
        self._takers = (
            *self._running,
            *program.sources,
            *(*program.outputs, *program.loads, *program.mounts, *program.folders),
            *(option for rule in program.rules for option in rule.outputs),
            *(*program.inputs, *program.values),
        )
        """Options that take a value, those first that matter most."""
        self.flags: list[str] = []
        self.values: list[tuple[str, Word]] = []
        self.positional: list[Word] = []
        self.rests: list[tuple[Word, ...]] = []

    def split(self, words: Sequence[Word]) -> None:
        """Sort all words."""
        program = self._program
        at, ended = 0, False
        if program.dashless and words and words[0].text[:1] not in {"-", "+"}:
            at = 1 + self._take_dashless(words[0], words[1:])
        while at < len(words):
            word, later = words[at], words[at + 1 :]
            if not ended and len(word.text) > 1 and word.text[0] in "-+":
                ended = word.text == "--"
                if word.text in program.execs:
                    at += self._take_exec(word, later)
                else:
                    at += self._take_option(word, later)
            elif (
                program.runs
                and len(self.positional) >= program.skip
                and not _is_assignment(program, word)
            ):
                self.rests.append(tuple(words[at:]))
                return
            else:
                self.positional.append(word)
                if word.text in program.after:
                    self._take_command(later)
                    return
            at += 1

    def _take_command(self, words: Sequence[Word]) -> None:
        """Take a command and the options before it."""
        at = 0
        while at < len(words) and words[at].text.startswith("-"):
            at += 1 + self._take_option(words[at], words[at + 1 :])
        if words[at:]:
            self.rests.append(tuple(words[at:]))

    def _take_exec(self, word: Word, later: Sequence[Word]) -> int:
        """Take a command up to its `;` or `{} +`, or to the end; return its length."""
        texts = [one.text for one in later]
        ends = [at for at, text in enumerate(texts) if text == ";"]
        ends += [at for at, text in enumerate(texts) if texts[at - 1 : at + 1] == ["{}", "+"]]
        end = min(ends, default=len(later))
        self.flags.append(word.text)
        self.rests.append(tuple(later[:end]))
        return min(end + 1, len(later))

    def _take_option(self, word: Word, later: Sequence[Word]) -> int:
        """Take one option; return how many of the next words are its value."""
        text, following = word.text, later[:1]
        head, sign, value = text.partition("=")
        flag = self._complete(head)
        if sign and flag:
            return self._keep(text, flag, [replace(word, text=value)])
        if flag or text in self._takers:
            return self._keep(text, flag or text, following, len(following))
        if text.startswith(("--", "+")) or head in self._whole:
            return self._keep(text)
        for at, letter in enumerate(re.match(r"\w*", text[1:])[0], 2):  # type: ignore[index]
            attached = [replace(word, text=text[at:])] if text[at:] else []
            if f"-{letter}" in self._running:
                return self._keep(text, f"-{letter}", (*attached, *following), len(following))
            if f"-{letter}" in self._takers:
                taken = () if attached else following
                return self._keep(text[:at], f"-{letter}", (*attached, *taken), len(taken))
        return self._keep(text)

    def _complete(self, head: str) -> str:
        """Return the option with a value that a word means, even abbreviated; else empty."""
        if head in self._takers:
            return head
        if not head.startswith("--") or len(head) < MIN_CUT or head in self._program.options:
            return ""
        return next((option for option in self._takers if option.startswith(head)), "")

    def _keep(self, token: str, flag: str = "", values: Iterable[Word] = (), taken: int = 0) -> int:
        self.flags.append(token)
        self.values += [(flag, value) for value in values]
        return taken

    def _take_dashless(self, word: Word, later: Sequence[Word]) -> int:
        """Take options without a dash: each that has a value takes one of the next words."""
        self.flags.append(f"-{word.text}")
        takers = [f"-{letter}" for letter in word.text if f"-{letter}" in self._takers]
        self.values += zip(takers, later, strict=False)
        return min(len(takers), len(later))


def split_use(program: Program, name: str, words: Sequence[Word]) -> Invocation:
    """Return the words after the name as `program` reads them."""
    found = _Splitter(program)
    found.split(words)
    return Invocation(
        name,
        tuple(words),
        tuple(found.flags),
        tuple(found.values),
        tuple(found.positional),
        tuple(found.rests),
    )


def find_unknown(
    use: Invocation, program: Program, rule: Rule | None, judged: Sequence[str]
) -> str:
    """
    Return an option that isn't known to be harmless, or a word that may be one.

    A rule with its own options doesn't know the program's that only take a value; `judged` are the
    options that other rules grade.
    """
    own = rule.letters or rule.options if rule else ""
    letters = program.letters + (rule.letters if rule else "")
    options = program.options + (rule.options if rule else ())
    if ANY in options:
        return ""
    graded = {
        *(*program.outputs, *program.inputs, *program.folders, *program.sources),
        *(*program.loads, *program.mounts, *program.scripts, *program.code, *program.execs),
        *(() if own else program.values),
        *judged,
    }
    known = graded | set(options)
    starts = tuple(option[:-1] for option in options if option.endswith(ANY))
    for flag in use.flags:
        head = flag.partition("=")[0]
        if flag == "--" or head in known or flag in known or flag.startswith(starts):
            continue
        if flag.startswith(("--", "+")):
            return flag
        if not all(one in letters or f"-{one}" in graded or one.isdigit() for one in flag[1:]):
            return flag
    return next((one.text for one in use.positional if _may_be_option(one)), "")


def _may_be_option(word: Word) -> bool:
    return not word.known and bool(ALONE.fullmatch(word.text))


def _is_assignment(program: Program, word: Word) -> bool:
    return program.runs == "rest" and bool(ASSIGNS.match(word.text))


def _is_flag(token: str, flag: str) -> bool:
    head = token.partition("=")[0]
    if head == flag:
        return True
    if flag.startswith("--"):
        return len(head) >= MIN_CUT and head.startswith("--") and flag.startswith(head)
    if len(flag) == 2 and token.startswith("-") and not token.startswith("--"):  # noqa: PLR2004
        letters = re.match(r"[A-Za-z]*", token[1:])
        return bool(letters) and flag[1] in letters[0]  # type: ignore[index]
    return False

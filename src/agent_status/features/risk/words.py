"""A shell line as values: its commands and words, with quotes and braces resolved."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

MAX_CHOICES = 32


@dataclass(frozen=True, slots=True)
class Word:
    """One word. An unknown one is as written, with its `$`."""

    text: str
    known: bool = True
    glob: bool = False
    runs: tuple["Command", ...] = ()
    """The commands of the substitutions in it."""
    split: bool = False
    """True if it came out of a variable or substitution and splits at blanks unless quoted."""


@dataclass(frozen=True, slots=True)
class WorkingDir:
    """Where a command runs: possible folders (None is unknown), checkout, and home."""

    folders: tuple[str | None, ...]
    root: str
    home: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirection of output or input: `>`, `>>`, `<` and so on, and the file."""

    sign: str
    target: Word


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command; without words it holds the redirections of a larger statement."""

    words: tuple[Word, ...]
    cwd: WorkingDir
    assigns: tuple[tuple[str, Word], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    feeds: tuple["Command", ...] = ()
    """The commands of the pipeline before it."""
    stdin: str = ""
    """What a here-document or here-string gives it."""


@dataclass(frozen=True, slots=True)
class Script:
    """All commands of a line, nested ones too; not `whole` if a part doesn't parse."""

    commands: tuple[Command, ...]
    functions: frozenset[str]
    whole: bool
    cut: bool = False
    """True if there is more than was read."""


ANSI = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))",
    re.DOTALL,
)
CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f"}
BRACES = re.compile(r"(?<!\$)\{([^{}]*,[^{}]*)\}", re.DOTALL)


def unescape(text: str, only: str = "") -> str:
    """Return `text` without backslashes before any character, or only before those in `only`."""
    special = f"[{re.escape(only)}]" if only else "."
    return re.sub(rf"\\(?:\n|({special}))", r"\1", text, flags=re.DOTALL)


def unescape_ansi(text: str) -> str:
    """Return the content of `$'...'`."""
    return ANSI.sub(_decode, text)


def _decode(match: re.Match[str]) -> str:
    digits = next((found for found in match.group(1, 2, 3) if found), None)
    if digits:
        return _find_character(int(digits, 16))
    if match[4]:
        return _find_character(int(match[4], 8))
    return CONTROLS.get(match[6], match[6]) if match[6] else ""


def _find_character(number: int) -> str:
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "?"  # noqa: PLR2004


def split_braces(word: Word) -> tuple[Word, ...]:
    """Return the words of `a{b,c}d{e,f}`; too many become one unknown word."""
    waiting, done = [word.text], list[str]()
    while waiting:
        text = waiting.pop()
        found = BRACES.search(text)
        if found is None:
            done.append(text)
        elif len(waiting) + len(done) > MAX_CHOICES:
            return (replace(word, known=False),)
        else:
            start, end = text[: found.start()], text[found.end() :]
            waiting += [start + part + end for part in reversed(found[1].split(","))]
    return tuple(replace(word, text=text) for text in done)


COVERED = str.maketrans("{}", "\ue000\ue001")
UNCOVERED = str.maketrans("\ue000\ue001", "{}")


def cover_braces(word: Word) -> Word:
    """Return a quoted word, with its braces protected from expansion."""
    return replace(word, text=word.text.translate(COVERED))


def uncover_braces(word: Word) -> Word:
    """Return the word with the braces that `cover_braces` protected."""
    return replace(word, text=word.text.translate(UNCOVERED))


def join_choices(parts: Iterable[tuple[Word, ...]], raw: str) -> tuple[Word, ...]:
    """Return every combination of one choice per part; the unknown word `raw` if too many."""
    found: tuple[Word, ...] = (Word(""),)
    for choices in parts:
        if len(found) * len(choices) > MAX_CHOICES:
            runs = tuple(run for word in (*found, *choices) for run in word.runs)
            return (Word(raw, known=False, runs=runs),)
        found = tuple(_join(one, more) for one, more in product(found, choices))
    return found


def _join(one: Word, more: Word) -> Word:
    return replace(
        one,
        text=one.text + more.text,
        known=one.known and more.known,
        glob=one.glob or more.glob,
        runs=one.runs + more.runs,
        split=False,
    )

"""
The commands of a shell line, and what its exit status says about each of them. Pure.

Only what decides the exit status of the line has a result: a pipeline, `||`, `;` or a loop may
hide that of a command.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import dropwhile
from posixpath import basename, join, normpath

from agent_status.features.checks.values import Result

MAX_LINE = 16 * 1024
MAX_TOKENS = 2000
MAX_STEPS = 200
MAX_DEPTH = 3
HEREDOC = re.compile(r"(?<!<)<<-?[ \t]*(['\"]?)(\w+)\1")
TOKEN = re.compile(
    r"(?P<blank>(?:[ \t\r]|\\\n)+)"
    r"|(?P<comment>(?<![^\s;&|()])#[^\n]*)"
    r"|(?P<redirect>(?:\d*|&)(?:<<<|<<-?|<>|>>|>\||<&|>&|[<>])(?P<target>-|\d+(?![\w.]))?)"
    r"|(?P<mark>&&|\|\||\|&|;;|[;&|\n()])"
    r"|(?P<word>(?:[^\s;&|()<>\"'\\$`]|\\.|\"(?:[^\"\\]|\\.)*\"|'[^']*'"
    r"|\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\$\{[^}]{0,200}\}|\$(?!\()|`[^`]*`)+)",
    re.DOTALL,
)
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
SHELLS = {"sh", "bash", "zsh", "dash", "ksh"}
KEYWORDS = {
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "for",
    "while",
    "until",
    "do",
    "done",
    "case",
    "esac",
}
KEYWORDS |= {"select", "function", "{", "}", "!", "[[", "eval", "trap"}
NEUTRAL = {"cd", "export", "set", "unset", "echo", "printf", "true", ":", "pwd", "date", "sleep"}
"""They hardly ever fail, and change no file."""
FILTERS = {"tee", "tail", "head", "cat", "sed", "awk", "less", "sort", "uniq", "wc", "tr", "cut"}
"""They hardly ever fail behind a pipe."""
NO_FILES = {"", "/dev/null", "/dev/stderr", "/dev/stdout", "/dev/tty"}
JOINS = {"&&", "||"}
PIPES = {"|", "|&"}


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a line, and what the line's exit status says about it."""

    words: tuple[str, ...]
    folder: str = ""
    """Where it runs; empty if unknown."""
    on_zero: Result = Result.UNKNOWN
    on_failure: Result = Result.UNKNOWN

    has_output: bool = False
    """True if an output of it goes to a file."""
    is_harmless: bool = False
    """True if such a command changes no file, as far as its name says."""

    @property
    def may_write(self) -> bool:
        """True if it may change files of a checkout."""
        return self.has_output or not self.is_harmless


@dataclass(slots=True)
class _Pipeline:
    """Commands with pipes between them, and the operator before the first."""

    join: str = ""
    groups: tuple[int, ...] = ()
    """The brackets around it, each with its number."""
    is_hidden: bool = False
    """True if something other than `&&` and `||` stands between its exit status and the line's."""
    has_output: bool = False
    """True if an output of it goes to a file."""
    commands: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Options:
    """What the shell does with failures."""

    stops: bool = False
    pipefail: bool = False


def is_neutral(words: Sequence[str]) -> bool:
    """Return True if a command hardly ever fails, and changes no file."""
    return not words or words[0] in NEUTRAL


def read_line(line: str, folder: str, depth: int = 0) -> tuple[Step, ...]:
    """Return the commands of a line that runs in `folder`; empty for one that can't be read."""
    if len(line) > MAX_LINE or depth > MAX_DEPTH:
        return ()
    tokens = _split(_drop_documents(line))
    if tokens is None:
        return ()
    chains = _Grouping().group(tokens)
    options = _read_options(chains)
    first = 0 if options.stops else len(chains) - 1
    heads = [one.commands[0] for chain in chains[max(0, first) :] for one in chain]
    is_sole = sum(not is_neutral(head) for head in heads) <= 1
    folders: dict[tuple[int, ...], str] = {(): folder}
    steps = [
        _place(step, one.groups, folders)
        for number, chain in enumerate(chains)
        for one in chain
        for step in _judge(one, chain, options, decides=number >= first, is_sole=is_sole)
    ]
    return tuple(_open_shells(steps[:MAX_STEPS], depth))


def _drop_documents(line: str) -> str:
    """Return the line without the bodies of here-documents."""
    kept: list[str] = []
    ends: list[str] = []
    for row in line.split("\n"):
        if ends:
            if row.strip() == ends[0]:
                ends.pop(0)
            continue
        kept.append(row)
        ends += [found[2] for found in HEREDOC.finditer(row)]
    return line if ends else "\n".join(kept)


def _split(line: str) -> list[tuple[str, str]] | None:
    """
    Return (kind, text) of each token: word, mark, or the file that an output goes to.

    None if a quote or a bracket is not closed, or if there are too many.
    """
    tokens: list[tuple[str, str]] = []
    at, output = 0, ""
    while at < len(line):
        found = TOKEN.match(line, at)
        if found is None or len(tokens) > MAX_TOKENS:
            return None
        at = found.end()
        if found["word"] and output:
            tokens.append(("output", found[0] if ">" in output else ""))
            output = ""
        elif found["word"] or found["mark"]:
            tokens.append(("word" if found["word"] else "mark", found[0]))
        if found["redirect"] and found["target"] is None:
            output = found["redirect"]
    return tokens


def _unquote(word: str) -> str:
    try:
        return " ".join(shlex.split(word)) if set(word) & set("'\"\\") else word
    except ValueError:
        return word


class _Grouping:
    """Groups tokens by pipelines, and those by the lists that `;` and line ends divide."""

    def __init__(self) -> None:
        self.chains: list[list[_Pipeline]] = [[]]
        self._join = self._pipe = ""
        self._words: list[str] | None = None
        self._groups: tuple[int, ...] = ()
        self._hidden: list[bool] = []
        self._count = 0

    def group(self, tokens: Sequence[tuple[str, str]]) -> list[list[_Pipeline]]:
        """Return the lists of pipelines."""
        for kind, text in tokens:
            if kind == "word":
                self._add(_unquote(text))
            elif kind == "output":
                for one in self.chains[-1][-1:] if text not in NO_FILES else ():
                    one.has_output = True
            else:
                self._divide(text)
        return [chain for chain in map(_clean, self.chains) if chain]

    def _add(self, word: str) -> None:
        if self._words is None:
            self._words = []
            if not self._pipe or not self.chains[-1]:
                hidden = any(self._hidden)
                self.chains[-1].append(_Pipeline(self._join, self._groups, hidden))
            self.chains[-1][-1].commands.append(self._words)
            self._join = self._pipe = ""
        self._words.append(word)

    def _divide(self, mark: str) -> None:
        if mark == "(":
            self._count += 1
            self._groups = (*self._groups, self._count)
            self._hidden.append(bool(self.chains[-1]) and self._join != "&&")
        elif mark == ")":
            self._groups = self._groups[:-1]
            self._hidden = self._hidden[:-1]
        elif mark in JOINS:
            self._join = mark
        elif mark in PIPES:
            self._pipe = mark
        elif mark != "\n" or not (self._join or self._pipe):
            for one in self.chains[-1] if mark == "&" else ():
                one.is_hidden = True
            self.chains.append([])
        self._words = None


def _clean(chain: Sequence[_Pipeline]) -> list[_Pipeline]:
    """Return the pipelines without assignments and keywords before their commands."""
    for one in chain:
        one.is_hidden |= any(words[0] in KEYWORDS for words in one.commands)
        one.commands = [
            list(dropwhile(lambda word: ASSIGNMENT.match(word) or word in KEYWORDS, words))
            for words in one.commands
        ]
    return list(chain)


def _read_options(chains: Sequence[Sequence[_Pipeline]]) -> _Options:
    """Return what `set` says, such as `set -euo pipefail`."""
    words = [
        word
        for chain in chains
        for one in chain
        if one.commands[0][:1] == ["set"]
        for word in one.commands[0]
    ]
    letters = "".join(word for word in words if word.startswith("-"))
    has_block = any(one.is_hidden for chain in chains for one in chain)
    return _Options("e" in letters and not has_block, "pipefail" in words)


def _judge(
    one: _Pipeline,
    chain: Sequence[_Pipeline],
    options: _Options,
    *,
    decides: bool,
    is_sole: bool,
) -> Iterator[Step]:
    """Yield the commands of a pipeline with what the line's exit status says about each."""
    joins = {two.join for two in chain} - {""}
    known = decides and len(joins) <= 1 and not any(two.is_hidden for two in chain)
    last = len(one.commands) - 1
    filters = all(basename(words[0]) in FILTERS for words in one.commands[1:] if words)
    for number, words in enumerate(one.commands):
        passes = known and (number == last or options.pipefail)
        is_zero = passes and joins <= {"&&"}
        is_own = last == 0 or not options.pipefail or (number == 0 and filters)
        fails = passes and is_own and (is_sole or joins == {"||"})
        yield Step(
            tuple(words),
            "",
            Result.OK if is_zero else Result.UNKNOWN,
            Result.FAILED if fails else Result.UNKNOWN,
            one.has_output,
            is_neutral(words) or (number > 0 and basename(words[0]) != "tee"),
        )


def _place(step: Step, groups: tuple[int, ...], folders: dict[tuple[int, ...], str]) -> Step:
    """Return the step with the folder it runs in; `folders` holds that of each group."""
    for depth in range(len(groups)):
        folders.setdefault(groups[: depth + 1], folders[groups[:depth]])
    folder = folders[groups]
    if step.words[:1] in {("cd",), ("pushd",)}:
        target = next((word for word in step.words[1:] if not word.startswith("-")), "")
        is_plain = bool(target and folder) and not set(target) & set("$`*?~")
        folders[groups] = normpath(join(folder, target)) if is_plain else ""
    return replace(step, folder=folder)


def _open_shells(steps: Sequence[Step], depth: int) -> Iterator[Step]:
    """Yield the steps, and those of `bash -c '...'` in its place."""
    for step in steps:
        script = _find_script(step.words)
        if script is None:
            yield step
            continue
        is_plain = step.on_zero is Result.OK and step.on_failure is Result.FAILED
        for one in read_line(script, step.folder, depth + 1):
            yield (
                one if is_plain else replace(one, on_zero=Result.UNKNOWN, on_failure=Result.UNKNOWN)
            )


def _find_script(words: Sequence[str]) -> str | None:
    """Return what a shell is given to run, or None."""
    if not words or basename(words[0]) not in SHELLS:
        return None
    for number, word in enumerate(words[1:-1], 1):
        if word.startswith("-") and not word.startswith("--") and "c" in word:
            return words[number + 1]
        if not word.startswith("-"):
            return None
    return None

"""Risk tables: the programs, paths and code that an agent may want to run or touch."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from agent_status.model import Grade
from agent_status.model.globs import Pattern
from agent_status.model.path_rule import PathRule
from agent_status.toml_tables import Key, list_of, parse_text, refuse, word_of

PATHS = ("reads", "writes", "deletes", "first", "last", "filter", "moves", "none")
"""
What a program does with paths: it writes the first or last and reads the others; as a `filter` it
reads the first and writes the others; it `moves` all to the last.
"""


def _parse_pattern(value: Any, flags: int = re.IGNORECASE | re.DOTALL) -> Pattern:
    try:
        return re.compile(parse_text(value), flags)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"{value!r} is not a pattern: {error}"
        raise refuse(message) from error


def _parse_subs(value: Any) -> tuple[str, ...]:
    return tuple(" ".join(text.split()) for text in list_of(parse_text)(value))


def _word(*known: str) -> Any:
    return word_of({word: word for word in known})


Search = Annotated[Pattern, _parse_pattern]
Variables = Annotated[tuple[Pattern, ...], lambda value: (_parse_pattern(value, re.DOTALL),)]
PathUse = Annotated[str, _word(*PATHS)]


@dataclass(frozen=True, slots=True)
class Rule:
    """The grade of some uses of a program. All tests that are given must match."""

    grade: Grade
    why: str = ""
    """In few words, about `{name}`, its `{paths}` and the `{word}` that matched."""
    sub: Annotated[tuple[str, ...], _parse_subs] = ()
    """Subcommands; one of several words, such as `stash drop`, is more special than one of one."""
    flags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    """Flags of which none may be there."""
    words: tuple[str, ...] = ()
    """Positional words, without the subcommand."""
    matches: Search | None = None
    """Is found in any argument, or in what the program is given to read."""
    of: tuple[str, ...] = ()
    """
    Options in whose values alone it is looked for; `words` are the positional words, `known` all
    that no variable is in.
    """
    edits: bool = False
    """True if the paths that it reads otherwise are written."""
    most: int | None = None
    """At most so many positional words after the subcommand."""
    least: int = 0
    """At least so many positional words after the subcommand."""
    letters: str = ""
    options: tuple[str, ...] = ()
    """More options that are known to be harmless here; see Program."""
    paths: PathUse = ""
    """What the positional words after the subcommand are; see Program."""
    skip: int = 0
    """Words before them, such as a pattern."""
    outputs: tuple[str, ...] = ()
    """Options whose value is then a path that is written."""
    finds: bool = False
    """It prints paths below the positional words; `skip` is of words before them."""

    @property
    def is_base(self) -> bool:
        """True if it grades the subcommand alone, without anything that raises the grade."""
        simple = self.grade is Grade.HARMLESS or not (self.flags or self.words or self.matches)
        return simple and not self.finds


@dataclass(frozen=True, slots=True)
class Program:
    """What a program does with its arguments; `grade` is for uses that match no rule."""

    names: tuple[str, ...]
    grade: Grade
    why: str = ""
    paths: PathUse = ""
    """What positional words are: one of PATHS, or nothing that is known."""
    deep: bool = False
    """It reads all that is below the folders that it is given."""
    letters: str = ""
    """Options of one letter with which a harmless use stays harmless; no other option does."""
    options: tuple[str, ...] = ()
    """The longer ones; `--with-*` stands for all that begin so, and `*` for any option at all."""
    values: tuple[str, ...] = ()
    """Options that take the next word."""
    outputs: tuple[str, ...] = ()
    """Options whose value is a path that is written."""
    inputs: tuple[str, ...] = ()
    """Options whose value is a path that is read."""
    folders: tuple[str, ...] = ()
    """Options whose value is the folder in which it works."""
    obeys: bool = False
    """True if settings in the folder in which it works say what it runs."""
    sources: tuple[str, ...] = ()
    """Options whose value is a file of code that it runs."""
    loads: tuple[str, ...] = ()
    """Options whose value is a file or folder of code or settings that it obeys."""
    mounts: tuple[str, ...] = ()
    """Options whose value begins with a path, up to a colon, that others can then write."""
    runs: Annotated[str, _word("rest", "text", "line", "lines", "code")] = ""
    """
    Its positional words are a command (`rest`), the `text` of one shell line, separate
    `lines`, of which the others than the first may be something else (`line`), or `code`.
    """
    fetches: tuple[str, ...] = ()
    """Names under which what it runs comes from the network, unless that program is known."""
    defines: bool = False
    """NAME=value among its words may be a shell line."""
    dashless: bool = False
    """Its first word may be options without a dash, as in `tar xzf`."""
    after: tuple[str, ...] = ()
    """Subcommands behind which a command stands."""
    skip: int = 0
    """Positional words before that, or before the paths that it reads, such as a pattern."""
    finds: bool = False
    """It prints paths below its positional words."""
    appends: bool = False
    """What it runs gets more words, from what it is given to read."""
    downloads: bool = False
    scripts: tuple[str, ...] = ()
    """Options whose value is a shell line."""
    execs: tuple[str, ...] = ()
    """Options after which a command stands, to a `;` or `+`."""
    code: tuple[str, ...] = ()
    """Options whose value is code."""
    language: Annotated[str, _word("shell", "code", "sed", "awk")] = ""
    """
    `shell` or `code`: what it runs from a file, or from what it is given to read. `sed` or `awk`:
    what its first positional word is, unless an option gives the script.
    """
    stops: tuple[str, ...] = ()
    """Options with which it runs nothing."""
    remote: bool = False
    """What it runs is run on another machine."""
    rules: Annotated[tuple[Rule, ...], Key("rule")] = ()


@dataclass(frozen=True, slots=True)
class CodeRule:
    """Patterns that code in any language may contain."""

    matches: Search
    grade: Grade
    why: str


@dataclass(frozen=True, slots=True)
class _Lists:
    """The parts of a table besides the programs."""

    paths: Annotated[tuple[PathRule, ...], Key("path")] = ()
    code: tuple[CodeRule, ...] = ()
    scratch: tuple[str, ...] = ()
    """Folders outside every checkout in which writing is harmless enough."""
    bins: tuple[str, ...] = ()
    """Folders of programs that are what their names say; `~` is the user's home."""
    hoards: tuple[str, ...] = ()
    """Folders that hold so many secrets somewhere below that nothing reads all of them."""
    secret_variables: Annotated[tuple[Pattern, ...], lambda value: (_parse_pattern(value),)] = ()
    plain_variables: Variables = ()
    """Is found in `NAME=value` of settings that change nothing that runs."""
    command_variables: Variables = ()
    """The same, of those whose value is a command that other programs run."""
    path_variables: Variables = ()
    """The same, of those whose value are folders from which code is loaded."""
    running_variables: Variables = ()
    """The same, of those that make other programs run something else."""


@dataclass(frozen=True, slots=True)
class RiskFile(_Lists):
    """One file: the packaged table, or the user's own."""

    programs: Annotated[tuple[Program, ...], Key("program")] = ()
    lower: tuple[str, ...] = ()
    """The programs of the user's own that may be milder than the packaged ones."""


@dataclass(frozen=True, slots=True)
class RiskTables(_Lists):
    """All tables, and the programs by name."""

    programs: Mapping[str, Program] = field(default_factory=dict)
    raised: Mapping[str, Program] = field(default_factory=dict)
    """The user's own programs, which count beside the packaged ones."""
    pending: tuple[str, ...] = ()
    """What the user's table would lower once it is confirmed."""

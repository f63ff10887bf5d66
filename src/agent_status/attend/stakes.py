"""What is known about programs, paths and code that an agent may want to run or touch: tables."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import translate

from agent_status.model import Grade

Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """What some uses of a program mean. All tests that are there must hold."""

    grade: Grade
    why: str = ""
    """In few words, about `{name}`, its `{paths}` and the `{word}` that matched."""
    sub: tuple[str, ...] = ()
    """Subcommands; one of several words, such as `stash drop`, is more special than one of one."""
    flags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    """Flags of which none may be there."""
    words: tuple[str, ...] = ()
    """Positional words, without the subcommand."""
    matches: Pattern | None = None
    """Is found in any argument, or in what the program is given to read."""
    edits: bool = False
    """Whether the paths that it reads otherwise are written."""
    most: int | None = None
    """At most so many positional words after the subcommand."""

    @property
    def is_base(self) -> bool:
        """Whether it says what the subcommand is by itself, and not what raises it."""
        return not (self.flags or self.words or self.matches)


@dataclass(frozen=True, slots=True)
class Program:
    """What a program does with its arguments; `grade` is that of any use no rule knows."""

    names: tuple[str, ...]
    grade: Grade
    why: str = ""
    paths: str = ""
    """What positional words are: paths that it `reads`, `writes`, or writes only the `last` of."""
    values: tuple[str, ...] = ()
    """Options that take the next word."""
    outputs: tuple[str, ...] = ()
    """Options whose value is a path that is written."""
    inputs: tuple[str, ...] = ()
    """Options whose value is a path that is read."""
    folders: tuple[str, ...] = ()
    """Options whose value is the folder in which it works."""
    runs: str = ""
    """Its positional words are a command (`rest`) or the text of a shell line (`text`)."""
    after: tuple[str, ...] = ()
    """Subcommands behind which a command stands."""
    skip: int = 0
    """Positional words before that, or before the paths that it reads, such as a pattern."""
    appends: bool = False
    """What it runs gets more words, from what it is given to read."""
    downloads: bool = False
    scripts: tuple[str, ...] = ()
    """Options whose value is a shell line."""
    execs: tuple[str, ...] = ()
    """Options after which a command stands, to a `;` or `+`."""
    code: tuple[str, ...] = ()
    """Options whose value is code."""
    language: str = ""
    """`shell` or `code`: what it runs from a file, or from what it is given to read."""
    stops: tuple[str, ...] = ()
    """Options with which it runs nothing."""
    remote: bool = False
    """What it runs is run on another machine."""
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class PathRule:
    """Files that matter beyond where they are: secrets, CI, migrations, hooks."""

    globs: tuple[str, ...]
    why: str
    write: Grade = Grade.DANGEROUS
    read: Grade = Grade.HARMLESS
    without: tuple[str, ...] = ()
    found: Pattern = field(init=False, repr=False, compare=False)
    spared: Pattern = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the globs once."""
        object.__setattr__(self, "found", _compile_globs(self.globs))
        object.__setattr__(self, "spared", _compile_globs(self.without))

    def covers(self, path: str) -> bool:
        """Return whether `path`, or a folder above it, is meant."""
        return bool(self.found.match(path)) and not self.spared.match(path)


@dataclass(frozen=True, slots=True)
class CodeRule:
    """What a piece of code in any language may hold."""

    matches: Pattern
    grade: Grade
    why: str


@dataclass(frozen=True, slots=True)
class Stakes:
    """All tables, and the programs by name."""

    programs: Mapping[str, Program] = field(default_factory=dict)
    paths: tuple[PathRule, ...] = ()
    code: tuple[CodeRule, ...] = ()
    scratch: tuple[str, ...] = ()
    """Folders outside every checkout in which writing is harmless enough."""
    secret_variables: Pattern | None = None
    running_variables: Pattern | None = None
    """Variables that make other programs run something."""


def _compile_globs(globs: Iterable[str]) -> Pattern:
    parts = [rf"(?:.*/)?(?:{translate(glob)[:-2]})(?:/.*)?\Z" for glob in globs]
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE | re.DOTALL)

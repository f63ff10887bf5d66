"""What is kept in mind while one shell line is graded."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from posixpath import basename

from agent_status.attend.stakes import Program, Stakes
from agent_status.attend.words import Command, Word
from agent_status.model import Grade


@dataclass
class Reading:
    """One line while it is graded: the tables, how deep it lies, and what was noted on the way."""

    stakes: Stakes
    depth: int = 0
    functions: frozenset[str] = frozenset()
    downloads: set[str] = field(default_factory=set)
    words: int = 0
    is_late: Callable[[], bool] = lambda: False
    """Whether it has taken too long already."""

    def find_program(self, name: str) -> Program | None:
        """Return what is known of a program, `python3.12` being `python`."""
        return _look_up(self.stakes.programs, name)

    def find_programs(self, name: str) -> tuple[Program, ...]:
        """Return all that is known of a program: ours, and what the user adds to it."""
        found = (_look_up(self.stakes.programs, name), _look_up(self.stakes.raised, name))
        return tuple(program for program in found if program)

    def has_download(self, commands: Iterable[Command]) -> bool:
        """Return whether one of `commands` fetches something from the network."""
        names = (command.words[0].text for command in commands if command.words)
        return any(program.downloads for name in names for program in self.find_programs(name))

    def note_files(self, words: Iterable[Word]) -> None:
        """Remember files that hold what was fetched, and those that are likely to."""
        for word in words:
            name = basename(word.text.rstrip("/"))
            self.downloads |= {word.text, f"./{word.text}", name, f"./{name}"}


def _look_up(known: Mapping[str, Program], name: str) -> Program | None:
    folded = basename(name).casefold().removesuffix(".exe").lstrip("=")
    plain = re.sub(r"-?[\d.]+$", "", folded)
    family = known.get(folded.partition(".")[0])
    dangerous = family if family and family.grade is Grade.DANGEROUS else None
    return known.get(folded) or known.get(plain) or dangerous

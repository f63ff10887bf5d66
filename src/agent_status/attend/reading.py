"""What is kept in mind while one shell line is graded."""

import re
from collections.abc import Callable, Iterable
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
        folded = basename(name).casefold().removesuffix(".exe").lstrip("=")
        plain = re.sub(r"-?[\d.]+$", "", folded)
        known = self.stakes.programs
        family = known.get(folded.partition(".")[0])
        dangerous = family if family and family.grade is Grade.DANGEROUS else None
        return known.get(folded) or known.get(plain) or dangerous

    def has_download(self, commands: Iterable[Command]) -> bool:
        """Return whether one of `commands` fetches something from the network."""
        names = (command.words[0].text for command in commands if command.words)
        programs = map(self.find_program, names)
        return any(program.downloads for program in programs if program)

    def note_files(self, words: Iterable[Word]) -> None:
        """Remember files that hold what was fetched, and those that are likely to."""
        for word in words:
            name = basename(word.text.rstrip("/"))
            self.downloads |= {word.text, f"./{word.text}", name, f"./{name}"}

"""The context of grading one shell line."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from posixpath import basename, normpath

from agent_status.features.risk.tables import Program, RiskTables
from agent_status.features.risk.usage import split_use
from agent_status.features.risk.words import Command, Word, unescape_ansi
from agent_status.model import Grade


@dataclass
class GradingContext:
    """The context of one line: the tables, its depth, and what was noted so far."""

    tables: RiskTables
    depth: int = 0
    functions: frozenset[str] = frozenset()
    downloads: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    """What was written into files on the way, as far as it can be seen."""
    words: int = 0
    is_late: Callable[[], bool] = lambda: False
    """True if it has taken too long already."""

    def find_program(self, name: str) -> Program | None:
        """Return the row of a program; `python3.12` is `python`."""
        return _look_up(self.tables.programs, name)

    def find_programs(self, name: str) -> tuple[Program, ...]:
        """Return all rows of a program: ours, and the user's."""
        found = (_look_up(self.tables.programs, name), _look_up(self.tables.raised, name))
        return tuple(program for program in found if program)

    def has_download(self, commands: Iterable[Command]) -> bool:
        """Return True if one of `commands` fetches something from the network."""
        inner = map(self.unwrap, commands)
        names = (command.words[0].text for command in inner if command.words)
        return any(program.downloads for name in names for program in self.find_programs(name))

    def unwrap(self, command: Command) -> Command:
        """Return the command that `env`, `timeout` and the like run; any other is unchanged."""
        for _ in range(MAX_WRAPPERS):
            program = self.find_program(command.words[0].text) if command.words else None
            if program is None or program.runs != "rest":
                break
            use = split_use(program, "", command.words[1:])
            if not use.rests:
                break
            command = replace(command, words=use.rests[0])
        return command

    def note_files(self, words: Iterable[Word]) -> None:
        """Note files that hold a download, or probably do."""
        for word in words:
            name = basename(word.text.rstrip("/"))
            self.downloads |= {word.text, f"./{word.text}", name, f"./{name}"}

    def note_texts(self, command: Command) -> None:
        """Note what a command writes into files, where that can be seen."""
        names = [one.target.text for one in command.redirects if one.sign in {">", ">>", ">|"}]
        tees = command.words and command.words[0].text == "tee"
        names += [word.text for word in command.words[1:] if tees]
        makers = (command,) if command.words else command.feeds
        texts = [find_printed(maker) for maker in makers] if names else []
        text = "\n".join(filter(None, texts)) if any(texts) else None
        for name in names if text is not None else ():
            self.texts[normpath(name)] = f"{self.texts.get(normpath(name), '')}\n{text}"

    def find_text(self, word: Word) -> str | None:
        """Return what was written into a file before, or None."""
        return self.texts.get(normpath(word.text)) if self.texts else None


MAX_WRAPPERS = 6
PRINTS = frozenset({"echo", "printf"})


def find_printed(command: Command) -> str | None:
    """Return what a command prints, or None if that can't be seen."""
    texts = [word.text for word in command.words]
    if not all(word.known for word in command.words):
        return None
    if texts[:1] in (["cat"], ["tee"]):
        given = command.feeds[-1:]
        return command.stdin or (find_printed(given[0]) if given else None)
    if texts[:1] and texts[0] in PRINTS:
        text = " ".join(text for text in texts[1:] if text not in {"-e", "-n", "--"})
        plain = unescape_ansi(text)
        return text if plain == text else f"{text}\n{plain}"
    return None


def _look_up(known: Mapping[str, Program], name: str) -> Program | None:
    folded = basename(name).casefold().removesuffix(".exe").lstrip("=")
    plain = re.sub(r"-?[\d.]+$", "", folded)
    family = known.get(folded.partition(".")[0])
    dangerous = family if family and family.grade is Grade.DANGEROUS else None
    return known.get(folded) or known.get(plain) or dangerous

"""Reads words from the nodes of a shell syntax tree; `shell` walks the tree itself."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agent_status.features.risk.words import (
    Command,
    Word,
    WorkingDir,
    cover_braces,
    join_choices,
    split_braces,
    uncover_braces,
    unescape,
    unescape_ansi,
)

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 80
"""Levels of grammar, some five for each level of nesting that a person would write."""


class WordReader(ABC):
    """Reads the words of one source; commands within them are walked, too."""

    def __init__(self, source: bytes, cwd: WorkingDir, changing: frozenset[str]) -> None:
        self.commands: list[Command] = []
        self.cut = False
        """True if something was too long or too deep to read."""
        self.cwd = cwd
        self._source = source
        self._changing = changing
        """Variables that are set more than once; an empty name stands for all."""
        self._values: dict[str, tuple[str, ...]] = {}

    @abstractmethod
    def walk(self, node: "Node", depth: int) -> None:
        """Read everything that runs at or below `node`."""

    def walk_all(self, node: "Node", depth: int) -> None:
        """Read everything that runs below `node`."""
        for child in node.named_children:
            self.walk(child, depth + 1)

    def text_of(self, node: "Node") -> str:
        """Return the source of a node."""
        return self.cut_text(node.start_byte, node.end_byte)

    def cut_text(self, start: int, end: int) -> str:
        """Return the source between two offsets in bytes."""
        return self._source[start:end].decode("utf-8", "replace")

    def read(self, node: "Node", depth: int) -> tuple[Word, ...]:
        """Return the words that `node` becomes; several if the shell would make several."""
        if depth > MAX_DEPTH:
            self.cut = True
            return (Word(self.text_of(node), known=False),)
        return READERS.get(node.type, WordReader.read_other)(self, node, depth)

    def read_word(self, node: "Node", depth: int) -> tuple[Word, ...]:  # noqa: ARG002
        """Return a plain word with escapes, `~` and braces expanded."""
        raw = self.text_of(node)
        word = Word(unescape(raw), glob=any(mark in raw for mark in "*?["))
        if raw == "~" or raw.startswith("~/"):
            return (replace(word, text=self.cwd.home + word.text[1:]),)
        return split_braces(word)

    def read_raw(self, node: "Node", depth: int) -> tuple[Word, ...]:  # noqa: ARG002
        """Return the content of `'...'`."""
        return (Word(self.text_of(node)[1:-1]),)

    def read_ansi(self, node: "Node", depth: int) -> tuple[Word, ...]:  # noqa: ARG002
        """Return the content of `$'...'`."""
        return (Word(unescape_ansi(self.text_of(node)[2:-1])),)

    def read_string(self, node: "Node", depth: int) -> tuple[Word, ...]:
        """Join the parts between the quotes; the grammar leaves some blanks out."""
        parts: list[tuple[Word, ...]] = []
        at = node.start_byte
        for child in node.children:
            parts.append((Word(self.cut_text(at, child.start_byte)),))
            at = child.end_byte
            if child.type == "string_content":
                parts.append((Word(unescape(self.text_of(child), '"\\$`')),))
            elif child.is_named:
                parts.append(self.read(child, depth + 1))
        return join_choices(parts, self.text_of(node))

    def read_concatenation(self, node: "Node", depth: int) -> tuple[Word, ...]:
        """Return the words that several parts form together."""
        parts = [
            tuple(cover_braces(word) if child.type in QUOTED else word for word in found)
            for child in node.named_children
            for found in (self.read(child, depth + 1),)
        ]
        joined = join_choices(parts, self.text_of(node))
        return tuple(uncover_braces(word) for one in joined for word in split_braces(one))

    def read_expansion(self, node: "Node", depth: int) -> tuple[Word, ...]:
        """Return the value of a variable, or the variable itself as an unknown word."""
        raw = self.text_of(node)
        start = len(self.commands)
        self.walk_all(node, depth + 1)
        name = raw.strip("${}")
        values = self._find_values(name) if re.fullmatch(r"\w+", name) else ()
        if values:
            return tuple(Word(value, split=True) for value in values)
        return (Word(raw, known=False, runs=tuple(self.commands[start:])),)

    def read_substitution(self, node: "Node", depth: int) -> tuple[Word, ...]:
        """Return the output of a command, where that can be seen."""
        start = len(self.commands)
        self.walk(node, depth + 1)
        runs = tuple(self.commands[start:])
        printed = self._find_printed(runs)
        if printed is not None:
            return (Word(printed, runs=runs, split=True),)
        return (Word(self.text_of(node), known=False, runs=runs),)

    def read_process(self, node: "Node", depth: int) -> tuple[Word, ...]:
        """Return a process substitution as a file with unknown content."""
        start = len(self.commands)
        self.walk(node, depth + 1)
        return (Word(self.text_of(node), known=False, runs=tuple(self.commands[start:])),)

    def read_other(self, node: "Node", depth: int) -> tuple[Word, ...]:
        """Return any other node as it is written."""
        start = len(self.commands)
        self.walk(node, depth + 1)
        runs = tuple(self.commands[start:])
        return (Word(self.text_of(node), known=not node.named_child_count, runs=runs),)

    def read_all(self, nodes: Iterable["Node"], depth: int, most: int = 1000) -> tuple[Word, ...]:
        """Return the words of all nodes; empty if a node becomes more than `most`."""
        words: list[Word] = []
        for node in nodes:
            found = self.read(node, depth + 1)
            if len(found) > most:
                return ()
            splits = node.type in SPLIT
            words.extend(part for word in found for part in (_split(word) if splits else (word,)))
        return tuple(words)

    def read_last(self, node: "Node", depth: int) -> tuple[Word, ...]:
        """Return the words of the last node below."""
        return self.read_all(node.named_children[-1:], depth)

    def keep(self, name: str, values: tuple[str, ...]) -> None:
        """Remember the value of a variable, unless something else may set it."""
        if name not in self._changing and "" not in self._changing:
            self._values[name] = values

    def _find_values(self, name: str) -> tuple[str, ...]:
        if name in self._values:
            return self._values[name]
        own = {"HOME": self.cwd.home, "PWD": self.cwd.folders[0]}
        value = own.get(name) if name not in self._changing else None
        return (value,) if value else ()

    def _find_printed(self, runs: Sequence[Command]) -> str | None:
        """Return the output of a substitution, where that can be seen."""
        if len(runs) != 1 or not all(word.known for word in runs[0].words):
            return None
        words = tuple(word.text for word in runs[0].words)
        if words[:1] in {("echo",), ("printf",)}:
            return " ".join(words[1:])
        outputs = {
            ("pwd",): self.cwd.folders[0],
            ("git", "rev-parse", "--show-toplevel"): self.cwd.root,
            ("mktemp",): "/tmp/tmp.X",  # noqa: S108  where it makes one
            ("mktemp", "-d"): "/tmp/tmp.X",  # noqa: S108
        }
        return outputs.get(words)


def _split(word: Word) -> tuple[Word, ...]:
    """Split a value at its blanks, as the shell does without quotes."""
    if not word.split:
        return (word,)
    return tuple(replace(word, text=text) for text in word.text.split())


QUOTED = frozenset({"ansi_c_string", "raw_string", "string", "translated_string"})
SPLIT = frozenset({"simple_expansion", "expansion", "command_substitution"})
READERS: dict[str, Callable[[WordReader, "Node", int], tuple[Word, ...]]] = {
    "ansi_c_string": WordReader.read_ansi,
    "command_substitution": WordReader.read_substitution,
    "process_substitution": WordReader.read_process,
    "concatenation": WordReader.read_concatenation,
    "expansion": WordReader.read_expansion,
    "raw_string": WordReader.read_raw,
    "simple_expansion": WordReader.read_expansion,
    "string": WordReader.read_string,
    "translated_string": WordReader.read_other,
    "word": WordReader.read_word,
}

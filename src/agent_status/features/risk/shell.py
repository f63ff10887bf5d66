"""Parses a shell line into the plain commands that it would run."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from agent_status.features.risk.nodes import MAX_DEPTH, QUOTED, WordReader
from agent_status.features.risk.words import Command, Redirect, Script, Word, WorkingDir

CHUNK = 4096
CONTINUED = re.compile(r"(?<!\\)((?:\\\\)*)\\\n")
"""A line that goes on; the grammar reads it as a blank."""
LETTERS = bytes(range(128)) + b"x" * 128
"""To the shell, all beyond ASCII are letters; the grammar's scanner dies of the higher ones."""
FOREIGN_END = re.compile(rb"(?<!<)<<(?!<)-?[ \t]*[^\s;&|<>()]*[\x80-\xff]")
"""Two ends of a here-document that would then look the same."""
MAX_COMMANDS = 500
MAX_VALUES = 16

VOLATILE = re.compile(rb"\b(?:read|mapfile|readarray|getopts|let|eval|source|unset|IFS|printf)\b")
"""With any of these about, a variable may hold something else than what was assigned to it."""
BRANCHES = frozenset(
    (
        "subshell",
        "pipeline",
        "if_statement",
        "while_statement",
        "for_statement",
        "c_style_for_statement",
        "case_statement",
        "function_definition",
        "command_substitution",
        "process_substitution",
    )
)
"""Where a `cd` may happen, or happens in a shell of its own."""


def parse_script(text: str, cwd: WorkingDir, is_late: Callable[[], bool]) -> Script:
    """
    Return the commands of `text`; never raises.

    The parser needs quadratic time on some input; `is_late` may stop it.
    """
    source = CONTINUED.sub(r"\1", text).encode("utf-8", "replace")
    root = None if FOREIGN_END.search(source) else _parse(source.translate(LETTERS), is_late)
    if root is None:
        return Script((), frozenset(), whole=False, cut=True)
    reader = _Reader(source, cwd, _find_changing(root, source))
    reader.walk(root, 0)
    functions = frozenset(reader.functions)
    return Script(tuple(reader.commands), functions, whole=not root.has_error, cut=reader.cut)


def _parse(source: bytes, is_late: Callable[[], bool]) -> Node | None:
    """Return the syntax tree; None if it took too long."""

    def read(offset: int, _: object) -> bytes:
        return source[offset : offset + CHUNK]

    parser = _open_parser()
    try:
        return parser.parse(read, progress_callback=lambda *_: is_late()).root_node
    except ValueError:
        parser.reset()
        return None


@cache
def _open_parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


class _Reader(WordReader):
    """Walks one syntax tree in the order in which the shell would run it."""

    def __init__(self, source: bytes, cwd: WorkingDir, changing: frozenset[str]) -> None:
        super().__init__(source, cwd, changing)
        self.functions: set[str] = set()
        self._branches = 0
        self._feeds: tuple[Command, ...] = ()
        self._stdin = ""
        self._redirects: tuple[Redirect, ...] = ()

    def walk(self, node: Node, depth: int) -> None:
        """Read everything that runs at or below `node`."""
        if depth > MAX_DEPTH or len(self.commands) >= MAX_COMMANDS:
            self.cut = True
            return
        branch = node.type in BRANCHES or any(one.type in {"&", "||"} for one in node.children)
        self._branches += branch
        WALKERS.get(node.type, _Reader.walk_all)(self, node, depth)
        self._branches -= branch

    def walk_command(self, node: Node, depth: int) -> None:
        redirects, self._redirects = self._redirects, ()
        feeds, stdin = self._feeds, self._stdin
        words: list[Word] = []
        assigns: list[tuple[str, Word]] = []
        for child in node.named_children:
            if child.type == "variable_assignment":
                assigns.append(self._read_assignment(child, depth))
            elif child.type == "file_redirect":
                redirects += self._read_redirects(child, depth)
            elif child.type == "herestring_redirect":
                stdin = "".join(word.text for word in self.read_last(child, depth))
            elif child.type == "command_name":
                words.extend(self._read_name(child, depth))
            else:
                words.extend(self.read_all((child,), depth))
        self._add(Command(tuple(words), self.cwd, tuple(assigns), redirects, feeds, stdin))

    def walk_declaration(self, node: Node, depth: int) -> None:
        words = [Word(self.text_of(node.children[0]))]
        assigns: list[tuple[str, Word]] = []
        for child in node.named_children:
            if child.type == "variable_assignment":
                name, value = self._assign(child, depth)
                assigns.append((name, value))
                words.append(replace(value, text=f"{name}={value.text}"))
            else:
                words.extend(self.read(child, depth + 1))
        self._add(Command(tuple(words), self.cwd, tuple(assigns)))

    def walk_redirect(self, node: Node, depth: int) -> None:
        self._add(Command((), self.cwd, (), self._read_redirects(node, depth)))

    def walk_assignment(self, node: Node, depth: int) -> None:
        name, word = self._assign(node, depth)
        self._add(Command((), self.cwd, ((name, word),)))

    def walk_function(self, node: Node, depth: int) -> None:
        name = node.child_by_field_name("name")
        self.functions.add(self.text_of(name) if name else "")
        self.walk_all(node, depth)

    def walk_evaluated(self, node: Node, depth: int) -> None:
        """Read `[[ ]]` or arithmetic, which may evaluate a quoted word as a number."""
        words = tuple(self._list_quoted(node, depth))
        if words and node.type == "test_command":
            self._add(Command((Word("[["), *words), self.cwd))
        elif words:
            numbers = (replace(word, text=f"[{word.text}") for word in words)
            self._add(Command((Word("let"), *numbers), self.cwd))

    def _list_quoted(self, node: Node, depth: int) -> Iterator[Word]:
        """Yield the known quoted words below `node`; walk everything else that runs."""
        for child in node.named_children:
            if child.type in QUOTED:
                yield from (word for word in self.read(child, depth + 1) if word.known)
            elif depth < MAX_DEPTH and child.type not in RUNNING:
                yield from self._list_quoted(child, depth + 1)
            else:
                self.walk(child, depth + 1)

    def walk_compound(self, node: Node, depth: int) -> None:
        numeric = node.child_count and node.children[0].type == "(("
        (self.walk_evaluated if numeric else self.walk_all)(node, depth)

    def walk_for(self, node: Node, depth: int) -> None:
        variable = node.child_by_field_name("variable")
        values = self.read_all(node.children_by_field_name("value"), depth)
        name = self.text_of(variable) if variable else ""
        if values and len(values) <= MAX_VALUES and all(word.known for word in values):
            self.keep(name, tuple(word.text for word in values))
        body = node.child_by_field_name("body")
        if body:
            self.walk(body, depth + 1)

    def walk_pipeline(self, node: Node, depth: int) -> None:
        outer = self._feeds
        for child in node.named_children:
            start = len(self.commands)
            self.walk(child, depth + 1)
            self._feeds += tuple(self.commands[start:])
        self._feeds = outer

    def walk_redirected(self, node: Node, depth: int) -> None:
        body = node.child_by_field_name("body")
        redirects: tuple[Redirect, ...] = ()
        tails: list[Node] = []
        outer = self._stdin
        for child in node.named_children:
            if child.type == "file_redirect":
                redirects += self._read_redirects(child, depth)
            elif child.type == "herestring_redirect":
                self._stdin = "".join(word.text for word in self.read_last(child, depth))
            elif child.type == "heredoc_redirect":
                self._stdin = self._find_body(child)
                more, rest = self._split_heredoc(child, depth)
                redirects, tails = redirects + more, tails + rest
        start = len(self.commands)
        if body and body.type == "command":
            self._redirects, redirects = redirects, ()
        if body:
            self.walk(body, depth + 1)
        if redirects:
            self._redirect(body, redirects, start)
        self._stdin = outer
        self._walk_tails(tails, start, depth)

    def _read_name(self, node: Node, depth: int) -> tuple[Word, ...]:
        """Return a command's name; an ambiguous name is unknown."""
        start = len(self.commands)
        words = self.read_all(node.named_children, depth, most=1)
        runs = tuple(self.commands[start:])
        return words or (Word(self.text_of(node), known=False, runs=runs),)

    def _find_body(self, node: Node) -> str:
        """Return the text of a here-document; one that begins with a backslash is split."""
        parts = {child.type: child for child in node.named_children}
        body, start, end = map(parts.get, ("heredoc_body", "heredoc_start", "heredoc_end"))
        if body and body.end_byte > body.start_byte:
            return self.text_of(body)
        whole = self.cut_text(start.end_byte, end.start_byte) if start and end else ""
        return whole.partition("\n")[2]

    def _redirect(self, body: Node | None, redirects: tuple[Redirect, ...], start: int) -> None:
        """Apply redirections to the last command of a list; the grammar attaches them to all."""
        found = self.commands[start:]
        if found and body and body.type in {"list", "pipeline"}:
            last = self.commands[-1]
            self.commands[-1] = replace(last, redirects=last.redirects + redirects)
        else:
            self._add(Command((), self.cwd, (), redirects, tuple(found), self._stdin))

    def _read_redirects(self, node: Node, depth: int) -> tuple[Redirect, ...]:
        signs = [self.text_of(child) for child in node.children if not child.is_named]
        targets = self.read_all(node.children_by_field_name("destination"), depth)
        return tuple(Redirect(signs[0] if signs else ">", target) for target in targets)

    def _split_heredoc(self, node: Node, depth: int) -> tuple[tuple[Redirect, ...], list[Node]]:
        """Return the other redirections on the line of a here-document, and what follows."""
        redirects: tuple[Redirect, ...] = ()
        tails: list[Node] = []
        for child in node.named_children:
            if child.type == "file_redirect":
                redirects += self._read_redirects(child, depth)
            elif child.type == "heredoc_body":
                self.walk_all(child, depth + 1)
            elif not child.type.startswith("heredoc_"):
                tails.append(child)
        return redirects, tails

    def _walk_tails(self, tails: Sequence[Node], start: int, depth: int) -> None:
        outer = self._feeds
        self._feeds += tuple(self.commands[start:])
        for tail in tails:
            self.walk(tail, depth + 1)
        self._feeds = outer

    def _assign(self, node: Node, depth: int) -> tuple[str, Word]:
        name, word = self._read_assignment(node, depth)
        if word.known:
            self.keep(name, (word.text,))
        return name, word

    def _read_assignment(self, node: Node, depth: int) -> tuple[str, Word]:
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if name and name.named_child_count:
            self.walk_evaluated(name, depth + 1)
        words = self.read(value, depth + 1) if value else (Word(""),)
        word = words[0] if len(words) == 1 else Word(self.text_of(node), known=False)
        return (self.text_of(name) if name else ""), word

    def _add(self, command: Command) -> None:
        self.commands.append(command)
        texts = [word.text for word in command.words if word.text not in {"builtin", "command"}]
        if texts[:1] not in (["cd"], ["pushd"], ["popd"]):
            return
        targets = [text for text in texts[1:] if not re.fullmatch(r"-[LPe@]+|--", text)]
        known = all(word.known for word in command.words)
        folder = find_folder(targets, self.cwd) if known and texts[0] != "popd" else None
        before = self.cwd.folders if self._branches else ()
        self.cwd = replace(self.cwd, folders=tuple(dict.fromkeys((*before, folder))))


def find_folder(targets: Sequence[str], cwd: WorkingDir) -> str | None:
    """Return the folder that a `cd` to `targets` enters; None if unknown."""
    target = targets[0] if targets else cwd.home
    if target.startswith("/"):
        return target
    here = cwd.folders[0]
    return f"{here}/{target}" if here and len(cwd.folders) == 1 and target != "-" else None


def _find_changing(root: Node, source: bytes) -> frozenset[str]:
    """Return the variables that are set more than once; an empty name means all."""
    seen: set[bytes] = set()
    twice: set[bytes] = {b""} if VOLATILE.search(source) else set()
    for node in _list_nodes(root):
        field = {"variable_assignment": "name", "for_statement": "variable"}.get(node.type)
        name = node.child_by_field_name(field) if field else None
        if name:
            raw = source[name.start_byte : name.end_byte]
            (twice if raw in seen else seen).add(raw)
    return frozenset(raw.decode("utf-8", "replace") for raw in twice)


def _list_nodes(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.named_children)


RUNNING = frozenset({"command_substitution", "process_substitution", "expansion"})
Walker = Callable[[_Reader, Node, int], None]
WALKERS: dict[str, Walker] = {
    "arithmetic_expansion": _Reader.walk_evaluated,
    "command": _Reader.walk_command,
    "compound_statement": _Reader.walk_compound,
    "declaration_command": _Reader.walk_declaration,
    "file_redirect": _Reader.walk_redirect,
    "for_statement": _Reader.walk_for,
    "function_definition": _Reader.walk_function,
    "pipeline": _Reader.walk_pipeline,
    "redirected_statement": _Reader.walk_redirected,
    "test_command": _Reader.walk_evaluated,
    "unset_command": _Reader.walk_declaration,
    "variable_assignment": _Reader.walk_assignment,
}

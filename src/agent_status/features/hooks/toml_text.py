"""TOML that stays as its owner wrote it: hooks are put in and cut out of the text itself."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from agent_status.features.hooks.parts import (
    Before,
    Edit,
    Node,
    SettingsError,
    apply_edits,
    cut_parts,
    empty_node,
    find_inside,
    put_part,
)

TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*'''
    r"""|[\[\]{},\n]|[^\[\]{},\n"'#]+""",
    re.DOTALL,
)
"""All that TOML consists of, once it is known to be TOML."""
HOOKS = "hooks"
NO_END = "no line end"
"""The problem of a text whose last line has none."""

IsOurs = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Line:
    """One statement: a header, a key with its value, or a comment or blank line."""

    start: int
    end: int
    text: str

    @property
    def is_header(self) -> bool:
        """Whether a table begins here."""
        return self.text.startswith("[")

    @property
    def is_blank(self) -> bool:
        """Whether it says nothing to a program."""
        return not self.text or self.text.startswith("#")


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table that `text` holds; raise SettingsError if it is not TOML."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"it is not TOML: {error}"
        raise SettingsError(message) from error


def list_hooks(text: str) -> list[dict[str, Any]]:
    """Return the tables of the list `hooks`; raise SettingsError if it is not TOML."""
    hooks = parse_toml(text).get(HOOKS)
    return [item for item in hooks if isinstance(item, dict)] if isinstance(hooks, list) else []


def describe(text: str) -> dict[str, str]:
    """Return what the text had before entries of ours, to give it back."""
    array = _find_array(text)
    found = {HOOKS: find_inside(text, array)} if array else {}
    return found if text.endswith("\n") else found | {NO_END: ""}


def add_hooks(text: str, items: list[dict[str, str]]) -> str:
    """
    Return `text` with the items as last ones of its list `hooks`, in the form that the list has.

    Raises SettingsError if there is something else of that name.
    """
    before = parse_toml(text).get(HOOKS, [])
    new = _add_inline(text, items) if _find_array(text) else _add_tables(text, items)
    try:
        if parse_toml(new)[HOOKS] == [*before, *items]:
            return new
    except (SettingsError, TypeError):
        pass
    message = "its hooks are neither tables [[hooks]] nor a list of them"
    raise SettingsError(message)


def drop_hooks(text: str, is_ours: IsOurs, before: Before) -> str:
    """Return `text` without the items that are ours; raise SettingsError if they can't be cut."""
    wanted = parse_toml(text)
    items = wanted.pop(HOOKS, [])
    edits = [*_find_tables(text, is_ours), *_find_inline(text, is_ours, before)]
    last = max((end for _, end, _ in edits), default=0)
    left = apply_edits(text, iter(edits))
    if last == len(text) and NO_END in before:
        left = left.removesuffix("\n").removesuffix("\r")
    found = parse_toml(left)
    if found.pop(HOOKS, []) == [one for one in items if not is_ours(one)] and found == wanted:
        return left
    message = "our entries stand in it in another form than we wrote"
    raise SettingsError(message)


def _add_tables(text: str, items: list[dict[str, str]]) -> str:
    line = "\r\n" if "\r\n" in text else "\n"
    tables = [line.join(("[[hooks]]", *_render_pairs(item), "")) for item in items]
    gap = "" if not text or text.endswith("\n") else line
    return text + gap + (line if text else "") + line.join(tables)


def _add_inline(text: str, items: list[dict[str, str]]) -> str:
    for item in items:
        array = _find_array(text)
        if array:
            text = put_part(text, array, f"{{ {', '.join(_render_pairs(item))} }}")
    return text


def _render_pairs(item: dict[str, str]) -> list[str]:
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in item.items()]


def _list_lines(text: str) -> Iterator[Line]:
    depth = start = 0
    for match in TOKEN.finditer(text):
        depth += (match[0] in "[{") - (match[0] in "]}")
        if match[0] == "\n" and depth == 0:
            yield Line(start, match.end(), text[start : match.end()].strip())
            start = match.end()
    if start < len(text):
        yield Line(start, len(text), text[start:].strip())


def _find_tables(text: str, is_ours: IsOurs) -> Iterator[Edit]:
    """Yield what cuts each table of ours, with the blank line before it."""
    tables: list[list[Line]] = []
    for line in _list_lines(text):
        if line.is_header:
            tables.append([line])
        elif tables and not line.is_blank:
            tables[-1].append(line)
    for lines in tables:
        start, end = lines[0].start, lines[-1].end
        hooks = parse_toml("".join(text[one.start : one.end] for one in lines)).get(HOOKS)
        if lines[0].text.startswith("[[") and isinstance(hooks, list) and is_ours(hooks[0]):
            blank = re.search(r"(?<=\n)\r?\n\Z", text[:start])
            yield blank.start() if blank else start, end, ""


def _find_inline(text: str, is_ours: IsOurs, before: Before) -> Iterator[Edit]:
    """Yield what cuts our items out of a list that is written as `hooks = [...]`."""
    array = _find_array(text)
    gone = [bool(is_ours(part.value)) for part in array.parts] if array else []
    if array and gone and all(gone):
        yield from empty_node(text, array, before.get(HOOKS, ""))
    elif array:
        yield from cut_parts(text, array, gone)


def _find_array(text: str) -> Node | None:
    """Return the list that is written as `hooks = [...]`, if there is one."""
    for line in _list_lines(text):
        if line.is_header:
            return None
        hooks = None if line.is_blank else parse_toml(line.text).get(HOOKS)
        if isinstance(hooks, list):
            return _parse_array(text, line, hooks)
    return None


def _parse_array(text: str, line: Line, values: list[Any]) -> Node:
    spans: list[tuple[int, int]] = []
    depth = opened = closed = 0
    begun: int | None = None
    for match in TOKEN.finditer(text, line.start, line.end):
        word, at = match[0], match.start()
        depth += (word in "[{") - (word in "]}")
        if depth == 1 and word == "[":
            opened = at
        elif (depth, word) in ((0, "]"), (1, ",")):
            begun, closed = None, at
        elif depth and word.strip() and not word.startswith("#"):
            if begun is None:
                begun = at + len(word) - len(word.lstrip())
                spans.append((begun, begun))
            spans[-1] = (spans[-1][0], at + len(word.rstrip()))
    parts = (Node(start, end, value) for (start, end), value in zip(spans, values, strict=True))
    return Node(opened, closed + 1, values, tuple(parts))

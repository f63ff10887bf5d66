"""Edits JSON text in place, so everything else stays as its owner wrote it."""

import json
import re
from collections.abc import Callable, Iterator
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
    find_style,
    put_part,
)

BLANKS = re.compile(r"(?:[ \t\r\n]|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
DECODER = json.JSONDecoder()

Path = tuple[str, ...]


def parse_text(text: str) -> Node:
    """
    Return the object in `text`; raise SettingsError for anything else.

    Comments are treated as white space; the caller decides if the agent accepts them.
    """
    try:
        node = _parse_value(text, _skip(text, 0))
    except (ValueError, RecursionError, IndexError) as error:
        message = "it is not plain JSON: it may hold comments, or a comma too many"
        raise SettingsError(message) from error
    if _skip(text, node.end) != len(text) or not isinstance(node.value, dict):
        message = "it does not hold one JSON object"
        raise SettingsError(message)
    return node


def refuse_comments(text: str) -> None:
    """Raise SettingsError if `text` has comments."""
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        message = "it holds comments, and its agent cannot read those"
        raise SettingsError(message) from error


def _skip(text: str, at: int) -> int:
    match = BLANKS.match(text, at)
    return match.end() if match else at


def _parse_value(text: str, at: int) -> Node:
    if text[at] == "{":
        return _parse_object(text, at)
    if text[at] == "[":
        parts, end = _parse_parts(text, at, "]", lambda start: _parse_value(text, start))
        return Node(at, end, [part.value for part in parts], tuple(parts))
    value, end = DECODER.raw_decode(text, at)
    return Node(at, end, value)


def _parse_object(text: str, at: int) -> Node:
    keys: list[tuple[str, int]] = []

    def parse_member(start: int) -> Node:
        key, end = DECODER.raw_decode(text, start)
        colon = _skip(text, end)
        if not isinstance(key, str) or text[colon] != ":":
            raise ValueError(key)
        keys.append((key, start))
        return _parse_value(text, _skip(text, colon + 1))

    parts, end = _parse_parts(text, at, "}", parse_member)
    value = {key: part.value for (key, _), part in zip(keys, parts, strict=True)}
    return Node(at, end, value, tuple(parts), tuple(keys))


def _parse_parts(
    text: str, at: int, closing: str, parse: Callable[[int], Node]
) -> tuple[list[Node], int]:
    """Return the parts between the bracket at `at` and its `closing` one, and the end."""
    parts: list[Node] = []
    at = _skip(text, at + 1)
    while parts or text[at] != closing:
        parts.append(parse(at))
        at = _skip(text, parts[-1].end)
        if text[at] == closing:
            break
        if text[at] != ",":
            raise ValueError(text[at])
        at = _skip(text, at + 1)
    return parts, at + 1


def insert_item(text: str, path: Path, item: Any) -> str:
    """
    Return `text` with `item` appended to the list at `path`, indented like the rest.

    Missing objects and the list are created. Raises SettingsError if something else is there.
    """
    node, rest = parse_text(text), list(path)
    while rest and isinstance(node.value, dict) and (below := node.find(rest[0])):
        node = below
        rest.pop(0)
    if not isinstance(node.value, dict if rest else list):
        message = f"{'.'.join(path)} is not what the agent's manual says"
        raise SettingsError(message)
    if rest:
        item = [item]
    for key in reversed(rest[1:]):
        item = {key: item}
    return _append(text, node, item, rest[0] if rest else None)


def set_member(text: str, key: str, value: Any) -> str:
    """Return `text` with the member `key`, unless the object already has it."""
    root = parse_text(text)
    return text if root.find(key) else _append(text, root, value, key)


def _append(text: str, node: Node, item: Any, key: str | None) -> str:
    style = find_style(text, node)
    body = json.dumps(item, ensure_ascii=False, indent=None if style.flat else style.unit)
    if key is not None:
        body = f"{json.dumps(key, ensure_ascii=False)}: {body}"
    return put_part(text, node, body.replace("\n", style.line + style.inner))


def describe(text: str, key: str) -> dict[str, str]:
    """Return the content of the root, its member `key` and that member's, to restore it."""
    root = parse_text(text)
    found = {"": find_inside(text, root)}
    found |= {name: "" for name, _ in root.keys}
    if below := root.find(key):
        found[key] = find_inside(text, below)
        for name, part in zip((name for name, _ in below.keys), below.parts, strict=False):
            found[f"{key}/{name}"] = find_inside(text, part)
    return found


def drop_member(text: str, key: str, value: Any, before: Before) -> str:
    """Return `text` without the member `key`, if its value is `value`."""
    root = parse_text(text)
    gone = [name == key and part.value == value for (name, _), part in _list_members(root)]
    if gone and all(gone):
        return apply_edits(text, empty_node(text, root, before.get("", "")))
    return apply_edits(text, cut_parts(text, root, gone))


def drop_items(
    text: str, key: str, is_ours: Callable[[Any], bool], before: Before | None = None
) -> str:
    """
    Return `text` without our objects below the member `key`, and what they leave empty.

    Lists and objects that existed `before` stay, and those with comments; the rest of the text is
    unchanged.
    """
    root = parse_text(text)
    cutter = _Cutter(text, is_ours, before or {})
    return apply_edits(text, cutter.find_edits(root, "", key))


class _Cutter:
    """Finds what to cut from one text."""

    def __init__(self, text: str, is_ours: Callable[[Any], bool], before: Before) -> None:
        self._text = text
        self._is_ours = is_ours
        self._before = before

    def find_edits(self, node: Node, path: str, only: str | None = None) -> Iterator[Edit]:
        """Yield the edits that cut our items out of `node`, maybe only below the key `only`."""
        parts = _list_members(node)
        looked = [only in (None, name) for (name, _), _ in parts]
        below = [f"{path}/{name}" if path else name for (name, _), _ in parts]
        gone = [
            style and self._goes(part, at)
            for style, (_, part), at in zip(looked, parts, below, strict=True)
        ]
        if gone and all(gone):
            yield from empty_node(self._text, node, self._before.get(path, ""))
            return
        yield from cut_parts(self._text, node, gone)
        for style, goes, (_, part), at in zip(looked, gone, parts, below, strict=True):
            if style and not goes:
                yield from self.find_edits(part, at)

    def _goes(self, node: Node, path: str) -> bool:
        """Return True if `node` would be empty, and didn't exist before."""
        if isinstance(node.value, dict) and self._is_ours(node.value):
            return True
        if path in self._before or node.find_comments(self._text):
            return False
        if isinstance(node.value, dict) and isinstance(node.value.get("hooks"), list):
            inner = node.find("hooks")
            return inner is not None and self._goes(inner, f"{path}/hooks")
        return bool(node.parts) and all(
            self._goes(part, f"{path}/{name}") for (name, _), part in _list_members(node)
        )


def _list_members(node: Node) -> list[tuple[tuple[str, int], Node]]:
    """Return each part with its key, or with its index in a list."""
    keys = node.keys or tuple((str(i), 0) for i in range(len(node.parts)))
    return list(zip(keys, node.parts, strict=True))

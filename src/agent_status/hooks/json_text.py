"""JSON that stays as its owner wrote it: parts are put in and cut out of the text itself."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

BLANKS = re.compile(r"[ \t\r\n]*")
DECODER = json.JSONDecoder()
INDENT = "  "

Path = tuple[str, ...]


class SettingsError(ValueError):
    """A settings file is not what it must be to be edited; the text says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place in the text. Of an object, `keys` stand beside the `parts`."""

    start: int
    end: int
    value: Any
    parts: tuple["Node", ...] = ()
    keys: tuple[tuple[str, int], ...] = ()
    """Each key, and where in the text it starts."""

    def find(self, key: str) -> "Node | None":
        """Return the value of `key`; of a key that stands there twice, the last."""
        found = [
            part for (name, _), part in zip(self.keys, self.parts, strict=False) if name == key
        ]
        return found[-1] if found else None

    def list_spans(self) -> tuple[tuple[int, int], ...]:
        """Return from where to where each part reaches, its key included."""
        starts = [at for _, at in self.keys] or [part.start for part in self.parts]
        return tuple((at, part.end) for at, part in zip(starts, self.parts, strict=True))


def parse_text(text: str) -> Node:
    """Return the object that `text` holds; raise SettingsError for anything else."""
    try:
        node = _parse_value(text, _skip(text, 0))
    except (ValueError, RecursionError, IndexError) as error:
        message = "it is not plain JSON: it may hold comments, or a comma too many"
        raise SettingsError(message) from error
    if _skip(text, node.end) != len(text) or not isinstance(node.value, dict):
        message = "it does not hold one JSON object"
        raise SettingsError(message)
    return node


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
    """Return the parts between the bracket at `at` and its `closing` one, and where that ends."""
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
    Return `text` with `item` as the last of the list at `path`, in the indentation of its owner.

    Objects and the list are made where they lack. Raises SettingsError where something else is.
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
    """Return `text` with the member `key`, unless its object has one already."""
    root = parse_text(text)
    return text if root.find(key) else _append(text, root, value, key)


def _append(text: str, node: Node, item: Any, key: str | None) -> str:
    spans = node.list_spans()
    flat = "\n" not in (text[node.start : node.end] if spans else text)
    own = _find_indent(text, node.start)
    inner = _find_indent(text, spans[0][0]) if spans and not flat else own + _find_unit(text)
    body = json.dumps(item, ensure_ascii=False, indent=None if flat else _find_unit(text))
    if key is not None:
        body = f"{json.dumps(key, ensure_ascii=False)}: {body}"
    line = "\r\n" if "\r\n" in text else "\n"
    body = body.replace("\n", line + inner)
    if spans:
        gap = " " if flat else line + inner
        return f"{text[: spans[-1][1]]},{gap}{body}{text[spans[-1][1] :]}"
    before, after = ("", "") if flat else (line + inner, line + own)
    return f"{text[: node.start + 1]}{before}{body}{after}{text[node.end - 1 :]}"


def _find_indent(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _find_unit(text: str) -> str:
    match = re.search(r"\n([ \t]+)", text)
    return match[1] if match else INDENT


def drop_items(text: str, key: str, is_ours: Callable[[Any], bool]) -> str:
    """
    Return `text` without every object below the member `key` that is ours, and what that empties.

    A list, and an object around one, goes with the last of its items; the rest stays as it is.
    """
    root = parse_text(text)
    below = root.find(key)
    if below is None:
        return text
    if _goes(below, is_ours):
        cuts = list(_cut(root, [part is below for part in root.parts]))
    else:
        cuts = list(_find_cuts(below, is_ours))
    for start, end in sorted(cuts, reverse=True):
        text = text[:start] + text[end:]
    return text


def _find_cuts(node: Node, is_ours: Callable[[Any], bool]) -> Iterator[tuple[int, int]]:
    gone = [_goes(part, is_ours) for part in node.parts]
    yield from _cut(node, gone)
    for part, goes in zip(node.parts, gone, strict=True):
        if not goes:
            yield from _find_cuts(part, is_ours)


def _goes(node: Node, is_ours: Callable[[Any], bool]) -> bool:
    """Return whether nothing would be left of `node`."""
    if isinstance(node.value, dict) and is_ours(node.value):
        return True
    if isinstance(node.value, dict) and isinstance(node.value.get("hooks"), list):
        inner = node.find("hooks")
        return inner is not None and _goes(inner, is_ours)
    return bool(node.parts) and all(_goes(part, is_ours) for part in node.parts)


def _cut(node: Node, gone: Sequence[bool]) -> Iterator[tuple[int, int]]:
    spans = node.list_spans()
    if spans and all(gone):
        yield node.start + 1, node.end - 1
        return
    kept = False
    for i, goes in enumerate(gone):
        if goes and kept:
            yield spans[i - 1][1], spans[i][1]
        elif goes:
            yield spans[i][0], spans[i + 1][0]
        kept = kept or not goes

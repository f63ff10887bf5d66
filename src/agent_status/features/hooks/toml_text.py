"""Edits TOML text in place, so everything else stays as its owner wrote it."""

import json
import re
import tomllib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import tomlkit
from tomlkit.items import Array

from agent_status.features.hooks.parts import Before, SettingsError

HOOKS = "hooks"
NO_END = "no line end"
"""The problem of a text whose last line has none."""
HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
"""Where a table may begin; a line of a list may look the same."""
TABLE = re.compile(r"""^\[\[[ \t]*(?:"hooks"|'hooks'|hooks)[ \t]*\]\]""", re.MULTILINE)
BLANK = re.compile(r"(?<=\n)\r?\n\Z")
TAIL = re.compile(r"(?:^[ \t]*(?:#.*)?\r?\n|^[ \t]*#.*\Z)+\Z", re.MULTILINE)
"""Comments and blank lines before the next table: they are not of the one above."""

IsOurs = Callable[[Any], object]


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
    """Return what the text contained before our entries, to restore it."""
    array = _open(_split_head(text)[0]).get(HOOKS)
    found = {HOOKS: "" if array else array.as_string()[1:-1]} if isinstance(array, Array) else {}
    return found if text.endswith("\n") else found | {NO_END: ""}


def add_hooks(text: str, items: list[dict[str, str]]) -> str:
    """
    Return `text` with the items appended to its list `hooks`, in the form that the list has.

    Raises SettingsError if something else has that name.
    """
    before = parse_toml(text).get(HOOKS, [])
    head, rest = _split_head(text)
    if HOOKS in parse_toml(head):
        new = _edit_array(head, lambda document: _extend(document, items)) + rest
    else:
        new = _add_tables(text, items)
    with suppress(SettingsError, TypeError):
        if parse_toml(new)[HOOKS] == [*before, *items]:
            return new
    message = "its hooks are neither tables [[hooks]] nor a list of them"
    raise SettingsError(message)


def drop_hooks(text: str, is_ours: IsOurs, before: Before) -> str:
    """Return `text` without our items; raise SettingsError if they can't be cut."""
    wanted = parse_toml(text)
    items = wanted.pop(HOOKS, [])
    head, rest = _split_head(text)
    if any(map(is_ours, list_hooks(head))):
        left = _edit_array(head, lambda document: _cut(document, is_ours, before.get(HOOKS))) + rest
    else:
        left = _drop_tables(text, is_ours, before)
    found = parse_toml(left)
    if found.pop(HOOKS, []) == [one for one in items if not is_ours(one)] and found == wanted:
        return left
    message = "our entries stand in it in another form than we wrote"
    raise SettingsError(message)


def _split_head(text: str) -> tuple[str, str]:
    """Return the text before the first table, and the rest."""
    for match in HEADER.finditer(text):
        with suppress(SettingsError):
            parse_toml(text[: match.start()])
            return text[: match.start()], text[match.start() :]
    return text, ""


def _open(head: str) -> tomlkit.TOMLDocument:
    """Return the document if it can be edited and written back; raise SettingsError otherwise."""
    with suppress(ValueError, RecursionError):
        document = tomlkit.parse(head)
        if document.as_string() == head:
            return document
    message = "it is written in a way that can't be edited safely"
    raise SettingsError(message)


def _edit_array(head: str, edit: Callable[[tomlkit.TOMLDocument], object]) -> str:
    """Return `head` with its list `hooks` edited."""
    is_dos = 0 < head.count("\n") == head.count("\r\n")
    document = _open(head.replace("\r\n", "\n") if is_dos else head)
    if isinstance(document[HOOKS], Array):
        edit(document)
    text = document.as_string()
    return text.replace("\n", "\r\n") if is_dos else text


def _extend(document: tomlkit.TOMLDocument, items: list[dict[str, str]]) -> None:
    for item in items:
        table = tomlkit.inline_table()
        table.update(item)
        document[HOOKS].append(table)


def _cut(document: tomlkit.TOMLDocument, is_ours: IsOurs, inside: str | None) -> None:
    """Remove our items; restore an emptied list unless comments were added."""
    array = document[HOOKS]
    for index in reversed(range(len(array))):
        if is_ours(array[index]):
            del array[index]
    if not array and inside is not None and inside.count("#") == array.as_string().count("#"):
        document[HOOKS] = tomlkit.value(f"[{inside}]".replace("\r\n", "\n"))


def _add_tables(text: str, items: list[dict[str, str]]) -> str:
    line = "\r\n" if "\r\n" in text else "\n"
    tables = [line.join(("[[hooks]]", *_render_pairs(item), "")) for item in items]
    gap = "" if not text or text.endswith("\n") else line
    return text + gap + (line if text else "") + line.join(tables)


def _render_pairs(item: dict[str, str]) -> list[str]:
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in item.items()]


def _drop_tables(text: str, is_ours: IsOurs, before: Before) -> str:
    """Return `text` without our tables, and the blank line before each."""
    spans = [_find_table(text, match) for match in TABLE.finditer(text)]
    ours = [(start, end) for start, end in spans if _holds_ours(text[start:end], is_ours)]
    left = text
    for start, end in reversed(ours):
        blank = BLANK.search(text, 0, start)
        left = left[: blank.start() if blank else start] + left[end:]
    if ours and ours[-1][1] == len(text) and NO_END in before:
        return left.removesuffix("\n").removesuffix("\r")
    return left


def _find_table(text: str, header: re.Match[str]) -> tuple[int, int]:
    following = HEADER.search(text, header.end())
    end = following.start() if following else len(text)
    tail = TAIL.search(text, header.end(), end)
    return header.start(), tail.start() if tail else end


def _holds_ours(table: str, is_ours: IsOurs) -> bool:
    with suppress(SettingsError):
        return bool(is_ours(parse_toml(table)[HOOKS][0]))
    return False

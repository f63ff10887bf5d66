"""How agents write hooks down: in JSON, in TOML, or as a file of their own."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

from agent_status.hooks.json_text import (
    SettingsError,
    drop_items,
    insert_item,
    parse_text,
    set_member,
)

OURS = re.compile(r"\bagent[-_]status['\"]? event\b")
"""Stands in each command of ours, wherever the program lies, and tells it from anybody else's."""

Entry = tuple[str, str]
"""An event, and the command that it runs."""


class Form(Protocol):
    """One way to write hooks down; every method raises SettingsError for what it cannot edit."""

    def list_ours(self, text: str) -> frozenset[Entry]:
        """Return our entries in `text`."""

    def add(self, text: str, events: tuple[str, ...], command: str) -> str:
        """Return `text` with an entry of ours for each event; there must be none yet."""

    def drop(self, text: str) -> str:
        """Return `text` without our entries; empty if they were all that it was made for."""


@dataclass(frozen=True, slots=True)
class JsonLists:
    """
    An object `hooks` with a list for each event, as most agents have it.

    `item` makes what is listed from a command; `fresh` are members that a new file needs.
    """

    item: Callable[[str], Mapping[str, Any]]
    fresh: Mapping[str, Any] = field(default_factory=dict)

    def list_ours(self, text: str) -> frozenset[Entry]:
        """Return our entries in `text`."""
        hooks = parse_text(text or "{}").value.get("hooks")
        return frozenset(
            (event, command)
            for event, items in (hooks.items() if isinstance(hooks, dict) else ())
            for command in find_commands(items)
        )

    def add(self, text: str, events: tuple[str, ...], command: str) -> str:
        """Return `text` with one item an event."""
        text = self._begin(text)
        for event in events:
            text = insert_item(text, ("hooks", event), self.item(command))
        return text

    def drop(self, text: str) -> str:
        """Return `text` without our items."""
        text = drop_items(text, "hooks", lambda item: bool(find_own(item)))
        left = parse_text(text).value
        return "" if left in ({}, dict(self.fresh)) else text

    def _begin(self, text: str) -> str:
        text = text if text.strip() else "{}\n"
        for key, value in self.fresh.items():
            text = set_member(text, key, value)
        return text


@dataclass(frozen=True, slots=True)
class JsonSubscriptions:
    """A list `hooks` of commands, each with the events that it wants."""

    def list_ours(self, text: str) -> frozenset[Entry]:
        """Return our entries in `text`."""
        hooks = parse_text(text or "{}").value.get("hooks")
        items = (
            [item for item in hooks if isinstance(item, dict)] if isinstance(hooks, list) else []
        )
        return frozenset(
            (event, command)
            for item in items
            for command in find_commands(item)
            for event in _name_events(item.get("events"))
        )

    def add(self, text: str, events: tuple[str, ...], command: str) -> str:
        """Return `text` with one item for all events."""
        item = {"command": ["sh", "-c", command], "events": list(events)}
        return insert_item(text if text.strip() else "{}\n", ("hooks",), item)

    def drop(self, text: str) -> str:
        """Return `text` without our items."""
        text = drop_items(text, "hooks", lambda item: bool(find_own(item)))
        return "" if parse_text(text).value == {} else text


def find_own(item: Any) -> str:
    """Return the command in `item` itself if it is one of ours."""
    found = [item.get(key) for key in ("command", "bash")] if isinstance(item, dict) else []
    texts = [one[-1] if isinstance(one, list) and one else one for one in found]
    return next((text for text in texts if isinstance(text, str) and OURS.search(text)), "")


def _name_events(value: Any) -> tuple[str, ...]:
    """Return the events that an entry is for; of one that names none, an empty name."""
    names = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    return tuple(names) or ("",)


def find_commands(value: Any) -> Iterator[str]:
    """Yield every command of ours at or below `value`."""
    if command := find_own(value):
        yield command
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in below:
        yield from find_commands(part)


TABLE = re.compile(r"(?m)^[ \t]*\[.*$")
LAST = re.compile(r"(?m)^[ \t]*[^\s#\[].*\n?")


@dataclass(frozen=True, slots=True)
class TomlTables:
    """A table `[[hooks]]` for each event, at the end of the file."""

    def list_ours(self, text: str) -> frozenset[Entry]:
        """Return our entries in `text`."""
        hooks = parse_toml(text).get("hooks")
        items = (
            [item for item in hooks if isinstance(item, dict)] if isinstance(hooks, list) else []
        )
        return frozenset(
            (event, find_own(item))
            for item in items
            if find_own(item)
            for event in _name_events([item.get("event")])
        )

    def add(self, text: str, events: tuple[str, ...], command: str) -> str:
        """Return `text` with one table an event."""
        said = json.dumps(command, ensure_ascii=False)
        tables = [f'[[hooks]]\nevent = "{event}"\ncommand = {said}\n' for event in events]
        gap = "" if not text or text.endswith("\n") else "\n"
        new = text + gap + ("\n" if text else "") + "\n".join(tables)
        entries = [{"event": event, "command": command} for event in events]
        parse_toml(text)
        with suppress(SettingsError):
            if parse_toml(new).get("hooks", [])[-len(events) :] == entries:
                return new
        message = "its hooks are not tables [[hooks]]: write them as such first"
        raise SettingsError(message)

    def drop(self, text: str) -> str:
        """Return `text` without our tables."""
        for start, end in reversed(list(_find_tables(text))):
            text = text[:start] + text[end:]
        if self.list_ours(text):
            message = "our entries stand in it in another form than we wrote them"
            raise SettingsError(message)
        return text


def _find_tables(text: str) -> Iterator[tuple[int, int]]:
    """Yield from where to where each table of ours reaches, the blank line before it included."""
    heads = [match.start() for match in TABLE.finditer(text)]
    for start, end in pairwise([*heads, len(text)]):
        lines = list(LAST.finditer(text, start, end))
        if text[start:].lstrip().startswith("[[hooks]]") and lines and OURS.search(text[start:end]):
            blank = text.endswith("\n\n", 0, start)
            yield start - blank, lines[-1].end()


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table that `text` holds; raise SettingsError if it is not TOML."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"it is not TOML: {error}"
        raise SettingsError(message) from error


PLUGIN = """\
// Wakes agent-status when something happens here: agent-status hooks remove %s takes it away.
import { spawn } from "node:child_process"

const EVENTS = new Set(%s)
const COMMAND = %s

export const AgentStatus = async () => ({
  event: async ({ event }) => {
    if (!EVENTS.has(event?.type)) return
    try {
      spawn("sh", ["-c", COMMAND], { stdio: "ignore" }).on("error", () => {}).unref()
    } catch {}
  },
})
"""
PARTS = re.compile(r'EVENTS = new Set\((?P<events>\[.*\])\)\nconst COMMAND = (?P<command>".*")\n')


@dataclass(frozen=True, slots=True)
class Plugin:
    """A file of JavaScript that is ours alone."""

    kind: str

    def list_ours(self, text: str) -> frozenset[Entry]:
        """Return what our file holds."""
        if not text:
            return frozenset()
        match, events, command = PARTS.search(text), [], ""
        with suppress(ValueError, RecursionError):
            if match:
                events, command = json.loads(match["events"]), json.loads(match["command"])
        if not OURS.search(command):
            message = "it is not a file of ours, or not as we wrote it"
            raise SettingsError(message)
        return frozenset((event, command) for event in _name_events(events))

    def add(self, text: str, events: tuple[str, ...], command: str) -> str:  # noqa: ARG002
        """Return the whole file."""
        said = json.dumps(command, ensure_ascii=False)
        return PLUGIN % (self.kind, json.dumps(events), said)

    def drop(self, text: str) -> str:  # noqa: ARG002
        """Return nothing: the file goes."""
        return ""

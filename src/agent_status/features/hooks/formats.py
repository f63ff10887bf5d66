"""The formats in which agents write hooks: JSON, TOML, or a file of their own."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent_status.features.hooks import json_text, toml_text
from agent_status.features.hooks.parts import COMMENT, Before, SettingsError

OURS = re.compile(r"\bagent[-_]status['\"]? event\b")
"""Stands in each command of ours, wherever the program lies, and tells it from anybody else's."""
HOOKS = "hooks"

Entry = tuple[str, str]
"""An event, and the command that it runs."""


class SettingsFormat(Protocol):
    """One format of hooks. Every method raises SettingsError for text it can't edit."""

    def list_ours(self, text: str) -> tuple[Entry, ...]:
        """Return our entries in `text`, duplicates included."""

    def add(self, text: str, events: tuple[str, ...], command: str) -> str:
        """Return `text` with one of our entries per event; it must have none yet."""

    def describe(self, text: str) -> Before:
        """Return what `drop` must know about `text` before our entries are added."""

    def drop(self, text: str, before: Before | None = None) -> str:
        """Return `text` without our entries, and without containers that only they filled."""

    def is_bare(self, text: str) -> bool:
        """Return True if `text` holds nothing that someone else wrote."""


@dataclass(frozen=True, slots=True)
class Json:
    """
    An object with a member `hooks`.

    `comments` is True if the agent accepts comments.
    """

    comments: bool = field(default=False, kw_only=True)
    fresh: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    """Members that a new file needs."""

    def describe(self, text: str) -> Before:
        """Return the lists and objects that exist, and the content of empty ones."""
        return json_text.describe(text, HOOKS)

    def drop(self, text: str, before: Before | None = None) -> str:
        """Return `text` without our items."""
        text = json_text.drop_items(text, HOOKS, lambda item: bool(find_command(item)), before)
        for key in self.fresh if before else ():
            if before and key not in before:
                text = json_text.drop_member(text, key, self.fresh[key], before)
        return text

    def is_bare(self, text: str) -> bool:
        """Return True if the object only has the members of a new file."""
        bare = json_text.parse_text(text).value in ({}, dict(self.fresh))
        return bare and not COMMENT.search(text)

    def _read_hooks(self, text: str) -> Any:
        text = text if text.strip() else "{}"
        found = json_text.parse_text(text).value.get(HOOKS)
        if not self.comments:
            json_text.refuse_comments(text)
        return found

    def _begin(self, text: str) -> str:
        text = text if text.strip() else "{}\n"
        for key, value in self.fresh.items():
            text = json_text.set_member(text, key, value)
        return text


@dataclass(frozen=True, slots=True)
class JsonLists(Json):
    """
    An object `hooks` with a list per event, as most agents have it.

    `item` makes a list item from a command.
    """

    item: Callable[[str], Mapping[str, Any]]

    def list_ours(self, text: str) -> tuple[Entry, ...]:
        """Return our entries in `text`."""
        hooks = self._read_hooks(text)
        return tuple(
            (event, command)
            for event, items in (hooks.items() if isinstance(hooks, dict) else ())
            for command in find_commands(items)
        )

    def add(self, text: str, events: tuple[str, ...], command: str) -> str:
        """Return `text` with one item per event."""
        text = self._begin(text)
        for event in events:
            text = json_text.insert_item(text, (HOOKS, event), self.item(command))
        return text


@dataclass(frozen=True, slots=True)
class JsonSubscriptions(Json):
    """A list `hooks` of commands, each with its events."""

    def list_ours(self, text: str) -> tuple[Entry, ...]:
        """Return our entries in `text`."""
        hooks = self._read_hooks(text)
        items = (
            [item for item in hooks if isinstance(item, dict)] if isinstance(hooks, list) else []
        )
        return tuple(
            (event, command)
            for item in items
            for command in find_commands(item)
            for event in _name_events(item.get("events"))
        )

    def add(self, text: str, events: tuple[str, ...], command: str) -> str:
        """Return `text` with one item for all events."""
        item = {"command": ["sh", "-c", command], "events": list(events)}
        return json_text.insert_item(self._begin(text), (HOOKS,), item)


def find_command(item: Any) -> str:
    """Return the command in `item` if it is ours."""
    found = [item.get(key) for key in ("command", "bash")] if isinstance(item, dict) else []
    texts = [one[-1] if isinstance(one, list) and one else one for one in found]
    return next((text for text in texts if isinstance(text, str) and OURS.search(text)), "")


def _name_events(value: Any) -> tuple[str, ...]:
    """Return the events of an entry; one empty name if it has none."""
    names = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    return tuple(names) or ("",)


def find_commands(value: Any) -> Iterator[str]:
    """Yield every command of ours at or below `value`."""
    if command := find_command(value):
        yield command
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in below:
        yield from find_commands(part)


@dataclass(frozen=True, slots=True)
class TomlTables:
    """A `[[hooks]]` table per event at the end of the file, or an item of `hooks = [...]`."""

    def list_ours(self, text: str) -> tuple[Entry, ...]:
        """Return our entries in `text`."""
        return tuple(
            (event, find_command(item))
            for item in toml_text.list_hooks(text)
            if find_command(item)
            for event in _name_events([item.get("event")])
        )

    def add(self, text: str, events: tuple[str, ...], command: str) -> str:
        """Return `text` with one table per event."""
        items = [{"event": event, "command": command} for event in events]
        return toml_text.add_hooks(text, items)

    def describe(self, text: str) -> Before:
        """Return True if there was a list, its content, and how the last line ended."""
        return toml_text.describe(text)

    def drop(self, text: str, before: Before | None = None) -> str:
        """Return `text` without our tables."""
        return toml_text.drop_hooks(text, find_command, before or {})

    def is_bare(self, text: str) -> bool:
        """Return True if the file is empty."""
        return not text.strip()


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
    """A JavaScript file that is entirely ours."""

    kind: str

    def list_ours(self, text: str) -> tuple[Entry, ...]:
        """Return the entries in our file."""
        if not text.strip():
            return ()
        match, events, command = PARTS.search(text), [], ""
        with suppress(ValueError, RecursionError):
            if match:
                events, command = json.loads(match["events"]), json.loads(match["command"])
        if not OURS.search(command):
            message = "it is not a file of ours, or not as we wrote it"
            raise SettingsError(message)
        return tuple((event, command) for event in _name_events(events))

    def add(self, text: str, events: tuple[str, ...], command: str) -> str:  # noqa: ARG002
        """Return the whole file."""
        quoted = json.dumps(command, ensure_ascii=False)
        return PLUGIN % (self.kind, json.dumps(events), quoted)

    def describe(self, text: str) -> Before:  # noqa: ARG002
        """Return nothing: there is nothing to restore."""
        return {}

    def drop(self, text: str, before: Before | None = None) -> str:  # noqa: ARG002
        """Return nothing: the file is deleted."""
        return ""

    def is_bare(self, text: str) -> bool:
        """Return True if the file is empty."""
        return not text.strip()

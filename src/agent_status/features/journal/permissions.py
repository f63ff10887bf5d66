"""Standing permissions: answers that ended further requests, and what they let through. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent_status.features.journal.entry import Kind, LogEntry
from agent_status.model import CallEnd, CallKind, Grade, Option
from agent_status.model.choice import is_lasting

ANSWERED = frozenset({"approval", "plan", "setup"})
"""Requests whose answer can allow more than what is asked."""
PARTS = re.compile(r"&&|\|\||[;|\n]")
SETS = re.compile(r"^(?:\w+=\S*\s+)+")
"""Variables in front of a program."""
BESIDE = frozenset({"", "cd", "sudo", "env", "time", "nohup"})
"""Words that are no program of their own."""


@dataclass(frozen=True, slots=True)
class Permission:
    """An answer that ended further requests, and the calls after it that nobody was asked for."""

    answer: LogEntry
    calls: tuple[LogEntry, ...] = ()

    @property
    def label(self) -> str:
        """The option's own words."""
        return str(self.answer.facts.get("label") or "")

    @property
    def about(self) -> str:
        """The command or file of the request, or its question."""
        facts = self.answer.facts
        return str(facts.get("command") or facts.get("file") or facts.get("question") or "")

    @property
    def dangerous(self) -> int:
        """So many of the calls are dangerous."""
        return sum(one.facts.get("grade") == Grade.DANGEROUS for one in self.calls)

    def count_commands(self) -> list[tuple[str, int]]:
        """Return what the calls ran or changed, and how often, the most frequent first."""
        return Counter(map(name_call, self.calls)).most_common()


def find_permissions(entries: Sequence[LogEntry]) -> tuple[Permission, ...]:
    """Return the standing permissions in the journal's entries, the oldest first."""
    calls = [one for one in entries if one.kind is Kind.RAN and _is_unasked(one)]
    return tuple(
        Permission(one, tuple(call for call in calls if _allows(one, call)))
        for one in entries
        if one.kind is Kind.ANSWER and _is_lasting(one)
    )


def name_call(call: LogEntry) -> str:
    """Return a call's command, its files or its tool."""
    paths = call.facts.get("paths")
    files = " ".join(map(str, paths)) if isinstance(paths, list) else ""
    return str(call.facts.get("command") or files or call.facts.get("tool") or "")


def find_programs(command: str) -> frozenset[str]:
    """Return the names of the programs that a shell line runs, as far as its words show them."""
    parts = (SETS.sub("", part.strip()).split() for part in PARTS.split(command))
    words = (next((word for word in part if word not in BESIDE), "") for part in parts)
    names = (word.strip("\"'()").rsplit("/", 1)[-1] for word in words)
    return frozenset(filter(None, names))


def _is_unasked(call: LogEntry) -> bool:
    return call.facts.get("asked") is False and call.facts.get("end") != CallEnd.DENIED


def _is_lasting(answer: LogEntry) -> bool:
    facts = answer.facts
    label = Option("", str(facts.get("label") or ""))
    return bool(facts.get("sent")) and facts.get("ask_kind") in ANSWERED and is_lasting(label)


def _allows(answer: LogEntry, call: LogEntry) -> bool:
    """Return True if a call came after an answer, in its place, and is of the same kind."""
    facts = answer.facts
    there = (answer.folder or call.folder) == call.folder and answer.server == call.server
    if not (there and call.agent == answer.agent and call.at > answer.at):
        return False
    if facts.get("command"):
        known = find_programs(str(facts["command"]))
        return bool(known & find_programs(str(call.facts.get("command") or "")))
    return not facts.get("file") or call.facts.get("does") == CallKind.WRITE


def render_permissions(found: Iterable[Permission]) -> list[dict[str, object]]:
    """Return the permissions as JSON data."""
    return [
        {
            "at": round(one.answer.at, 3),
            "who": str(one.answer.facts.get("who") or ""),
            "server": one.answer.server,
            "pane": one.answer.pane,
            "place": one.answer.place,
            "agent": one.answer.agent,
            "folder": one.answer.folder,
            "label": one.label,
            "about": one.about,
            "calls": len(one.calls),
            "dangerous": one.dangerous,
            "commands": [{"command": words, "count": n} for words, n in one.count_commands()],
        }
        for one in found
    ]

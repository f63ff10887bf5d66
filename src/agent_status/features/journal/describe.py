"""Journal entries as text for people, and the times that people type."""

import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from agent_status.features.journal.entry import Kind, LogEntry
from agent_status.model import CallKind, clip_text, describe_outcome
from agent_status.model.plain import clean_text, reveal_text

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
SPAN = re.compile(r"(\d{1,9})\s*([smhdw])")
WORDS = 200
NAMES = {
    "states": Kind.STATE,
    "asks": Kind.ASK,
    "answers": Kind.ANSWER,
    "reviews": Kind.REVIEW,
    "notes": Kind.NOTE,
    "unattended": Kind.UNATTENDED,
    "ran": Kind.RAN,
    "modes": Kind.MODE,
}
"""What the command line calls each kind of entry."""


def parse_since(text: str, now: float) -> float:
    """
    Return the Unix time of `text`: `2h` before `now`, or a local day or time.

    Raises ValueError for anything else.
    """
    found = SPAN.fullmatch(text.strip())
    if found:
        return now - int(found[1]) * UNITS_S[found[2]]
    return datetime.fromisoformat(text.strip()).timestamp()


def render_log(entries: Iterable[LogEntry]) -> str:
    """Return one line per entry, without terminal sequences."""
    rows = [
        (
            time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.at)),
            entry.pane,
            entry.place,
            entry.agent,
            entry.kind.value,
            describe(entry),
        )
        for entry in entries
    ]
    clean = [tuple(clean_text(cell) for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*clean, strict=True)][:-1]
    lines = (
        "  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=False)] + [row[-1]])
        for row in clean
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def describe(entry: LogEntry) -> str:
    """Return an entry's facts on one line; pane text is verbatim, but inert."""
    return clip_text(reveal_text(DESCRIBE[entry.kind](dict(entry.facts))), WORDS)


def _describe_state(facts: dict[str, Any]) -> str:
    reason = f": {facts['reason']}" if facts.get("reason") else ""
    return f"{facts.get('from', '')} → {facts.get('to', '')}{reason}"


def _describe_ask(facts: dict[str, Any]) -> str:
    ask = facts.get("ask")
    found = ask if isinstance(ask, dict) else {}
    grade = f" ({facts['grade']})" if facts.get("grade") else ""
    return f"{found.get('kind', '')}{grade}: {_name(found)}"


def _describe_answer(facts: dict[str, Any]) -> str:
    choice = " ".join(str(facts.get(name) or "") for name in ("choice", "label")).strip()
    answer = choice or facts.get("sent") or facts.get("words") or ""
    who = f" by {facts['who']}" if facts.get("who") else ""
    about = _name(facts)
    return f"{answer} [{facts.get('outcome', '')}]{who}" + (f": {about}" if about else "")


def _describe_review(facts: dict[str, Any]) -> str:
    files, added, removed = (facts.get(name) or 0 for name in ("files", "added", "removed"))
    return f"looked at {files} files, +{added} -{removed}" if files else "looked at its result"


def _describe_note(facts: dict[str, Any]) -> str:
    return clean_text(str(facts.get("text") or "(taken away)"))


def _describe_unattended(facts: dict[str, Any]) -> str:
    about = _name(facts)
    return f"{facts.get('words', '')}" + (f": {about}" if about else "")


def _describe_ran(facts: dict[str, Any]) -> str:
    if facts.get("more"):
        return f"and {facts['more']} more in this minute"
    asked = {True: "you were asked", False: "nobody asked"}.get(facts.get("asked") is True)
    known = asked if isinstance(facts.get("asked"), bool) else ""
    kind, end, status = (
        str(facts.get("does")),
        str(facts.get("end") or ""),
        facts.get("exit_status"),
    )
    verb, outcome = describe_outcome(kind, end, facts.get("failed"), status)
    notes = ", ".join(filter(None, (str(facts.get("grade") or ""), known, outcome)))
    paths = facts.get("paths")
    named = " ".join(map(str, paths)) if isinstance(paths, list) else ""
    tool = facts.get("tool") if facts.get("does") == CallKind.OTHER else ""
    words = " ".join(str(one) for one in (tool, facts.get("command") or named) if one)
    return f"{verb} ({notes}): {words or facts.get('tool') or ''}"


def _describe_mode(facts: dict[str, Any]) -> str:
    before = f"{facts['from']} → " if facts.get("from") else ""
    return f"{before}{facts.get('to', '')}"


def _name(ask: dict[str, Any]) -> str:
    """Return what a request is about: the command or file before the question."""
    return str(ask.get("command") or ask.get("file") or ask.get("question") or "")


DESCRIBE: dict[Kind, Callable[[dict[str, Any]], str]] = {
    Kind.STATE: _describe_state,
    Kind.ASK: _describe_ask,
    Kind.ANSWER: _describe_answer,
    Kind.REVIEW: _describe_review,
    Kind.NOTE: _describe_note,
    Kind.UNATTENDED: _describe_unattended,
    Kind.RAN: _describe_ran,
    Kind.MODE: _describe_mode,
}

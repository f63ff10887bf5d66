"""What happened to an agent since the user looked: facts only, each with its time and source."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_status.features.review.compare import Touched
from agent_status.features.review.describe import render_path
from agent_status.features.review.policy import describe_changes
from agent_status.features.review.turns import Turn
from agent_status.model import CallEnd, Changes, Grade
from agent_status.model.attention import render_duration
from agent_status.model.plain import show_name
from agent_status.protocol.messages import LogRow
from agent_status.protocol.rows import AgentRow

MAX_LINES = 30
"""Of a section; the rest is counted."""
MAX_FILES = 200
TROUBLE = frozenset({"error", "limited", "stuck"})
GRADES = (Grade.DANGEROUS, Grade.WRITES, Grade.HARMLESS)


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact in words, verbatim where it quotes; `at` is in Unix seconds, 0 if it has no time."""

    words: str
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Section:
    """Facts of one kind, the oldest first, and where they come from."""

    name: str
    source: str
    facts: tuple[Fact, ...] = ()
    more: int = 0
    """Facts that were left out."""


@dataclass(frozen=True, slots=True)
class SinceInput:
    """All that is known of an agent."""

    row: AgentRow
    since: float = 0.0
    turns: Sequence[Turn] = ()
    entries: Sequence[LogRow] = ()
    """Of its pane in the journal, in any order."""
    touched: Sequence[Touched] = ()
    """The files that wait for review."""
    message: str = ""
    """Its last message, whole."""
    troubles: Mapping[str, str] = field(default_factory=dict)
    """Why a source says nothing, by the name of its section."""


def find_first(entries: Iterable[LogRow]) -> float:
    """Return when the journal first saw the present agent of a pane; 0 if that is unknown."""
    begins = (
        one.at for one in entries if one.kind == "state" and one.facts.get("from") in {"", "none"}
    )
    return max(begins, default=0.0)


def build_sections(given: SinceInput) -> tuple[Section, ...]:
    """Return the sections with facts, in the order in which a reader needs them."""
    entries = sorted((one for one in given.entries if one.at > given.since), key=lambda one: one.at)
    row = given.row
    message = (Fact(line) for line in given.message.splitlines())
    found = (
        _make("asks now", "screen", _list_asked(row), MAX_FILES),
        _make("turns", "session file, git", _list_turns(given)),
        _make("decided", "journal", _pick(entries, "answer", "unattended")),
        *(_make(name, "journal", facts) for name, facts in _list_ran(entries)),
        _make("trouble", "journal", _list_trouble(entries)),
        _make("plan", "journal", _list_plans(entries)),
        _make("files", "git", _list_files(row.changes, given.touched), MAX_FILES),
        _make("checks", "checks", map(Fact, _list_facet(row, "checks"))),
        _make("last message", "session file", message, len(given.message)),
    )
    silent = (Section(name, words) for name, words in given.troubles.items())
    return (*(one for one in found if one.facts), *silent)


def find_plan(entries: Iterable[LogRow]) -> tuple[str, float]:
    """Return the last plan that was shown, verbatim, and when; empty without one."""
    plans = [one for one in entries if one.kind == "ask" and _read_ask(one).get("kind") == "plan"]
    last = max(plans, key=lambda one: one.at, default=None)
    if last is None:
        return "", 0.0
    ask = _read_ask(last)
    return str(ask.get("text") or ask.get("question") or ""), last.at


def _make(name: str, source: str, facts: Iterable[Fact], most: int = MAX_LINES) -> Section:
    """Return a section with the last facts."""
    every = tuple(facts)
    return Section(name, source, every[-most:] if most else (), max(0, len(every) - most))


def _list_asked(row: AgentRow) -> Iterator[Fact]:
    ask = row.ask
    if ask is None:
        return
    about = (ask.question, ask.command, ask.subject, ask.file)
    for words in dict.fromkeys(filter(None, about)):
        yield Fact(words, row.since if words == ask.question else 0.0)
    for option in ask.options:
        yield Fact(f"{option.key}  {option.label}")


def _list_turns(given: SinceInput) -> Iterator[Fact]:
    for turn in given.turns:
        if turn.ended_at > given.since and turn.pane == given.row.pane:
            counts = Changes(files=turn.files, added=turn.added, removed=turn.removed)
            changed = describe_changes(counts) if turn.files else "changed nothing"
            took = render_duration(max(0.0, turn.ended_at - turn.began_at))
            yield Fact(f"{turn.prompt or '(no prompt known)'} · {changed}, {took}", turn.ended_at)


def _list_ran(entries: Sequence[LogRow]) -> Iterator[tuple[str, list[Fact]]]:
    """Yield what ran without a request, the gravest first; what is harmless is only counted."""
    calls = [one for one in entries if one.kind == "ran"]
    ran = [one for one in calls if one.facts.get("end") != CallEnd.DENIED]
    for grade in GRADES:
        facts = [Fact(one.words, one.at) for one in ran if one.facts.get("grade") == grade]
        if grade is Grade.HARMLESS:
            facts = [Fact(f"{len(facts)} harmless calls")] if facts else []
        yield f"ran, {grade.value}", facts
    yield "denied", [Fact(one.words, one.at) for one in calls if one not in ran]
    yield "ran", [Fact(one.words, one.at) for one in ran if not one.facts.get("grade")]


def _list_trouble(entries: Sequence[LogRow]) -> Iterator[Fact]:
    states = (one for one in entries if one.kind == "state" and one.facts.get("to") in TROUBLE)
    return (Fact(one.words, one.at) for one in states)


def _list_plans(entries: Sequence[LogRow]) -> Iterator[Fact]:
    """Yield when a plan was shown, and how it was answered."""
    for one in entries:
        if one.kind == "ask" and _read_ask(one).get("kind") == "plan":
            yield Fact("shown; P, or --plan, prints it", one.at)
        elif one.kind == "answer" and one.facts.get("ask_kind") == "plan":
            yield Fact(f"answered: {one.words}", one.at)


def _list_files(changes: Changes, touched: Sequence[Touched]) -> Iterator[Fact]:
    """Yield the files that wait for review, delicate ones first, each with its lines."""
    for risk in changes.risks:
        yield Fact(f"delicate: {risk}")
    paths = [(render_path(one.path), one) for one in touched]
    delicate = {path for path, _ in paths if any(path in risk for risk in changes.risks)}
    for path, one in sorted(paths, key=lambda pair: pair[0] not in delicate):
        yield Fact(f"{one.status} {show_name(path)} +{one.added} -{one.removed}")


def _list_facet(row: AgentRow, name: str) -> tuple[str, ...]:
    facet = row.facets.get(name)
    return (facet.lines or (facet.words,)) if facet else ()


def _pick(entries: Sequence[LogRow], *kinds: str) -> Iterator[Fact]:
    return (Fact(one.words, one.at) for one in entries if one.kind in kinds)


def _read_ask(entry: LogRow) -> Mapping[str, Any]:
    ask = entry.facts.get("ask")
    return ask if isinstance(ask, Mapping) else {}

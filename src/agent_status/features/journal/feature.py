"""Daemon plug-in that keeps the journal, and adds the user's notes to the sightings."""

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent_status.errors import RefusedError
from agent_status.features.base import Feature, Op
from agent_status.features.journal.calls import NO_CALLS, CallLog, advance_calls, give_up_calls
from agent_status.features.journal.describe import describe
from agent_status.features.journal.entry import (
    NO_NOTE,
    Note,
    NoteKey,
    find_verdict,
    make_ask_entry,
    make_mode_entry,
    make_note_entry,
    make_refusal_entry,
    make_review_entry,
    make_seen_answer_entry,
    make_state_entry,
    make_unattended_entry,
    make_vanished_entry,
    render_entry,
)
from agent_status.features.journal.note import is_old, name_tasks
from agent_status.features.journal.store import DAY_S, Journal
from agent_status.features.journal.who import find_user
from agent_status.features.journal.writer import (
    CONFIRM_S,
    Job,
    JournalWriter,
    NoteWrite,
    VanishedAsk,
)
from agent_status.model import Ask, Autonomy, Flag, PaneId, Sighting, State, Status, clip_text
from agent_status.model.bounds import BoundsError, parse_bounds
from agent_status.options import Options
from agent_status.protocol.callers import Verdict
from agent_status.protocol.messages import NoteState, ReadLog, WriteNote
from agent_status.system.checkout import is_commit
from agent_status.tmux.client import Tmux, TmuxError
from agent_status.tmux.clients import read_clients

SETTLED_S = 2.0
"""What follows a request is looked at for so long: an agent may stop a moment after a denial."""
DRAWN_S = 1.0
"""A dialog that becomes another one sooner is still being drawn."""
PRESENT_S = 10.0
"""A key pressed so lately in a pane may have answered what it asked."""
MAX_NOTE = 2000
MAX_READ = 1000
MAX_REFUSED = 60
MINUTE_S = 60.0
"""So many refusals are written down in so long."""
BUSY_S = 0.2
"""A reader in the daemon's own thread waits no longer for a writer."""
DETACHED = "HEAD"
"""Stands for the branch where a commit is checked out without one."""
PASSING = frozenset({"", DETACHED})
"""An agent only passes through these branches: its note moves on, and no copy stays."""
OFF = "the journal is off, and notes are kept in it: set -g @agent-status-journal-days 30"
UNSURE = "the journal is busy: it is not known whether the note will be kept"
UNSETTLED = frozenset({State.WORKING, State.UNKNOWN})
"""States that may last only a moment after a request was denied."""
RESULTS = frozenset({State.FINISHED, State.REVIEW, State.ERROR})
"""States with a result: acknowledging any other is no review."""


@dataclass(frozen=True, slots=True)
class PaneRecord:
    """What was last written about a pane: its sighting, and since when its request is there."""

    sighting: Sighting
    asked_at: float = 0.0
    """In Unix seconds."""
    auto: bool = False
    """True if it is already written that this stretch of work asks no questions."""
    vanished: "VanishedRequest | None" = None
    """A request that went away just now."""
    calls: CallLog = NO_CALLS
    autonomy: Autonomy = Autonomy.UNKNOWN
    """The last that was known."""


@dataclass(frozen=True, slots=True)
class VanishedRequest:
    """A request that went away: what came right after it, and when, on both clocks."""

    ask: Ask
    asked_at: float
    sighting: Sighting
    at: float
    since: float


class JournalFeature(Feature):
    """Writes changes to the journal. `clock` returns Unix seconds."""

    def __init__(
        self,
        path: Path,
        tmux: Tmux,
        log: logging.Logger,
        clock: Callable[[], float] = time.time,
        confirm_s: float = CONFIRM_S,
        denial_ends: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._path = path
        self._tmux = tmux
        self._log = log
        self._clock = clock
        self._confirm_s = confirm_s
        self._denial_ends = denial_ends
        self._user = find_user()
        self._days = Options().journal_days
        self._writer: JournalWriter | None = None
        self._reader = Journal(path, tmux.socket, self._warn, busy_s=BUSY_S)
        self._known: dict[PaneId, PaneRecord] = {}
        self._warned = ""
        self._refused: list[float] = []
        self._begun: dict[NoteKey, Note] = {}

    def take_options(self, options: Options) -> None:
        """Turn the journal on or off; entries are kept."""
        if options.journal_days != self._days:
            self._days = options.journal_days
            self.close()

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:  # noqa: ARG002
        """Return the sightings with the notes of their places."""
        writer = self._find_writer()
        if writer is None:
            return sightings
        noted = [self._annotate(writer, sighting) for sighting in sightings]
        self._begin_notes(writer, noted)
        return noted

    def observe(self, sightings: Sequence[Sighting], now: float) -> None:
        """Write what changed since the last call."""
        if self._writer is None:
            self._known.clear()
            return
        at = self._clock()
        here = {sighting.pane.id: sighting for sighting in sightings}
        for pane, known in list(self._known.items()):
            if pane not in here:
                self._advance(known, _leave(known.sighting), at, now)
                del self._known[pane]
        for pane, sighting in here.items():
            self._known[pane] = self._advance(self._known.get(pane), sighting, at, now)

    def acknowledge(self, pane: PaneId, now: float) -> str:  # noqa: ARG002
        """Record that the user has reviewed a result."""
        known = self._known.get(pane)
        if known is None:
            return ""
        state, changes = known.sighting.status.state, known.sighting.changes
        if state in RESULTS or (state is State.IDLE and changes.files):
            self._put(make_review_entry(known.sighting, self._clock()))
        return ""

    def refuse(self, verb: str, pane: str, verdict: Verdict) -> None:
        """Record a refused verb; at most MAX_REFUSED a minute."""
        at = self._clock()
        self._refused = [one for one in self._refused if 0 <= at - one < MINUTE_S]
        if len(self._refused) >= MAX_REFUSED:
            return
        self._refused.append(at)
        known = self._known.get(PaneId(pane))
        name = pane if re.fullmatch(r"%[0-9]{1,9}", pane) else ""
        sighting = known.sighting if known else None
        self._put(make_refusal_entry(name, sighting, verb, verdict.words, verdict.who, at))

    def list_ops(self) -> Mapping[str, Op]:
        """Return `log` and `note`."""
        return {ReadLog.op: self._answer_log, WriteNote.op: self._answer_note}

    def close(self) -> None:
        """Write pending jobs, and close the file. Idempotent; `enrich` opens it again."""
        for known in self._known.values():
            if known.vanished:
                self._write_vanished(known.vanished, known.sighting.status)
        self._known.clear()
        if self._writer:
            self._writer.close()
        self._writer = None
        self._reader.close()

    def _find_writer(self) -> JournalWriter | None:
        if self._days and self._writer is None:
            journal = Journal(self._path, self._tmux.socket, self._warn)
            self._writer = JournalWriter(
                journal, self._days, self._find_present, self._warn, confirm_s=self._confirm_s
            )
        return self._writer

    def _annotate(self, writer: JournalWriter, sighting: Sighting) -> Sighting:
        note = writer.find_note(_name_place(sighting))
        if not note.text and not sighting.triage.note:
            return sighting
        triage = replace(
            sighting.triage,
            note=note.text,
            noted_at=note.at,
            note_is_old=is_old(note, sighting),
            bounds=note.bounds,
        )
        return sighting if triage == sighting.triage else replace(sighting, triage=triage)

    def _begin_notes(self, writer: JournalWriter, sightings: Sequence[Sighting]) -> None:
        """Write down for which tasks a note is that was written before the first one was known."""
        for sighting in sightings:
            key = _name_place(sighting) if sighting.triage.note else None
            note = writer.find_note(key) if key else NO_NOTE
            if key is None or note.tasks or note == self._begun.get(key):
                continue
            if tasks := name_tasks(one for one in sightings if _name_place(one) == key):
                self._begun = {**self._begun, key: note}
                self._put(NoteWrite(key, replace(note, tasks=tasks), None))

    def _advance(
        self, known: PaneRecord | None, sighting: Sighting, at: float, now: float
    ) -> PaneRecord:
        """Write what is new about a pane, and return its new record."""
        status, was = sighting.status, known.sighting.status.state if known else None
        vanished = self._resolve_vanished(known.vanished, status, now) if known else None
        asked_at, vanished = self._record_ask(known, vanished, sighting, at, now)
        if status.state is not was:
            self._put(make_state_entry(sighting, was.value if was else "", at))
        if known and _moved_branch(known.sighting, sighting):
            self._carry_note(known.sighting, sighting, at)
        works_alone = status.state is State.WORKING and Flag.AUTO in status.flags
        is_written = bool(known and known.auto and status.state is State.WORKING)
        if works_alone and not is_written:
            self._put(make_unattended_entry(sighting, at))
        autonomy = self._record_mode(known, sighting, at)
        calls = self._record_calls(known, sighting, at)
        auto = works_alone or is_written
        return PaneRecord(sighting, asked_at, auto, vanished, calls, autonomy)

    def _record_mode(self, known: PaneRecord | None, sighting: Sighting, at: float) -> Autonomy:
        """Write how much an agent does without asking, if that has changed; return it."""
        before = known.autonomy if known else Autonomy.UNKNOWN
        if sighting.autonomy in {before, Autonomy.UNKNOWN}:
            return before
        if before or sighting.autonomy is not Autonomy.ASKS:
            self._put(make_mode_entry(sighting, before, at))
        return sighting.autonomy

    def _record_calls(self, known: PaneRecord | None, sighting: Sighting, at: float) -> CallLog:
        """Write what the agent ran; return what was written."""
        log = known.calls if known else NO_CALLS
        looks = [sighting]
        if known and _has_left(known.sighting, sighting):
            looks.insert(0, give_up_calls(known.sighting))
        for look in looks:
            log, entries = advance_calls(log, look, at, at - self._days * DAY_S)
            for entry in entries:
                self._put(entry)
        return log

    def _resolve_vanished(
        self, vanished: VanishedRequest | None, status: Status, now: float
    ) -> VanishedRequest | None:
        """Write a vanished request once it is clear what followed; return it until then."""
        waits = vanished and now - vanished.since < SETTLED_S and status.state in UNSETTLED
        if vanished and not (waits and not status.denied):
            self._write_vanished(vanished, status)
            return None
        return vanished

    def _write_vanished(self, vanished: VanishedRequest, after: Status) -> None:
        sighting, ask, at = vanished.sighting, vanished.ask, vanished.at
        agent = sighting.status.agent
        ends = self._denial_ends(agent.kind if agent else "")
        verdict = find_verdict(ask, after, denial_ends=ends)
        self._put(
            VanishedAsk(
                sighting.pane.id,
                vanished.asked_at,
                make_vanished_entry(sighting, ask, at - vanished.asked_at, at),
                make_seen_answer_entry(sighting, ask, verdict, f"{self._user} in its pane", at),
            )
        )

    def _record_ask(
        self,
        known: PaneRecord | None,
        vanished: VanishedRequest | None,
        sighting: Sighting,
        at: float,
        now: float,
    ) -> tuple[float, VanishedRequest | None]:
        """Write a new request; return since when it is there, and the one that went away."""
        before, ask = known.sighting.status.ask if known else None, sighting.status.ask
        if before == ask or _name_ask(before) == _name_ask(ask):
            return (known.asked_at if known else at - _find_age(sighting, now)), vanished
        drawing = ask is not None and known is not None and at - known.asked_at < DRAWN_S
        if known and before and sighting.status.state is not State.NONE and not drawing:
            vanished = self._resolve_vanished(
                VanishedRequest(before, known.asked_at, sighting, at, now), sighting.status, now
            )
        if ask:
            self._put(make_ask_entry(sighting, ask, at))
        return (at if known else at - _find_age(sighting, now)), vanished

    def _carry_note(self, before: Sighting, sighting: Sighting, at: float) -> None:
        """Keep the note of an agent that switched to another branch."""
        if not self._writer:
            return
        old, key = _name_place(before), _name_place(sighting)
        note, there = self._writer.find_note(old), self._writer.find_note(key)
        passing = old.branch in PASSING
        if note.text and (not there.text or (passing and there == note)):
            if passing:
                self._put(NoteWrite(old, NO_NOTE, make_note_entry(before, NO_NOTE, at)))
            self._put(NoteWrite(key, note, make_note_entry(sighting, note, at)))

    def _put(self, job: Job) -> None:
        if self._writer:
            self._writer.put(job)

    def _find_present(self) -> frozenset[str]:
        """Return the panes in which a key was pressed just now. Runs in the writer's thread."""
        try:
            found = read_clients(self._tmux)
        except TmuxError:
            return frozenset()
        since = self._clock() - PRESENT_S
        return frozenset(one.pane for one in found if one.active_at >= since)

    def _answer_log(self, request: ReadLog) -> dict[str, Any]:
        if not self._days:
            raise RefusedError(OFF)
        most = max(1, min(MAX_READ, request.limit))
        entries = self._reader.read_log(
            request.ref.pane, request.since, most, server=self._tmux.socket
        )
        return {"entries": [render_entry(one) | {"words": describe(one)} for one in entries]}

    def _answer_note(self, request: WriteNote) -> NoteState:
        known = self._known.get(request.ref.pane)
        writer = self._writer
        if writer is None:
            raise RefusedError(OFF)
        if known is None:
            message = f"there is no agent in pane {request.ref.pane[:40]}"
            raise RefusedError(message)
        key = _name_place(known.sighting)
        if request.verbs:
            note = self._change_note(request, key, writer.find_note(key))
            entry = make_note_entry(known.sighting, note, self._clock())
            trouble = writer.keep(NoteWrite(key, note, entry))
            if trouble is None:
                raise RefusedError(UNSURE)
            if trouble:
                message = f"the note was not kept: {trouble}"
                raise RefusedError(message)
        note = writer.find_note(key)
        old = is_old(note, known.sighting)
        only, never = note.bounds.only, note.bounds.never
        return NoteState(note.text, key.branch, key.folder, note.at, old, only, never)

    def _change_note(self, request: WriteNote, key: NoteKey, before: Note) -> Note:
        """Return the note after a request; raise RefusedError if it can't be one."""
        here = [one.sighting for one in self._known.values() if _name_place(one.sighting) == key]
        ended = all(is_old(before, one) for one in here)
        text = before.text if request.text is None else clean_note(request.text)
        if len(text) > MAX_NOTE:
            message = f"a note has {MAX_NOTE} characters at most, and this has {len(text)}"
            raise RefusedError(message)
        if not text and request.text is None:
            message = "a boundary stands beside a note, and there is none: write a TEXT, too"
            raise RefusedError(message)
        try:
            given = parse_bounds(request.only or (), request.never or ())
        except BoundsError as error:
            raise RefusedError(str(error)) from error
        stays = not (request.gives_bounds or ended)
        bounds = before.bounds if stays else given
        return Note(text, self._clock(), bounds, name_tasks(here)) if text else NO_NOTE

    def _warn(self, words: str) -> None:
        """Log a sentence unless it repeats the last one."""
        if words != self._warned:
            self._warned = words
            self._log.warning("%s", clip_text(words, 400))


def _find_age(sighting: Sighting, now: float) -> float:
    """Return how many seconds a request is there; an earlier daemon may have seen it first."""
    return max(0.0, now - sighting.status.since) if sighting.status.ask else 0.0


def clean_note(text: str) -> str:
    """Return the user's note with nothing but printable text and line ends."""
    lines = ("".join(filter(_is_text, line)).rstrip() for line in text.splitlines())
    return "\n".join(lines).strip()


def _is_text(character: str) -> bool:
    return character.isprintable() or character == "\t"


def _name_place(sighting: Sighting) -> NoteKey:
    branch = DETACHED if is_commit(sighting.branch) else sighting.branch
    return NoteKey(sighting.root, branch, sighting.pane.folder)


def _name_ask(ask: Ask | None) -> str:
    return ask.identity if ask else ""


def _moved_branch(before: Sighting, after: Sighting) -> bool:
    """
    Return True if the same agent is in the same folder, but on another branch now.

    Not if the folder turns out to be in a checkout only now.
    """
    if before.status.agent != after.status.agent or before.pane.folder != after.pane.folder:
        return False
    if not (before.root or before.branch):
        return bool(after.root)
    branches = {_name_place(one).branch for one in (before, after)}
    return "" not in branches and len(branches) > 1


def _has_left(before: Sighting, after: Sighting) -> bool:
    """Return True if an agent is gone, or has begun another session."""
    moved = before.activity.session != after.activity.session
    return bool(before.activity.session) and (moved or after.status.state is State.NONE)


def _leave(sighting: Sighting) -> Sighting:
    """Return the sighting of a pane whose agent is gone."""
    status = replace(sighting.status, state=State.NONE, reason="", rule="", ask=None)
    return replace(sighting, status=replace(status, flags=frozenset()))

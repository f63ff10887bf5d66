"""The thread that writes the journal, so the daemon never waits for a disk."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from agent_status.features.journal.entry import NO_NOTE, Kind, LogEntry, Note, NoteKey
from agent_status.features.journal.store import DAY_S, Journal

MAX_WAITING = 2000
"""Entries that may wait to be written; further ones are lost, and counted."""
GATHER_S = 0.5
"""Entries of this time are written together."""
IDLE_INTERVAL_S = 5.0
"""Between two looks for what other processes have written into the file."""
CLOSE_S = 10.0
CROWDED = "too much is waiting to be written"
KEEP_S = 1.0
"""How long `keep` waits to learn whether a note was written."""
CONFIRM_S = 6.0
"""A request that went away waits so long for the answer that a client may be writing."""

Present = Callable[[], frozenset[str]]
"""Returns the panes at which the user is just now; may take a while."""


@dataclass(frozen=True, slots=True)
class VanishedAsk:
    """A request that went away: the entry if nobody answered it, and the one if the user did."""

    pane: str
    since: float
    """When it was seen first, in Unix seconds."""
    alone: LogEntry
    at_pane: LogEntry


@dataclass(frozen=True, slots=True)
class NoteWrite:
    """A note to write, and its log entry; None if the user's words stay as they are."""

    key: NoteKey
    note: Note
    entry: LogEntry | None
    trouble: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue, compare=False)
    """Why it was not written, empty if it was, as soon as that is known."""


Job = LogEntry | VanishedAsk | NoteWrite


class JournalWriter:
    """
    Writes jobs in order, in its own thread.

    `close` writes what is still pending. `warn` receives sentences for the log.
    """

    def __init__(
        self,
        journal: Journal,
        days: int,
        present: Present,
        warn: Callable[[str], None],
        *,
        max_waiting: int = MAX_WAITING,
        confirm_s: float = CONFIRM_S,
        idle_s: float = IDLE_INTERVAL_S,
    ) -> None:
        self._journal = journal
        self._days = days
        self._present = present
        self._warn = warn
        self._confirm_s = confirm_s
        self._idle_s = idle_s
        self._queue: queue.Queue[Job | None] = queue.Queue(max_waiting)
        self._lost = 0
        self._ending = threading.Event()
        self._gate = threading.Lock()
        self._notes: Mapping[NoteKey, Note] = {}
        self._fresh: dict[NoteKey, Note] = {}
        self._vanished: list[tuple[float, VanishedAsk, bool]] = []
        self._pruned_at = float("-inf")
        self._version: tuple[int, int] | None = None
        self._unread: list[NoteWrite] = []
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> bool:
        """Queue a job; return False, without waiting, if the queue is full."""
        try:
            self._queue.put_nowait(job)
        except queue.Full:
            with self._gate:
                self._lost += 1
            return False
        if isinstance(job, NoteWrite):
            with self._gate:
                self._fresh[job.key] = job.note
        return True

    def keep(self, note: NoteWrite) -> str | None:
        """
        Write a note, and return why it was not written; empty if it was.

        Return None if that isn't known within KEEP_S.
        """
        try:
            return note.trouble.get(timeout=KEEP_S) if self.put(note) else CROWDED
        except queue.Empty:
            return None

    def find_note(self, key: NoteKey) -> Note:
        """Return the note of that place, even if it isn't written yet, or NO_NOTE."""
        with self._gate:
            return self._fresh.get(key, self._notes.get(key, NO_NOTE))

    def close(self) -> None:
        """Write pending jobs, and end the thread. Idempotent."""
        self._ending.set()
        with_room = self._thread.is_alive()
        if with_room:
            try:
                self._queue.put(None, timeout=CLOSE_S)
            except queue.Full:
                self._warn("the journal could not be written to its end")
            self._thread.join(CLOSE_S)
        self._journal.close()

    def _run(self) -> None:
        ended = False
        while not ended:
            self._attempt(self._upkeep)
            jobs, ended = self._gather()
            self._attempt(partial(self._write, jobs, ended=ended))

    def _attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  one strange moment must not end all writing
            self._warn(f"some of the journal may be lost: {type(error).__name__}")

    def _gather(self) -> tuple[list[Job], bool]:
        """Return the jobs that follow the first one closely, and whether to end."""
        jobs: list[Job] = []
        end = time.monotonic() + self._find_timeout()
        while True:
            try:
                job = self._queue.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                return jobs, False
            if job is None:
                return jobs, True
            if not jobs:
                end = time.monotonic() + GATHER_S
            jobs.append(job)
            if isinstance(job, NoteWrite):
                return jobs, False
            if self._ending.is_set():
                end = time.monotonic() + CLOSE_S

    def _find_timeout(self) -> float:
        due = min((due for due, _, _ in self._vanished), default=float("inf"))
        return min(self._idle_s, max(0.0, due - time.monotonic()))

    def _write(self, jobs: list[Job], *, ended: bool) -> None:
        self._add_vanished([job for job in jobs if isinstance(job, VanishedAsk)])
        entries = list(self._list_new([job for job in jobs if isinstance(job, LogEntry)]))
        notes = [job for job in jobs if isinstance(job, NoteWrite)]
        for note in notes:
            entries += [note.entry] if self._keep(note) and note.entry else []
        entries += self._resolve_vanished(all_of_them=ended)
        if entries and not self._journal.write(entries):
            self._warn(f"{len(entries)} entries of the journal are lost")
        self._unread += notes
        if notes:
            self._read_notes()
        with self._gate:
            lost, self._lost = self._lost, 0
        if lost:
            self._warn(f"{lost} entries of the journal are lost: too many came at once")

    def _list_new(self, entries: list[LogEntry]) -> Iterator[LogEntry]:
        """Yield the entries, but for calls that were written before, in whichever session."""
        calls = set()
        for entry in entries:
            key = entry.at, str(entry.facts.get("call"))
            if entry.kind is not Kind.RAN:
                yield entry
            elif key not in calls and not self._journal.has_call(entry):
                calls.add(key)
                yield entry

    def _keep(self, note: NoteWrite) -> bool:
        """Write a note; if it can't be written, drop it from memory too."""
        kept = self._journal.write_note(note.key, note.note)
        if not kept:
            with self._gate:
                if self._fresh.get(note.key) == note.note:
                    del self._fresh[note.key]
        note.trouble.put(self._journal.trouble)
        return kept

    def _add_vanished(self, vanished: list[VanishedAsk]) -> None:
        if vanished:
            there = self._present()
            due = time.monotonic() + self._confirm_s
            self._vanished += [(due, ask, ask.pane in there) for ask in vanished]

    def _resolve_vanished(self, *, all_of_them: bool) -> list[LogEntry]:
        """Return the entries of the vanished requests whose time is over."""
        now = float("inf") if all_of_them else time.monotonic()
        over = [one for one in self._vanished if one[0] <= now]
        self._vanished = [one for one in self._vanished if one[0] > now]
        return [
            ask.at_pane if was_there else ask.alone
            for _, ask, was_there in over
            if not self._journal.has_answer(ask.pane, ask.since)
        ]

    def _upkeep(self) -> None:
        """Delete old entries once a day, and read notes that other processes wrote."""
        if time.monotonic() - self._pruned_at >= DAY_S:
            self._pruned_at = time.monotonic()
            self._journal.prune(self._days, time.time())
        version = self._journal.read_version()
        if version != self._version:
            self._read_notes()
            self._version = None if self._journal.trouble else version

    def _read_notes(self) -> None:
        """Read all notes; those that were known stay if that fails."""
        notes = self._journal.read_notes()
        if self._journal.trouble:
            self._version = None
            return
        with self._gate:
            self._notes = notes
            for note in self._unread:
                if self._fresh.get(note.key) == note.note:
                    del self._fresh[note.key]
        self._unread = []

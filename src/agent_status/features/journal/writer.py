"""The thread that writes the journal, so that nobody waits for a disk."""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from agent_status.features.journal.entry import LogEntry, NoteKey
from agent_status.features.journal.store import DAY_S, Journal

MAX_WAITING = 2000
"""Entries that may wait to be written; further ones are lost, and counted."""
GATHER_S = 0.5
"""Entries of this time are written together."""
REST_S = 5.0
"""Between two looks for what others have written into the file."""
CLOSE_S = 10.0
CROWDED = "too much is waiting to be written"
KEEP_S = 1.0
"""How long one waits who wants to know whether a note was written."""
DOUBT_S = 6.0
"""How long an ask that went away waits for the answer that a client of ours may be writing."""

Present = Callable[[], frozenset[str]]
"""Returns the panes at which the user is just now; may take a while."""


@dataclass(frozen=True, slots=True)
class VanishedAsk:
    """A request that went away: what to write if we didn't answer it, or if the user there did."""

    pane: str
    since: float
    """When it was seen first, in Unix seconds."""
    alone: LogEntry
    at_pane: LogEntry


@dataclass(frozen=True, slots=True)
class NoteWrite:
    """A note to write, and its line in the log."""

    key: NoteKey
    text: str
    entry: LogEntry
    trouble: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue, compare=False)
    """Why it was not written, empty if it was, as soon as that is known."""


Piece = LogEntry | VanishedAsk | NoteWrite


@dataclass(slots=True)
class _Open:
    """The doubts that wait: until when, on the monotonic clock, and whether the user was there."""

    doubts: list[tuple[float, VanishedAsk, bool]] = field(default_factory=list)


class JournalWriter:
    """
    Writes what it is given, soon, in order, in a thread of its own.

    `close` writes what is still pending. `tell` receives sentences for the log.
    """

    def __init__(
        self,
        journal: Journal,
        days: int,
        present: Present,
        tell: Callable[[str], None],
        *,
        most_waiting: int = MAX_WAITING,
        doubt_s: float = DOUBT_S,
        rest_s: float = REST_S,
    ) -> None:
        self._journal = journal
        self._days = days
        self._present = present
        self._tell = tell
        self._doubt_s = doubt_s
        self._rest_s = rest_s
        self._queue: queue.Queue[Piece | None] = queue.Queue(most_waiting)
        self._lost = 0
        self._ending = threading.Event()
        self._gate = threading.Lock()
        self._notes: Mapping[NoteKey, str] = {}
        self._fresh: dict[NoteKey, str] = {}
        self._open = _Open()
        self._pruned_at = float("-inf")
        self._version = -1
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def put(self, piece: Piece) -> bool:
        """Take something to write; return False, without waiting, if too much waits already."""
        try:
            self._queue.put_nowait(piece)
        except queue.Full:
            with self._gate:
                self._lost += 1
            return False
        if isinstance(piece, NoteWrite):
            with self._gate:
                self._fresh[piece.key] = piece.text
        return True

    def keep(self, note: NoteWrite) -> str | None:
        """
        Take a note, and return why it was not written; empty if it was.

        None if that is not known in a moment.
        """
        try:
            return note.trouble.get(timeout=KEEP_S) if self.put(note) else CROWDED
        except queue.Empty:
            return None

    def find_note(self, key: NoteKey) -> str:
        """Return the note of that place, also one that is not written yet."""
        with self._gate:
            return self._fresh.get(key, self._notes.get(key, ""))

    def close(self) -> None:
        """Write what waits, and end. Idempotent."""
        self._ending.set()
        with_room = self._thread.is_alive()
        if with_room:
            try:
                self._queue.put(None, timeout=CLOSE_S)
            except queue.Full:
                self._tell("the journal could not be written to its end")
            self._thread.join(CLOSE_S)
        self._journal.close()

    def _run(self) -> None:
        ended = False
        while not ended:
            self._attempt(self._upkeep)
            pieces, ended = self._gather()
            self._attempt(partial(self._write, pieces, ended=ended))

    def _attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  one strange moment must not end all writing
            self._tell(f"some of the journal may be lost: {type(error).__name__}")

    def _gather(self) -> tuple[list[Piece], bool]:
        """Return what comes within a short time after the first piece, and whether to end."""
        pieces: list[Piece] = []
        end = time.monotonic() + self._find_rest()
        while True:
            try:
                piece = self._queue.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                return pieces, False
            if piece is None:
                return pieces, True
            if not pieces:
                end = time.monotonic() + GATHER_S
            pieces.append(piece)
            if isinstance(piece, NoteWrite):
                return pieces, False
            if self._ending.is_set():
                end = time.monotonic() + CLOSE_S

    def _find_rest(self) -> float:
        due = min((due for due, _, _ in self._open.doubts), default=float("inf"))
        return min(self._rest_s, max(0.0, due - time.monotonic()))

    def _write(self, pieces: list[Piece], *, ended: bool) -> None:
        self._take_doubts([piece for piece in pieces if isinstance(piece, VanishedAsk)])
        entries = [piece for piece in pieces if isinstance(piece, LogEntry)]
        notes = [piece for piece in pieces if isinstance(piece, NoteWrite)]
        for note in notes:
            entries += [note.entry] if self._keep(note) else []
        entries += self._settle_doubts(all_of_them=ended)
        if entries and not self._journal.write(entries):
            self._tell(f"{len(entries)} entries of the journal are lost")
        if notes:
            self._read_notes(notes)
        with self._gate:
            lost, self._lost = self._lost, 0
        if lost:
            self._tell(f"{lost} entries of the journal are lost: too many came at once")

    def _keep(self, note: NoteWrite) -> bool:
        """Write a note; one that cannot be written is not there."""
        kept = self._journal.write_note(note.key, note.text, note.entry.at)
        if not kept:
            with self._gate:
                if self._fresh.get(note.key) == note.text:
                    del self._fresh[note.key]
        note.trouble.put(self._journal.trouble)
        return kept

    def _take_doubts(self, doubts: list[VanishedAsk]) -> None:
        if doubts:
            there = self._present()
            due = time.monotonic() + self._doubt_s
            self._open.doubts += [(due, doubt, doubt.pane in there) for doubt in doubts]

    def _settle_doubts(self, *, all_of_them: bool) -> list[LogEntry]:
        """Return what is to be written of the asks whose time is over."""
        now = float("inf") if all_of_them else time.monotonic()
        over = [one for one in self._open.doubts if one[0] <= now]
        self._open.doubts = [one for one in self._open.doubts if one[0] > now]
        return [
            doubt.at_pane if was_there else doubt.alone
            for _, doubt, was_there in over
            if not self._journal.has_answer(doubt.pane, doubt.since)
        ]

    def _upkeep(self) -> None:
        """Drop what is too old, once a day, and take over the notes that others wrote."""
        if time.monotonic() - self._pruned_at >= DAY_S:
            self._pruned_at = time.monotonic()
            self._journal.prune(self._days, time.time())
        version = self._journal.read_version()
        if version != self._version:
            self._version = version
            self._read_notes([])

    def _read_notes(self, written: list[NoteWrite]) -> None:
        notes = self._journal.read_notes()
        with self._gate:
            self._notes = notes
            for note in written:
                if self._fresh.get(note.key) == note.text:
                    del self._fresh[note.key]

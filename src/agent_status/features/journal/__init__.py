"""Journal: what happened, was requested and was decided, kept for some days."""

from agent_status.features.journal.entry import (
    NO_NOTE,
    Kind,
    LogEntry,
    Note,
    NoteKey,
    render_entry,
)
from agent_status.features.journal.file import JournalError
from agent_status.features.journal.store import Journal, find_journal, open_journal

__all__ = [
    "NO_NOTE",
    "Journal",
    "JournalError",
    "Kind",
    "LogEntry",
    "Note",
    "NoteKey",
    "find_journal",
    "open_journal",
    "render_entry",
]

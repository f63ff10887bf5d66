"""The last message of an agent as its session file holds it, whole: read when a user wants it."""

from collections.abc import Iterator, Sequence
from typing import Any

from agent_status.agents.session_fields import find_values, matches, parse_record
from agent_status.agents.session_schema import Fact, SessionFile, TaskFact
from agent_status.features.sessions.reader import READERS

MAX_CHARACTERS = 64 * 1024
MAX_PIECES = 64
"""Pieces of a file that are read: its beginning, and the last megabyte."""
CUT = "… cut here: the rest is in its session file"


def read_last_message(path: str, files: Sequence[SessionFile]) -> str:
    """
    Return the last message in the file at `path`, read as one of `files` says; empty without one.

    It may take as long as its disk does.
    """
    found = (text for file in files for text in _list_messages(path, file))
    message = ""
    for text in found:
        message = text or message
    return message if len(message) <= MAX_CHARACTERS else f"{message[:MAX_CHARACTERS]}\n{CUT}"


def _list_messages(path: str, file: SessionFile) -> Iterator[str]:
    facts = [fact for fact in file.tasks if fact.tells is Fact.MESSAGE]
    if not facts:
        return
    reader = READERS[file.shape](path)
    for _ in range(MAX_PIECES):
        for record in map(parse_record, reader.read()):
            yield from (_read_text(record, fact) for fact in facts)
        if not reader.behind:
            return


def _read_text(record: Any, fact: TaskFact) -> str:
    """Return the text of a message with its line ends; empty if the record holds none."""
    if not matches(record, fact.where):
        return ""
    texts = ("\n".join(find_values(record, path)).strip() for path in fact.take)
    return next(filter(None, texts), "")

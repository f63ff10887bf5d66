"""asciicast v2 and v3 files: events as values, read and written."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from agent_status.errors import AgentStatusError
from agent_status.model import Process

MAX_LINE = 64 * 1024 * 1024
"""Characters of one event; a longer line is no recording."""
MAX_S = 7 * 86400.0
"""Seconds from the start; who replays goes through all of them, a tick at a time."""

SUPPORTED = (2, 3)


class RecordingError(AgentStatusError):
    """A file can't be read as a recording; the message names it, the line and a fix."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened `at` seconds after the start; `code` is asciicast's letter."""

    at: float
    code: str
    data: str


@dataclass(frozen=True, slots=True)
class Recording:
    """The header of a recording; its events are read as they are wanted."""

    path: Path
    width: int
    height: int
    version: int = 2
    command: str = ""
    header: Mapping[str, Any] = field(default_factory=dict)

    def read_events(self) -> Iterator[Event]:
        """
        Yield the events in order of time; times never go back.

        A recording that was cut off ends early; a line that is no event raises RecordingError.
        """
        at = 0.0
        with _open_text(self.path) as file:
            lines = _read_lines(self.path, file)
            next(lines, None)
            for number, line in lines:
                event = _parse_event(line, self.path, number)
                if event is None:
                    continue
                step = event.at if self.version > 2 else event.at - at  # noqa: PLR2004
                at += max(0.0, step)
                if at > MAX_S:
                    message = f"{self.path}:{number}: after {MAX_S:.0f} s; cut it there"
                    raise RecordingError(message)
                yield Event(at, event.code, event.data)


def open_recording(path: Path) -> Recording:
    """Return the recording at `path`, gzipped or not; raise RecordingError if it isn't one."""
    try:
        with _open_text(path) as file:
            first = next(_read_lines(path, file), (1, ""))[1]
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise RecordingError(message) from error
    try:
        header = json.loads(first)
        version = header["version"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        message = f"{path}: its first line is no asciicast header"
        raise RecordingError(message) from error
    if version not in SUPPORTED:
        message = f"{path}: asciicast version {version!r} is not read; convert it to 2 or 3"
        raise RecordingError(message)
    width, height = _read_size(header, path)
    command = header.get("command")
    return Recording(
        path, width, height, version, command if isinstance(command, str) else "", header
    )


def _read_size(header: Mapping[str, Any], path: Path) -> tuple[int, int]:
    term = header.get("term")
    size = (
        (term.get("cols"), term.get("rows"))
        if isinstance(term, Mapping)
        else (header.get("width"), header.get("height"))
    )
    width, height = size
    if not isinstance(width, int) or not isinstance(height, int) or width < 1 or height < 1:
        message = f"{path}: its header names no size"
        raise RecordingError(message)
    return width, height


def _open_text(path: Path) -> IO[str]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    if packed:
        return gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="\n")
    return path.open(encoding="utf-8", errors="replace", newline="\n")


def _read_lines(path: Path, file: IO[str]) -> Iterator[tuple[int, str]]:
    number = 0
    while True:
        number += 1
        try:
            line = file.readline(MAX_LINE)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return
        if not line:
            return
        if len(line) >= MAX_LINE:
            message = f"{path}:{number}: a line of more than {MAX_LINE} characters"
            raise RecordingError(message)
        if line.strip():
            yield number, line


def _parse_event(line: str, path: Path, number: int) -> Event | None:
    """Return the event in `line`, None for a comment or a line that was cut off at the end."""
    if line.startswith("#") or not line.endswith("\n"):
        return None
    try:
        at, code, data = json.loads(line)
        return Event(float(at), str(code), data if isinstance(data, str) else json.dumps(data))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        message = f"{path}:{number}: no event; cut the recording there, or record it again"
        raise RecordingError(message) from error


def parse_processes(data: str) -> tuple[Process, ...]:
    """Return the process tree in the data of a `p` event; other entries are left out."""
    try:
        entries = json.loads(data)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(entries, list):
        return ()
    found = (_parse_process(entry) for entry in entries if isinstance(entry, Mapping))
    return tuple(process for process in found if process)


def _parse_process(entry: Mapping[str, Any]) -> Process | None:
    pid, ppid = entry.get("pid"), entry.get("ppid")
    if not isinstance(pid, int) or not isinstance(ppid, int):
        return None
    return Process(pid, ppid, str(entry.get("comm") or ""), str(entry.get("args") or ""))


def render_processes(processes: tuple[Process, ...]) -> list[dict[str, Any]]:
    """Return a process tree as the data of a `p` event."""
    return [
        {"pid": one.pid, "ppid": one.ppid, "comm": one.comm, "args": one.args} for one in processes
    ]


class Writer:
    """A recording that grows: asciicast v2, one line an event, flushed each time."""

    def __init__(self, file: IO[str], width: int, height: int, header: Mapping[str, Any]) -> None:
        self._file = file
        self._write({"version": 2, "width": width, "height": height, **header})

    def write(self, at: float, code: str, data: Any) -> None:
        """Append an event `at` seconds after the start."""
        self._write([round(at, 4), code, data])

    def _write(self, value: Any) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False) + "\n")
        self._file.flush()

"""Adds labels to a recording and removes them; every other byte is unchanged."""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from agent_status.files import replace_file
from agent_status.recordings.accuracy.claims import DEFAULT_GRACE_S, HOMES
from agent_status.recordings.accuracy.labels import (
    END,
    LabelError,
    find_sidecar,
    parse_label,
    read_sidecar,
    render_label,
)
from agent_status.terminal.asciicast import RecordingError, open_recording

NEAR_S = 0.0005
"""Markers that are no further apart stand at the same second."""
Mark = tuple[int, float, str]
"""The number of its line, its second, its text."""


def make_mark(name: str, grace: float | None = None, accept: str = "") -> str:
    """Return the text of a marker; raise LabelError for an unknown label."""
    if name == END:
        return END
    words = f"{name} grace={DEFAULT_GRACE_S if grace is None else grace} accept={accept}"
    if len(words.split()) > 3:  # noqa: PLR2004
        message = f"{name!r} is no label; there are {', '.join(HOMES)}, and {END}"
        raise LabelError(message)
    return render_label(parse_label(words, 0.0, 0.0))


def add_mark(path: Path, at: float, text: str) -> None:
    """
    Add a marker at that second, replacing one that is there. Idempotent.

    The first label also adds the marker `end`, at the end. Raises LabelError, RecordingError or
    OSError; then nothing was written.
    """
    _check(path)
    line = _render(at, text)

    def change(lines: list[bytes]) -> list[bytes]:
        marks = list(_iterate_marks(lines))
        last = max((one for one, _ in map(_read_time, lines[1:]) if one is not None), default=0.0)
        if not 0 <= at <= last:
            message = f"{path} goes from 0 to {last:g} s; {at:g} lies outside"
            raise LabelError(message)
        gone = {number for number, when, _ in marks if abs(when - at) < NEAR_S}
        kept = [one for number, one in enumerate(lines) if number not in gone]
        kept.insert(_find_place(kept, at), line)
        if text != END and not any(words == END for _, _, words in marks):
            kept.append(_render(last, END))
        return kept

    _rewrite(path, change)


def remove_mark(path: Path, at: float) -> None:
    """Remove the label at that second; raise LabelError if there is no label."""
    _check(path)

    def change(lines: list[bytes]) -> list[bytes]:
        marks = list(_iterate_marks(lines))
        near = [number for number, when, _ in marks if abs(when - at) < 10 * NEAR_S]
        if not near:
            there = ", ".join(f"{when:g}" for _, when, _ in marks) or "none at all"
            message = f"{path} has no label at {at:g} s; there are {there}"
            raise LabelError(message)
        return [one for number, one in enumerate(lines) if number not in near]

    _rewrite(path, change)


def _check(path: Path) -> None:
    recording = open_recording(path)
    if recording.version != 2:  # noqa: PLR2004
        message = f"{path}: labels are put into version 2 only; convert it: asciinema convert"
        raise RecordingError(message)
    if read_sidecar(path):
        message = f"{path}: its labels stand in {find_sidecar(path).name}; change them there"
        raise LabelError(message)


def _render(at: float, text: str) -> bytes:
    return json.dumps([round(at, 4), "m", text]).encode() + b"\n"


def _read_time(line: bytes) -> tuple[float | None, str]:
    """Return the second of an event and its code; None if it isn't an event."""
    try:
        at, code, _ = json.loads(line)
        return float(at), str(code)
    except (ValueError, TypeError):
        return None, ""


def _iterate_marks(lines: Sequence[bytes]) -> Iterator[Mark]:
    for number, line in enumerate(lines[1:], 1):
        at, code = _read_time(line)
        if at is None or code != "m":
            continue
        text = str(json.loads(line)[2])
        if text == END or text.partition(" ")[0] in HOMES:
            yield number, at, text


def _find_place(lines: Sequence[bytes], at: float) -> int:
    """Return the index of the first line whose event is at that second or later."""
    for number, line in enumerate(lines[1:], 1):
        when, _ = _read_time(line)
        if when is not None and when >= at:
            return number
    return len(lines)


def _rewrite(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Replace the file's content with the changed lines, all or nothing."""
    raw = path.read_bytes()
    packed = raw.startswith(b"\x1f\x8b")
    try:
        plain = gzip.decompress(raw) if packed else raw
    except (EOFError, OSError) as error:
        message = f"{path}: it was cut off; unpack what is left of it first"
        raise RecordingError(message) from error
    if not plain.endswith(b"\n"):
        message = f"{path}: its last line was cut off; remove that line first"
        raise RecordingError(message)
    data = b"".join(change([line + b"\n" for line in plain[:-1].split(b"\n")]))
    _replace(path, gzip.compress(data, mtime=0) if packed else data)


def _replace(path: Path, data: bytes) -> None:
    with replace_file(path, path.stat().st_mode & 0o777) as file:
        file.write(data)

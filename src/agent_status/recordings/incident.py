"""Incident reports: the daemon's history of a pane as a recording, with secrets masked."""

import base64
import codecs
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import Explain, HistoryPart, ReadHistory, Request
from agent_status.recordings.exact import find_exact, find_first
from agent_status.recordings.recorder import RecordError, open_private
from agent_status.recordings.redaction import Masker
from agent_status.recordings.repaint import MODES, Picture, encode_raw, render_title, repaint
from agent_status.terminal.asciicast import Writer

MAX_BLOCK = 16 * 1024 * 1024
MAX_REQUESTS = 64
LAST = "said nothing more"
"""The marker that tells how long the last screen stood."""
Entry = Mapping[str, Any]
Ask = Callable[[Request[Any]], Any]
"""Asks the daemon: see `DaemonClient.ask`."""


@dataclass(frozen=True, slots=True)
class Report:
    """The daemon's history of a pane; times are seconds of its clock."""

    entries: tuple[Entry, ...]
    now: float
    wall: float
    """The Unix time of `now`."""
    hint: str = ""
    explain: str = ""
    agent: str = ""
    """The kind of the last agent that was there."""


def read_report(ask: Ask, ref: AgentRef) -> Report:
    """Return all that the daemon kept of a pane; raise RecordError if that is nothing."""
    try:
        entries, last = _read_entries(ask, ref)
        explain = ask(Explain(ref)).text
        kinds = [str(entry["agent"]) for entry in entries if entry.get("agent")]
    except (KeyError, TypeError, ValueError) as error:
        message = "the daemon's answer can't be read: agent-status daemon stop, then start"
        raise RecordError(message) from error
    if not entries:
        message = f"nothing was kept of {ref}: no agent was seen there since the daemon started"
        raise RecordError(message)
    return Report(entries, last.now, last.wall, last.hint, explain, kinds[-1] if kinds else "")


def _read_entries(ask: Ask, ref: AgentRef) -> tuple[tuple[Entry, ...], HistoryPart]:
    """Return all entries, each of them checked, and the last answer."""
    entries: list[Entry] = []
    picture, after = Picture(), -1
    part = HistoryPart()
    for _ in range(MAX_REQUESTS):
        part = ask(ReadHistory(ref, after))
        for number, text in part.blocks:
            for entry in unpack(text):
                picture.take(entry)
                entries.append(entry)
            after = max(after, number)
        if not part.more:
            break
    return tuple(entries), part


def unpack(text: str) -> Iterator[Entry]:
    """Yield the entries of a block; an invalid one ends it."""
    try:
        plain = zlib.decompressobj().decompress(base64.b64decode(text), MAX_BLOCK)
        for line in plain.decode("utf-8", "replace").split("\n"):
            if line:
                entry = json.loads(line)
                if isinstance(entry, dict) and isinstance(entry.get("at"), int | float):
                    yield entry
    except (ValueError, zlib.error):
        return


def write_report(
    report: Report, file: Path, masker: Masker, seconds: float, command: str = ""
) -> float:
    """
    Write the last `seconds` of a report to `file`, which must not exist, for its owner alone.

    `command` names the program if only the pane's option says which agent it is. Returns the number
    of seconds written; raises OSError.
    """
    start = max(float(report.entries[0]["at"]), report.now - seconds)
    exact = find_exact(report.entries, masker.person)
    first = find_first(report.entries, start, exact)
    picture = Picture()
    for entry in report.entries[:first]:
        picture.take(entry)
    header = {
        "timestamp": int(report.wall - (report.now - start)),
        "title": f"agent-status report of {masker.mask(report.agent or 'a pane')}",
        "agent": report.agent,
        **({"command": command} if command else {}),
        "explain": masker.mask(report.explain).split("\n"),
    }
    with open(file, "x", encoding="utf-8", opener=open_private) as out:
        try:
            writer = Writer(out, picture.width, picture.height, header)
            changes = _IncidentWriter(writer, masker, trees=not command)
            changes.begin(picture)
            for number, entry in enumerate(report.entries[first:], first):
                at = max(0.0, float(entry["at"]) - start)
                changes.go_on(picture, entry, at, exact=number in exact)
            writer.write(report.now - start, "m", LAST)
        except BaseException:
            file.unlink()
            raise
    return report.now - start


class _IncidentWriter:
    """Writes the changes from entry to entry."""

    def __init__(self, writer: Writer, masker: Masker, *, trees: bool) -> None:
        self._writer, self._masker, self._trees = writer, masker, trees
        self._rows: tuple[str, ...] = ()
        self._title = ""
        self._is_exact = False
        """True if the last bytes were those of the pane, and the modes are as it set them."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def begin(self, picture: Picture) -> None:
        if picture.terminal:
            picture.join()
        self._write_tree(picture, 0.0)
        self._paint(picture, 0.0, whole=True)
        self._write_finding(picture, 0.0)

    def go_on(self, picture: Picture, entry: Entry, at: float, *, exact: bool) -> None:
        before = (picture.width, picture.height, picture.alternate)
        known = (picture.tree, picture.finding)
        terminal = picture.terminal
        picture.take(entry)
        if picture.tree != known[0]:
            self._write_tree(picture, at)
        if (picture.width, picture.height) != before[:2]:
            self._writer.write(at, "r", f"{picture.width}x{picture.height}")
        if exact and "raw" in entry:
            self._writer.write(at, "o", self._decoder.decode(encode_raw(entry["raw"])))
            self._rows, self._title = picture.standalone, picture.title
            self._is_exact = True
        is_shown = exact and picture.terminal is terminal
        if not is_shown and {"rows", "cursor", "raw"} & entry.keys():
            whole = (picture.width, picture.height, picture.alternate) != before
            self._paint(picture, at, whole=whole or self._is_exact)
            if entry.get("live"):
                picture.join()
        if picture.finding[:2] != known[1][:2]:
            self._write_finding(picture, at)

    def _paint(self, picture: Picture, at: float, *, whole: bool) -> None:
        rows = self._masker.mask_rows(picture.standalone, picture.width)
        text = MODES if self._is_exact else ""
        self._is_exact = False
        self._decoder.reset()
        text += repaint(picture, rows, () if whole else self._rows)
        if picture.title != self._title:
            text += render_title(self._masker.mask(picture.title))
        self._rows, self._title = rows, picture.title
        self._writer.write(at, "o", text)

    def _write_tree(self, picture: Picture, at: float) -> None:
        if self._trees:
            self._writer.write(at, "p", _mask_all(picture.tree, self._masker))

    def _write_finding(self, picture: Picture, at: float) -> None:
        words = " ".join(filter(None, picture.finding[:2]))
        self._writer.write(at, "m", f"said {self._masker.mask(words)}")


def _mask_all(tree: Sequence[Mapping[str, Any]], masker: Masker) -> list[dict[str, Any]]:
    return [
        {key: masker.mask(value) if isinstance(value, str) else value for key, value in one.items()}
        for one in tree
    ]

"""What the user has seen of each session, a small file each, so that a restart repeats nothing."""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent_status.features.ran.policy import SessionRecord, is_news
from agent_status.files import read_bounded, write_private
from agent_status.model import CallEnd, CallKind, Grade, Risk, ToolCall

MAX_BYTES = 256 * 1024
MAX_FILES = 500
KEPT_S = 30 * 86400.0
"""A session is forgotten after so long."""
DAMAGED = (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError)


class RecordStore:
    """The records by session; of a record's calls, only the dangerous ones are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, SessionRecord] = {}

    def load(self, session: str) -> SessionRecord | None:
        """Return what is kept of a session; None if that is nothing, or damaged."""
        try:
            record = parse_record(json.loads(read_bounded(self._find_file(session), MAX_BYTES)))
        except (OSError, *DAMAGED):
            return None
        self._written[session] = record
        return record

    def put(self, session: str, record: SessionRecord) -> str:
        """Write what a restart must know; return why that failed, empty if it did not."""
        unseen, taken = (tuple(filter(is_news, one)) for one in (record.unseen, record.taken))
        kept = replace(record, unseen=unseen, taken=taken)
        if kept == self._written.get(session) or not (kept.unseen or kept.seen):
            return ""
        self._written[session] = kept
        file = self._find_file(session)
        try:
            write_private(file, json.dumps(render_record(kept)))
        except OSError as error:
            return f"{file} cannot be written: {error.strerror or error}"
        return ""

    def forget_old(self, clock: float) -> None:
        """Delete the files of sessions that are old at Unix `clock`, or too many."""
        with contextlib.suppress(OSError):
            ages = {file: clock - file.stat().st_mtime for file in self._folder.glob("*.json")}
            for number, file in enumerate(sorted(ages, key=lambda file: ages[file])):
                if number >= MAX_FILES or ages[file] > KEPT_S:
                    file.unlink(missing_ok=True)

    def _find_file(self, session: str) -> Path:
        name = hashlib.sha256(session.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self._folder / f"{name}.json"


def render_record(record: SessionRecord) -> dict[str, Any]:
    """Return a record as JSON data."""
    return {
        "since": record.since,
        "seen": sorted(record.seen),
        "unseen": [*map(_render_call, record.unseen)],
        "taken": [*map(_render_call, record.taken)],
    }


def parse_record(data: Mapping[str, Any]) -> SessionRecord:
    """Return the record in JSON data; raise one of DAMAGED for anything else."""
    return SessionRecord(
        float(data["since"]),
        frozenset(str(one) for one in data["seen"]),
        tuple(_parse_call(one) for one in data["unseen"]),
        tuple(_parse_call(one) for one in data.get("taken", ())),
    )


def _render_call(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "tool": call.tool,
        "kind": call.kind.value,
        "command": call.command,
        "paths": call.paths,
        "ended_at": call.ended_at,
        "exit_status": call.exit_status,
        "failed": call.failed,
        "end": call.end and call.end.value,
        "reasons": call.risk.reasons if call.risk else (),
        "asked": call.asked,
    }


def _parse_call(data: Mapping[str, Any]) -> ToolCall:
    status, asked, failed = data["exit_status"], data["asked"], data["failed"]
    end = data.get("end")
    return ToolCall(
        str(data["id"]),
        str(data["tool"]),
        CallKind(data["kind"]),
        str(data["command"]),
        tuple(map(str, data["paths"])),
        ended_at=float(data["ended_at"]),
        exit_status=None if status is None else int(status),
        failed=None if failed is None else bool(failed),
        end=None if end is None else CallEnd(end),
        risk=Risk(Grade.DANGEROUS, tuple(map(str, data["reasons"]))),
        asked=None if asked is None else bool(asked),
    )

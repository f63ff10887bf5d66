"""The formats that list panes, and the parsers of their output."""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent_status.model import Cursor, Pane, PaneId

STAMP = (
    "#{?pane_last_output_time,#{pane_last_output_time},#{window_activity}}"
    " #{pane_width} #{pane_height} #{alternate_on}"
)
"""What is different after a pane has changed. Since tmux 3.8 the first part is the pane's own."""

NUMBERS = (
    "window_index",
    "pane_index",
    "pane_pid",
    "pane_width",
    "pane_height",
    "cursor_x",
    "cursor_y",
    "cursor_flag",
    "alternate_on",
    "pane_in_mode",
    "pane_dead",
    "pane_active",
    "window_active",
    "session_attached",
    "window_activity",
    "window_bell_flag",
    "window_panes",
)
TEXTS = (
    "session_name",
    "window_name",
    "pane_current_command",
    "pane_title",
    "pane_current_path",
    "pane_pb_state",
    "pane_ps_state",
    "pane_ps_kind",
    "@agent-status-agent",
)
"""What others may choose; a folder may even hold newlines, so a nonce stands between these."""

LIVE = (
    "pane_pid",
    "pane_width",
    "pane_height",
    "cursor_x",
    "cursor_y",
    "cursor_flag",
    "alternate_on",
    "pane_in_mode",
    "pane_dead",
    "window_activity",
)
LIVE_TEXTS = (
    "pane_current_command",
    "pane_title",
    "pane_pb_state",
    "pane_ps_state",
    "pane_ps_kind",
    "@agent-status-agent",
)
"""What is read of a pane with an agent between two lists of all panes, which cost a lot more."""

CUT = "\0"
"""Stands for the nonce once a line is found, as no text of tmux's can hold it."""
MAX_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One line about a pane: pane, session, stamp and the user's hint."""

    pane: Pane
    home: str
    stamp: str
    hint: str
    attached: int


def build_format(nonce: str) -> str:
    """Return the format of `list-panes` for `parse_row`."""
    numbers = " ".join(f"#{{{name}}}" for name in NUMBERS)
    texts = nonce.join(f"#{{{name}}}" for name in TEXTS)
    head = "#{pane_id} #{window_id} #{session_id}"
    return f"{nonce}:P{head} {numbers}{nonce}{STAMP}{nonce}{texts}{nonce}"


def build_live(nonce: str, panes: Iterable[PaneId]) -> str:
    """Return the format of a list for `parse_live` of `panes`, for `parse_there` of the others."""
    numbers = " ".join(f"#{{{name}}}" for name in LIVE)
    texts = nonce.join(f"#{{{name}}}" for name in LIVE_TEXTS)
    live = f"M#{{pane_id}} #{{window_id}} {numbers}{nonce}{STAMP}{nonce}{texts}{nonce}"
    wanted = f"#{{m:* #{{pane_id}} *, {' '.join(panes)} }}"
    return f"{nonce}:#{{?{wanted},{live},T#{{pane_id}} #{{window_id}} #{{pane_dead}}}}"


def parse_live(record: str, known: Mapping[PaneId, Pane]) -> Row | None:
    """Return what is new about a pane; None if it isn't known."""
    parts = record[1:].split(CUT)
    head = parts[0].split(" ")
    if len(parts) < len(LIVE_TEXTS) + 2 or len(head) != len(LIVE) + 2:
        return None
    before = known.get(PaneId(head[0]))
    if before is None:
        return None
    numbers = {name: parse_number(word) for name, word in zip(LIVE, head[2:], strict=True)}
    texts = dict(zip(LIVE_TEXTS, parts[2:], strict=False))
    pane = replace(before, window_id=head[1], **_read_live(numbers, texts))
    return Row(pane, "", parts[1], texts["@agent-status-agent"], 0)


def parse_there(record: str) -> tuple[PaneId, str] | None:
    """Return a live pane and its window; None for anything else."""
    parts = record[1:].rstrip("\n").split(" ")
    return (PaneId(parts[0]), parts[1]) if parts[2:] == ["0"] else None


def _read_live(numbers: Mapping[str, int], texts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "pid": numbers["pane_pid"],
        "command": texts["pane_current_command"],
        "title": texts["pane_title"],
        "width": max(1, numbers["pane_width"]),
        "height": max(1, numbers["pane_height"]),
        "cursor": Cursor(numbers["cursor_x"], numbers["cursor_y"], bool(numbers["cursor_flag"])),
        "alternate": bool(numbers["alternate_on"]),
        "in_mode": bool(numbers["pane_in_mode"]),
        "dead": bool(numbers["pane_dead"]),
        "activity_at": numbers["window_activity"],
        "progress": texts["pane_pb_state"],
        "report": f"{texts['pane_ps_state']} {texts['pane_ps_kind']}".strip(),
    }


@functools.lru_cache(MAX_ROWS)
def parse_row(record: str) -> Row | None:
    """Return the row in a line of `list-panes`; most are the same as a tick before."""
    parts = record[1:].split(CUT)
    head = parts[0].split(" ")
    if len(parts) < len(TEXTS) + 2 or len(head) != len(NUMBERS) + 3:
        return None
    if not re.fullmatch(r"%\d+", head[0]):
        return None
    numbers = {name: parse_number(word) for name, word in zip(NUMBERS, head[3:], strict=True)}
    texts = dict(zip(TEXTS, parts[2:], strict=False))
    pane = _make_pane(PaneId(head[0]), head[1], numbers, texts)
    hint = texts["@agent-status-agent"]
    return Row(pane, head[2], parts[1], hint, numbers["session_attached"])


def _make_pane(
    pane: PaneId, window: str, numbers: Mapping[str, int], texts: Mapping[str, str]
) -> Pane:
    seen = numbers["pane_active"] and numbers["window_active"] and numbers["session_attached"]
    return Pane(
        id=pane,
        session=texts["session_name"],
        window_id=window,
        window_index=numbers["window_index"],
        window_name=texts["window_name"],
        index=numbers["pane_index"],
        folder=texts["pane_current_path"],
        active=bool(seen),
        rang=bool(numbers["window_bell_flag"]) and numbers["window_panes"] == 1,
        **_read_live(numbers, texts),
    )


def parse_number(text: str) -> int:
    """Return a number that tmux printed; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0  # noqa: PLR2004

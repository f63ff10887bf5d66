"""One tmux invocation a tick: every pane, and the screens of those that may have changed."""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agent_status.model import Capture, Cursor, Pane, PaneId
from agent_status.options import TABLE
from agent_status.sense.tmux import quote

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
    "@agent-status-agent",
)
"""What others may choose; a folder may even hold newlines, so a nonce stands between these."""

OPTIONS = tuple(name for name, _ in TABLE)
"""Our options, which a tick can read too."""

CUT = "\0"
"""Stands for the nonce once a line is found, as no text of tmux's can hold it."""
MOST_ROWS = 1024

SETTLED_S = 10
"""Activity that lies further ahead than this is of a clock that was set back."""


@dataclass(frozen=True, slots=True)
class Look:
    """A pane to capture if its stamp is not `stamp`; an empty stamp captures in any case."""

    pane: PaneId
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """What one invocation told. `whole` is false when tmux went away in the middle of it."""

    panes: tuple[Pane, ...] = ()
    captures: Mapping[PaneId, Capture] = field(default_factory=dict)
    stamps: Mapping[PaneId, str] = field(default_factory=dict)
    hints: Mapping[PaneId, str] = field(default_factory=dict)
    homes: Mapping[PaneId, tuple[str, ...]] = field(default_factory=dict)
    """The ids of the sessions that each pane is in; more than one when its window is linked."""
    options: Mapping[str, str] | None = None
    server_pid: int = 0
    whole: bool = False


def build_tick(nonce: str, looks: Iterable[Look] = (), options: Iterable[str] = ()) -> str:
    """
    Return the commands of one tick, for `Tmux.feed`; `nonce` must be new, and only word characters.

    `options` names those to read, OPTIONS or none of them. A pane that is gone by then is an
    error of its own command, and of no other.
    """
    lines = [f"list-panes -a -F {quote(_build_format(nonce))}"]
    values = nonce.join(f"#{{{name}}}" for name in options)
    if values:
        lines.append(f"display-message -p {quote(f'{nonce}:O{nonce}{values}')}")
    lines.extend(_build_look(nonce, look) for look in looks)
    lines.append(f"display-message -p {quote(f'{nonce}:E{nonce}#{{pid}}')}")
    return "\n".join(lines) + "\n"


def parse_tick(text: str, nonce: str) -> Tick:
    """Return what the answer to `build_tick` says; whatever is torn or strange is left out."""
    records = text.split(f"{nonce}:")[1:]
    rows = [_parse_row(record.replace(nonce, CUT)) for record in records if record.startswith("P")]
    found = [row for row in rows if row is not None]
    best = _choose_rows(found)
    panes = tuple(row.pane for row in best.values())
    ends = [record for record in records if record.startswith(f"E{nonce}")]
    return Tick(
        panes=panes,
        captures=_take_captures(records, nonce, {pane.id: pane for pane in panes}),
        stamps={key: row.stamp for key, row in best.items()},
        hints={key: row.hint for key, row in best.items() if row.hint},
        homes=_find_homes(found),
        options=_take_options(records, nonce),
        server_pid=_number(ends[-1].split(nonce)[1].strip()) if ends else 0,
        whole=bool(ends),
    )


def find_stamp(stamp: str, looked_at: float) -> str:
    """
    Return the stamp to give the next Look after a capture with `stamp`, begun at Unix `looked_at`.

    Activity has a resolution of one second: within that second, more may have followed unseen.
    """
    activity_at = _number(stamp.partition(" ")[0])
    unsettled = int(looked_at) <= activity_at <= looked_at + SETTLED_S
    return "" if unsettled else stamp


@dataclass(frozen=True, slots=True)
class _Row:
    pane: Pane
    home: str
    stamp: str
    hint: str
    attached: int


def _build_format(nonce: str) -> str:
    numbers = " ".join(f"#{{{name}}}" for name in NUMBERS)
    texts = nonce.join(f"#{{{name}}}" for name in TEXTS)
    head = "#{pane_id} #{window_id} #{session_id}"
    return f"{nonce}:P{head} {numbers}{nonce}{STAMP}{nonce}{texts}{nonce}"


def _build_look(nonce: str, look: Look) -> str:
    # tmux 3.2 dies of a window's formats where there is no window
    condition = f"#{{?pane_id,#{{!=:{STAMP},{look.stamp}}},}}" if look.stamp else "1"
    mark = f"display-message -p {nonce}:C{look.pane.removeprefix('%')}"
    body = f"{mark} ; capture-pane -p -e -t {look.pane}"
    return f"if-shell -F -t {quote(look.pane)} {quote(condition)} {quote(body)}"


@functools.lru_cache(MOST_ROWS)
def _parse_row(record: str) -> _Row | None:
    """Return what a line of `list-panes` tells; most are the same as a tick before."""
    parts = record[1:].split(CUT)
    head = parts[0].split(" ")
    if len(parts) < len(TEXTS) + 2 or len(head) != len(NUMBERS) + 3:
        return None
    if not re.fullmatch(r"%\d+", head[0]):
        return None
    numbers = {name: _number(word) for name, word in zip(NUMBERS, head[3:], strict=True)}
    texts = dict(zip(TEXTS, parts[2:], strict=False))
    pane = _make_pane(PaneId(head[0]), head[1], numbers, texts)
    hint = texts["@agent-status-agent"]
    return _Row(pane, head[2], parts[1], hint, numbers["session_attached"])


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
        pid=numbers["pane_pid"],
        command=texts["pane_current_command"],
        title=texts["pane_title"],
        folder=texts["pane_current_path"],
        width=max(1, numbers["pane_width"]),
        height=max(1, numbers["pane_height"]),
        cursor=Cursor(numbers["cursor_x"], numbers["cursor_y"], bool(numbers["cursor_flag"])),
        alternate=bool(numbers["alternate_on"]),
        in_mode=bool(numbers["pane_in_mode"]),
        dead=bool(numbers["pane_dead"]),
        active=bool(seen),
        activity_at=numbers["window_activity"],
        progress=texts["pane_pb_state"],
        rang=bool(numbers["window_bell_flag"]) and numbers["window_panes"] == 1,
    )


def _choose_rows(rows: Iterable[_Row]) -> dict[PaneId, _Row]:
    """Return one row a pane: of a window linked into several sessions, one that is attached."""
    best: dict[PaneId, _Row] = {}
    for row in rows:
        known = best.get(row.pane.id)
        rank = (row.pane.active, row.attached > 0)
        if known is None or rank > (known.pane.active, known.attached > 0):
            best[row.pane.id] = row
    return best


def _find_homes(rows: Iterable[_Row]) -> dict[PaneId, tuple[str, ...]]:
    homes: dict[PaneId, tuple[str, ...]] = {}
    for row in rows:
        homes[row.pane.id] = tuple(dict.fromkeys((*homes.get(row.pane.id, ()), row.home)))
    return homes


def _take_captures(
    records: Iterable[str], nonce: str, panes: Mapping[PaneId, Pane]
) -> dict[PaneId, Capture]:
    captures: dict[PaneId, Capture] = {}
    for record in records:
        name, _, body = record.partition("\n")
        pane = panes.get(PaneId(f"%{name[1:]}"))
        lines = body.split("\n")[:-1]
        if not name.startswith("C") or pane is None or len(lines) != pane.height or nonce in body:
            continue
        captures[pane.id] = make_capture(pane, tuple(lines))
    return captures


def make_capture(pane: Pane, lines: tuple[str, ...]) -> Capture:
    """Return the painted form of `pane` with these lines, and what its formats say of it now."""
    return Capture(pane.width, pane.height, lines, pane.cursor, pane.title, pane.alternate)


def _take_options(records: Iterable[str], nonce: str) -> dict[str, str] | None:
    for record in records:
        if record.startswith(f"O{nonce}"):
            values = record.removesuffix("\n").split(nonce)[1:]
            return dict(zip(OPTIONS, values, strict=False))
    return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0  # noqa: PLR2004

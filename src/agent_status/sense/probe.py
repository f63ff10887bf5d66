"""One tmux invocation a tick: every pane, and the screens of those that may have changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent_status.model import Capture, Pane, PaneId
from agent_status.options import TABLE
from agent_status.sense.panes import (
    CUT,
    Row,
    build_format,
    build_live,
    parse_live,
    parse_number,
    parse_row,
    parse_there,
)
from agent_status.sense.tmux import quote

OPTIONS = tuple(name for name, _ in TABLE)
"""Our options, which a tick can read too."""

SETTLED_S = 10
"""Activity that lies further ahead than this is of a clock that was set back."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What one invocation told. `whole` is false when tmux went away in the middle of it."""

    panes: tuple[Pane, ...] = ()
    captures: Mapping[PaneId, Capture] = field(default_factory=dict)
    stamps: Mapping[PaneId, str] = field(default_factory=dict)
    hints: Mapping[PaneId, str] = field(default_factory=dict)
    homes: Mapping[PaneId, tuple[str, ...]] = field(default_factory=dict)
    """The ids of the sessions that each pane is in; more than one when its window is linked."""
    texts: Mapping[PaneId, Capture] = field(default_factory=dict)
    """Captures without colours, which cost tmux a fifth."""
    options: Mapping[str, str] | None = None
    server_pid: int = 0
    there: frozenset[tuple[PaneId, str]] = frozenset()
    """All panes that live, each with its window; of most of them a glance tells no more."""
    whole: bool = False
    asides: tuple[tuple[str, ...], ...] = ()
    """The fields of each record that somebody else's commands in the same invocation printed."""
    complete: bool = True
    """Whether `panes` are all there are, and not only those that were asked after."""


def build_tick(
    nonce: str,
    captured: Iterable[PaneId] = (),
    options: Iterable[str] = (),
    skimmed: Iterable[PaneId] = (),
) -> str:
    """
    Return the commands of one tick, for `Tmux.feed`; `nonce` must be new, and only word characters.

    `captured` names the panes to capture, `skimmed` those of which the text will do, `options` the
    options to read, OPTIONS or none of them. A pane that is gone by then is an error of its own
    command, and of no other.
    """
    return _build_script(nonce, build_format(nonce), captured, options, skimmed)


def build_glance(
    nonce: str,
    panes: Iterable[PaneId],
    captured: Iterable[PaneId] = (),
    options: Iterable[str] = (),
    skimmed: Iterable[PaneId] = (),
) -> str:
    """Return the commands of a tick that asks of all but `panes` only whether they are there."""
    return _build_script(nonce, build_live(nonce, panes), captured, options, skimmed)


def _build_script(
    nonce: str,
    form: str,
    captured: Iterable[PaneId],
    options: Iterable[str],
    skimmed: Iterable[PaneId],
) -> str:
    lines = [f"list-panes -a -F {quote(form)}"]
    values = nonce.join(f"#{{{name}}}" for name in options)
    if values:
        lines.append(f"display-message -p {quote(f'{nonce}:O{nonce}{values}')}")
    for letter, flags, panes in (("C", "-p -e", captured), ("S", "-p", skimmed)):
        for pane in panes:
            lines.append(f"display-message -p {nonce}:{letter}{pane.removeprefix('%')}")
            lines.append(f"capture-pane {flags} -t {quote(pane)}")
    lines.append(f"display-message -p {quote(f'{nonce}:E{nonce}#{{pid}}')}")
    return "\n".join(lines) + "\n"


def parse_glance(text: str, nonce: str, known: Mapping[PaneId, Pane]) -> Tick:
    """Return what the answer to `build_glance` says of panes that are `known`."""
    records = text.split(f"{nonce}:")[1:]
    found = (parse_live(one.replace(nonce, CUT), known) for one in records if one[:1] == "M")
    rows = {row.pane.id: row for row in found if row is not None}
    others = filter(None, (parse_there(one) for one in records if one[:1] == "T"))
    return _make_tick(records, nonce, rows, {}, others=others)


def parse_tick(text: str, nonce: str) -> Tick:
    """Return what the answer to `build_tick` says; whatever is torn or strange is left out."""
    records = text.split(f"{nonce}:")[1:]
    rows = [parse_row(record.replace(nonce, CUT)) for record in records if record.startswith("P")]
    found = [row for row in rows if row is not None]
    return _make_tick(records, nonce, _choose_rows(found), _find_homes(found), others=None)


def _make_tick(
    records: Sequence[str],
    nonce: str,
    rows: Mapping[PaneId, Row],
    homes: Mapping[PaneId, tuple[str, ...]],
    *,
    others: Iterable[tuple[PaneId, str]] | None,
) -> Tick:
    panes = tuple(row.pane for row in rows.values())
    by_id = {pane.id: pane for pane in panes}
    ends = [record for record in records if record.startswith(f"E{nonce}")]
    return Tick(
        panes=panes,
        captures=_take_captures("C", records, nonce, by_id),
        texts=_take_captures("S", records, nonce, by_id),
        stamps={key: row.stamp for key, row in rows.items()},
        hints={key: row.hint for key, row in rows.items() if row.hint},
        homes=homes,
        options=_take_options(records, nonce),
        asides=_take_asides(records, nonce),
        server_pid=parse_number(ends[-1].split(nonce)[1].strip()) if ends else 0,
        there=frozenset((*find_there(panes), *(others or ()))),
        whole=bool(ends),
        complete=others is None,
    )


def find_there(panes: Iterable[Pane]) -> frozenset[tuple[PaneId, str]]:
    """Return those of the panes that live, each with its window."""
    return frozenset((pane.id, pane.window_id) for pane in panes if not pane.dead)


def find_stamp(stamp: str, looked_at: float) -> str:
    """
    Return the stamp to believe after a capture with `stamp`, begun at Unix `looked_at`, or none.

    Activity has a resolution of one second: within that second, more may have followed unseen.
    """
    activity_at = parse_number(stamp.partition(" ")[0])
    unsettled = int(looked_at) <= activity_at <= looked_at + SETTLED_S
    return "" if unsettled else stamp


def _choose_rows(rows: Iterable[Row]) -> dict[PaneId, Row]:
    """Return one row a pane: of a window linked into several sessions, one that is attached."""
    best: dict[PaneId, Row] = {}
    for row in rows:
        known = best.get(row.pane.id)
        rank = (row.pane.active, row.attached > 0)
        if known is None or rank > (known.pane.active, known.attached > 0):
            best[row.pane.id] = row
    return best


def _find_homes(rows: Iterable[Row]) -> dict[PaneId, tuple[str, ...]]:
    homes: dict[PaneId, tuple[str, ...]] = {}
    for row in rows:
        homes[row.pane.id] = tuple(dict.fromkeys((*homes.get(row.pane.id, ()), row.home)))
    return homes


def _take_captures(
    letter: str, records: Iterable[str], nonce: str, panes: Mapping[PaneId, Pane]
) -> dict[PaneId, Capture]:
    captures: dict[PaneId, Capture] = {}
    for record in records:
        name, _, body = record.partition("\n")
        pane = panes.get(PaneId(f"%{name[1:]}")) if name.startswith(letter) else None
        lines = body.split("\n")[:-1]
        if pane is None or len(lines) != pane.height or nonce in body:
            continue
        captures[pane.id] = make_capture(pane, tuple(lines))
    return captures


def make_capture(pane: Pane, lines: tuple[str, ...]) -> Capture:
    """Return the painted form of `pane` with these lines, and what its formats say of it now."""
    return Capture(pane.width, pane.height, lines, pane.cursor, pane.title, pane.alternate)


def _take_asides(records: Iterable[str], nonce: str) -> tuple[tuple[str, ...], ...]:
    found = (one.removesuffix("\n") for one in records if one.startswith(f"B{nonce}"))
    return tuple(tuple(one.split(nonce)[1:]) for one in found)


def _take_options(records: Iterable[str], nonce: str) -> dict[str, str] | None:
    for record in records:
        if record.startswith(f"O{nonce}"):
            values = record.removesuffix("\n").split(nonce)[1:]
            return dict(zip(OPTIONS, values, strict=False))
    return None

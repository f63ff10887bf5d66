"""One tmux invocation per tick: all panes, and the screens of those that may have changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agent_status.model import Capture, Pane, PaneId
from agent_status.options import TABLE
from agent_status.tmux.client import parse_version, quote
from agent_status.tmux.panes import (
    CUT,
    Row,
    build_format,
    build_live,
    parse_live,
    parse_number,
    parse_row,
    parse_there,
)

OPTIONS = tuple(name for name, _ in TABLE)
"""Our options, which a tick can read too."""

WITHOUT, WITH_BLANKS = "C", "N"
"""The letters of captures without and with the blanks at the ends of lines."""
MAX_ABOVE = 200
"""Lines above the top of a pane that may be a request's."""

SETTLED_S = 10
"""Activity that lies further ahead than this is of a clock that was set back."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The result of one invocation. `whole` is False if tmux ended in the middle of it."""

    panes: tuple[Pane, ...] = ()
    captures: Mapping[PaneId, Capture] = field(default_factory=dict)
    stamps: Mapping[PaneId, str] = field(default_factory=dict)
    hints: Mapping[PaneId, str] = field(default_factory=dict)
    homes: Mapping[PaneId, tuple[str, ...]] = field(default_factory=dict)
    """The ids of the sessions that each pane is in; more than one when its window is linked."""
    texts: Mapping[PaneId, Capture] = field(default_factory=dict)
    """Captures without colours, which cost tmux a fifth."""
    options: Mapping[str, str] | None = None
    aboves: Mapping[PaneId, tuple[str, ...]] = field(default_factory=dict)
    """The last lines that have scrolled off the top of a pane, oldest first."""
    server_pid: int = 0
    version: str = ""
    """That of the server's tmux."""
    there: frozenset[tuple[PaneId, str]] = frozenset()
    """All panes that live, each with its window; of most of them a short tick says no more."""
    whole: bool = False
    asides: tuple[tuple[str, ...], ...] = ()
    """The fields of each record that somebody else's commands in the same invocation printed."""
    texts_aside: tuple[str, ...] = ()
    """What each record of one text holds that somebody else's commands printed."""
    complete: bool = True
    """True if `panes` are all there are, and not only those that were asked after."""


def build_tick(
    nonce: str,
    captured: Iterable[PaneId] = (),
    options: Iterable[str] = (),
    text_only: Iterable[PaneId] = (),
    above: Iterable[PaneId] = (),
    version: str = "",
) -> str:
    """
    Return the commands of one tick, for `Tmux.feed`; `nonce` must be new, and only word characters.

    `captured` names the panes to capture, `text_only` those to read without colours, `above` those
    of which to read what has scrolled off, `options` the options to read, OPTIONS or none of them;
    `version` is tmux's, empty where it is not known. A pane that is gone by then is an error of its
    own command, and of no other.
    """
    return _build_script(nonce, build_format(nonce), captured, options, text_only, above, version)


def build_short_tick(
    nonce: str,
    panes: Iterable[PaneId],
    captured: Iterable[PaneId] = (),
    options: Iterable[str] = (),
    text_only: Iterable[PaneId] = (),
    above: Iterable[PaneId] = (),
    version: str = "",
) -> str:
    """Return the commands of a tick that only checks which other panes than `panes` exist."""
    form = build_live(nonce, panes)
    return _build_script(nonce, form, captured, options, text_only, above, version)


def find_blanks(version: str) -> str:
    """
    Return the flags with which this tmux keeps written blanks at the ends of lines.

    Since 3.4, -T leaves out those that only fill a line; before, -N alone does (CHANGES of tmux).
    """
    found = parse_version(version)
    if found is None or not found.is_supported:
        return ""
    return " -N -T" if (found.major, found.minor) >= (3, 4) else " -N"


def _build_script(
    nonce: str,
    form: str,
    captured: Iterable[PaneId],
    options: Iterable[str],
    text_only: Iterable[PaneId],
    above: Iterable[PaneId],
    version: str,
) -> str:
    lines = [f"list-panes -a -F {quote(form)}"]
    blanks = find_blanks(version)
    values = nonce.join(f"#{{{name}}}" for name in options)
    if values:
        lines.append(f"display-message -p {quote(f'{nonce}:O{nonce}{values}')}")
    looks = (
        (WITH_BLANKS if blanks else WITHOUT, "-p -e", blanks, captured),
        ("S", "-p", "", text_only),
    )
    for letter, flags, more, panes in looks:
        for pane in panes:
            lines.append(f"display-message -p {nonce}:{letter}{pane.removeprefix('%')}")
            lines.append(f"capture-pane {flags} -t {quote(pane)}{more}")
    for pane in above:
        head = f"{nonce}:A{pane.removeprefix('%')} #{{history_size}}"
        lines.append(f"display-message -p -t {quote(pane)} {quote(head)}")
        lines.append(f"capture-pane -p -t {quote(pane)} -S -{MAX_ABOVE} -E -1")
    lines.append(f"display-message -p {quote(f'{nonce}:E{nonce}#{{pid}}{nonce}#{{version}}')}")
    return "\n".join(lines) + "\n"


def parse_short_tick(text: str, nonce: str, known: Mapping[PaneId, Pane]) -> Tick:
    """Return what the answer to `build_short_tick` says about panes that are `known`."""
    records = text.split(f"{nonce}:")[1:]
    found = (parse_live(one.replace(nonce, CUT), known) for one in records if one[:1] == "M")
    rows = {row.pane.id: row for row in found if row is not None}
    others = filter(None, (parse_there(one) for one in records if one[:1] == "T"))
    return _make_tick(records, nonce, rows, {}, others=others)


def parse_tick(text: str, nonce: str) -> Tick:
    """Return the answer to `build_tick`, without torn or strange parts."""
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
    end = ends[-1].removesuffix("\n").split(nonce) if ends else []
    captures = _take_captures(WITHOUT, records, nonce, by_id)
    written = _take_captures(WITH_BLANKS, records, nonce, by_id)
    return Tick(
        panes=panes,
        captures=captures | {key: replace(one, blanks=True) for key, one in written.items()},
        texts=_take_captures("S", records, nonce, by_id),
        stamps={key: row.stamp for key, row in rows.items()},
        hints={key: row.hint for key, row in rows.items() if row.hint},
        homes=homes,
        options=_take_options(records, nonce),
        aboves=_take_aboves(records, by_id),
        asides=_take_asides(records, nonce),
        texts_aside=tuple(one[2:].removesuffix("\n") for one in records if one[:2] == "F\n"),
        server_pid=parse_number(end[1].strip()) if end else 0,
        version=end[2] if len(end) > 2 else "",  # noqa: PLR2004
        there=frozenset((*find_there(panes), *(others or ()))),
        whole=bool(ends),
        complete=others is None,
    )


def find_there(panes: Iterable[Pane]) -> frozenset[tuple[PaneId, str]]:
    """Return the live ones of the panes, each with its window."""
    return frozenset((pane.id, pane.window_id) for pane in panes if not pane.dead)


def find_stamp(stamp: str, looked_at: float) -> str:
    """
    Return the stamp after a capture that began at Unix `looked_at`, or none.

    Activity has a resolution of one second: within that second, more may have followed unseen.
    """
    activity_at = parse_number(stamp.partition(" ")[0])
    unsettled = int(looked_at) <= activity_at <= looked_at + SETTLED_S
    return "" if unsettled else stamp


def _choose_rows(rows: Iterable[Row]) -> dict[PaneId, Row]:
    """Return one row per pane: for a window linked into several sessions, an attached one."""
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


def _take_aboves(
    records: Iterable[str], panes: Mapping[PaneId, Pane]
) -> dict[PaneId, tuple[str, ...]]:
    """Return what has scrolled off; if nothing has, tmux prints the first line of the pane."""
    aboves: dict[PaneId, tuple[str, ...]] = {}
    for record in records:
        head, _, body = record.partition("\n")
        name, _, size = head.partition(" ")
        pane = PaneId(f"%{name[1:]}")
        if name.startswith("A") and pane in panes:
            aboves[pane] = tuple(body.split("\n")[:-1]) if parse_number(size) else ()
    return aboves


def make_capture(pane: Pane, lines: tuple[str, ...]) -> Capture:
    """Return the capture of `pane` with these lines and its current formats."""
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

"""Adds badges and summary to tmux's formats, and remembers how to remove them."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from agent_status.features.badges.placement import (
    FORMATS,
    FRAGMENTS,
    find_placed,
    holds_fragment,
    insert_fragment,
    remove_fragment,
)
from agent_status.options import Options
from agent_status.tmux.changes import Change, apply_changes
from agent_status.tmux.client import Tmux, TmuxError, quote
from agent_status.tmux.server_state import LENGTH, Server, read_server

SAVED = "@agent-status-saved"
REST = 40
"""Columns that the right side is left, which is also tmux's default for all of it."""
MAX_TRIES = 5
MAX_REPAIRS = 3
"""Once it was put back so often within REPAIRS_S, and overwritten once more, it is left alone."""
REPAIRS_S = 3600


class ChangingError(TmuxError):
    """Another program kept changing the same options; its values were kept."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What we remember in the server: old bindings by key, and what was placed."""

    keys: Mapping[str, str] = field(default_factory=dict)
    length: tuple[str, str] | None = None
    """The right side's length before and after."""
    click: str = ""
    """The old binding of a click on the status line; empty if there was none."""
    is_placed: bool = False
    repairs: tuple[int, ...] = ()
    """When it was put back since the last load, in seconds of the epoch; one more: it stopped."""

    @property
    def has_stopped(self) -> bool:
        """True if repairs have stopped until the next load."""
        return len(self.repairs) > MAX_REPAIRS


@dataclass(frozen=True, slots=True)
class Placing:
    """Changes to the formats. `length` is the value of `status-right-length` to remember."""

    is_placed: bool
    length: tuple[str, str] | None
    commands: tuple[str, ...]
    changes: tuple[Change, ...]


def apply_until_stable(tmux: Tmux, plan: Callable[[Server], Iterable[Change]]) -> Server:
    """
    Apply the changes that `plan` makes from the server; retry if an option changed meanwhile.

    Return the server as last read. Raises ChangingError, PartialError if tmux refused some changes,
    or another TmuxError.
    """
    for _ in range(MAX_TRIES):
        server = read_server(tmux, FORMATS, SAVED)
        if apply_changes(tmux, plan(server), server.targets):
            return server
    message = (
        "something else keeps overwriting the formats of the status line; its formats were kept"
    )
    raise ChangingError(message)


def plan_placing(server: Server, saved: Saved, options: Options) -> Placing:
    """
    Return the changes that add badges and summary, or remove them. Pure.

    They are removed if the user wants none there or placed some.
    """
    placed = find_placed({**server.formats, **server.local}, server.users)
    if not options.auto or placed:
        return plan_removal(server, saved)
    before = _find_length(server, saved)
    after = _grow(before, options.summary_width)
    return Placing(
        is_placed=True,
        length=(before, after) if before != after else None,
        commands=_plan_length(server, after),
        changes=tuple(_plan_formats(server, insert_fragment)),
    )


def plan_removal(server: Server, saved: Saved) -> Placing:
    """Return the changes that remove everything of ours from the formats. Pure."""
    return Placing(
        is_placed=False,
        length=None,
        commands=_plan_length(server, _find_length(server, saved)),
        changes=tuple(_plan_formats(server, lambda _, text: remove_fragment(text))),
    )


def plan_repair(server: Server, options: Options, now: float) -> tuple[Change, ...]:
    """
    Return the changes that restore overwritten formats at Unix time `now`. Pure.

    After MAX_REPAIRS within REPAIRS_S it only records that repairs have stopped.
    """
    saved = parse_saved(server.saved)
    if saved.has_stopped or not is_overwritten(saved, server.formats, server.length):
        return ()
    placing = plan_placing(server, saved, options)
    recent = tuple(at for at in saved.repairs if at != int(now) and now - at < REPAIRS_S)
    repairs = (*recent, int(now)) if placing.is_placed else ()
    if len(repairs) > MAX_REPAIRS:
        return plan_memory(server, replace(saved, repairs=repairs), ())
    then = replace(saved, is_placed=placing.is_placed, length=placing.length, repairs=repairs)
    return (*plan_memory(server, then, placing.commands), *placing.changes)


def plan_memory(server: Server, now: Saved, commands: tuple[str, ...]) -> tuple[Change, ...]:
    """Return `commands`, the last of which may set LENGTH, with the state to remember."""
    remember = tuple(_plan_saved(parse_saved(server.saved), now))
    last = " ; ".join((*commands[-1:], *remember))
    held = {LENGTH: server.length, SAVED: server.saved}
    return (Change((*commands[:-1], last), held),) if last else ()


def is_overwritten(saved: Saved, formats: Mapping[str, str], length: str) -> bool:
    """Return True if another program overwrote our fragments in the global formats. Pure."""
    kept = all(holds_fragment(name, formats.get(name, "")) for name in FRAGMENTS)
    return saved.is_placed and not (kept and (not saved.length or saved.length[1] == length))


def parse_saved(text: str) -> Saved:
    """Return the remembered state; empty if the text isn't ours."""
    try:
        found: Any = json.loads(text)
        keys = {str(key): str(line) for key, line in found["keys"].items()}
        before, after = map(str, found["length"] or ("", ""))
        repairs = tuple(map(int, found.get("repairs") or ()))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return Saved()
    click = str(found.get("click") or "")
    return Saved(
        keys={key: line for key, line in keys.items() if line.startswith("bind-key ")},
        length=(before, after) if before.isdecimal() and after.isdecimal() else None,
        click=click if click.startswith("bind-key ") else "",
        is_placed=found.get("is_placed") is True,
        repairs=repairs,
    )


def _plan_saved(before: Saved, now: Saved) -> tuple[str, ...]:
    if now == before:
        return ()
    if now == Saved():
        return (f"set-option -gqu {SAVED}",)
    return (f"set-option -g {SAVED} {quote(json.dumps(asdict(now)))}",)


def _plan_formats(server: Server, render: Callable[[str, str], str]) -> Iterable[Change]:
    for name in FRAGMENTS:
        text = server.formats[name]
        wanted = render(name, text)
        if wanted != text:
            yield Change((f"set-option -g {name} {quote(wanted)}",), {name: text})


def _plan_length(server: Server, length: str) -> tuple[str, ...]:
    return (f"set-option -g {LENGTH} {length}",) if length != server.length else ()


def _find_length(server: Server, saved: Saved) -> str:
    """Return `status-right-length` as it was before ours."""
    return saved.length[0] if saved.length and server.length == saved.length[1] else server.length


def _grow(length: str, summary_width: int) -> str:
    columns = int(length) if length.isdecimal() else 0
    return length if columns >= summary_width + REST else str(columns + summary_width + 1)

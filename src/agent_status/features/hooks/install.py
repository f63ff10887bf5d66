"""Install, remove and look at hooks: what each does to one agent's settings."""

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from agent_status.features.hooks.agents import TABLE, Hooks
from agent_status.features.hooks.files import (
    Settings,
    keep_copy,
    list_kept,
    read_settings,
    refuse_dangling,
    write_settings,
)
from agent_status.features.hooks.formats import OURS, Entry
from agent_status.features.hooks.parts import SettingsError
from agent_status.features.hooks.records import Record, forget_record, keep_record, read_records
from agent_status.paths import find_home, find_state


class Condition(StrEnum):
    """How an agent's hooks are."""

    INSTALLED = "installed"
    ABSENT = "absent"
    CHANGED = "changed"
    OUTDATED = "outdated"
    REPEATED = "repeated"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where agents are looked for: their environment, the home folder, and our command.

    `records` is the folder of what was installed where.
    """

    command: str
    home: Path
    env: Mapping[str, str]
    records: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one agent's hooks; `words` is why nothing was done, or what comes next."""

    kind: str
    condition: Condition
    path: Path
    words: str = ""
    done: bool = True


def find_place(program: Sequence[str], env: Mapping[str, str] = os.environ) -> Place:
    """
    Return the place of this user; `program` are the words that run agent-status.

    The command ends with success and in silence even where the program is gone. Raises
    NoFolderError.
    """
    command = f"{shlex.join((*program, 'event'))} >/dev/null 2>&1 || :"
    return Place(command, find_home(env), env, find_state(env) / "hooks")


@dataclass(frozen=True, slots=True)
class Spot:
    """One agent's settings in one folder, with what is remembered of them."""

    hooks: Hooks
    folder: Path
    record: Record | None = None

    @property
    def path(self) -> Path:
        """The file that the hooks stand in, which may not exist."""
        return self.folder / self.hooks.file

    @property
    def is_gone(self) -> bool:
        """Whether a folder that is remembered is there no more."""
        return self.record is not None and not os.path.lexists(self.folder)


def find_spot(hooks: Hooks, place: Place) -> Spot:
    """Return where the agent looks for its settings in this environment."""
    return list_spots(hooks, place)[0]


def list_spots(hooks: Hooks, place: Place) -> tuple[Spot, ...]:
    """Return `find_spot` and, after it, every other one into which hooks were ever put."""
    home = str(hooks.find_home(place.env, place.home))
    records = {one.folder: one for one in read_records(place.records) if one.kind == hooks.kind}
    folders = dict.fromkeys((home, *records))
    return tuple(Spot(hooks, Path(folder), records.get(folder)) for folder in folders)


def examine(spot: Spot, place: Place) -> Outcome:
    """Return how the agent's hooks are; never raises."""
    hooks = spot.hooks
    if spot.is_gone:
        return _report(spot, Condition.ABSENT, GONE.format(folder=spot.folder))
    try:
        ours = hooks.form.list_ours(read_settings(spot.path).text)
    except (SettingsError, OSError) as error:
        return _refuse(spot, str(error))
    condition = _judge(ours, hooks, place.command)
    words = REPEATED.format(kind=hooks.kind) if condition is Condition.REPEATED else ""
    return _report(spot, condition, words)


def _judge(ours: Sequence[Entry], hooks: Hooks, command: str) -> Condition:
    if not ours:
        return Condition.ABSENT
    if len({event for event, _ in ours}) < len(ours):
        return Condition.REPEATED
    if set(ours) == {(event, command) for event in hooks.events}:
        return Condition.INSTALLED
    moved = all(said != command for _, said in ours)
    return Condition.OUTDATED if moved else Condition.CHANGED


GONE = "{folder} no longer exists"
REPEATED = "the hook is there more than once: agent-status hooks install {kind} makes it one"
WAITS = (
    "with a plugin {kind} downloads its library for plugins at its next start, and waits for it:"
    " up to a minute at each start without network, until there is {folder}"
)


def install(spot: Spot, place: Place) -> Outcome:
    """
    Put our entries into the agent's settings, in the place of older ones. Idempotent.

    Folders and the file are made, for their owner alone, where the agent has not run yet.
    """
    hooks, library = spot.hooks, spot.folder / spot.hooks.library
    try:
        refuse_dangling(spot.path)
        settings = read_settings(spot.path)
        ours = hooks.form.list_ours(settings.text)
        record = _recall(spot, settings)
        if _judge(ours, hooks, place.command) is not Condition.INSTALLED:
            _put(spot, place, settings, record)
        elif record != spot.record:
            keep_record(place.records, record)
    except (SettingsError, OSError) as error:
        by_hand = f"{error}; add by hand:\n{hooks.form.add('', hooks.events, place.command)}"
        return _refuse(spot, by_hand)
    waits = "" if library.is_dir() else WAITS.format(kind=hooks.kind, folder=library)
    return _report(spot, Condition.INSTALLED, waits if hooks.library else hooks.note)


def _put(spot: Spot, place: Place, settings: Settings, known: Record) -> None:
    """Write our entries, and remember it before that; what fails leaves nothing behind."""
    form = spot.hooks.form
    before = _take_out(spot, settings, known)
    missing = [folder for folder in spot.path.parents if not folder.exists()]
    folders = dict.fromkeys((*known.folders, *map(str, reversed(missing))))
    record = replace(known, folders=tuple(folders), **_describe(spot, known, before or ""))
    text = form.add(before or "", spot.hooks.events, place.command)
    keep_record(place.records, record)
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o700)
        if before is not None:
            keep_copy(settings)
        write_settings(settings, text)
    except (SettingsError, OSError):
        _remove_folders(map(str, missing))
        if spot.record:
            keep_record(place.records, spot.record)
        else:
            forget_record(place.records, record)
        raise


def _describe(spot: Spot, known: Record, text: str) -> dict[str, Any]:
    """Return what a record says about a text without entries of ours, some of which were there."""
    if known.made:
        return {"before": {}, "blank": None}
    if not text.strip():
        return {"before": {}, "blank": text}
    found = spot.hooks.form.describe(text)
    if known.before is not None:  # what came since holds ours: it was made for them
        found = {path: inside for path, inside in found.items() if path in known.before}
    return {"before": found, "blank": known.blank}


def remove(spot: Spot, place: Place) -> Outcome:
    """
    Take our entries out of the agent's settings, and nothing else. Idempotent.

    So go the file and the folders that were made for them, if nothing else is there by now.
    """
    if spot.record and spot.is_gone:
        forget_record(place.records, spot.record)
        return _report(spot, Condition.ABSENT, f"{GONE.format(folder=spot.folder)}: forgotten")
    try:
        settings = read_settings(spot.path)
        record = _recall(spot, settings)
        _write_without(spot, settings, record)
        if spot.record:
            _remove_folders(reversed(record.folders))
            forget_record(place.records, record)
    except (SettingsError, OSError) as error:
        return _refuse(spot, str(error))
    return _report(spot, Condition.ABSENT)


def remove_all(place: Place) -> tuple[Outcome, ...]:
    """Take out everything that was ever installed; return the outcome of each, failures too."""
    found = [(spot, examine(spot, place)) for row in TABLE for spot in list_spots(row, place)]
    return tuple(
        remove(spot, place)
        for spot, seen in found
        if spot.record
        or seen.condition not in (Condition.ABSENT, Condition.UNREADABLE)
        or (seen.condition is Condition.UNREADABLE and _may_hold_ours(spot.path))
    )


def _may_hold_ours(path: Path) -> bool:
    with suppress(OSError):
        return path.is_file() and bool(OURS.search(path.read_text(errors="replace")))
    return False


def _recall(spot: Spot, settings: Settings) -> Record:
    """Return what is remembered of these entries, or what the copies beside the file tell."""
    form = spot.hooks.form
    folders = spot.record.folders if spot.record else ()
    record = Record(spot.hooks.kind, str(spot.folder), folders=folders)
    if not form.list_ours(settings.text):
        return replace(record, made=not settings.exists)
    if spot.record:
        return spot.record
    for path in list_kept(spot.path):
        with suppress(SettingsError, OSError):
            kept = read_settings(path).text
            if not form.list_ours(kept):
                return replace(record, **_describe(spot, record, kept))
    return replace(record, made=True)


def _take_out(spot: Spot, settings: Settings, record: Record) -> str | None:
    """Return the text without our entries, or None if the file is ours and holds nothing else."""
    form = spot.hooks.form
    if not settings.exists:
        return None
    if not form.list_ours(settings.text):
        return settings.text
    text = form.drop(settings.text, record.before)
    if not form.is_bare(text):
        return text
    if record.made and not spot.path.is_symlink():
        return None
    return text if record.blank is None else record.blank


def _write_without(spot: Spot, settings: Settings, record: Record) -> None:
    text = _take_out(spot, settings, record)
    if settings.exists and text != settings.text:
        if text is not None:
            keep_copy(settings)
        write_settings(settings, text)
        _drop_copies(spot, text, record)


def _drop_copies(spot: Spot, text: str | None, record: Record) -> None:
    """Remove the copies of a file that is again what it was: they hold nothing else."""
    kept: dict[Path, str | None] = {}
    same = text is None
    for path in list_kept(spot.path):
        with suppress(SettingsError, OSError):
            copy = read_settings(path)
            kept[path] = _take_out(spot, copy, record)
            same = same or copy.text == text
    for path, was in kept.items():
        if same and was == text:
            path.unlink()


def _remove_folders(folders: Iterable[str]) -> None:
    """Remove those that are empty, the innermost first."""
    for folder in folders:
        with suppress(OSError):
            Path(folder).rmdir()


def _report(spot: Spot, condition: Condition, words: str = "") -> Outcome:
    return Outcome(spot.hooks.kind, condition, spot.path, words)


def _refuse(spot: Spot, words: str) -> Outcome:
    return Outcome(spot.hooks.kind, Condition.UNREADABLE, spot.path, words, done=False)

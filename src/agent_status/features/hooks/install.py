"""Install, remove and examine hooks in agents' settings."""

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
    """The state of an agent's hooks."""

    INSTALLED = "installed"
    ABSENT = "absent"
    CHANGED = "changed"
    OUTDATED = "outdated"
    REPEATED = "repeated"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class HookContext:
    """
    Where to look for agents: their environment, the home folder, and our command.

    `records` is the folder that records what was installed where.
    """

    command: str
    home: Path
    env: Mapping[str, str]
    records: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for one agent; `words` says why nothing was done, or what comes next."""

    kind: str
    condition: Condition
    path: Path
    words: str = ""
    done: bool = True


def make_context(program: Sequence[str], env: Mapping[str, str] = os.environ) -> HookContext:
    """
    Return the context of this user; `program` is the command line of agent-status.

    The hook command succeeds silently even if the program is gone. Raises NoFolderError.
    """
    command = f"{shlex.join((*program, 'event'))} >/dev/null 2>&1 || :"
    return HookContext(command, find_home(env), env, find_state(env) / "hooks")


@dataclass(frozen=True, slots=True)
class HookTarget:
    """One agent's settings in one folder, with our record of them."""

    hooks: Hooks
    folder: Path
    record: Record | None = None

    @property
    def path(self) -> Path:
        """The settings file, which may not exist."""
        return self.folder / self.hooks.file

    @property
    def is_gone(self) -> bool:
        """True if the remembered folder no longer exists."""
        return self.record is not None and not os.path.lexists(self.folder)


def find_target(hooks: Hooks, context: HookContext) -> HookTarget:
    """Return the settings that the agent uses in this environment."""
    return list_targets(hooks, context)[0]


def list_targets(hooks: Hooks, context: HookContext) -> tuple[HookTarget, ...]:
    """Return `find_target` first, then every other place where hooks were installed."""
    home = str(hooks.find_home(context.env, context.home))
    records = {one.folder: one for one in read_records(context.records) if one.kind == hooks.kind}
    folders = dict.fromkeys((home, *records))
    return tuple(HookTarget(hooks, Path(folder), records.get(folder)) for folder in folders)


def examine(target: HookTarget, context: HookContext) -> Outcome:
    """Return the condition of the agent's hooks; never raises."""
    hooks = target.hooks
    if target.is_gone:
        return _report(target, Condition.ABSENT, GONE.format(folder=target.folder))
    try:
        ours = hooks.form.list_ours(read_settings(target.path).text)
    except (SettingsError, OSError) as error:
        return _refuse(target, str(error))
    condition = _judge(ours, hooks, context.command)
    words = REPEATED.format(kind=hooks.kind) if condition is Condition.REPEATED else ""
    return _report(target, condition, words)


def _judge(ours: Sequence[Entry], hooks: Hooks, command: str) -> Condition:
    if not ours:
        return Condition.ABSENT
    if len({event for event, _ in ours}) < len(ours):
        return Condition.REPEATED
    if set(ours) == {(event, command) for event in hooks.events}:
        return Condition.INSTALLED
    moved = all(written != command for _, written in ours)
    return Condition.OUTDATED if moved else Condition.CHANGED


GONE = "{folder} no longer exists"
REPEATED = "the hook is there more than once: agent-status hooks install {kind} makes it one"
WAITS = (
    "with a plugin {kind} downloads its library for plugins at its next start, and waits for it:"
    " up to a minute at each start without network, until there is {folder}"
)


def install(target: HookTarget, context: HookContext) -> Outcome:
    """
    Add our entries to the agent's settings, and remove older ones. Idempotent.

    Missing folders and the file are created, private to the user.
    """
    hooks, library = target.hooks, target.folder / target.hooks.library
    try:
        refuse_dangling(target.path)
        settings = read_settings(target.path)
        ours = hooks.form.list_ours(settings.text)
        record = _find_record(target, settings)
        if _judge(ours, hooks, context.command) is not Condition.INSTALLED:
            _write_entries(target, context, settings, record)
        elif record != target.record:
            keep_record(context.records, record)
    except (SettingsError, OSError) as error:
        by_hand = f"{error}; add by hand:\n{hooks.form.add('', hooks.events, context.command)}"
        return _refuse(target, by_hand)
    waits = "" if library.is_dir() else WAITS.format(kind=hooks.kind, folder=library)
    return _report(target, Condition.INSTALLED, waits if hooks.library else hooks.note)


def _write_entries(
    target: HookTarget, context: HookContext, settings: Settings, known: Record
) -> None:
    """Record our entries, then write them; a failure leaves nothing behind."""
    form = target.hooks.form
    before = _drop_entries(target, settings, known)
    missing = [folder for folder in target.path.parents if not folder.exists()]
    folders = dict.fromkeys((*known.folders, *map(str, reversed(missing))))
    record = replace(known, folders=tuple(folders), **_describe_text(target, known, before or ""))
    text = form.add(before or "", target.hooks.events, context.command)
    keep_record(context.records, record)
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o700)
        if before is not None:
            keep_copy(settings)
        write_settings(settings, text)
    except (SettingsError, OSError):
        _remove_folders(map(str, missing))
        if target.record:
            keep_record(context.records, target.record)
        else:
            forget_record(context.records, record)
        raise


def _describe_text(target: HookTarget, known: Record, text: str) -> dict[str, Any]:
    """Return the fields of a record for a text without our entries."""
    if known.made:
        return {"before": {}, "blank": None}
    if not text.strip():
        return {"before": {}, "blank": text}
    found = target.hooks.form.describe(text)
    if known.before is not None:  # what came since holds ours: it was made for them
        found = {path: inside for path, inside in found.items() if path in known.before}
    return {"before": found, "blank": known.blank}


def remove(target: HookTarget, context: HookContext) -> Outcome:
    """
    Remove our entries from the agent's settings, and nothing else. Idempotent.

    The file and folders that we created are deleted if nothing else is in them.
    """
    if target.record and target.is_gone:
        forget_record(context.records, target.record)
        return _report(target, Condition.ABSENT, f"{GONE.format(folder=target.folder)}: forgotten")
    try:
        settings = read_settings(target.path)
        record = _find_record(target, settings)
        _write_without(target, settings, record)
        if target.record:
            _remove_folders(reversed(record.folders))
            forget_record(context.records, record)
    except (SettingsError, OSError) as error:
        return _refuse(target, str(error))
    return _report(target, Condition.ABSENT)


def remove_all(context: HookContext) -> tuple[Outcome, ...]:
    """Remove everything that was ever installed; return all outcomes, including failures."""
    found = [
        (target, examine(target, context)) for row in TABLE for target in list_targets(row, context)
    ]
    return tuple(
        remove(target, context)
        for target, seen in found
        if target.record
        or seen.condition not in (Condition.ABSENT, Condition.UNREADABLE)
        or (seen.condition is Condition.UNREADABLE and _may_hold_ours(target.path))
    )


def _may_hold_ours(path: Path) -> bool:
    with suppress(OSError):
        return path.is_file() and bool(OURS.search(path.read_text(errors="replace")))
    return False


def _find_record(target: HookTarget, settings: Settings) -> Record:
    """Return our record of these entries, or what the backups show."""
    form = target.hooks.form
    folders = target.record.folders if target.record else ()
    record = Record(target.hooks.kind, str(target.folder), folders=folders)
    if not form.list_ours(settings.text):
        return replace(record, made=not settings.exists)
    if target.record:
        return target.record
    for path in list_kept(target.path):
        with suppress(SettingsError, OSError):
            kept = read_settings(path).text
            if not form.list_ours(kept):
                return replace(record, **_describe_text(target, record, kept))
    return replace(record, made=True)


def _drop_entries(target: HookTarget, settings: Settings, record: Record) -> str | None:
    """Return the text without our entries, or None if the file is ours and otherwise empty."""
    form = target.hooks.form
    if not settings.exists:
        return None
    if not form.list_ours(settings.text):
        return settings.text
    text = form.drop(settings.text, record.before)
    if not form.is_bare(text):
        return text
    if record.made and not target.path.is_symlink():
        return None
    return text if record.blank is None else record.blank


def _write_without(target: HookTarget, settings: Settings, record: Record) -> None:
    text = _drop_entries(target, settings, record)
    if settings.exists and text != settings.text:
        if text is not None:
            keep_copy(settings)
        write_settings(settings, text)
        _drop_copies(target, text, record)


def _drop_copies(target: HookTarget, text: str | None, record: Record) -> None:
    """Delete the backups of a file that is restored: they hold nothing else."""
    kept: dict[Path, str | None] = {}
    same = text is None
    for path in list_kept(target.path):
        with suppress(SettingsError, OSError):
            copy = read_settings(path)
            kept[path] = _drop_entries(target, copy, record)
            same = same or copy.text == text
    for path, was in kept.items():
        if same and was == text:
            path.unlink()


def _remove_folders(folders: Iterable[str]) -> None:
    """Delete the empty folders, innermost first."""
    for folder in folders:
        with suppress(OSError):
            Path(folder).rmdir()


def _report(target: HookTarget, condition: Condition, words: str = "") -> Outcome:
    return Outcome(target.hooks.kind, condition, target.path, words)


def _refuse(target: HookTarget, words: str) -> Outcome:
    return Outcome(target.hooks.kind, Condition.UNREADABLE, target.path, words, done=False)

"""Install, remove and look at hooks: what each does to one agent's settings."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agent_status.hooks.agents import Hooks
from agent_status.hooks.files import Settings, list_kept, read_settings, write_settings
from agent_status.hooks.json_text import SettingsError
from agent_status.paths import find_home


class Condition(StrEnum):
    """How an agent's hooks are."""

    INSTALLED = "installed"
    ABSENT = "absent"
    CHANGED = "changed"
    OUTDATED = "outdated"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Place:
    """Where agents are looked for: their environment, the home folder, and our command."""

    command: str
    home: Path
    env: Mapping[str, str]


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
    return Place(command, find_home(env), env)


def examine(hooks: Hooks, place: Place) -> Outcome:
    """Return how the agent's hooks are; never raises."""
    path = hooks.find_file(place.env, place.home)
    try:
        ours = hooks.form.list_ours(read_settings(path).text)
    except (SettingsError, OSError) as error:
        return Outcome(hooks.kind, Condition.UNREADABLE, path, str(error), done=False)
    return Outcome(hooks.kind, _judge(ours, hooks, place.command), path)


def _judge(ours: frozenset[tuple[str, str]], hooks: Hooks, command: str) -> Condition:
    if not ours:
        return Condition.ABSENT
    if ours == {(event, command) for event in hooks.events}:
        return Condition.INSTALLED
    moved = all(said != command for _, said in ours)
    return Condition.OUTDATED if moved else Condition.CHANGED


WAITS = (
    "{kind} would wait for its library for plugins at each start, a minute without network: start"
    " {kind} once while you are online, until there is {folder}, and install again"
)


def install(hooks: Hooks, place: Place) -> Outcome:
    """Put our entries into the agent's settings, in the place of older ones. Idempotent."""
    path, home = hooks.find_file(place.env, place.home), hooks.find_home(place.env, place.home)
    try:
        if not home.is_dir():
            return _refuse(hooks, path, f"there is no {home}: start {hooks.kind} once before")
        if hooks.library and not (home / hooks.library).is_dir():
            return _refuse(hooks, path, WAITS.format(kind=hooks.kind, folder=home / hooks.library))
        if path.parent != home:
            path.parent.mkdir(mode=0o700, exist_ok=True)
        settings = read_settings(path)
        ours = hooks.form.list_ours(settings.text)
        if _judge(ours, hooks, place.command) is not Condition.INSTALLED:
            before = hooks.form.drop(settings.text) if ours else settings.text
            write_settings(settings, hooks.form.add(before, hooks.events, place.command))
    except (SettingsError, OSError) as error:
        by_hand = f"{error}; add by hand:\n{hooks.form.add('', hooks.events, place.command)}"
        return _refuse(hooks, path, by_hand)
    return Outcome(hooks.kind, Condition.INSTALLED, path, hooks.note)


def remove(hooks: Hooks, place: Place) -> Outcome:
    """Take our entries out of the agent's settings, and nothing else. Idempotent."""
    path = hooks.find_file(place.env, place.home)
    try:
        settings = read_settings(path)
        if hooks.form.list_ours(settings.text):
            write_settings(settings, _find_before(hooks, settings))
            _leave(hooks, place, path)
    except (SettingsError, OSError) as error:
        return _refuse(hooks, path, str(error))
    return Outcome(hooks.kind, Condition.ABSENT, path)


def _find_before(hooks: Hooks, settings: Settings) -> str | None:
    """
    Return the text as it was before, if nothing has changed since; else ours are cut out.

    None if there was no file.
    """
    ours = hooks.form.list_ours(settings.text)
    events = tuple(event for event in hooks.events if event in dict(ours))
    commands = {command for _, command in ours}
    for path in list_kept(settings.path) if len(commands) == 1 else ():
        try:
            kept = read_settings(path).text
            again = hooks.form.add(kept, events, *commands) == settings.text
            if again and not hooks.form.list_ours(kept):
                return kept
        except (SettingsError, OSError):
            continue
    return hooks.form.drop(settings.text) or None


def _leave(hooks: Hooks, place: Place, path: Path) -> None:
    """Remove the folder that was made for a file of ours, if it is empty."""
    if path.parent != hooks.find_home(place.env, place.home) and not any(path.parent.iterdir()):
        path.parent.rmdir()


def _refuse(hooks: Hooks, path: Path, words: str) -> Outcome:
    return Outcome(hooks.kind, Condition.UNREADABLE, path, words, done=False)

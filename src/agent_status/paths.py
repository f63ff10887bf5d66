"""Where things of ours lie on the user's machine: XDG folders, one runtime folder a tmux server."""

import contextlib
import os
import pwd
import stat
from collections.abc import Mapping
from pathlib import Path

from agent_status.fastpath.hook_event import NAME, SOCKET, find_runtime_dirs

TRIES = 10
"""To make a folder that somebody removes, as the last one who used it does."""


class UnsafeFolderError(OSError):
    """A runtime folder exists that is not ours alone; nothing is read from it or put into it."""


class NoFolderError(OSError):
    """There is no folder for something of ours; the text says why, and how to fix it."""


def find_home(env: Mapping[str, str] = os.environ) -> Path:
    """
    Return the user's home folder: HOME, or the account's where that is empty or not set.

    Raises NoFolderError if there is neither.
    """
    try:
        return Path(env.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError as error:
        message = "no home folder is known: set HOME"
        raise NoFolderError(message) from error


def find_config(env: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the user's own agents and rules, which may not exist."""
    return _find_base(env, "XDG_CONFIG_HOME", ".config") / NAME


def find_data(env: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the private virtual environments, which may not exist."""
    return _find_base(env, "XDG_DATA_HOME", ".local/share") / NAME


def find_state(env: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the logs, which may not exist."""
    return _find_base(env, "XDG_STATE_HOME", ".local/state") / NAME


def find_runtime(socket: str, env: Mapping[str, str] = os.environ) -> Path:
    """
    Return the folder for the daemon of the tmux server that listens at `socket`.

    Where one listens already, it is that one's: a shell may have other variables than tmux had.
    Raises NoFolderError, or UnsafeFolderError if somebody else could write there.
    """
    folders = [Path(folder) for folder in find_runtime_dirs(socket, env)]
    usable = (one for one in folders if os.access(one.parent.parent, os.W_OK | os.X_OK))
    folder = next((one for one in folders if _is_used(one)), None) or next(usable, None)
    if folder is None:
        message = "no folder can hold the daemon's socket: set XDG_RUNTIME_DIR to a short path"
        raise NoFolderError(message)
    for part in (folder.parent, folder):
        make_private(part)
    return folder


def make_private(folder: Path) -> None:
    """
    Make `folder` with mode 0700 if it is not there.

    Raises UnsafeFolderError if it is a link, somebody else's, or open to others.
    """
    found = _make_folder(folder)
    if not _is_private(found):
        message = f"{folder} is not a folder of yours alone: remove it, or chmod 700 it"
        raise UnsafeFolderError(message)


def _make_folder(folder: Path) -> os.stat_result:
    """Return what is there, made if need be; the last one who used it may remove it meanwhile."""
    for _ in range(TRIES):
        try:
            folder.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            with contextlib.suppress(FileNotFoundError):
                return folder.lstat()
        else:
            return folder.lstat()
    return folder.lstat()


def _is_private(found: os.stat_result) -> bool:
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return ours and not found.st_mode & 0o077


def _is_used(folder: Path) -> bool:
    """Return whether a daemon of ours has its socket there."""
    try:
        ours = all(_is_private(part.lstat()) for part in (folder.parent, folder))
        return ours and stat.S_ISSOCK((folder / SOCKET).lstat().st_mode)
    except OSError:
        return False


def _find_base(env: Mapping[str, str], variable: str, default: str) -> Path:
    value = env.get(variable, "")
    if value.startswith("/"):
        return Path(value)
    return find_home(env) / default

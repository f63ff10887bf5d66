"""Where things of ours lie on the user's machine: XDG folders, one runtime folder a tmux server."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from agent_status.wake import NAME, find_folders


class UnsafeFolderError(OSError):
    """A runtime folder exists that is not ours alone; nothing is read from it or put into it."""


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

    Raises UnsafeFolderError if somebody else could write there.
    """
    folder = Path(next(find_folders(socket, env)))
    for part in (folder.parent, folder):
        make_private(part)
    return folder


def make_private(folder: Path) -> None:
    """
    Make `folder` with mode 0700 if it is not there.

    Raises UnsafeFolderError if it is a link, somebody else's, or open to others.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        message = f"{folder} is not a folder of yours alone: remove it, or chmod 700 it"
        raise UnsafeFolderError(message)


def _find_base(env: Mapping[str, str], variable: str, default: str) -> Path:
    value = env.get(variable, "")
    if value.startswith("/"):
        return Path(value)
    return Path(env.get("HOME") or Path("~").expanduser()) / default

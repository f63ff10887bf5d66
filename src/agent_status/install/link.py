"""The link in ~/.local/bin, so that a shell finds the program."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from agent_status.paths import find_home, find_state

OURS = re.compile(r"/(?:.+/)?agent-status/venvs/[^/]+/bin/agent-status")
"""A program in a private environment of ours; one that was installed in another way stays so."""


def find_link(env: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the link, which may not exist. Raises NoFolderError."""
    return find_home(env) / ".local" / "bin" / "agent-status"


def place_link(program: str, env: Mapping[str, str] = os.environ) -> None:
    """
    Point the link at `program`, unless the program isn't ours or the name is in use.

    Idempotent. Raises OSError.
    """
    link = find_link(env)
    if not OURS.fullmatch(program) or (os.path.lexists(link) and not _is_ours(link)):
        return
    if _is_ours(link) and str(link.readlink()) == program:
        return
    _make_folders(link.parent, find_state(env) / "link")
    if _is_ours(link):
        link.unlink()
    with suppress(FileExistsError):  # somebody was quicker
        link.symlink_to(program)


def remove_link(env: Mapping[str, str] = os.environ) -> None:
    """Remove the link, and the folders created for it. Idempotent. Raises OSError."""
    link, note = find_link(env), find_state(env) / "link"
    if _is_ours(link):
        link.unlink()
    with suppress(OSError, ValueError):
        for folder in note.read_text().splitlines():
            Path(folder).rmdir()
    note.unlink(missing_ok=True)


def _is_ours(link: Path) -> bool:
    return link.is_symlink() and bool(OURS.fullmatch(str(link.readlink())))


def _make_folders(folder: Path, note: Path) -> None:
    """Create a folder and record which ones were created, innermost first."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    if missing:
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        note.write_text("".join(f"{one}\n" for one in missing))

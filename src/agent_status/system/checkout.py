"""Where in git a folder is, read from git's own files; git is never run."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import hexdigits
from threading import Thread

from agent_status.files import read_bounded

MAX_PARENTS = 20
MAX_BYTES = 4096
KEEP_S = 5.0
"""A spot is believed for this long."""
MAX_KEPT = 512
MAX_ASKED = 8
"""Folders that do not answer, beyond which no other is asked."""
TIMEOUT_S = 0.05
"""A disk answers much sooner."""
STUB = ".invalid"
"""What stands for the branch where git keeps its branches in tables."""
SHORT = 8
"""Digits of a commit that is checked out without a branch."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in git a folder is: the branch, and the checkout's top folder; empty outside of it."""

    branch: str = ""
    root: str = ""


NOWHERE = Spot()


class SpotReader:
    """
    Reads where folders are, and remembers each for a few seconds.

    Each is read in a thread of its own, as a folder on a server that is gone never answers: then
    the last known answer is returned, and that folder is not read again until it answers.
    """

    def __init__(self, read: Callable[[str], Spot] | None = None) -> None:
        self._from_disk = read or read_spot
        self._kept: dict[str, tuple[float, Spot]] = {}
        self._asked: set[str] = set()

    def read_spot(self, folder: str, now: float) -> Spot:
        """Return where `folder` is, as far as that is known; `now` is in monotonic seconds."""
        kept = self._kept.get(folder)
        fresh = kept is not None and 0 <= now - kept[0] < KEEP_S
        if not fresh and folder not in self._asked and len(self._asked) < MAX_ASKED:
            self._ask(folder, now)
            kept = self._kept.get(folder)
        return kept[1] if kept else NOWHERE

    def _ask(self, folder: str, now: float) -> None:
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        self._asked.add(folder)
        reader = Thread(target=self._read, args=(folder, now), name="spot", daemon=True)
        try:
            reader.start()
        except RuntimeError:
            self._asked.discard(folder)
            return
        reader.join(TIMEOUT_S)

    def _read(self, folder: str, now: float) -> None:
        self._kept[folder] = (now, self._from_disk(folder))
        self._asked.discard(folder)


def read_spot(folder: str) -> Spot:
    """Return where `folder` is; never raises."""
    return Spot(read_branch(folder), find_root(folder))


def read_branch(folder: str) -> str:
    """
    Return the branch that is checked out in `folder` or its nearest parent, empty if there is none.

    Without a branch it is the first digits of the commit. Never raises.
    """
    if not os.path.isabs(folder) or "\0" in folder:  # noqa: PTH117  any text may come in here
        return ""
    path = Path(folder)
    for place in (path, *path.parents)[:MAX_PARENTS]:
        entry = place / ".git"
        head = _read_small(entry / "HEAD") or _read_small(_follow(entry, place) / "HEAD")
        if head:
            return _parse_head(head)
    return ""


def is_commit(branch: str) -> bool:
    """Return whether that is what stands for a branch where none is checked out."""
    return len(branch) == SHORT and not set(branch) - set(hexdigits)


def find_root(folder: str) -> str:
    """Return the checkout's top folder that `folder` is in, empty outside of git; never raises."""
    if not os.path.isabs(folder) or "\0" in folder:  # noqa: PTH117  any text may come in here
        return ""
    path = Path(folder)
    for place in (path, *path.parents)[:MAX_PARENTS]:
        try:
            if os.path.lexists(place / ".git"):
                return str(place)
        except (OSError, ValueError):
            return ""
    return ""


def _follow(entry: Path, place: Path) -> Path:
    """Return the folder that a `.git` file names, as worktrees and submodules have it."""
    text = _read_small(entry)
    if not text.startswith("gitdir: "):
        return entry
    return place / text.removeprefix("gitdir: ").rstrip("\r\n")


def _parse_head(text: str) -> str:
    line = text.split("\n", 1)[0].strip()
    if line.startswith("ref: "):
        branch = line.removeprefix("ref: ").strip().removeprefix("refs/heads/")
        return "" if branch == STUB else branch
    return line[:SHORT]


def _read_small(path: Path) -> str:
    """Return what a small plain file holds; empty for anything else."""
    try:
        return read_bounded(path, MAX_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""

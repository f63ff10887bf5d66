"""The branch and checkout of a folder, read from git's own files without running git."""

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
"""How long an answer is used again."""
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
class BranchInfo:
    """The branch and the top folder of a checkout; empty outside of git."""

    branch: str = ""
    root: str = ""


NO_BRANCH = BranchInfo()


class BranchReader:
    """
    Reads branches of folders, and caches each for a few seconds.

    Each folder is read in its own thread, because a folder on a dead server never answers. Then the
    last answer is returned, and the folder isn't read again until it answers.
    """

    def __init__(self, read: Callable[[str], BranchInfo] | None = None) -> None:
        self._from_disk = read or read_branch_info
        self._kept: dict[str, tuple[float, BranchInfo]] = {}
        self._asked: set[str] = set()

    def read(self, folder: str, now: float) -> BranchInfo:
        """Return the last known branch of `folder`; `now` is in monotonic seconds."""
        kept = self._kept.get(folder)
        fresh = kept is not None and 0 <= now - kept[0] < KEEP_S
        if not fresh and folder not in self._asked and len(self._asked) < MAX_ASKED:
            self._ask(folder, now)
            kept = self._kept.get(folder)
        return kept[1] if kept else NO_BRANCH

    def _ask(self, folder: str, now: float) -> None:
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        self._asked.add(folder)
        reader = Thread(target=self._read, args=(folder, now), name="branch", daemon=True)
        try:
            reader.start()
        except RuntimeError:
            self._asked.discard(folder)
            return
        reader.join(TIMEOUT_S)

    def _read(self, folder: str, now: float) -> None:
        self._kept[folder] = (now, self._from_disk(folder))
        self._asked.discard(folder)


def read_branch_info(folder: str) -> BranchInfo:
    """Return the branch and top folder of `folder`; never raises."""
    return BranchInfo(read_branch(folder), find_root(folder))


def read_branch(folder: str) -> str:
    """
    Return the branch checked out in `folder` or its nearest parent; empty outside of git.

    Without a branch, these are the first digits of the commit. Never raises.
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
    """Return True if `branch` is a commit, as when no branch is checked out."""
    return len(branch) == SHORT and not set(branch) - set(hexdigits)


def find_root(folder: str) -> str:
    """Return the top folder of the checkout of `folder`; empty outside of git. Never raises."""
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
    """Return the folder that a `.git` file names, as in worktrees and submodules."""
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
    """Return the content of a small regular file; empty for anything else."""
    try:
        return read_bounded(path, MAX_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""

"""The checkout that a folder belongs to, according to git."""

import os
from dataclasses import dataclass
from pathlib import Path

from agent_status.system.git import GitError, run_git

NOWHERE = ("not a git repository (or any", "this operation must be run in a work tree")
"""What git says about a folder without a checkout."""
LOST = "not a git repository: "
"""What it says where a linked worktree's repository is not; some versions forget to say where."""
MAX_TARGET = 4096
TAKEN = (
    "core.filemode",
    "core.symlinks",
    "core.ignorecase",
    "core.precomposeunicode",
    "core.sparsecheckout",
    "core.autocrlf",
    "core.eol",
)
"""Settings of a repository that we follow: none of them runs a program."""
EXCLUDES = "core.excludesfile"
UNTRACKED = "status.showuntrackedfiles"
VALUES = {"true", "false", "yes", "no", "on", "off", "1", "0", ""}
VALUES |= {"input", "crlf", "lf", "native"}
WORDS = 4
"""Lines of the answer to `rev-parse`."""


class TroubleError(GitError):
    """A checkout can't be read; the text says why, and how to fix it."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A work tree and its repository; all paths are absolute."""

    root: str
    git_dir: str
    common: str
    """The repository's own folder, which its worktrees share."""
    form: str = "sha1"
    head: str = ""
    """The commit that is checked out; empty before the first one."""
    settings: tuple[str, ...] = ()
    """The settings that we follow, as `name=value`."""

    @property
    def hides_untracked(self) -> bool:
        """True if the user hides untracked files, as in a home folder that is a checkout."""
        return f"{UNTRACKED}=no" in self.settings

    @property
    def ignores_modes(self) -> bool:
        """True if the file system's executable bits are ignored."""
        return any(
            f"core.filemode={value}" in self.settings for value in ("false", "no", "off", "0")
        )

    @property
    def worktree(self) -> str:
        """The name of the linked worktree; empty for the main one."""
        linked = os.path.dirname(self.git_dir) == os.path.join(self.common, "worktrees")  # noqa: PTH118, PTH120
        return os.path.basename(self.git_dir) if linked else ""  # noqa: PTH119


def find_checkout(folder: str) -> Checkout | None:
    """
    Return the checkout of `folder`; None outside of git and in bare repositories.

    Raises TroubleError if git refuses, as with a repository of another user.
    """
    if not os.path.isabs(folder) or "\0" in folder:  # noqa: PTH117  any text may come in here
        return None
    answer = _ask(
        folder,
        "rev-parse",
        "--show-toplevel",
        "--absolute-git-dir",
        "--git-common-dir",
        "--show-object-format",
    )
    if not answer:
        return None
    lines = os.fsdecode(answer).split("\n")
    if len(lines) != WORDS + 1:
        message = "a folder's name holds a line break"
        raise TroubleError(message)
    root, git_dir, common, form, _ = lines
    real = os.path.realpath(folder)
    if os.path.commonpath((real, os.path.realpath(root))) != os.path.realpath(root):
        message = f"core.worktree of {git_dir} leads out of {folder}"
        raise TroubleError(message)
    return Checkout(
        root=root,
        git_dir=git_dir,
        common=os.path.realpath(os.path.join(folder, common)),  # noqa: PTH118
        form=form if form == "sha256" else "sha1",
        head=_read_head(folder),
        settings=_read_settings(folder),
    )


def _ask(folder: str, *words: str) -> bytes:
    """Return git's answer; empty outside of a checkout."""
    if not Path(folder).is_dir():
        return b""
    try:
        return run_git(["-C", folder, *words])
    except GitError as error:
        text = str(error)
        if text.startswith(NOWHERE):
            return b""
        if "dubious ownership" in text:
            hint = f"git config --global --add safe.directory {folder}"
            text = f"the repository belongs to another user; if you trust it: {hint}"
        elif text.startswith(LOST):
            hint = "run `git worktree repair` in the repository, if it was moved"
            text = f"the repository of this worktree is not at {_find_target(folder)}: {hint}"
        raise TroubleError(text) from error


def _find_target(folder: str) -> str:
    """Return the repository that the .git file above `folder` points to."""
    files = (place / ".git" for place in (Path(folder), *Path(folder).parents))
    try:
        with next(file for file in files if file.is_file()).open("rb") as source:
            line = os.fsdecode(source.read(MAX_TARGET).split(b"\n")[0])
    except (OSError, StopIteration):
        return "its place"
    return line.removeprefix("gitdir:").strip()


def _read_head(folder: str) -> str:
    words = ("-C", folder, "rev-parse", "--verify", "--quiet", "HEAD")
    return run_git(words, codes=(0, 1)).decode("ascii", "replace").strip()


def _read_settings(folder: str) -> tuple[str, ...]:
    pattern = "^(" + "|".join((*TAKEN, EXCLUDES, UNTRACKED)).replace(".", r"\.") + ")$"
    found = run_git(["-C", folder, "config", "-z", "--get-regexp", pattern], codes=(0, 1))
    pairs = (entry.partition("\n") for entry in os.fsdecode(found).split("\0") if entry)
    given = {name.lower(): value for name, _, value in pairs}
    safe = [f"{name}={given[name]}" for name in TAKEN if given.get(name, "x").lower() in VALUES]
    safe += [f"{UNTRACKED}=no"] if given.get(UNTRACKED) == "no" else []
    excludes = given.get(EXCLUDES) or _find_default_excludes()
    return (*safe, f"{EXCLUDES}={os.path.expanduser(excludes)}")  # noqa: PTH111


def _find_default_excludes() -> str:
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return f"{base}/git/ignore"

"""Real git repositories for tests, with nothing of the machine's own settings."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from agent_status.features.review.checkout import find_checkout
from agent_status.features.review.compare import Comparison, compare
from agent_status.features.review.store import Store, open_store
from agent_status.features.review.tree import Memory, snapshot_tree

SETTINGS = {
    "user.name": "Ada",
    "user.email": "ada@example.org",
    "init.defaultBranch": "main",
    "init.templateDir": "",
    "maintenance.auto": "false",
}
WHO = tuple(word for pair in SETTINGS.items() for word in ("-c", "=".join(pair)))
"""Nothing of git's goes on once a command has ended, and no repository has sample hooks."""


def isolate(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let git find no settings but those below `folder`."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder))


def git(folder: Path, *words: str, code: int = 0) -> str:
    """Run git as the user would, and return what it prints."""
    done = subprocess.run(
        ["git", "-C", str(folder), *WHO, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert code == done.returncode, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8", "replace").rstrip("\n")


def make_repository(folder: Path, **files: str) -> Path:
    """Make a repository with these files in its first commit; `_` in a name stands for a dot."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q")
    (folder / ".git" / "info").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first", "--allow-empty")
    return folder


def hash_folder(folder: Path) -> str:
    """Return a digest of every file below `folder`: names, modes and contents."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found = path.lstat()
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        digest.update(f"{path}\0{found.st_mode}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        digest.update(data)
    return digest.hexdigest()


class Watcher:
    """Takes trees of one folder, one after the other."""

    def __init__(self, base: Path, folder: Path) -> None:
        checkout = find_checkout(str(folder))
        assert checkout
        self.base, self.folder = base, folder
        self.store: Store = open_store(base, checkout)
        self.memory = Memory()
        self.tree = self.look()

    def look(self) -> str:
        """Return the tree of now."""
        self.tree = snapshot_tree(self.store, self.memory)
        return self.tree

    def compare(self) -> Comparison:
        """Return what is different since the tree that was taken last."""
        before = self.tree
        return compare(self.store, before, self.look())

    def list_changes(self) -> list[tuple[str, str]]:
        """Return the same as pairs of git's letter and path."""
        return [(one.status, one.path) for one in self.compare().touched]

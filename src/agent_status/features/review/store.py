"""
Our own git folder per repository: index, objects and refs that the user's never sees.

Its configuration is ours, and it only reads the user's objects. So no program named in a
repository's configuration runs, and nothing is written there.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent_status.features.review.checkout import Checkout
from agent_status.files import open_plain, replace_file
from agent_status.paths import make_private
from agent_status.system.git import DEADLINE_S, GitError, SlowError, run_git

CONFIG = """[core]
	bare = false
	repositoryformatversion = {version}
	logallrefupdates = false
	attributesfile = /dev/null
[gc]
	auto = 0
[extensions]
{extensions}"""
FOLDERS = ("objects/info", "objects/pack", "refs/heads", "info")
MAX_COPIED = 128 * 1024 * 1024
"""Bytes of an index that we still copy."""
MAX_EXCLUDES = 1024 * 1024
MAX_SHARED = 16
"""Shared parts of a split index."""
PRUNE_BYTES = 64 * 1024 * 1024
"""Loose objects beyond this are pruned, once an hour at most."""
PRUNE_S = 3600
PRUNE_DEADLINE_S = 60.0
KEPT_S = 40 * 86400.0
"""What nobody has needed for so long is deleted."""
REFS = "refs/bases"


@dataclass(frozen=True, slots=True)
class Store:
    """Our folder for the repository of one checkout."""

    folder: Path
    checkout: Checkout
    also: tuple[str, ...] = ()
    """Folders in whose `objects` git finds more."""

    def ask(
        self,
        *words: str,
        index: Path | None = None,
        given: bytes = b"",
        deadline_s: float = DEADLINE_S,
        codes: Sequence[int] = (0,),
    ) -> bytes:
        """Return git's output about the checkout, run from our folder; raise GitError."""
        return run_git(
            [*self.render_words(), *words],
            self.render_env(index),
            given=given,
            deadline_s=deadline_s,
            codes=codes,
        )

    def render_words(self) -> list[str]:
        """Return the words before a git command."""
        settings = (word for one in self.checkout.settings for word in ("-c", one))
        return ["-C", self.checkout.root, "-c", "core.quotePath=false", *settings]

    def render_env(self, index: Path | None = None, *, settings: str = "none") -> dict[str, str]:
        """Return the variables that point git here; `own` admits the user's own `settings`."""
        folders = (self.checkout.common, *self.also)
        objects = (os.path.join(folder, "objects") for folder in folders)  # noqa: PTH118
        env = {
            "GIT_DIR": str(self.folder),
            "GIT_WORK_TREE": self.checkout.root,
            "GIT_INDEX_FILE": str(index or self.folder / "no-index"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": ":".join(map(_quote, objects)),
        }
        if settings == "own":
            return env
        nothing = {"HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}
        ways = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1"}
        return env | nothing | ways | {"GIT_CONFIG_GLOBAL": os.devnull}

    @contextlib.contextmanager
    def copy_index(self) -> Iterator[Path]:
        """Yield a copy of the user's index with its time; the user may have no index."""
        with tempfile.TemporaryDirectory(prefix="index-", dir=self.folder) as place:
            copy = Path(place) / "index"
            source = Path(self.checkout.git_dir)
            for shared in sorted(source.glob("sharedindex.*"))[:MAX_SHARED]:
                _copy(shared, self.folder / shared.name)
            _copy(source / "index", copy)
            _copy(Path(self.checkout.common) / "info" / "exclude", self.folder / "info" / "exclude")
            yield copy

    def keep_blob(self, data: bytes) -> str:
        """Store `data` among our objects, and return its id. Idempotent."""
        body = b"blob %d\0" % len(data) + data
        name = hashlib.new(self.checkout.form, body, usedforsecurity=False).hexdigest()
        place = self.folder / "objects" / name[:2] / name[2:]
        if place.exists():
            os.utime(place)
            return name
        place.parent.mkdir(mode=0o700, exist_ok=True)
        _write(place, zlib.compress(body, 1))
        return name

    def hold(self, name: str, tree: str) -> None:
        """Protect `tree` from pruning under this name, instead of the tree that had it."""
        _write(self.folder / REFS / name, f"{tree}\n".encode())

    def lacks(self, tree: str) -> bool:
        """Return True if `tree`, or one within it, is missing; raise GitError if git can't say."""
        words = ("--objects", "--filter=blob:none", "--missing=print", "--ignore-missing")
        output = self.ask("rev-list", *words, tree, "--")
        return not output or b"\n?" in output

    def prune(self, most: int = PRUNE_BYTES) -> None:
        """Delete unprotected objects older than an hour, if there are `most` bytes."""
        stamp = self.folder / "pruned"
        with contextlib.suppress(OSError):
            if time.time() - stamp.stat().st_mtime < PRUNE_S:
                return
        stamp.touch()
        self._sweep()
        objects = (self.folder / "objects").glob("??/*")
        if sum(one.stat().st_size for one in objects) > most:
            try:
                self._delete_old()
            except SlowError:
                raise
            except GitError:
                self._let_go()
                self._delete_old()

    def _delete_old(self) -> None:
        self.ask("prune", "--expire=1.hour.ago", deadline_s=PRUNE_DEADLINE_S)

    def _let_go(self) -> None:
        """Drop the names of trees that are gone from the user's repository."""
        for one in self.folder.glob(f"{REFS}/*"):
            if self.lacks(os.fsdecode(one.read_bytes()).strip()):
                one.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Delete leftovers of a killed daemon, and drop trees of agents that are long gone."""
        for place, kept_s in (("index-*", PRUNE_S), (f"{REFS}/*", KEPT_S)):
            for one in self.folder.glob(place):
                if time.time() - one.stat().st_mtime > kept_s:
                    _remove(one)


def open_store(base: Path, checkout: Checkout) -> Store:
    """Return our folder below `base` for the repository of `checkout`; create it if needed."""
    key = hashlib.sha256(os.fsencode(checkout.common)).hexdigest()[:16]
    folder = base / f"{key}-{checkout.form}"
    make_private(base)
    make_private(folder)
    if not (folder / "HEAD").exists():
        _drop_old(base)
        for name in (*FOLDERS, REFS):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        longer = checkout.form != "sha1"
        extensions = f"\tobjectformat = {checkout.form}\n" if longer else ""
        config = CONFIG.format(version=int(longer), extensions=extensions)
        _write(folder / "config", config.encode())
        _write(folder / "HEAD", b"ref: refs/heads/none\n")
    return Store(folder, checkout)


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)


def _drop_old(base: Path) -> None:
    """Delete the stores of repositories without agents for a long time."""
    for stamp in base.glob("*/pruned"):
        with contextlib.suppress(OSError):
            if time.time() - stamp.stat().st_mtime > KEPT_S:
                shutil.rmtree(stamp.parent, ignore_errors=True)


def _write(place: Path, data: bytes) -> None:
    """Write a file atomically, even if another process writes it too."""
    with replace_file(place, prefix="tmp_obj_") as file:
        file.write(data)


def _copy(source: Path, target: Path) -> None:
    """Copy a regular file with its time, which git relies on; ignore anything else."""
    most = MAX_COPIED if source.name != "exclude" else MAX_EXCLUDES
    try:
        with open_plain(source) as file:
            found = os.fstat(file.fileno())
            if _is_copy(target, found):
                return
            data = file.read(most + 1)
    except OSError:
        data = None
    if data is None or len(data) > most:
        target.unlink(missing_ok=True)
        return
    _write(target, data)
    os.utime(target, ns=(found.st_mtime_ns, found.st_mtime_ns))


def _is_copy(target: Path, found: os.stat_result) -> bool:
    with contextlib.suppress(OSError):
        known = target.stat()
        return (known.st_size, known.st_mtime_ns) == (found.st_size, found.st_mtime_ns)
    return False


def _quote(path: str) -> str:
    """Return a path quoted for git's colon-separated list."""
    plain = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'

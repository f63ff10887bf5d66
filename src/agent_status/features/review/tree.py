"""The current tree of a checkout: committed, uncommitted and untracked files, not ignored ones."""

import functools
import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from agent_status.features.review.store import Store
from agent_status.files import UnfitFileError, open_plain
from agent_status.system.git import GitError, SlowError, run_git

MAX_FILES = 20_000
"""Files that differ from the index or are not in it; beyond, somebody forgot to ignore a folder."""
MAX_CONTENT = 1024 * 1024
"""Bytes of a file whose content we keep; of a bigger one, only its size and time count."""
MAX_READ = 64 * 1024 * 1024
"""Bytes that are read at once; files beyond are taken as big ones."""
SETTLED_NS = 1_000_000_000
"""A file that was written so shortly before we read it may be written again unnoticed."""
MODE = slice(8, 14)
"""Where git tells the mode of now, in a raw record."""

LINK, PLAIN, PROGRAM, NESTED = "120000", "100644", "100755", "160000"
FILES = (PLAIN, PROGRAM)

CONVERTED = (b"\r\n", b"$Id")
"""Where one of these is in a text, git may store it otherwise than it lies there."""


class Entry(NamedTuple):
    """Mode and object id of a path."""

    mode: str
    blob: str
    asks: bool = False
    """True if git is to find mode and id, as settings and attributes may have it converted."""


@dataclass(slots=True)
class Memory:
    """The last result for one checkout, so only what changed is read again."""

    files: dict[bytes, tuple[tuple[int, ...], Entry]] = field(default_factory=dict)
    signature: object = None
    tree: str = ""
    nested: dict[bytes, bool] = field(default_factory=dict)
    """Where other checkouts may be in it, and whether the index names a commit there."""
    linked: tuple[object, tuple[bytes, ...]] = (None, ())
    """Where the index names commits, and the index that was asked."""
    inner: dict[str, "Memory"] = field(default_factory=dict)
    """Of the checkouts in it, by path."""

    def forget(self) -> None:
        """Read everything again next time, because written objects may be gone."""
        self.files, self.signature = {}, None


def snapshot_tree(store: Store, memory: Memory) -> str:
    """
    Return the id of the current tree; its objects are in `store` and the repository.

    Raises GitError, and SlowError if it takes too long. Nothing outside of `store` is written.
    """
    with store.copy_index() as index:
        differs = store.ask("diff-files", "-z", "--raw", "--ignore-submodules=dirty", index=index)
        others = b""
        if not store.checkout.hides_untracked:
            others = store.ask("ls-files", "-z", "--others", "--exclude-standard", index=index)
        paths = _list_paths(store, differs, others)
        memory.nested = dict.fromkeys(_list_nested(store, index, memory), True)
        memory.nested |= {path: False for path in _list_folders_in(others) if path in paths}
        entries = _read_entries(store, paths, memory)
        signature = (_stamp(index), tuple(entries.items()))
        if signature != memory.signature:
            _write_entries(store, index, entries)
            memory.tree = store.ask("write-tree", "--missing-ok", index=index).decode().strip()
            memory.signature = signature
    return memory.tree


def _stamp(index: Path) -> tuple[int, ...]:
    """Return a value that changes with the user's index."""
    try:
        found = index.stat()
    except OSError:
        return ()
    return found.st_size, found.st_mtime_ns


def _list_nested(store: Store, index: Path, memory: Memory) -> tuple[bytes, ...]:
    """Return the paths where the index names a commit; empty if the index is too long."""
    stamp = _stamp(index)
    if memory.linked[0] != stamp:
        try:
            output = store.ask("ls-files", "-z", "--stage", index=index)
        except SlowError:
            output = b""
        mark = NESTED.encode() + b" "
        lines = (line for line in output.split(b"\0") if line.startswith(mark))
        memory.linked = stamp, tuple(line.partition(b"\t")[2] for line in lines)
    return memory.linked[1]


def _list_folders_in(others: bytes) -> tuple[bytes, ...]:
    """Return the nested repositories among untracked paths: git marks them with a slash."""
    return tuple(path[:-1] for path in others.split(b"\0") if path.endswith(b"/"))


def _find_ours(store: Store) -> bytes:
    """Return the path of our stores within the checkout, if a home folder is one."""
    path = os.path.relpath(store.folder.parent, store.checkout.root)
    return os.fsencode("/" if path.startswith("..") else path + "/")


def _list_paths(store: Store, differs: bytes, others: bytes) -> dict[bytes, str]:
    """Return the paths that differ from the index, except ours, with git's mode."""
    parts = differs.split(b"\0")
    pairs = zip(parts[1::2], parts[0::2], strict=False)
    found = {path: record[MODE].decode("ascii", "replace") for path, record in pairs}
    ours, mode = _find_ours(store), PLAIN if store.checkout.ignores_modes else ""
    for path in others.split(b"\0"):
        if path and not path.startswith(ours):
            found[path.rstrip(b"/")] = mode
    if len(found) > MAX_FILES:
        message = (
            f"{len(found)} files are new or changed: is there a folder that git should ignore?"
        )
        raise SlowError(message)
    return found


def _read_entries(
    store: Store, paths: Mapping[bytes, str], memory: Memory
) -> dict[bytes, Entry | None]:
    """Return the entry of each path; None if git would keep nothing there."""
    known, memory.files = memory.files, {}
    room = MAX_READ
    entries: dict[bytes, Entry | None] = {}
    root = os.fsencode(store.checkout.root)
    is_link = functools.cache(os.path.islink)
    for path, mode in paths.items():
        place = os.path.join(root, path)  # noqa: PTH118  bytes
        entries[path] = None
        if any(is_link(folder) for folder in _list_folders(root, path)):
            continue
        try:
            found = os.lstat(place)
            read_ns = time.time_ns()
            kept = known.get(path)
            if kept and kept[0] == _stat(found):
                entry: Entry | None = kept[1]
            else:
                entry = _read_entry(store, place, found, room)
                room -= found.st_size if found.st_size <= MAX_CONTENT else 0
        except OSError:
            continue
        counts = entry and mode in FILES and entry.mode in FILES
        entries[path] = entry._replace(mode=mode) if entry and counts else entry
        settled = entry and entry.mode != NESTED
        if entry and settled and read_ns - max(found.st_mtime_ns, found.st_ctime_ns) > SETTLED_NS:
            memory.files[path] = (_stat(found), entry)
    return entries


def _list_folders(root: bytes, path: bytes) -> Iterator[bytes]:
    """Yield the folders between the checkout's top and `path`."""
    while path := os.path.dirname(path):  # noqa: PTH120  bytes
        yield os.path.join(root, path)  # noqa: PTH118


def _read_entry(store: Store, place: bytes, found: os.stat_result, room: int) -> Entry | None:
    if stat.S_ISLNK(found.st_mode):
        return Entry(LINK, store.keep_blob(os.readlink(place)))  # noqa: PTH115  bytes
    if stat.S_ISDIR(found.st_mode):
        commit = _read_nested(store, place)
        return Entry(NESTED, commit) if commit else None
    if not stat.S_ISREG(found.st_mode):
        return None
    mode = PROGRAM if found.st_mode & stat.S_IXUSR else PLAIN
    if found.st_size > min(MAX_CONTENT, room):
        stand_in = f"\0{found.st_size} bytes, not kept; written at {found.st_mtime_ns} ns\n"
        return Entry(mode, store.keep_blob(stand_in.encode()))
    data = _read_file(place, MAX_CONTENT)
    asks = b"\0" not in data and any(word in data for word in CONVERTED)
    return Entry(mode, store.keep_blob(data), asks)


def _read_nested(store: Store, place: bytes) -> str:
    """
    Return the commit of a nested repository; empty if it isn't one.

    A repository without a commit, or with ids of another length, has a placeholder id.
    """
    if not os.path.lexists(os.path.join(place, b".git")):  # noqa: PTH118
        return ""
    words = ("-C", os.fsdecode(place), "rev-parse", "--verify", "--quiet", "HEAD")
    above = {"GIT_CEILING_DIRECTORIES": os.fsdecode(os.path.dirname(place))}  # noqa: PTH120
    try:
        head = run_git(words, above, codes=(0, 1)).decode("ascii", "replace").strip()
    except GitError:
        return ""
    nothing = hashlib.new(store.checkout.form, b"no commit", usedforsecurity=False).hexdigest()
    return head if len(head) == len(nothing) else nothing


def _read_file(place: bytes, most: int) -> bytes:
    try:
        with open_plain(place, os.O_NOFOLLOW) as file:
            return file.read(most)
    except UnfitFileError:
        return b""


def _stat(found: os.stat_result) -> tuple[int, ...]:
    return (
        found.st_mode,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_ino,
    )


def _write_entries(store: Store, index: Path, entries: dict[bytes, Entry | None]) -> None:
    """Update the index to hold these entries."""
    if lines := _render_entries(entries, store.checkout.form):
        store.ask("update-index", "-z", "--index-info", index=index, given=lines)
    if asked := [path for path, entry in entries.items() if entry and entry.asks]:
        words = ("--add", "--remove", "--replace", "-z", "--stdin")
        store.ask("update-index", *words, index=index, given=b"\0".join((*asked, b"")))


def _render_entries(entries: dict[bytes, Entry | None], form: str) -> bytes:
    """Return lines for `update-index`; removals come first, as they may be in the way."""
    nothing = "0" * (64 if form == "sha256" else 40)
    return b"".join((*_render_gone(entries, nothing), *_render_present(entries)))


def _render_gone(entries: dict[bytes, Entry | None], nothing: str) -> Iterator[bytes]:
    for path, entry in entries.items():
        if entry is None:
            yield b"0 %s\t%s\0" % (nothing.encode(), path)


def _render_present(entries: dict[bytes, Entry | None]) -> Iterator[bytes]:
    for path, entry in entries.items():
        if entry and not entry.asks:
            yield b"%s %s 0\t%s\0" % (entry.mode.encode(), entry.blob.encode(), path)

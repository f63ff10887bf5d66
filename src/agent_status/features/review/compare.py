"""The differences between two trees, counted."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent_status.features.review.store import Store
from agent_status.system.git import GitError

MAX_KEPT = 1000
"""Files that are kept by name; all are counted."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A path that differs: `status` is git's letter, `blob` the id of the new object."""

    path: str
    """Bytes that are no UTF-8 are lone surrogates in it."""
    status: str
    blob: str
    added: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences between two trees; lines of binary and big files aren't counted."""

    files: int = 0
    added: int = 0
    removed: int = 0
    deleted: int = 0
    """Files that are gone."""
    touched: tuple[Touched, ...] = ()
    """The first of the files, by path."""


def compare(store: Store, before: str, after: str, most: int = MAX_KEPT) -> Comparison:
    """
    Return what differs in `after`, with up to `most` names; both are tree or commit ids.

    Without the contents, as in a partial clone, no lines are counted. Raises GitError if the trees
    are missing, too.
    """
    if before == after:
        return Comparison()
    words = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff")
    try:
        output = store.ask(*words, "--numstat", "--no-textconv", before, after)
    except GitError:
        output = store.ask(*words, before, after)
    files = added = removed = deleted = 0
    kept: list[Touched] = []
    for one in parse_comparison(output):
        files += 1
        added += one.added
        removed += one.removed
        deleted += one.status == "D"
        if files <= most:
            kept.append(one)
    return Comparison(files, added, removed, deleted, tuple(kept))


def list_differing(store: Store, before: str, after: str) -> Iterator[Touched]:
    """Yield each path that differs, without its lines; raise GitError."""
    words = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", before, after)
    yield from parse_comparison(store.ask(*words))


def parse_comparison(output: bytes) -> Iterator[Touched]:
    """
    Yield the paths in git's raw output with their counts, which follow the raw records.

    Raises GitError for any other text.
    """
    try:
        yield from _parse(output)
    except ValueError as error:
        message = "git's answer can't be read: is there another program of that name?"
        raise GitError(message) from error


def _parse(output: bytes) -> Iterator[Touched]:
    parts = output.split(b"\0")
    end = next((at for at in range(0, len(parts), 2) if not parts[at].startswith(b":")), 0)
    counts: dict[bytes, tuple[int, int]] = {}
    for part in parts[end:-1]:
        added, removed, path = part.split(b"\t", 2)
        counts[path] = (_count(added), _count(removed))
    for record, path in zip(parts[0:end:2], parts[1:end:2], strict=True):
        _, mode, _, blob, status = record.decode("ascii", "replace").split(" ")
        name = path.decode("utf-8", "surrogateescape")
        yield Touched(name, status[:1], f"{mode} {blob}", *counts.get(path, (0, 0)))


def _count(text: bytes) -> int:
    """Return the number of lines; git prints a hyphen for a binary file."""
    return int(text) if text.isdigit() else 0

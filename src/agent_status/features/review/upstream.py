"""
What in a checkout's history came from elsewhere: by pull, rebase, reset or switch.

The baseline moves along with it, so only local work is counted.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent_status.features.review.checkout import Checkout
from agent_status.features.review.compare import list_differing
from agent_status.features.review.reflog import (
    is_switch,
    list_since,
    list_worktrees,
    read_steps,
)
from agent_status.features.review.store import Store
from agent_status.files import read_end
from agent_status.system.git import GitError, run_git

MAX_COMMITS = 20_000
MAX_HEADS = 8
MAX_MADE = 200
MAX_MERGED = 200
"""Files that were changed here before and elsewhere since, whose lines are merged."""
MAX_FETCHED = 1024 * 1024
GONE = "000000"


@dataclass(frozen=True, slots=True)
class _Commit:
    id: str
    at: int
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Arrival:
    """The newest commit that came from elsewhere, and the local commits beneath it."""

    heads: tuple[str, ...] = ()
    beneath: tuple[str, ...] = ()
    switched: bool = False


def carry_base(store: Store, tree: str, head: str, at: int) -> str:
    """
    Return `tree`, taken when `head` was checked out at `at`, with what arrived since.

    If git can't say, it is `tree`: better to count too much than too little.
    """
    if not head or head == store.checkout.head or not store.checkout.head:
        return tree
    try:
        arrival = _find_arrival(store, head, at)
        own = _list_paths(store, arrival.beneath)
        for one in arrival.heads[:MAX_HEADS]:
            parting = head if arrival.switched else _ask_history(store, "merge-base", head, one)
            tree = _carry(store, tree, parting, one, own) if parting else tree
    except (GitError, OSError):
        return tree
    return tree


def _find_arrival(store: Store, head: str, at: int) -> _Arrival:
    checkout = store.checkout
    steps = read_steps(checkout.git_dir)
    since = list_since(steps, head, at)
    made = {one.after for one in since if one.is_made}
    known = {one.after for one in steps if one not in since} | {head}
    for root, git_dir in list_worktrees(checkout.common).items():
        there = read_steps(git_dir) if git_dir != checkout.git_dir else ()
        if root.startswith(checkout.root + "/"):
            made |= {one.after for one in there if one.is_made and one.at >= at}
        else:
            known |= {one.after for one in there}
    commits = _list_commits(store, head)
    fetched = _list_fetched(store, head)
    arrived = {
        one.id
        for one in commits
        if one.id not in made and (one.id in fetched or one.id in known or one.at < at)
    }
    heads, beneath = _divide(commits, arrived, made)
    switched = is_switch(since) and _is_on_branch(checkout, head)
    if switched and not heads:
        heads = (_ask_history(store, "merge-base", head, checkout.head),)
    return _Arrival(heads, beneath, switched)


def _divide(
    commits: tuple[_Commit, ...], arrived: set[str], made: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the newest arrival, and local commits that had arrived there before."""
    heads, beneath, covered = [], [], set[str]()
    for one in commits:
        if one.id in covered and one.id in made:
            beneath.append(one.id)
        elif one.id in arrived and one.id not in covered:
            heads.append(one.id)
        elif one.id not in covered:
            continue
        covered.update(one.parents)
    return tuple(heads), tuple(beneath)


def find_merge_base(store: Store, head: str) -> str:
    """Return the merge base of a checkout and `head`; empty if there is no common commit."""
    here = store.checkout.head
    return _ask_history(store, "merge-base", head, here) if head and here else ""


def _ask_history(store: Store, *words: str) -> str:
    shallow = Path(store.checkout.common) / "shallow"
    found = store.ask("--shallow-file", str(shallow), *words, codes=(0, 1))
    return found.decode("ascii", "replace").strip()


def _list_commits(store: Store, head: str) -> tuple[_Commit, ...]:
    """Return the current commits that `head` lacks, children before their parents."""
    words = ("rev-list", "--timestamp", "--parents", "--topo-order", f"-n{MAX_COMMITS}")
    output = _ask_history(store, *words, store.checkout.head, f"^{head}")
    lines = (line.split(" ") for line in output.splitlines())
    return tuple(_Commit(name, int(at), tuple(parents)) for at, name, *parents in lines)


def _list_fetched(store: Store, head: str) -> frozenset[str]:
    """Return the commits that other repositories are known to have."""
    checkout = store.checkout
    words = ("-C", checkout.root, "for-each-ref", "--format=%(objectname)", "refs/remotes")
    tips = set(run_git(words).decode("ascii", "replace").split())
    fetched = read_end(Path(checkout.git_dir) / "FETCH_HEAD", MAX_FETCHED)
    tips |= {line.split("\t")[0] for line in fetched.decode("ascii", "replace").splitlines()}
    given = "\n".join((*(tip for tip in tips if tip.isalnum()), f"^{head}", ""))
    shallow = Path(checkout.common) / "shallow"
    words = ("--shallow-file", str(shallow), "rev-list", "--ignore-missing", f"-n{MAX_COMMITS}")
    return frozenset(
        store.ask(*words, "--stdin", given=given.encode()).decode("ascii", "replace").split()
    )


def _is_on_branch(checkout: Checkout, head: str) -> bool:
    """Return True if a branch still has `head`, so leaving it lost nothing."""
    words = ("-C", checkout.root, "for-each-ref", "--count=1", "--contains", head, "refs/heads")
    return bool(run_git(words))


def _list_paths(store: Store, commits: tuple[str, ...]) -> frozenset[str]:
    words = ("diff-tree", "-r", "-z", "--name-only", "--no-commit-id", "--root", "-m")
    output = b"".join(store.ask(*words, one) for one in commits[:MAX_MADE])
    return frozenset(name.decode("utf-8", "surrogateescape") for name in output.split(b"\0"))


def _carry(store: Store, tree: str, parting: str, head: str, own: frozenset[str]) -> str:
    """Return `tree` with the differences from `parting` to `head`, except the paths in `own`."""
    moved = [one for one in list_differing(store, parting, head) if one.path not in own]
    if not moved:
        return tree
    kept = {one.path: one.blob for one in list_differing(store, parting, tree)}
    before = {one.path: one.blob for one in list_differing(store, head, parting)}
    lines = []
    merged = 0
    for one in moved:
        blob = one.blob
        if one.path in kept and kept[one.path] != blob:
            merged += 1
            blob = ""
            if merged <= MAX_MERGED:
                blob = _merge(store, kept[one.path], before[one.path], one.blob)
        if blob:
            path = one.path.encode("utf-8", "surrogateescape")
            lines.append(b"%s\t%s\0" % (_render(blob), path))
    lines.sort(key=lambda line: not line.startswith(b"0 "))  # what is gone may be in the way
    with tempfile.TemporaryDirectory(prefix="index-", dir=store.folder) as place:
        index = Path(place) / "index"
        store.ask("read-tree", tree, index=index)
        store.ask("update-index", "-z", "--index-info", index=index, given=b"".join(lines))
        return store.ask("write-tree", "--missing-ok", index=index).decode().strip()


def _render(blob: str) -> bytes:
    mode, name = blob.split(" ")
    return b"0 %s" % name.encode() if mode == GONE else f"{mode} {name} 0".encode()


def _merge(store: Store, mine: str, before: str, theirs: str) -> str:
    """Return the entry with both changes; empty if they overlap or aren't text."""
    entries = [one.split(" ") for one in (mine, before, theirs)]
    if not all(mode in {"100644", "100755"} for mode, _ in entries):
        return ""
    with tempfile.TemporaryDirectory(prefix="index-", dir=store.folder) as place:
        files = list(_write_files(store, Path(place), [name for _, name in entries]))
        try:
            data = store.ask("merge-file", "-p", *files)
        except GitError:
            return ""
    return f"{entries[0][0]} {store.keep_blob(data)}"


def _write_files(store: Store, folder: Path, names: list[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        file = folder / str(number)
        file.write_bytes(store.ask("cat-file", "blob", name))
        yield str(file)

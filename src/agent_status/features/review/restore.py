"""
Puts the files of a turn's end onto a new branch of the user's repository.

Nothing else there changes: no checkout, index or work tree, and no other branch.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from agent_status.errors import RefusedError
from agent_status.features.review.checkout import find_checkout
from agent_status.features.review.compare import list_differing
from agent_status.features.review.seen import replace_entries
from agent_status.features.review.store import Store, open_store
from agent_status.features.review.turns import Turn
from agent_status.system.git import GitError, run_git

DEADLINE_S = 60.0
MAX_STAND_IN = 100
"""Bytes of the blob that stands for a file that isn't kept."""
STAND_IN = (b"\0", b" bytes, not kept; written at ")
GITLINK = "160000"


@dataclass(frozen=True, slots=True)
class Restored:
    """A branch that was made, and the files that it has as they were committed before."""

    branch: str
    commit: str
    missing: tuple[str, ...] = ()


def restore(stores: Path, turn: Turn, branch: str) -> Restored:
    """
    Make a branch with the files as they were when the turn ended, upon the commit of then.

    Raises RefusedError for a branch that exists or can't, and GitError.
    """
    checkout = find_checkout(turn.root)
    if checkout is None:
        message = f"{turn.root} is no git checkout any more"
        raise RefusedError(message)
    root, head = checkout.root, turn.after.head
    _check_branch(root, branch)
    store = open_store(stores, replace(checkout, head=head))
    if store.lacks(turn.after.tree):
        message = "the files of this turn are no longer kept"
        raise RefusedError(message)
    missing = tuple(_find_missing(store, turn))
    tree = _put_back(store, turn, missing)
    _copy_objects(store, tree, head)
    parents = ("-p", head) if head else ()
    words = ("commit-tree", tree, *parents, "-m", render_message(turn))
    commit = run_git(["-C", root, *words]).decode("ascii", "replace").strip()
    reason = f"agent-status: checkpoint {turn.id}"
    run_git(["-C", root, "update-ref", "-m", reason, f"refs/heads/{branch}", commit, ""])
    return Restored(branch, commit, missing)


def render_message(turn: Turn) -> str:
    """Return the message of the commit: the prompt of the turn, and which turn it was."""
    subject = turn.prompt or f"Turn {turn.number} of {turn.agent}"
    return f"{subject}\n\nFiles at the end of turn {turn.number} of {turn.agent} ({turn.id})."


def _check_branch(root: str, branch: str) -> None:
    name = f"refs/heads/{branch}"
    if branch.startswith("-") or "\0" in branch or not _is_name(name):
        message = f"{branch!r} can't be the name of a branch"
        raise RefusedError(message)
    if run_git(["-C", root, "for-each-ref", "--format=%(refname)", name]):
        message = f"the branch {branch} exists: choose another name"
        raise RefusedError(message)


def _is_name(name: str) -> bool:
    """Return True if git takes this as the name of a ref."""
    try:
        run_git(["check-ref-format", name])
    except GitError:
        return False
    return True


def _find_missing(store: Store, turn: Turn) -> Iterator[str]:
    """Yield the files of which only a stand-in is kept, as they were too big."""
    before = turn.after.head or store.ask("mktree", "-z").decode().strip()
    entries = [
        (one.path, *one.blob.split(" "))
        for one in list_differing(store, before, turn.after.tree)
        if one.status != "D" and not one.blob.startswith(GITLINK)
    ]
    given = "".join(f"{blob}\n" for _, _, blob in entries).encode()
    sizes = store.ask("cat-file", "--batch-check=%(objectsize)", given=given).split(b"\n")
    for (path, _, blob), size in zip(entries, sizes, strict=False):
        if size.isdigit() and int(size) <= MAX_STAND_IN:
            text = store.ask("cat-file", "blob", blob)
            if text.startswith(STAND_IN[0]) and STAND_IN[1] in text:
                yield path


def _put_back(store: Store, turn: Turn, missing: tuple[str, ...]) -> str:
    """Return the tree with these files as they are in the commit of then."""
    if not missing:
        return turn.after.tree
    before = turn.after.head or store.ask("mktree", "-z").decode().strip()
    return replace_entries(store, turn.after.tree, before, missing)


def _copy_objects(store: Store, tree: str, head: str) -> None:
    """Copy the objects that only we have into the user's repository, as a pack."""
    given = f"{tree}\n^{head}\n" if head else f"{tree}\n"
    words = ("pack-objects", "-q", "--revs", "--local", "--non-empty")
    with tempfile.TemporaryDirectory(prefix="index-", dir=store.folder) as place:
        target = str(Path(place) / "pack")
        store.ask(*words, target, given=given.encode(), deadline_s=DEADLINE_S)
        for pack in Path(place).glob("*.pack"):
            into = ("-C", store.checkout.root, "index-pack", "--stdin")
            run_git(into, given=pack.read_bytes(), deadline_s=DEADLINE_S)

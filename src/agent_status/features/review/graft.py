"""Puts trees into another tree: nested checkouts at their paths in the one around them."""

from collections.abc import Mapping

from agent_status.features.review.store import Store

FOLDER = b"040000"


def graft(store: Store, tree: str, grafts: Mapping[str, str]) -> str:
    """
    Return `tree` with other trees at these paths; an empty id removes the path.

    Objects that `tree` names may be missing. Raises GitError.
    """
    for path in sorted(grafts):
        parts = path.encode("utf-8", "surrogateescape").split(b"/")
        tree = _put(store, tree, parts, grafts[path])
    return tree or _write(store, {})


def _put(store: Store, tree: str, parts: list[bytes], wanted: str) -> str:
    """Return the tree that has `wanted` at a path; empty if it would hold nothing."""
    entries = _read(store, tree) if tree else {}
    name, *rest = parts
    known = entries.pop(name, b"")
    inner = wanted
    if rest:
        is_folder = known.startswith(FOLDER)
        inner = _put(store, known.split(b" ")[2].decode() if is_folder else "", rest, wanted)
    if inner and inner != _write(store, {}):
        entries[name] = FOLDER + b" tree " + inner.encode()
    return _write(store, entries) if entries else ""


def _read(store: Store, tree: str) -> dict[bytes, bytes]:
    output = store.ask("ls-tree", "-z", tree)
    pairs = (entry.partition(b"\t") for entry in output.split(b"\0") if entry)
    return {name: facts for facts, _, name in pairs}


def _write(store: Store, entries: Mapping[bytes, bytes]) -> str:
    given = b"".join(b"%s\t%s\0" % (facts, name) for name, facts in entries.items())
    return store.ask("mktree", "-z", "--missing", given=given).decode().strip()

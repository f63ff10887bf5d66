"""The content of a checkout as tree ids, for other features; every method runs git."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from agent_status.features.review.checkout import find_checkout
from agent_status.features.review.compare import list_differing
from agent_status.features.review.parts import hold, make_baseline, snapshot_parts
from agent_status.features.review.store import open_store
from agent_status.features.review.tree import Memory
from agent_status.system.git import GitError


class ContentReader:
    """Takes and compares contents of checkouts, with the trees that reviews keep, too."""

    def __init__(self, base: Path) -> None:
        """Keep trees below `base`, the folder of the reviews."""
        self._base = base

    def take(self, root: str, names: Iterable[str], apart: Iterable[str]) -> dict[str, str]:
        """
        Return the tree ids of a checkout and those nested in it, by place.

        They are kept until another content has each of the names. Checkouts with a top folder in
        `apart` are left out. Raises GitError or OSError.
        """
        checkout = find_checkout(root)
        if checkout is None:
            message = f"{root} is in no git checkout"
            raise GitError(message)
        parts = snapshot_parts(self._base, checkout, Memory(), frozenset(apart))
        digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:24]
        for name in names:
            hold(parts, f"check-{digest}-{name}", make_baseline(parts, 0.0))
        return {part.place: part.tree for part in parts if part.tree}

    def list_changed(
        self, root: str, before: Mapping[str, str], after: Mapping[str, str]
    ) -> Iterator[str]:
        """Yield the paths that differ between two contents; raise GitError or OSError."""
        for place in before.keys() & after.keys():
            if before[place] == after[place]:
                continue
            checkout = find_checkout(os.path.join(root, place))  # noqa: PTH118  place may be empty
            if checkout is None:
                message = f"{place} is gone"
                raise GitError(message)
            store = open_store(self._base, checkout)
            for one in list_differing(store, before[place], after[place]):
                yield os.path.join(place, one.path)  # noqa: PTH118

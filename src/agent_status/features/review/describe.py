"""The result of a survey, in the words of the report."""

import hashlib
import os
from collections.abc import Sequence
from posixpath import basename

from agent_status.features.review.compare import Comparison, Touched
from agent_status.features.review.parts import Baseline
from agent_status.features.review.sensitive import find_sensitive
from agent_status.features.review.snapshot import CheckoutSnapshot
from agent_status.model import Changes
from agent_status.model.path_rule import PathRule
from agent_status.model.plain import show_name

MAX_NAMED = 3
MAX_TOUCHED = 100
"""Paths that the report tells."""


def describe_survey(found: CheckoutSnapshot, base: Baseline, rules: Sequence[PathRule]) -> Changes:
    """Return what changed since `base`, as far as it was compared."""
    checkout = found.checkout
    if checkout is None or not found.tree:
        return Changes(root=render_path(found.root), trouble=render_path(found.trouble))
    comparison = found.since_base.get(base, Comparison())
    paths = tuple(render_path(one.path) for one in comparison.touched)
    gone, less = find_lost(comparison.touched)
    return Changes(
        root=render_path(found.root),
        repository=render_path(checkout.common),
        worktree=render_path(checkout.worktree),
        files=comparison.files,
        added=comparison.added,
        removed=comparison.removed,
        touched=paths[:MAX_TOUCHED],
        base=base.tree,
        tree=found.tree,
        risks=find_sensitive(paths, comparison.deleted, rules, gone, less),
        trouble=render_path(found.trouble),
    )


def find_lost(touched: Sequence[Touched]) -> tuple[list[str], list[str]]:
    """
    Return the paths of files that are gone, and of those that lost more lines than they gained.

    If a new file has the name of a deleted one, the file was moved, and the new one is compared.
    """
    came = {basename(one.path): one for one in touched if one.status == "A"}
    gone, less = [], []
    for one in touched:
        now = came.get(basename(one.path), one) if one.status == "D" else one
        if now.status == "D":
            gone.append(render_path(one.path))
        elif one.removed > now.added:
            less.append(render_path(now.path))
    return gone, less


def name_files(files: Sequence[str]) -> str:
    """Return the first few names, and the number of others."""
    more = f" and {len(files) - MAX_NAMED} more" if len(files) > MAX_NAMED else ""
    return ", ".join(map(show_name, files[:MAX_NAMED])) + more


def render_path(path: str) -> str:
    """Return a path as valid text; bytes that aren't text are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def make_key(root: str) -> str:
    """Return the key of the record of the checkout at `root`."""
    return hashlib.sha256(os.fsencode(root)).hexdigest()[:24]

"""Which of the files that an agent changed are sensitive, and why, in words."""

from collections.abc import Sequence

from agent_status.model import Grade
from agent_status.model.path_rule import PathRule

MANY_DELETED = 10
MAX_JUDGED = 1000
"""Files that are looked at for what is delicate."""


def find_sensitive(
    touched: Sequence[str],
    deleted: int,
    rules: Sequence[PathRule],
    gone: Sequence[str] = (),
    less: Sequence[str] = (),
) -> tuple[str, ...]:
    """
    Return why the touched paths are sensitive; paths are below the checkout's root.

    Some files are sensitive only if deleted: those count if `gone`, or if they hold `less` than
    before.
    """
    reasons: list[str] = []
    for rule in rules:
        if rule.write is not Grade.HARMLESS:
            reasons += _describe_covered(rule, rule.why, touched)
        elif rule.delete not in {None, Grade.HARMLESS}:
            reasons += _describe_covered(rule, f"{rule.name} deleted: {{path}}".lstrip(), gone)
            reasons += _describe_covered(rule, f"{rule.name} weakened: {{path}}".lstrip(), less)
    return (*reasons, f"{deleted} files deleted") if deleted >= MANY_DELETED else tuple(reasons)


def _describe_covered(rule: PathRule, why: str, paths: Sequence[str]) -> list[str]:
    """Return a text about the paths that the rule covers, or an empty list."""
    found = [path for path in paths[:MAX_JUDGED] if rule.covers(path)]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return [why.replace("{path}", found[0] + more)] if found else []

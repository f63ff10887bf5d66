"""Which of the files that an agent changed are delicate, and why, in words."""

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
    Return why what was touched is delicate, in words; paths are below the checkout's root.

    Of files that matter only once they are deleted those count that are `gone`, and those that
    hold `less` than before.
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
    """Return the words on the paths that the rule is about, or none."""
    found = [path for path in paths[:MAX_JUDGED] if rule.covers(path)]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return [why.replace("{path}", found[0] + more)] if found else []

"""Git's reflog: every commit that a checkout's HEAD has been at."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent_status.files import read_end

MAX_BYTES = 8 * 1024 * 1024
"""Of a log, from its end."""
LINE = re.compile(rb"([0-9a-f]{40,64}) ([0-9a-f]{40,64}) .*?> (\d+) [+-]\d+(?:\t(.*))?")
MOVED = re.compile(
    rb"$|(?:clone|reset|checkout|switch|branch|fetch)\b"
    rb"|(?:pull|merge|rebase)[^:]*(?:: [Ff]ast.forward|\((?:start|finish|abort|reset)\))"
)
"""What is said where HEAD went to a commit that was there before; else the commit is made there."""
SWITCHED, REBASED = b"checkout: moving", (b"rebase", b"pull")


@dataclass(frozen=True, slots=True)
class Step:
    """HEAD moved from `before`, zeros at first, to `after`; `at` is in Unix seconds."""

    before: str
    after: str
    at: int
    words: bytes

    @property
    def is_made(self) -> bool:
        """True if this step created the commit."""
        return not MOVED.match(self.words)


def read_steps(git_dir: str) -> tuple[Step, ...]:
    """Return the steps of the checkout with this git folder, oldest first; empty without a log."""
    return tuple(_parse(read_end(Path(git_dir) / "logs" / "HEAD", MAX_BYTES)))


def _parse(data: bytes) -> Iterator[Step]:
    for line in data.split(b"\n"):
        if found := LINE.fullmatch(line):
            before, after, at, words = found.groups()
            yield Step(before.decode(), after.decode(), int(at), words or b"")


def find_start(steps: tuple[Step, ...]) -> str | None:
    """Return the first commit of the checkout; empty before the first, None if unknown."""
    if not steps:
        return None
    first = steps[0]
    if not first.is_made:
        return first.after
    return first.before if first.before.strip("0") else ""


def list_since(steps: tuple[Step, ...], head: str, at: int) -> tuple[Step, ...]:
    """Return the steps after HEAD was last at `head`, and those after `at`."""
    last = max((number for number, one in enumerate(steps) if one.after == head), default=-1)
    return tuple(one for number, one in enumerate(steps) if number > last or one.at > at)


def is_switch(steps: tuple[Step, ...]) -> bool:
    """Return True if these steps switch the branch without a rebase."""
    switched = any(one.words.startswith(SWITCHED) for one in steps)
    return switched and not any(one.words.startswith(REBASED) and one.is_made for one in steps)


def list_worktrees(common: str) -> dict[str, str]:
    """Return the git folder of each worktree of a repository, by the worktree's top folder."""
    found = {os.path.dirname(common): common}  # noqa: PTH120
    for file in sorted(Path(common).glob("worktrees/*/gitdir")):
        text = os.fsdecode(read_end(file, MAX_BYTES)).removesuffix("\n")
        if not text or "\0" in text:
            continue
        place = os.path.join(file.parent, text)  # noqa: PTH118  as it stands there
        found[os.path.realpath(os.path.dirname(place))] = str(file.parent)  # noqa: PTH120
    return found

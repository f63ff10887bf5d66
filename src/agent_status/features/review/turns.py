"""The turns of agents in each checkout: the trees before and after each, kept on disk."""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from agent_status.features.review.baselines import UNFIT, fill_values, parse_baseline
from agent_status.features.review.graft import graft
from agent_status.features.review.parts import Baseline, Part, hold, join_stores
from agent_status.features.review.upstream import carry_base
from agent_status.files import read_bounded, write_private

MAX_TURNS = 30
"""Of one checkout; the oldest is dropped."""
MAX_BYTES = 1024 * 1024
KEPT_S = 30 * 86400.0
ID_LENGTH = 10
NOTHING = Baseline("")


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of an agent. Times are in Unix seconds; lines are counted as in a review."""

    id: str
    number: int
    root: str
    pane: str = ""
    agent: str = ""
    """Its name, for the user."""
    prompt: str = ""
    """The first line of the user's last prompt."""
    began_at: float = 0.0
    ended_at: float = 0.0
    files: int = 0
    added: int = 0
    removed: int = 0
    before: Baseline = NOTHING
    after: Baseline = NOTHING


def name_turn(key: str, turn: Turn) -> Turn:
    """Return the turn with an id that no other turn has."""
    text = f"{key}\0{turn.number}\0{turn.ended_at}\0{turn.after.tree}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return replace(turn, id=digest[:ID_LENGTH])


class TurnStore:
    """The last turns of all checkouts, one file each, written when a turn ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turns: dict[str, tuple[Turn, ...]] = {}

    def list(self, key: str) -> tuple[Turn, ...]:
        """Return the turns of a checkout, the latest last."""
        if key not in self._turns:
            self._turns[key] = read_turns(self._folder / f"{key}.json")
        return self._turns[key]

    def add(self, key: str, turn: Turn, parts: Sequence[Part]) -> None:
        """Add a turn, and protect its trees instead of those of the oldest one."""
        turns = self.list(key)
        number = turns[-1].number + 1 if turns else 1
        named = name_turn(key, replace(turn, number=number))
        self._turns[key] = (*turns, named)[-MAX_TURNS:]
        hold(parts, f"{key}-turn{number % MAX_TURNS}", named.after)
        hold(parts, f"{key}-turn{number % MAX_TURNS}-before", named.before)
        with contextlib.suppress(OSError):
            text = json.dumps([asdict(one) for one in self._turns[key]])
            write_private(self._folder / f"{key}.json", text)

    def forget_old(self, clock: float) -> None:
        """Delete the files of checkouts without a turn for a long time."""
        for file in self._folder.glob("*.json"):
            with contextlib.suppress(OSError):
                if clock - file.stat().st_mtime > KEPT_S:
                    file.unlink()


def read_turns(file: Path) -> tuple[Turn, ...]:
    """Return the turns in a file; a damaged one has none."""
    try:
        return tuple(map(parse_turn, json.loads(read_bounded(file, MAX_BYTES))[-MAX_TURNS:]))
    except (OSError, ArithmeticError, LookupError, ValueError, *UNFIT):
        return ()


def parse_turn(data: Mapping[str, Any]) -> Turn:
    """Return a turn; raise TypeError, LookupError or ValueError for anything else."""
    plain = fill_values(Turn("", 0, ""), data)
    return replace(
        plain, before=parse_baseline(data["before"]), after=parse_baseline(data["after"])
    )


def find_turns(folder: Path, prefix: str) -> Iterator[Turn]:
    """Yield the turns of all checkouts with an id that begins so."""
    for file in sorted(folder.glob("*.json")):
        yield from (one for one in read_turns(file) if one.id.startswith(prefix))


def find_turn_sides(parts: Sequence[Part], turn: Turn) -> tuple[str, str]:
    """
    Return two trees that differ in what changed in a turn, in the store of `join_stores`.

    Raises GitError.
    """
    own, store = parts[0], join_stores(parts)
    then = replace(own.store, checkout=replace(own.store.checkout, head=turn.after.head))
    before = carry_base(then, turn.before.tree, turn.before.head, turn.before.at)
    inner = {one.place: one.tree for one in turn.before.inner}
    now = {one.place: one.tree for one in turn.after.inner}
    moved = {place: tree for place, tree in now.items() if inner.get(place, "") != tree}
    if not moved:
        return before, turn.after.tree
    was = {place: inner.get(place, "") for place in moved}
    return graft(store, before, was), graft(store, turn.after.tree, moved)

"""What each agent changed since its user looked, asked of git beside the loop."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent_status.attend.result import BUSY, Step, find_step, mark_review
from agent_status.attend.stakes import PathRule
from agent_status.daemon.companions import Companion, Op
from agent_status.daemon.server import RefusedError, Request
from agent_status.model import ASKS, NO_CHANGES, Changes, PaneId, Sighting, State, clip_text
from agent_status.options import Options
from agent_status.review.ledger import Ledger, Record
from agent_status.review.places import Places, Plan
from agent_status.review.survey import Survey, Wish
from agent_status.review.telling import describe_survey, make_key, name_files

SOON_S = 2.0
"""What is found so shortly after the user's word is what they have looked at."""
DAY_S = 86400.0
MOST_TOLD = 9
"""Agents of one checkout that are told by name."""
LIVE = BUSY | {State.UNKNOWN, State.NONE}
"""States without a result that could be acknowledged."""


@dataclass(slots=True)
class _Desk:
    """One agent: where it works, and what of it waits to be looked at."""

    sighting: Sighting
    key: str = ""
    """Of its record; empty until its checkout is known."""
    before: State | None = None
    since: float | None = None
    """Since when its result waits; None if none does."""
    ended_at: float = float("-inf")
    owed_at: float | None = None
    """When the user gave their word for a tree that was not known yet."""
    told: tuple[object, Changes] = (None, NO_CHANGES)
    """What its Changes were made from, and what they were."""

    @property
    def folder(self) -> str:
        """Where it works."""
        return self.sighting.pane.folder

    @property
    def is_active(self) -> bool:
        """Whether it works, or has left something to be looked at."""
        return self.before in BUSY or self.since is not None

    @property
    def name(self) -> str:
        """Who it is for the user: kind and place."""
        agent = self.sighting.status.agent
        return f"{agent.kind if agent else ''} {self.sighting.pane.place}"


class Reviews(Companion):
    """Tells each agent's Changes, and makes of a finished turn with changes a `review`."""

    def __init__(
        self,
        socket: str,
        state: Path,
        rules: Callable[[], Sequence[PathRule]] = tuple,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep everything below `state`; `rules` tells what is delicate, `clock` Unix seconds."""
        self._rules = rules
        self._socket = os.path.realpath(socket)
        self._base = state / "review"
        digest = hashlib.sha256(os.fsencode(self._socket)).hexdigest()[:16]
        self._ledger = Ledger(self._base / f"agents-{digest}.json")
        self._ledger.forget_old(clock())
        self._clock = clock
        self._places = Places(self._base)
        self._desks: dict[PaneId, _Desk] = {}
        self._roots: dict[str, tuple[_Desk, ...]] = {}
        self._on = True

    def take_options(self, options: Options) -> None:
        """Look at git, or leave it alone."""
        self._on = options.review

    def list_ops(self) -> Mapping[str, Op]:
        """Return `review`: what a command needs to look at a checkout by itself."""
        return {"review": self._answer}

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """Return the sightings with their Changes, as far as they are known by now."""
        if not self._on:
            return sightings
        for folder in self._places.collect(now):
            self._take(folder)
        self._follow(sightings, now)
        self._places.begin(self._list_plans(), now)
        self._roots = self._group_desks()
        return tuple(self._tell(self._desks[one.pane.id]) for one in sightings)

    def acknowledge(self, pane: PaneId, now: float) -> str:
        """Take what was found last for what the user looked at, if a result could be there."""
        desk = self._desks.get(pane)
        return self._settle(desk, now) if desk and desk.before not in LIVE else ""

    def close(self) -> None:
        """Begin nothing any more."""
        self._places.close()

    def _follow(self, sightings: Sequence[Sighting], now: float) -> None:
        """Step on with every agent that is there, and forget those that are not."""
        for gone in self._desks.keys() - {one.pane.id for one in sightings}:
            del self._desks[gone]
        for one in sightings:
            desk = self._desks.get(one.pane.id)
            if desk is None or _identify(desk.sighting) != _identify(one):
                desk = self._desks[one.pane.id] = _Desk(one)
                self._places.doubt(one.pane.folder)
            desk.sighting = one
            self._step(desk, now)

    def _step(self, desk: _Desk, now: float) -> None:
        before, status = desk.before, desk.sighting.status
        step = find_step(before, status)
        desk.before = status.state
        if before in BUSY and status.state not in BUSY:
            desk.ended_at = now
            self._places.doubt(desk.folder)
        elif status.state in ASKS and before not in ASKS:
            self._places.doubt(desk.folder)
        if step is Step.ENDED:
            desk.since = status.since
        elif step is Step.SEEN and (desk.since is not None or before is not State.IDLE):
            self._settle(desk, now)

    def _settle(self, desk: _Desk, now: float) -> str:
        """
        Take what was found last, or what is about to be found, for what the user has seen.

        Return why that is not on the disk; empty if it is.
        """
        desk.since = None
        if self._places.is_pending(desk.folder):
            desk.owed_at = now
        record, found = self._ledger.find(desk.key), self._places.find(desk.folder)
        if record and found and found.tree:
            return self._keep(desk.key, replace(record, base=found.tree, waiting=0.0), found)
        return ""

    def _keep(self, key: str, record: Record, found: Survey) -> str:
        """Keep the record, and its base from being pruned; return as `Ledger.put`."""
        known = self._ledger.find(key)
        if found.store and (known is None or replace(known, waiting=record.waiting) != record):
            found.store.hold(key, record.base)
        return self._ledger.put(key, record)

    def _list_plans(self) -> tuple[Plan, ...]:
        folders: dict[str, list[_Desk]] = {}
        for desk in self._desks.values():
            folders.setdefault(desk.folder, []).append(desk)
        return tuple(
            Plan(
                folder, any(one.before is State.WORKING for one in desks), self._list_wishes(desks)
            )
            for folder, desks in folders.items()
        )

    def _list_wishes(self, desks: Sequence[_Desk]) -> tuple[Wish, ...]:
        records = ((desk.key, self._ledger.find(desk.key)) for desk in desks)
        return tuple(Wish(key, one.base, one.origin) for key, one in records if one)

    def _take(self, folder: str) -> None:
        """Let the agents in a folder go on from what was found there."""
        found = self._places.find(folder)
        if found is None or found.checkout is None or found.trouble:
            return
        for desk in self._desks.values():
            if desk.folder == folder:
                self._advance(desk, found)

    def _advance(self, desk: _Desk, found: Survey) -> None:
        """Begin a record at this tree, or go on with the one that was kept."""
        head = found.checkout.head if found.checkout else ""
        key = make_key(self._socket, desk.sighting, found.root)
        record = self._ledger.find(key)
        if desk.key != key:
            desk.key = key
            if record and record.waiting and desk.since is None:
                desk.since = found.at - max(0.0, self._clock() - record.waiting)
        if record is None:
            record = Record(base=found.tree, origin=head or found.tree)
        elif record.base not in found.since_base and record.base != found.tree:
            if key in (wish.key for wish in found.wishes):
                record = replace(record, base=found.tree, origin=head or found.tree)
            else:
                self._places.doubt(desk.folder)
        if desk.owed_at is not None and found.at >= desk.ended_at:
            if found.at <= desk.owed_at + SOON_S or desk.before not in LIVE:
                record = replace(record, base=found.tree, waiting=0.0)
            desk.owed_at = None
        self._keep(key, replace(record, seen=self._clock() // DAY_S * DAY_S), found)

    def _group_desks(self) -> dict[str, tuple[_Desk, ...]]:
        """Return the agents of every checkout."""
        roots: dict[str, tuple[_Desk, ...]] = {}
        for desk in self._desks.values():
            found = self._places.find(desk.folder)
            if found and found.checkout:
                roots[found.root] = (*roots.get(found.root, ()), desk)
        return roots

    def _tell(self, desk: _Desk) -> Sighting:
        one, found = desk.sighting, self._places.find(desk.folder)
        if found is None:
            return one
        changes, status = self._find_changes(desk, found), one.status
        record = self._ledger.find(desk.key)
        waits = status.state is State.IDLE and desk.since is not None
        if record and found.at >= desk.ended_at:
            if changes.files and (waits or status.state is State.FINISHED):
                since = status.since if desk.since is None else desk.since
                status = mark_review(status, changes, since)
            elif waits and record.base in {found.tree, *found.since_base}:
                desk.since = None
            self._remember(desk, record, found, status.state)
        return replace(one, status=status, changes=changes)

    def _remember(self, desk: _Desk, record: Record, found: Survey, state: State) -> None:
        """Keep over a restart that a review waits, or that none does."""
        if state is State.REVIEW and not record.waiting:
            self._keep(desk.key, replace(record, waiting=self._clock()), found)
        elif record.waiting and desk.since is None:
            self._keep(desk.key, replace(record, waiting=0.0), found)

    def _find_changes(self, desk: _Desk, found: Survey) -> Changes:
        """Return the Changes, made anew only if something in them may differ."""
        others = self._list_others(desk, found)
        shared = tuple(one.sighting.pane.id for one in others)
        conflicts = self._list_conflicts(desk, found)
        record = self._ledger.find(desk.key)
        source = (found, record.base if record else "", shared, conflicts)
        if desk.told[0] != source:
            base = record.base if record else found.tree
            changes = describe_survey(found, base, self._rules())
            desk.told = source, replace(changes, shared=shared, conflicts=conflicts)
        return desk.told[1]

    def _list_others(self, desk: _Desk, found: Survey) -> list[_Desk]:
        """Return the other agents in the same checkout, bounded."""
        return [one for one in self._roots.get(found.root, ())[:MOST_TOLD] if one is not desk]

    def _list_conflicts(self, desk: _Desk, found: Survey) -> tuple[str, ...]:
        """Return who is in this agent's way and where, in words: here, or in another worktree."""
        here = (
            f"{one.name}: in the same checkout"
            for one in self._list_others(desk, found)
            if one.is_active or desk.is_active
        )
        elsewhere = (
            f"{one.name}: {name_files(overlap.files)}"
            for overlap in self._places.find_overlaps(found.checkout)
            for one in self._roots.get(overlap.find_other(found.root), ())[:MOST_TOLD]
        )
        return (*here, *elsewhere)

    def _answer(self, request: Request) -> dict[str, Any]:
        desk = self._desks.get(PaneId(str(request.get("pane"))))
        if desk is None:
            pane = clip_text(str(request.get("pane")), 40)
            message = f"no agent is watched in pane {pane}"
            raise RefusedError(message)
        found, record = self._places.find(desk.folder), self._ledger.find(desk.key)
        overlaps = self._places.find_overlaps(found.checkout) if found else ()
        return {
            "name": desk.name,
            "folder": desk.folder,
            "stores": str(self._base),
            "base": record.base if record else "",
            "shared": [one.name for one in self._list_others(desk, found)] if found else [],
            "overlaps": [
                {
                    "base": one.base,
                    "files": list(one.files),
                    "folder": root,
                    "names": [other.name for other in self._roots.get(root, ())],
                }
                for one in overlaps
                for root in (one.find_other(found.root if found else ""),)
            ],
        }


def _identify(sighting: Sighting) -> tuple[object, ...]:
    """Return what makes it the same agent at the same place."""
    pane, agent = sighting.pane, sighting.status.agent
    return pane.id, pane.pid, pane.folder, agent.kind if agent else ""

"""What was changed in each checkout since its user reviewed it, asked of git beside the loop."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from agent_status.errors import RefusedError
from agent_status.features.base import Feature, Op
from agent_status.features.review.baselines import BaselineStore, Owner, Record
from agent_status.features.review.describe import describe_survey, make_key
from agent_status.features.review.desks import DAY_S, LIVE, SOON_S, AgentReview, identify
from agent_status.features.review.ended import Ended, make_owner, name_row
from agent_status.features.review.neighbours import list_conflicts, list_others, tell_overlaps
from agent_status.features.review.parts import Baseline, find_inner, hold, put_inner
from agent_status.features.review.policy import BUSY, Step, find_step, mark_review
from agent_status.features.review.snapshot import CheckoutSnapshot, ReviewBaseline
from agent_status.features.review.surveys import SurveyRequest, SurveyScheduler
from agent_status.model import ASKS, Changes, PaneId, Sighting, State, clip_text
from agent_status.model.path_rule import PathRule
from agent_status.options import Options
from agent_status.protocol.messages import Request


class ReviewFeature(Feature):
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
        self._ledger = BaselineStore(self._base / "checkouts")
        self._ledger.forget_old(clock())
        self._clock = clock
        self._places = SurveyScheduler(self._base)
        self._desks: dict[PaneId, AgentReview] = {}
        self._roots: dict[str, tuple[AgentReview, ...]] = {}
        self._ended = Ended(self._socket, self._ledger, self._places, rules, clock)
        self._on = True

    def take_options(self, options: Options) -> None:
        """Look at git, or leave it alone."""
        self._on = options.review

    def list_ops(self) -> Mapping[str, Op]:
        """Return what a command needs to read a checkout on its own, and undo."""
        return {"review": self._answer, "unreview": self._take_back}

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """Return the sightings with their Changes, as far as known, and those of ended agents."""
        if not self._on:
            return sightings
        for folder in self._places.collect(now):
            self._take(folder)
        self._follow(sightings, now)
        self._places.begin(self._list_plans(), now)
        self._roots = self._group_desks()
        told = tuple(self._tell(self._desks[one.pane.id]) for one in sightings)
        return (*told, *self._ended.tell(now))

    def acknowledge(self, pane: PaneId, now: float) -> str:
        """Count from what was found last, if a result could be there."""
        desk = self._desks.get(pane)
        if desk and desk.before not in LIVE:
            return self._settle(desk, now)
        if row := self._ended.find(pane):
            return self._accept(*row)
        return ""

    def notice_look(self, pane: PaneId, now: float) -> None:  # noqa: ARG002
        """Show a result no longer as one; its changes wait on to be acknowledged."""
        desk = self._desks.get(pane)
        if desk and desk.before not in LIVE:
            self._look(desk)

    def close(self) -> None:
        """Begin nothing any more."""
        self._places.close()

    def _follow(self, sightings: Sequence[Sighting], now: float) -> None:
        """Step on with every agent that is there, and forget those that are not."""
        for gone in self._desks.keys() - {one.pane.id for one in sightings}:
            self._places.invalidate(self._desks.pop(gone).root)
        for one in sightings:
            desk = self._desks.get(one.pane.id)
            if desk is None or identify(desk.sighting) != identify(one):
                desk = self._desks[one.pane.id] = AgentReview(one)
                self._places.invalidate(one.pane.folder)
            desk.sighting = one
            self._step(desk, now)
        self._ended.follow(sightings, now)

    def _step(self, desk: AgentReview, now: float) -> None:
        before, status = desk.before, desk.sighting.status
        step = find_step(before, status)
        desk.before = status.state
        if before in BUSY and status.state not in BUSY:
            desk.ended_at = now
            self._places.invalidate(desk.folder)
        elif status.state in ASKS and before not in ASKS:
            self._places.invalidate(desk.folder)
        if status.state in BUSY and before not in BUSY:
            self._claim(desk)
        if step is Step.ENDED:
            desk.since = status.since
            self._claim(desk)
        elif step is Step.SEEN and (desk.since is not None or before is not State.IDLE):
            self._look(desk)

    def _claim(self, desk: AgentReview) -> None:
        """Keep on disk that this agent works in its checkout, so that nothing is lost with it."""
        record = self._ledger.find(desk.key)
        if record:
            owner = make_owner(self._socket, desk.sighting)
            waiting = record.waiting or self._clock()
            self._ledger.put(desk.key, replace(record, waiting=waiting, looked=False, owner=owner))

    def _look(self, desk: AgentReview) -> None:
        desk.since = None
        record = self._ledger.find(desk.key)
        if record and record.waiting:
            self._ledger.put(desk.key, replace(record, looked=True))

    def _settle(self, desk: AgentReview, now: float) -> str:
        """
        Take what was found last, or what is about to be found, for what the user reviewed.

        Return why that is not on the disk; empty if it is.
        """
        desk.since = None
        if self._places.is_pending(desk.folder):
            desk.owed_at = now
        record, found = self._ledger.find(desk.key), self._places.find(desk.folder)
        if record and found and found.tree:
            return self._accept(desk.key, record, found)
        return ""

    def _find_unreviewed(self, found: CheckoutSnapshot) -> Baseline | None:
        """Return what a checkout is counted from whose work waited on in the one around it."""
        for _, around in self._ledger.list_around(found.root)[:1]:
            if around.waiting:
                return find_inner(around.base, around.root, found.root) or found.begin
        return None

    def _accept(self, key: str, record: Record, found: CheckoutSnapshot) -> str:
        """
        Count from what was found on, here and in the checkouts around it.

        Return as `Ledger.put`.
        """
        trouble = self._keep(key, accept(record, found), found)
        for outer, around in self._ledger.list_around(found.root):
            base = put_inner(around.base, around.root, found.now, found.root)
            hold(found.parts, f"{outer}-{key}", found.now)
            self._ledger.put(outer, replace(around, base=base))
            for desk in self._desks.values():
                if desk.key == outer:
                    self._places.invalidate(desk.folder)
        return trouble

    def _keep(self, key: str, record: Record, found: CheckoutSnapshot) -> str:
        """Keep the record, and its trees from being pruned; return as `Ledger.put`."""
        known = self._ledger.find(key)
        if known is None or (known.base, known.undo, known.seen) != (
            record.base,
            record.undo,
            record.seen,
        ):
            hold(found.parts, key, record.base)
            if record.undo:
                hold(found.parts, f"{key}-undo", record.undo)
        return self._ledger.put(key, record)

    def _list_plans(self) -> tuple[SurveyRequest, ...]:
        folders: dict[str, list[AgentReview]] = {}
        for desk in self._desks.values():
            folders.setdefault(desk.folder, []).append(desk)
        roots = {one.root for one in self._desks.values()}
        apart = frozenset(roots) | self._ended.list_roots()
        plans = {plan.folder: plan for plan in self._ended.list_plans(apart)}
        for folder, desks in folders.items():
            works = any(one.before is State.WORKING for one in desks)
            plans[folder] = SurveyRequest(folder, works, self._list_wishes(desks), apart)
        return tuple(plans.values())

    def _list_wishes(self, desks: Sequence[AgentReview]) -> tuple[ReviewBaseline, ...]:
        records = {desk.key: self._ledger.find(desk.key) for desk in desks}
        return tuple(
            ReviewBaseline(key, one.base, one.origin) for key, one in records.items() if one
        )

    def _take(self, folder: str) -> None:
        """Let the agents in a folder go on from what was found there."""
        found = self._places.find(folder)
        if found is None or found.checkout is None or found.trouble:
            return
        for desk in self._desks.values():
            if desk.folder == folder:
                self._advance(desk, found)

    def _advance(self, desk: AgentReview, found: CheckoutSnapshot) -> None:
        """Begin a record at this tree, or go on with the one that was kept."""
        key = make_key(found.root)
        record = self._ledger.load(key)
        if desk.key != key:
            record = self._meet(desk, key, record, found)
        if record is None:
            record = self._begin(desk, found)
        elif found.lacks(record.base):
            record = replace(record, base=found.now, origin=found.now.head or found.tree)
        elif not found.knows(record.base):
            self._places.invalidate(desk.folder)
        if desk.owed_at is not None and found.at >= desk.ended_at:
            if found.at <= desk.owed_at + SOON_S or desk.before not in LIVE:
                self._accept(key, record, found)
                record = self._ledger.find(key) or record
            desk.owed_at = None
        self._keep(key, replace(record, seen=self._clock() // DAY_S * DAY_S), found)

    def _meet(
        self, desk: AgentReview, key: str, record: Record | None, found: CheckoutSnapshot
    ) -> Record | None:
        """Return the record of a checkout that an agent is new in; None to begin another one."""
        alone = not any(one.key == key for one in self._desks.values())
        desk.key, desk.root = key, found.root
        if record is None:
            return None
        owner = make_owner(self._socket, desk.sighting)
        is_own = record.owner.id == owner.id
        if record.waiting and is_own and not record.looked and desk.since is None:
            desk.since = found.at - max(0.0, self._clock() - record.waiting)
        if not record.waiting and not is_own and alone:
            return None
        if desk.before in BUSY:
            waiting = record.waiting or self._clock()
            return replace(record, waiting=waiting, looked=False, owner=owner)
        return record

    def _begin(self, desk: AgentReview, found: CheckoutSnapshot) -> Record:
        """Return a record from now on, or from where the checkout around it counts."""
        base = self._find_unreviewed(found)
        if base:
            self._places.invalidate(desk.folder)
        waiting = self._clock() if base or desk.is_active else 0.0
        owner = make_owner(self._socket, desk.sighting)
        origin = found.now.head or found.tree
        record = Record(base or found.now, origin, found.root, waiting, owner=owner)
        return replace(record, looked=base is not None)

    def _group_desks(self) -> dict[str, tuple[AgentReview, ...]]:
        roots: dict[str, tuple[AgentReview, ...]] = {}
        for desk in self._desks.values():
            found = self._places.find(desk.folder)
            if found and found.checkout:
                roots[found.root] = (*roots.get(found.root, ()), desk)
        return roots

    def _tell(self, desk: AgentReview) -> Sighting:
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
            elif found.knows(record.base) and not (
                changes.files or found.trouble or self._is_busy(desk)
            ):
                desk.since = None if waits else desk.since
                self._ledger.put(desk.key, replace(record, waiting=0.0))
        return replace(one, status=status, changes=changes)

    def _is_busy(self, desk: AgentReview) -> bool:
        """Return whether an agent works in the same checkout."""
        return any(one.key == desk.key and one.before in BUSY for one in self._desks.values())

    def _find_changes(self, desk: AgentReview, found: CheckoutSnapshot) -> Changes:
        """Return the Changes, rebuilt only if something in them may differ."""
        others = list_others(self._roots, desk, found)
        shared = tuple(one.sighting.pane.id for one in others)
        record = self._ledger.find(desk.key)
        base = record.base if record else found.now
        source = (found, base)
        if desk.told[0] != source:
            desk.told = source, describe_survey(found, base, self._rules())
        changes = desk.told[1]
        overlaps = self._places.find_overlaps(found.checkout)
        changed = bool(changes.files)
        conflicts = list_conflicts(self._roots, overlaps, desk, found, changed=changed)
        if (changes.shared, changes.conflicts) != (shared, conflicts):
            desk.told = source, replace(changes, shared=shared, conflicts=conflicts)
        return desk.told[1]

    def _find_key(self, pane: PaneId) -> str:
        """Return the key of the record of a row, also of one that was acknowledged."""
        desk = self._desks.get(pane)
        key = desk.key if desk else self._ended.find_key(pane)
        if not desk:
            key = key or next((one for one in self._ledger if name_row(one) == pane), "")
        if not key and not desk:
            message = f"no agent is watched in pane {clip_text(pane, 40)}"
            raise RefusedError(message)
        return key

    def _take_back(self, request: Request) -> dict[str, Any]:
        """Undo what was acknowledged last in a checkout."""
        pane = PaneId(str(request.get("pane")))
        key = self._find_key(pane)
        record, desk = self._ledger.find(key), self._desks.get(pane)
        if record is None or record.undo is None:
            message = "there is no acknowledgement to undo"
            raise RefusedError(message)
        waiting = self._clock()
        record = replace(record, base=record.undo, undo=None, waiting=waiting, looked=False)
        trouble = self._ledger.put(key, record)
        if desk and desk.before is State.IDLE:
            desk.since = desk.sighting.status.since
        self._places.invalidate(desk.folder if desk else record.root)
        if trouble:
            message = f"it is kept only until the daemon ends: {trouble}"
            raise RefusedError(message)
        return {}

    def _answer(self, request: Request) -> dict[str, Any]:
        pane = PaneId(str(request.get("pane")))
        record, desk = self._ledger.find(self._find_key(pane)), self._desks.get(pane)
        folder = desk.folder if desk else record.root if record else ""
        found = self._places.find(folder)
        overlaps = self._places.find_overlaps(found.checkout) if found else ()
        others = list_others(self._roots, desk, found) if desk and found else []
        owner = record.owner if record else Owner()
        place = f"{owner.session}:{owner.window_index}.{owner.index}"
        return {
            "name": desk.name if desk else f"{owner.kind} {place} (ended)",
            "folder": folder,
            "stores": str(self._base),
            "base": asdict(record.base) if record else None,
            "apart": sorted({one.root for one in self._desks.values()} | self._ended.list_roots()),
            "shared": [one.name for one in others],
            "overlaps": list(tell_overlaps(self._roots, overlaps, found)) if found else [],
        }


def accept(record: Record, found: CheckoutSnapshot) -> Record:
    """Return the record once the user has reviewed what was found."""
    base, now = record.base, found.now
    undo = record.undo if (base.tree, base.inner) == (now.tree, now.inner) else base
    return replace(record, base=found.now, waiting=0.0, looked=False, undo=undo)

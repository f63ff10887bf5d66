"""Daemon plug-in that adds what changed in each checkout since the user reviewed it."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from agent_status.errors import RefusedError
from agent_status.features.base import Feature, Op
from agent_status.features.review.agent_review import (
    DAY_S,
    SOON_S,
    WITHOUT_RESULT,
    AgentReview,
    identify,
)
from agent_status.features.review.baselines import (
    MAX_UNDO,
    UNFIT,
    BaselineStore,
    Owner,
    Record,
    parse_baseline,
)
from agent_status.features.review.describe import describe_survey, make_key
from agent_status.features.review.ended import EndedAgents, make_owner, name_row
from agent_status.features.review.looks import LookStore
from agent_status.features.review.neighbours import describe_overlaps, list_conflicts, list_others
from agent_status.features.review.parts import Baseline, find_inner, hold, put_inner
from agent_status.features.review.policy import IN_TURN, TurnStep, decide_review, find_step
from agent_status.features.review.snapshot import CheckoutSnapshot, ReviewBaseline
from agent_status.features.review.surveys import SurveyRequest, SurveyScheduler
from agent_status.features.review.turn_log import TurnLog
from agent_status.model import ASKS, Changes, PaneId, Sighting, State, Status, clip_text
from agent_status.model.path_rule import PathRule
from agent_status.options import Options
from agent_status.protocol.messages import (
    BadRequestError,
    Done,
    MarkLooked,
    MoveBaseline,
    ReadReview,
    ReviewFacts,
    Unreview,
)


class ReviewFeature(Feature):
    """Adds each agent's changes; a finished turn with changes becomes a `review`."""

    def __init__(
        self,
        socket: str,
        state: Path,
        rules: Callable[[], Sequence[PathRule]] = tuple,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep everything below `state`; `rules` grade paths, `clock` returns Unix seconds."""
        self._rules = rules
        self._socket = os.path.realpath(socket)
        self._base = state / "review"
        self._baselines = BaselineStore(self._base / "checkouts")
        self._baselines.forget_old(clock())
        self._looks = LookStore(self._base / "looks.json")
        self._clock = clock
        self._surveys = SurveyScheduler(self._base)
        self._turns = TurnLog(self._base / "turns", self._surveys, clock)
        self._reviews: dict[PaneId, AgentReview] = {}
        self._roots: dict[str, tuple[AgentReview, ...]] = {}
        self._ended = EndedAgents(self._socket, self._baselines, self._surveys, rules, clock)
        self._on = True

    def take_options(self, options: Options) -> None:
        """Turn the use of git on or off."""
        self._on = options.review

    def list_ops(self) -> Mapping[str, Op]:
        """Return what a command needs to read a checkout, and what moves its baseline."""
        return {
            ReadReview.op: self._answer,
            Unreview.op: self._undo,
            MoveBaseline.op: self._move,
            MarkLooked.op: self._mark,
        }

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """Return the sightings with their changes, as far as known, and rows of ended agents."""
        if not self._on:
            return sightings
        for folder in self._surveys.collect(now):
            self._update(folder)
        self._follow(sightings, now)
        self._surveys.begin(self._list_requests(), now)
        self._roots = self._group_by_root()
        here = tuple(self._add_changes(self._reviews[one.pane.id]) for one in sightings)
        return (*here, *self._ended.list_rows(now))

    def decide(self, sighting: Sighting) -> Status:
        """Return a `review` if a turn is finished and has changes."""
        status, review = sighting.status, self._reviews.get(sighting.pane.id)
        found = self._surveys.find(review.folder) if review else None
        if not (
            review and found and found.at >= review.ended_at and self._baselines.find(review.key)
        ):
            return status
        return decide_review(status, sighting.changes, review.since)

    def acknowledge(self, pane: PaneId, now: float) -> str:
        """Count changes from the last survey on, if a result could be there."""
        review = self._reviews.get(pane)
        self._looks.mark(self._name_agent(pane), self._clock())
        if review and review.before not in WITHOUT_RESULT:
            return self._acknowledge(review, now)
        if row := self._ended.find(pane):
            return self._accept(*row)
        return ""

    def record_visit(self, pane: PaneId, now: float) -> None:  # noqa: ARG002
        """Stop showing the result; its changes still wait to be acknowledged."""
        review = self._reviews.get(pane)
        if review and review.before not in WITHOUT_RESULT:
            self._mark_looked(review)

    def close(self) -> None:
        """Stop all surveys. Idempotent."""
        self._surveys.close()

    def _follow(self, sightings: Sequence[Sighting], now: float) -> None:
        """Follow every agent that is running, and forget the others."""
        for gone in self._reviews.keys() - {one.pane.id for one in sightings}:
            self._surveys.invalidate(self._reviews.pop(gone).root)
        for one in sightings:
            review = self._reviews.get(one.pane.id)
            if review is None or identify(review.sighting) != identify(one):
                review = self._reviews[one.pane.id] = AgentReview(one)
                self._surveys.invalidate(one.pane.folder)
            review.sighting = one
            self._step(review, now)
        self._ended.follow(sightings, now)

    def _step(self, review: AgentReview, now: float) -> None:
        before, status = review.before, review.sighting.status
        step = find_step(before, status)
        review.before = status.state
        if before in IN_TURN and status.state not in IN_TURN:
            review.ended_at = now
            self._turns.end(review, now)
            self._surveys.invalidate(review.folder)
        elif status.state in ASKS and before not in ASKS:
            self._surveys.invalidate(review.folder)
        if status.state in IN_TURN and before not in IN_TURN:
            if status.state is not State.SETUP:
                self._turns.begin(review, now)
            self._mark_waiting(review)
        if step is TurnStep.ENDED:
            review.since = status.since
            self._mark_waiting(review)
        elif step is TurnStep.SEEN and (review.since is not None or before is not State.IDLE):
            self._mark_looked(review)

    def _mark_waiting(self, review: AgentReview) -> None:
        """Record on disk that an agent works here, so its work outlives it."""
        record = self._baselines.find(review.key)
        if record:
            owner = make_owner(self._socket, review.sighting)
            waiting = record.waiting or self._clock()
            self._baselines.put(
                review.key, replace(record, waiting=waiting, looked=False, owner=owner)
            )

    def _mark_looked(self, review: AgentReview) -> None:
        review.since = None
        record = self._baselines.find(review.key)
        if record and record.waiting:
            self._baselines.put(review.key, replace(record, looked=True))

    def _acknowledge(self, review: AgentReview, now: float) -> str:
        """
        Treat the last survey, or one under way, as reviewed.

        Return why that could not be stored; empty if it was.
        """
        review.since = None
        if self._surveys.is_pending(review.folder):
            review.pending_at = now
        record, found = self._baselines.find(review.key), self._surveys.find(review.folder)
        if record and found and found.tree:
            return self._accept(review.key, record, found)
        return ""

    def _find_unreviewed(self, found: CheckoutSnapshot) -> Baseline | None:
        """Return the baseline of a checkout whose work waited in the checkout around it."""
        for _, around in self._baselines.list_around(found.root)[:1]:
            if around.waiting:
                return find_inner(around.base, around.root, found.root) or found.begin
        return None

    def _accept(self, key: str, record: Record, found: CheckoutSnapshot) -> str:
        """
        Count from the last survey on, here and in the checkouts around it.

        Return as `BaselineStore.put`.
        """
        trouble = self._keep(key, accept(record, found), found)
        for outer, around in self._baselines.list_around(found.root):
            base = put_inner(around.base, around.root, found.now, found.root)
            hold(found.parts, f"{outer}-{key}", found.now)
            self._baselines.put(outer, replace(around, base=base))
            for review in self._reviews.values():
                if review.key == outer:
                    self._surveys.invalidate(review.folder)
        return trouble

    def _keep(self, key: str, record: Record, found: CheckoutSnapshot) -> str:
        """Store the record and protect its trees; return as `BaselineStore.put`."""
        known = self._baselines.find(key)
        if known is None or (known.base, known.undo, known.seen) != (
            record.base,
            record.undo,
            record.seen,
        ):
            hold(found.parts, key, record.base)
            for number, before in enumerate(record.undo):
                hold(found.parts, f"{key}-undo{number}", before)
        return self._baselines.put(key, record)

    def _list_requests(self) -> tuple[SurveyRequest, ...]:
        folders: dict[str, list[AgentReview]] = {}
        for review in self._reviews.values():
            folders.setdefault(review.folder, []).append(review)
        roots = {one.root for one in self._reviews.values()}
        apart = frozenset(roots) | self._ended.list_roots()
        requests = {plan.folder: plan for plan in self._ended.list_requests(apart)}
        for folder, reviews in folders.items():
            works = any(one.before is State.WORKING for one in reviews)
            requests[folder] = SurveyRequest(folder, works, self._list_baselines(reviews), apart)
        return tuple(requests.values())

    def _list_baselines(self, reviews: Sequence[AgentReview]) -> tuple[ReviewBaseline, ...]:
        records = {review.key: self._baselines.find(review.key) for review in reviews}
        bases = [(key, one.base) for key, one in records.items() if one]
        pairs = dict.fromkeys((*bases, *self._turns.list_pending(reviews)))
        origins = {key: one.origin for key, one in records.items() if one}
        return tuple(
            ReviewBaseline(key, base, origins[key]) for key, base in pairs if key in origins
        )

    def _update(self, folder: str) -> None:
        """Update the agents in a folder from what was found there."""
        found = self._surveys.find(folder)
        if found is None or found.checkout is None or found.trouble:
            return
        for review in self._reviews.values():
            if review.folder == folder:
                self._advance(review, found)

    def _advance(self, review: AgentReview, found: CheckoutSnapshot) -> None:
        """Begin a record at this tree, or continue a stored one."""
        key = make_key(found.root)
        record = self._baselines.load(key)
        if review.key != key:
            record = self._find_record(review, key, record, found)
        if record is None:
            record = self._begin(review, found)
        elif found.lacks(record.base):
            record = replace(record, base=found.now, origin=found.now.head or found.tree)
        elif not found.knows(record.base):
            self._surveys.invalidate(review.folder)
        if review.pending_at is not None and found.at >= review.ended_at:
            if found.at <= review.pending_at + SOON_S or review.before not in WITHOUT_RESULT:
                self._accept(key, record, found)
                record = self._baselines.find(key) or record
            review.pending_at = None
        self._keep(key, replace(record, seen=self._clock() // DAY_S * DAY_S), found)
        self._turns.advance(review, found)

    def _find_record(
        self, review: AgentReview, key: str, record: Record | None, found: CheckoutSnapshot
    ) -> Record | None:
        """Return the record of a checkout that is new to the agent; None to begin a new one."""
        alone = not any(one.key == key for one in self._reviews.values())
        review.key, review.root = key, found.root
        if record is None:
            return None
        owner = make_owner(self._socket, review.sighting)
        is_own = record.owner.id == owner.id
        if record.waiting and is_own and not record.looked and review.since is None:
            review.since = found.at - max(0.0, self._clock() - record.waiting)
        if not record.waiting and not is_own and alone:
            return None
        if review.before in IN_TURN:
            waiting = record.waiting or self._clock()
            return replace(record, waiting=waiting, looked=False, owner=owner)
        return record

    def _begin(self, review: AgentReview, found: CheckoutSnapshot) -> Record:
        """Return a record from now on, or from the baseline of the checkout around it."""
        base = self._find_unreviewed(found)
        if base:
            self._surveys.invalidate(review.folder)
        waiting = self._clock() if base or review.is_active else 0.0
        owner = make_owner(self._socket, review.sighting)
        origin = found.now.head or found.tree
        record = Record(base or found.now, origin, found.root, waiting, owner=owner)
        return replace(record, looked=base is not None)

    def _group_by_root(self) -> dict[str, tuple[AgentReview, ...]]:
        roots: dict[str, tuple[AgentReview, ...]] = {}
        for review in self._reviews.values():
            found = self._surveys.find(review.folder)
            if found and found.checkout:
                roots[found.root] = (*roots.get(found.root, ()), review)
        return roots

    def _add_changes(self, review: AgentReview) -> Sighting:
        """Return the sighting with its changes; without changes, no result waits."""
        one, found = review.sighting, self._surveys.find(review.folder)
        if found is None:
            return one
        changes = self._find_changes(review, found)
        record = self._baselines.find(review.key)
        done = record and found.at >= review.ended_at and found.knows(record.base)
        if record and done and not (changes.files or found.trouble or self._is_busy(review)):
            if one.status.state is State.IDLE:
                review.since = None
            self._baselines.put(review.key, replace(record, waiting=0.0))
        return replace(one, changes=changes)

    def _is_busy(self, review: AgentReview) -> bool:
        """Return True if an agent works in the same checkout."""
        return any(
            one.key == review.key and one.before in IN_TURN for one in self._reviews.values()
        )

    def _find_changes(self, review: AgentReview, found: CheckoutSnapshot) -> Changes:
        """Return the changes, rebuilt only if they may differ."""
        others = list_others(self._roots, review, found)
        shared = tuple(one.sighting.pane.id for one in others)
        record = self._baselines.find(review.key)
        base = record.base if record else found.now
        source = (found, base)
        known = found.knows(base) or review.described[0] is None
        if review.described[0] != source and known:
            review.described = source, describe_survey(found, base, self._rules())
        changes = review.described[1]
        overlaps = self._surveys.find_overlaps(found.checkout)
        changed = bool(changes.files)
        conflicts = list_conflicts(self._roots, overlaps, review, found, changed=changed)
        if (changes.shared, changes.conflicts) != (shared, conflicts):
            review.described = source, replace(changes, shared=shared, conflicts=conflicts)
        return review.described[1]

    def _find_key(self, pane: PaneId) -> str:
        """Return the key of a row's record, even if it was acknowledged."""
        review = self._reviews.get(pane)
        key = review.key if review else self._ended.find_key(pane)
        if not review:
            key = key or next((one for one in self._baselines if name_row(one) == pane), "")
        if not key and not review:
            message = f"no agent is watched in pane {clip_text(pane, 40)}"
            raise RefusedError(message)
        return key

    def _undo(self, request: Unreview) -> Done:
        """Undo the last acknowledgement in a checkout."""
        pane = request.ref.pane
        key = self._find_key(pane)
        record, review = self._baselines.find(key), self._reviews.get(pane)
        if record is None or not record.undo:
            message = "there is no acknowledgement to undo"
            raise RefusedError(message)
        *undo, base = record.undo
        waiting = self._clock()
        record = replace(record, base=base, undo=tuple(undo), waiting=waiting, looked=False)
        if review and review.before is State.IDLE:
            review.since = review.sighting.status.since
        return self._put(key, record, review)

    def _move(self, request: MoveBaseline) -> Done:
        """Move a baseline on from what the caller saw, for files that were reviewed."""
        pane = request.ref.pane
        key = self._find_key(pane)
        record, review = self._baselines.find(key), self._reviews.get(pane)
        try:
            was, base = map(parse_baseline, (request.was, request.base))
        except (LookupError, ValueError, *UNFIT) as error:
            message = "this is no baseline"
            raise BadRequestError(message) from error
        if record is None or record.base != was:
            message = "the review has moved on since: look again"
            raise RefusedError(message)
        found = self._surveys.find(review.folder if review else record.root)
        if found and found.parts:
            hold(found.parts, key, base)
            hold(found.parts, f"{key}-undo{len(record.undo)}", was)
        return self._put(key, replace(record, base=base, undo=add_undo(record, was)), review)

    def _put(self, key: str, record: Record, review: AgentReview | None) -> Done:
        """Store a record whose baseline has changed, and survey its checkout again."""
        trouble = self._baselines.put(key, record)
        self._surveys.invalidate(review.folder if review else record.root)
        if trouble:
            message = f"it is kept only until the daemon ends: {trouble}"
            raise RefusedError(message)
        return Done()

    def _mark(self, request: MarkLooked) -> Done:
        """Record up to when the user has seen what happened in a pane."""
        pane = request.ref.pane
        self._find_key(pane)
        trouble = self._looks.mark(self._name_agent(pane), min(request.at, self._clock()))
        if trouble:
            message = f"it is kept only until the daemon ends: {trouble}"
            raise RefusedError(message)
        return Done()

    def _name_agent(self, pane: PaneId) -> str:
        """Return what tells an agent from others, also from an earlier one of its pane."""
        review = self._reviews.get(pane)
        if review:
            return make_owner(self._socket, review.sighting).id
        row = self._ended.find(pane)
        return row[1].owner.id if row else pane

    def _answer(self, request: ReadReview) -> ReviewFacts:
        pane = request.ref.pane
        record_key = self._find_key(pane)
        record, review = self._baselines.find(record_key), self._reviews.get(pane)
        folder = review.folder if review else record.root if record else ""
        found = self._surveys.find(folder)
        overlaps = self._surveys.find_overlaps(found.checkout) if found else ()
        others = list_others(self._roots, review, found) if review and found else []
        owner = record.owner if record else Owner()
        place = f"{owner.session}:{owner.window_index}.{owner.index}"
        apart = {one.root for one in self._reviews.values()} | self._ended.list_roots()
        return ReviewFacts(
            folder,
            str(self._base),
            review.name if review else f"{owner.kind} {place} (ended)",
            asdict(record.base) if record else None,
            tuple(sorted(apart)),
            tuple(one.name for one in others),
            tuple(describe_overlaps(self._roots, overlaps, found)) if found else (),
            self._turns.list_facts(record_key),
            self._looks.find(self._name_agent(pane)),
        )


def accept(record: Record, found: CheckoutSnapshot) -> Record:
    """Return the record after the user has reviewed the survey."""
    base, now = record.base, found.now
    same = (base.tree, base.inner) == (now.tree, now.inner)
    undo = record.undo if same else add_undo(record, base)
    return replace(record, base=found.now, waiting=0.0, looked=False, undo=undo)


def add_undo(record: Record, base: Baseline) -> tuple[Baseline, ...]:
    """Return what can be undone once `base` is no longer the record's baseline."""
    return (*record.undo, base)[-MAX_UNDO:]

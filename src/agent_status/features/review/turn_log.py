"""Follows the turns of agents, and keeps the trees before and after each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from agent_status.features.review.agent_review import AgentReview, TurnBegin
from agent_status.features.review.compare import Comparison
from agent_status.features.review.parts import Baseline, hold
from agent_status.features.review.snapshot import CheckoutSnapshot
from agent_status.features.review.surveys import SurveyScheduler
from agent_status.features.review.turns import Turn, TurnStore
from agent_status.model import clip_text

MAX_PROMPT = 200


class TurnLog:
    """The turns of all agents. Times are monotonic; `clock` returns Unix seconds."""

    def __init__(self, folder: Path, surveys: SurveyScheduler, clock: Callable[[], float]) -> None:
        self._store = TurnStore(folder)
        self._store.forget_old(clock())
        self._surveys = surveys
        self._clock = clock

    def list_facts(self, key: str) -> tuple[Mapping[str, Any], ...]:
        """Return the turns of a checkout as JSON data, the latest last."""
        return tuple(asdict(one) for one in self._store.list(key))

    def begin(self, review: AgentReview, now: float) -> None:
        """Begin a turn with the checkout as it is now; one whose end is pending goes on."""
        if review.turn:
            review.turn = replace(review.turn, ended_at=None)
        else:
            review.turn = TurnBegin(now, self._clock() - now)
            self._surveys.invalidate(review.folder)

    def end(self, review: AgentReview, now: float) -> None:
        """End the turn with what the next survey finds."""
        if review.turn:
            review.turn = replace(review.turn, ended_at=now)

    def list_pending(self, reviews: Sequence[AgentReview]) -> Iterator[tuple[str, Baseline]]:
        """Yield key and baseline of each turn that is to be compared with how it ended."""
        for one in reviews:
            if one.turn and one.turn.base and one.turn.ended_at is not None:
                yield one.key, one.turn.base

    def advance(self, review: AgentReview, found: CheckoutSnapshot) -> None:
        """Note what the turn began with, or store it once its end was surveyed."""
        turn = review.turn
        if turn is None:
            return
        ended = turn.ended_at is not None and found.at >= turn.ended_at
        if turn.base is None and found.at >= turn.began_at and not ended:
            hold(found.parts, f"{review.key}-turn", found.now)
            review.turn = replace(turn, base=found.now)
        elif ended and turn.base and not found.knows(turn.base) and not found.lacks(turn.base):
            self._surveys.invalidate(review.folder)
        elif ended:
            known = turn.base is not None and found.knows(turn.base)
            base = turn.base if turn.base and known else found.now
            self._store.add(review.key, self._describe(review, turn, base, found), found.parts)
            review.turn = None

    def _describe(
        self, review: AgentReview, turn: TurnBegin, base: Baseline, found: CheckoutSnapshot
    ) -> Turn:
        counts = found.since_base.get(base, Comparison())
        task = review.sighting.task
        prompt = next(iter((task.last_prompt or task.first_prompt).splitlines()), "")
        return Turn(
            id="",
            number=0,
            root=found.root,
            pane=review.sighting.pane.id,
            agent=review.name,
            prompt=clip_text(prompt, MAX_PROMPT),
            began_at=turn.offset_s + turn.began_at,
            ended_at=turn.offset_s + (turn.ended_at or found.at),
            files=counts.files,
            added=counts.added,
            removed=counts.removed,
            before=base,
            after=found.now,
        )

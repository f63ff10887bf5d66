"""What takes too long at a pane: rules that are left out for good, panes that are left alone."""

import logging

from agent_status.model import PaneId, Problem

MAX_S = 0.25
"""Seconds of computing for one pane in one tick; a screen of 500x200 painted again takes 0.01."""
MAX_STOPS = 2
"""Panes that may be stopped in one tick; those behind them have their turn in the next one."""
FIRST_PAUSE_S = 1.0
MAX_PAUSE_S = 60.0
"""A pane that takes too long is left alone for the first, then for ever longer pauses."""
SURE = 2
"""A rule is left out once it was stopped so often: the first time it may just have been last."""


class Quarantine:
    """What was stopped. Times are monotonic seconds."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._stops = 0
        self._suspects: dict[str, int] = {}
        self._pauses: dict[PaneId, tuple[float, float]] = {}
        self.dropped: dict[str, Problem] = {}
        """The rules that are left out, by id, and the problem of each."""

    def begin(self) -> None:
        """Take note that a tick begins."""
        self._stops = 0

    def is_skipped(self, pane: PaneId, now: float) -> bool:
        """Return whether a pane is left alone, or this tick has been stopped often enough."""
        return self._stops >= MAX_STOPS or self.is_paused(pane, now)

    def is_paused(self, pane: PaneId, now: float) -> bool:
        """Return whether a pane is left alone now."""
        return now < self._pauses.get(pane, (0.0, now))[1]

    def record_timeout(self, rule: str) -> bool:
        """Take note that a rule was stopped; return whether it is to be left out from now on."""
        self._stops += 1
        self._suspects[rule] = self._suspects.get(rule, 0) + 1
        if self._suspects[rule] < SURE or rule in self.dropped:
            return rule in self.dropped
        self.dropped[rule] = problem = _describe(rule)
        self._log.warning("%s", problem)
        return True

    def back_off(self, pane: PaneId, now: float) -> float:
        """Take note that a pane was stopped; return for how long it is left alone."""
        self._stops += 1
        pause_s = min(MAX_PAUSE_S, 2 * self._pauses.get(pane, (0.0, 0.0))[0] or FIRST_PAUSE_S)
        self._pauses[pane] = (pause_s, now + pause_s)
        return pause_s

    def release(self, pane: PaneId) -> None:
        """Take note that a pane was tended in time, or is gone. Idempotent."""
        self._pauses.pop(pane, None)


def _describe(rule: str) -> Problem:
    kind, _, name = rule.partition("/")
    where = f"rule {name} of {kind}.toml" if name else f"identify of {kind}.toml"
    what = f"takes more than {MAX_S:g} s of computing, so it is left out"
    hint = "avoid repeats within repeats such as (a+)+, then `agent-status daemon stop` and `start`"
    return Problem(where, what, hint)

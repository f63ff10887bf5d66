"""The daemon's part that grades what waits for an answer."""

import time
from collections.abc import Sequence
from dataclasses import replace

from agent_status import paths
from agent_status.attend.risk import grade_ask, make_place
from agent_status.attend.stakes import Stakes
from agent_status.daemon.alarm import limit
from agent_status.daemon.companions import Companion
from agent_status.model import ASKS, Ask, Grade, Risk, Sighting

MOST_KEPT = 256
LONGEST_S = 0.1
"""Seconds of computing; grading takes a millisecond, only nonsense takes longer."""

UNREAD = Risk(Grade.DANGEROUS, ("takes too long to read",))


class Assessor(Companion):
    """Gives every ask its risk; each is graded once, as grading is pure."""

    def __init__(self, stakes: Stakes, home: str) -> None:
        self._stakes = stakes
        self._home = home
        self._known: dict[tuple[str, str, str], Risk] = {}

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:  # noqa: ARG002
        """Return the sightings, those that ask with their risk."""
        return [self._assess(one) for one in sightings]

    def _assess(self, sighting: Sighting) -> Sighting:
        status = sighting.status
        if status.ask is None or status.state not in ASKS:
            return sighting
        risk = self._grade(status.ask, sighting.pane.folder, sighting.root)
        return replace(sighting, status=replace(status, risk=risk))

    def _grade(self, ask: Ask, folder: str, root: str) -> Risk:
        key = (ask.fingerprint, folder, root)
        if key not in self._known:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            from agent_status.attend import shell  # noqa: F401, PLC0415  its 5 MB are not the ask's

            place = make_place(folder, root, self._home)
            end = time.thread_time() + LONGEST_S
            try:
                with limit(LONGEST_S):
                    risk = grade_ask(ask, place, self._stakes, lambda: time.thread_time() > end)
            except TimeoutError:
                risk = UNREAD
            self._known[key] = risk
        return self._known[key]


def find_home() -> str:
    """Return the user's home folder, or the root where there is none."""
    try:
        return str(paths.find_home())
    except paths.NoFolderError:
        return "/"

"""Parts of the daemon that add to what the panes tell, or that do something with it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent_status.model import PaneId, Problem, Sighting
from agent_status.options import Options
from agent_status.protocol.callers import Verdict
from agent_status.protocol.messages import Request
from agent_status.system.log import format_error

Op = Callable[[Request], Any]
"""Answers one request; may raise RefusedError or BadRequestError."""


FAILED = "a part of the daemon failed: see its log"


class Feature:
    """
    One such part; every method does nothing until it is overridden.

    All are called in the daemon's one thread and must return within a few milliseconds: slow
    work belongs into a thread of the companion's own. Times are monotonic seconds.
    """

    def take_options(self, options: Options) -> None:
        """Take the options whenever they differ; until then they are the defaults."""

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:  # noqa: ARG002
        """Return the sightings with what is known beside the panes; before they are ranked."""
        return sightings

    def observe(self, sightings: Sequence[Sighting], now: float) -> None:
        """See the sightings as they are published, most urgent first."""

    def acknowledge(self, pane: PaneId, now: float) -> str:  # noqa: ARG002
        """
        Take the user's word that they have reviewed the result in `pane`.

        Return as `FeatureSet`.
        """
        return ""

    def notice_look(self, pane: PaneId, now: float) -> None:
        """Take it that the user saw the pane, as by a jump; nothing is reviewed by that."""

    def refuse(self, verb: str, pane: str, verdict: Verdict) -> None:
        """Take note that somebody may not do `verb` to `pane`, which may be any text."""

    def list_notices(self) -> Sequence[str]:
        """Return sentences that every user of the report should see now."""
        return ()

    def list_problems(self) -> Sequence[Problem]:
        """Return what of the user's own files can't be used."""
        return ()

    def list_ops(self) -> Mapping[str, Op]:
        """Return the ops of the socket that this part answers."""
        return {}

    def close(self) -> None:
        """End threads and release files. Idempotent."""


class FeatureSet:
    """All of them, in order; a failure of one is logged and doesn't affect the others."""

    def __init__(self, members: Sequence[Feature], log: logging.Logger) -> None:
        self._members = tuple(members)
        self._log = log
        self._faults: dict[int, str] = {}
        self.ops = {name: op for one in self._members for name, op in one.list_ops().items()}

    def take_options(self, options: Options) -> None:
        """Tell every one of the user's options."""
        for one in self._members:
            self._guard(one, lambda one=one: one.take_options(options))  # type: ignore[misc]

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """Return the sightings as all of them left it, one after the other."""
        for one in self._members:
            found = self._guard(one, lambda one=one, seen=sightings: one.enrich(seen, now))  # type: ignore[misc]
            sightings = sightings if found is None else found
        return sightings

    def observe(self, sightings: Sequence[Sighting], now: float) -> None:
        """Show every one what is published."""
        for one in self._members:
            self._guard(one, lambda one=one: one.observe(sightings, now))  # type: ignore[misc]

    def acknowledge(self, pane: PaneId, now: float) -> str:
        """
        Tell every one that the user has reviewed the result in `pane`.

        Return why that will not be known after a restart; empty if it will.
        """
        troubles = [
            self._guard(one, lambda one=one: one.acknowledge(pane, now), FAILED)  # type: ignore[misc]
            for one in self._members
        ]
        return next(filter(None, troubles), "")

    def notice_look(self, pane: PaneId, now: float) -> None:
        """Tell every one that the user saw `pane`."""
        for one in self._members:
            self._guard(one, lambda one=one: one.notice_look(pane, now))  # type: ignore[misc]

    def refuse(self, verb: str, pane: str, verdict: Verdict) -> None:
        """Tell every one that somebody may not do `verb` to `pane`."""
        for one in self._members:
            self._guard(one, lambda one=one: one.refuse(verb, pane, verdict))  # type: ignore[misc]

    def list_notices(self) -> tuple[str, ...]:
        """Return what all of them have to say to every user of the report."""
        return tuple(notice for one in self._members for notice in one.list_notices())

    def list_problems(self) -> tuple[Problem, ...]:
        """Return what all of them can't use of the user's own files."""
        return tuple(problem for one in self._members for problem in one.list_problems())

    def close(self) -> None:
        """End all of them."""
        for one in self._members:
            self._guard(one, one.close)

    def _guard(self, one: Feature, work: Callable[[], Any], fallback: Any = None) -> Any:
        """Return what `work` returns; `fallback`, and a line in the log, if it raises."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001  one part must not spoil the others
            fault = f"{type(one).__name__} failed: {format_error(error)}"
            if self._faults.get(id(one)) != fault:
                self._log.error("%s", fault)
            self._faults[id(one)] = fault
            return fallback

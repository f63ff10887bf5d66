"""Ends the daemon once its program was removed, so that no badge of it stays."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from agent_status.features.base import Feature
from agent_status.model import Sighting

GONE_S = 10.0
"""A checkout of another version may remove a file for a moment."""


class Program(Feature):
    """Calls `leave` once `path`, a file of the program's, has been gone for GONE_S."""

    def __init__(
        self, leave: Callable[[], None], log: logging.Logger, path: Path = Path(__file__)
    ) -> None:
        self._leave = leave
        self._log = log
        self._path = path
        self._gone_at: float | None = None

    def observe(self, sightings: Sequence[Sighting], now: float) -> None:  # noqa: ARG002
        """Look whether the program is there; called at least once a second."""
        if self._path.exists():
            self._gone_at = None
            return
        self._gone_at = now if self._gone_at is None else self._gone_at
        if now - self._gone_at >= GONE_S:
            self._log.warning("%s is gone: the daemon ends", self._path)
            self._leave()

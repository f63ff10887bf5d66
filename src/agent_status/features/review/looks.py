"""Up to when the user has seen what happened to each agent, kept on disk."""

import json
import math
from pathlib import Path

from agent_status.files import read_bounded, write_private

MAX_LOOKS = 500
MAX_BYTES = 1024 * 1024


class LookStore:
    """Times in Unix seconds by agent, in one file, read when first needed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._looks: dict[str, float] | None = None

    def find(self, agent: str) -> float:
        """Return up to when the user has seen an agent's work; 0 if that is unknown."""
        return self._read().get(agent, 0.0)

    def mark(self, agent: str, at: float) -> str:
        """Move the mark of an agent to `at`; return why that could not be written."""
        looks = {key: value for key, value in self._read().items() if key != agent}
        self._looks = dict([*looks.items(), (agent, at)][-MAX_LOOKS:])
        try:
            write_private(self._file, json.dumps(self._looks))
        except OSError as error:
            return f"{self._file} cannot be written: {error.strerror or error}"
        return ""

    def _read(self) -> dict[str, float]:
        """Return the marks; a damaged file has none."""
        if self._looks is None:
            try:
                data = json.loads(read_bounded(self._file, MAX_BYTES))
                pairs = ((str(key), float(value)) for key, value in data.items())
                self._looks = {key: at for key, at in pairs if math.isfinite(at)}
            except (OSError, ValueError, TypeError, AttributeError, RecursionError):
                self._looks = {}
        return self._looks

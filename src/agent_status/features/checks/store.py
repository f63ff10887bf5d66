"""The proofs of each checkout on disk, one private file each, so that a restart keeps them."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent_status.features.checks.policy import MAX_KEPT
from agent_status.features.checks.values import Proof
from agent_status.files import read_bounded, write_private
from agent_status.protocol.convert import decode, encode

MAX_BYTES = 512 * 1024
MAX_FILES = 500
KEPT_S = 30 * 86400.0
"""A checkout without a run for so long is forgotten."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """What a file holds."""

    root: str = ""
    proofs: tuple[Proof, ...] = ()


class ProofStore:
    """Reads and writes proofs by the top folders of checkouts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, root: str) -> tuple[Proof, ...]:
        """Return the proofs of a checkout; a damaged file counts as missing."""
        try:
            data = json.loads(read_bounded(self._find(root), MAX_BYTES))
            found = decode(Proofs, data)
        except (OSError, ValueError, RecursionError):
            return ()
        return found.proofs[-MAX_KEPT:] if found.root == root else ()

    def write(self, root: str, proofs: Sequence[Proof]) -> None:
        """Store the proofs; a failure only costs a restart's memory."""
        with contextlib.suppress(OSError):
            text = json.dumps(encode(Proofs(root, tuple(proofs))))
            write_private(self._find(root), text)

    def forget_old(self, now: float | None = None) -> None:
        """Delete the files of checkouts without a run for long."""
        clock = time.time() if now is None else now
        aged: list[tuple[float, Path]] = []
        for file in self._folder.glob("*.json"):
            with contextlib.suppress(OSError):
                aged.append((file.stat().st_mtime, file))
        for number, (written_at, file) in enumerate(sorted(aged, reverse=True)):
            if number >= MAX_FILES or clock - written_at > KEPT_S:
                with contextlib.suppress(OSError):
                    file.unlink()

    def _find(self, root: str) -> Path:
        return self._folder / f"{hashlib.sha256(os.fsencode(root)).hexdigest()[:24]}.json"

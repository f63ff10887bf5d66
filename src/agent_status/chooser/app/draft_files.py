"""What choosers keep in the state folder: replies, sent and begun, and how the list is grouped."""

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent_status.chooser.state.drafts import MAX_REPLIES, Drafts
from agent_status.files import read_bounded, replace_file
from agent_status.model.ref import parse_ref

MAX_FILE = 4_000_000
PAIR = 2


def find_file(state: Path) -> Path:
    """Return where the replies are kept."""
    return state / "replies.json"


def find_drafts(state: Path, server: str) -> Path:
    """Return where the drafts for the panes of a tmux server are kept."""
    return state / f"drafts-{server}.json"


def find_grouping(state: Path) -> Path:
    """Return where it is kept by what the list is grouped."""
    return state / "grouping.json"


def read_replies(path: Path) -> tuple[str, ...]:
    """Return the replies, the oldest first; none where the file is missing or holds no list."""
    return tuple(text for text in _read_list(path) if isinstance(text, str))[-MAX_REPLIES:]


def read_drafts(path: Path) -> Drafts:
    """Return the drafts; none where the file is missing or holds no such list."""
    pairs = [pair for pair in _read_list(path) if isinstance(pair, list) and len(pair) == PAIR]
    texts = [(who, text) for who, text in pairs if isinstance(who, str) and isinstance(text, str)]
    found = ((parse_ref(who), text) for who, text in texts)
    return tuple((ref, text) for ref, text in found if ref)[-MAX_REPLIES:]


def keep_drafts(path: Path, drafts: Drafts) -> None:
    """Write drafts as `keep_list` does."""
    keep_list(path, tuple((str(ref), text) for ref, text in drafts))


def keep_list(path: Path, texts: Sequence[str | tuple[str, str]]) -> None:
    """Write a list for the user alone; a failure loses only that."""
    if not texts:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replace_file(path) as file:
            file.write(json.dumps(texts).encode())


def _read_list(path: Path) -> list[Any]:
    try:
        found = json.loads(read_bounded(path, MAX_FILE))
    except (OSError, ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []

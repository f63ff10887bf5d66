"""The recorded versions of each agent, and their order."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from agent_status.recordings.accuracy.labels import find_version
from agent_status.terminal.asciicast import open_recording


def read_versions(paths: Iterable[Path]) -> dict[str, tuple[str, ...]]:
    """
    Return the versions in the headers of recordings by agent, newest last.

    Raises RecordingError if a file isn't a recording.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        recording = open_recording(path)
        version = find_version(recording, None)
        if version and "agent" in recording.header:
            found[str(recording.header["agent"]).removesuffix(f"-{version}")].add(version)
    return {agent: sort_versions(versions) for agent, versions in sorted(found.items())}


def sort_versions(versions: Iterable[str]) -> tuple[str, ...]:
    """Return the versions, oldest first: numbers by value, words before numbers."""
    return tuple(sorted(versions, key=_split))


def _split(version: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d+|[a-z]+", version.lower())
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]


def render_versions(versions: Mapping[str, tuple[str, ...]]) -> str:
    """Return the versions as TOML."""
    head = "# The versions in tests/recordings; scripts/render-readme writes this file.\n"
    lines = (f"{agent} = {json.dumps(list(found))}" for agent, found in versions.items())
    return head + "\n".join(lines) + "\n"

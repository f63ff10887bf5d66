"""The session files of an agent of the day, in the form in which Claude Code writes its own."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

NUMBERS = count(1)
"""Of the calls of the day."""
NOTHING = "(Bash completed with no output)"


@dataclass(frozen=True, slots=True)
class Session:
    """A transcript that grows; `open_session` names it to whom it belongs."""

    path: Path
    folder: Path

    def begin_turn(self, prompt: str, mode: str) -> None:
        """Write what the user requested, and in which permission mode."""
        self._write(type="permission-mode", permissionMode=mode)
        self._write(type="user", permissionMode=mode, message={"role": "user", "content": prompt})

    def say(self, words: str) -> None:
        """Write a message to the user."""
        self._write_reply({"type": "text", "text": words})

    def call(self, tool: str, printed: str = NOTHING, **given: object) -> None:
        """Write the call of a tool, and that it went well; nobody was asked."""
        name = f"toolu_{next(NUMBERS):05}"
        self._write_reply({"type": "tool_use", "id": name, "name": tool, "input": given})
        result = {"type": "tool_result", "tool_use_id": name, "content": printed}
        self._write(
            type="user",
            message={"role": "user", "content": [{**result, "is_error": False}]},
            toolUseResult={"stdout": printed, "interrupted": False},
            permissionDecision={"decision": "accept", "source": "config", "reasonType": "mode"},
        )

    def _write_reply(self, block: Mapping[str, object]) -> None:
        message = {"role": "assistant", "model": "claude-opus-5-5", "content": [block]}
        self._write(type="assistant", message=message)

    def _write(self, **record: object) -> None:
        now = datetime.now(UTC).isoformat()
        every = {"isSidechain": False, "timestamp": now, "cwd": str(self.folder)}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**every, "sessionId": self.path.stem, **record}) + "\n")


def open_session(home: Path, folder: Path, name: str, pane: str, pid: int) -> Session:
    """Begin the session of an agent that runs as process `pid` in a pane and a folder."""
    root = home / ".claude"
    slug = re.sub(r"[^A-Za-z0-9]", "-", str(folder))
    transcript = root / "projects" / slug / f"{name}.jsonl"
    process = root / "sessions" / f"{pid}.json"
    for path in (transcript, process):
        path.parent.mkdir(parents=True, exist_ok=True)
    process.write_text(json.dumps({"pid": pid, "sessionId": name, "tmux": f"tour:@0.{pane}"}))
    return Session(transcript, folder)

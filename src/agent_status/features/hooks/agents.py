"""Table of agents with hooks: where their hooks are, in which format, for which events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_status.features.hooks.formats import (
    JsonLists,
    JsonSubscriptions,
    Plugin,
    SettingsFormat,
    TomlTables,
)


@dataclass(frozen=True, slots=True)
class Hooks:
    """
    How one agent is hooked.

    `folder` is the agent's own, below the home folder or below `base`; the variable `variable`
    overrides it, and `within` is then appended. `file` is below that folder, and so is `library`,
    which the agent downloads at its start if it has hooks: it waits for that download.
    """

    kind: str
    folder: str
    file: str
    form: SettingsFormat
    events: tuple[str, ...]
    variable: str = ""
    within: str = ""
    base: str = ""
    note: str = ""
    library: str = ""

    def find_home(self, env: Mapping[str, str], home: Path) -> Path:
        """Return the agent's own folder as an absolute path; it may not exist."""
        if self.variable and (value := env.get(self.variable)):
            moved = home / value[2:] if value.startswith("~/") else Path(value).absolute()
            return moved / self.within
        base = env.get(self.base, "") if self.base else ""
        return (Path(base) if base.startswith("/") else home / self._default) / self.folder

    @property
    def _default(self) -> str:
        return ".config" if self.base else ""


def make_group(**more: Any) -> Callable[[str], Mapping[str, Any]]:
    """Return a function that makes a group with one command, in Claude Code's format."""
    return lambda command: {"hooks": [{"type": "command", "command": command, **more}]}


def _make_bash(command: str) -> Mapping[str, Any]:
    return {"type": "command", "bash": command, "timeoutSec": 5}


def _make_plain(command: str) -> Mapping[str, Any]:
    return {"command": command}


CLAUDE_LIKE = ("SessionStart", "UserPromptSubmit", "PermissionRequest", "Notification", "Stop")

TABLE = (
    Hooks(
        kind="claude",
        folder=".claude",
        file="settings.json",
        variable="CLAUDE_CONFIG_DIR",
        form=JsonLists(make_group(timeout=5)),
        events=(*CLAUDE_LIKE, "SessionEnd"),
    ),
    Hooks(
        kind="codex",
        folder=".codex",
        file="hooks.json",
        variable="CODEX_HOME",
        form=JsonLists(make_group(timeout=5)),
        events=("SessionStart", "UserPromptSubmit", "PermissionRequest", "Stop"),
        note="at its next start Codex asks whether to trust them: 2. Trust all and continue",
    ),
    Hooks(
        kind="gemini",
        folder=".gemini",
        file="settings.json",
        variable="GEMINI_CLI_HOME",
        within=".gemini",
        form=JsonLists(make_group(timeout=5000, name="agent-status"), comments=True),
        events=("SessionStart", "BeforeAgent", "Notification", "AfterAgent", "SessionEnd"),
    ),
    Hooks(
        kind="opencode",
        folder="opencode",
        file="plugins/agent-status.js",
        base="XDG_CONFIG_HOME",
        form=Plugin("opencode"),
        events=(
            "session.status",
            "session.idle",
            "session.error",
            "permission.asked",
            "permission.updated",
            "permission.replied",
            "question.asked",
            "question.replied",
            "question.rejected",
        ),
        library="node_modules/@opencode-ai/plugin",
    ),
    Hooks(
        kind="qwen",
        folder=".qwen",
        file="settings.json",
        variable="QWEN_HOME",
        form=JsonLists(make_group(), comments=True),
        events=CLAUDE_LIKE,
    ),
    Hooks(
        kind="copilot",
        folder=".copilot",
        file="hooks/agent-status.json",
        variable="COPILOT_HOME",
        form=JsonLists(_make_bash, fresh={"version": 1}),
        events=(
            "sessionStart",
            "userPromptSubmitted",
            "permissionRequest",
            "notification",
            "agentStop",
            "errorOccurred",
        ),
    ),
    Hooks(
        kind="cursor",
        folder=".cursor",
        variable="CURSOR_CONFIG_DIR",
        file="hooks.json",
        form=JsonLists(_make_plain, fresh={"version": 1}),
        events=("sessionStart", "afterAgentResponse", "stop"),
    ),
    Hooks(
        kind="kimi",
        folder=".kimi-code",
        variable="KIMI_CODE_HOME",
        file="config.toml",
        form=TomlTables(),
        events=(
            "UserPromptSubmit",
            "PermissionRequest",
            "PermissionResult",
            "Stop",
            "StopFailure",
            "Interrupt",
        ),
    ),
    Hooks(
        kind="deepagents",
        folder=".deepagents",
        variable="DEEPAGENTS_HOME",
        file="hooks.json",
        form=JsonSubscriptions(),
        events=(
            "session.start",
            "user.prompt",
            "input.required",
            "permission.request",
            "task.complete",
            "session.end",
        ),
    ),
)

KINDS = {row.kind: row for row in TABLE}

"""The agents of scripts/demo, in folders made for them: cast.py FOLDER."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from scenes import KEYS, RULE, draw_ask

FAKE = Path(__file__).resolve().parents[2] / "tests" / "support" / "fake_agents.py"
SHORTCUTS = ["  ? for shortcuts"]
FOOT = "  Enter to select · ↑/↓ to navigate · Esc to cancel"
CODEX_KEYS = {"1": "busy", "y": "busy", "2": "busy", "p": "busy", "3": "told", "\x1b": "told"}
CODEX_BOX = {"rule": "", "prompt": "› ", "box": ["  GPT-5.5 default · ~/api"]}


def claude(prompt: str, first: dict[str, Any], done: str, work_s: float = 6.0) -> dict[str, Any]:
    """Return the scenes of a Claude Code: it works for a while whenever it was answered."""
    told = [f"❯ {prompt}", ""]
    stands = {"box": SHORTCUTS, "keys": {"\r": "busy"}}
    return {
        "first": first | {"lines": [*told, *first["lines"]]},
        "busy": {
            "lines": [*told, "✻ Pondering… (3s · esc to interrupt)", ""],
            "box": ["  esc to interrupt"],
            "keys": {"\x1b": "told"},
            "then": [work_s, "done"],
        },
        "told": {"lines": [*told, "● All right, I leave it.", ""], **stands},
        "done": {"lines": [*told, f"● {done}", ""], **stands, "write": {"NOTES.md": f"{done}\n"}},
    }


def codex(prompt: str, asks: dict[str, str], done: str) -> dict[str, Any]:
    """Return the scenes of a Codex that asks for one command after the other."""
    told = [f"› {prompt}", ""]
    stands = CODEX_BOX | {"keys": {"\r": "busy"}}
    scenes = {name: draw_codex_ask(told, command) for name, command in asks.items()}
    for name, following in zip(asks, [*list(asks)[1:], "done"], strict=True):
        busy = f"busy-{name}"
        keys = {key: busy if scene == "busy" else scene for key, scene in CODEX_KEYS.items()}
        scenes[name]["keys"] = keys
        scenes[busy] = work_codex(told, following)
    return scenes | {
        "busy": work_codex(told, "done"),
        "told": {"lines": [*told, "• All right, I leave it."], **stands},
        "done": {
            "lines": [*told, f"• {done}"],
            **stands,
            "write": {"test_login.py": "passed = 12\n"},
        },
    }


def work_codex(told: list[str], following: str) -> dict[str, Any]:
    """Return a scene of work that ends on its own."""
    lines = [*told, "• Working (3s • esc to interrupt)"]
    return {"lines": lines, **CODEX_BOX, "keys": {"\x1b": "told"}, "then": [5.0, following]}


def draw_codex_ask(told: list[str], command: str) -> dict[str, Any]:
    """Return a dialog in Codex' form."""
    return {
        "lines": [
            *told,
            "  Would you like to run the following command?",
            "",
            f"  $ {command}",
            "",
            "",
            "› 1. Yes, proceed (y)",
            "  2. Yes, and don't ask again for this command (p)",
            "  3. No, and tell Codex what to do differently (esc)",
            "",
            "  Press enter to confirm or esc to cancel",
        ]
    }


QUESTION = [
    "● One question before I start.",
    RULE,
    " ☐ Counter",
    "",
    "Which counter should be the default?",
    "",
    "❯ 1. Whitespace",
    "     Split on any white space",
    "  2. Unicode words",
    "     Use word boundaries",
    "  3. Lines",
    "     Count lines instead",
    RULE,
    "",
    FOOT,
]
ERROR = "● API Error: 500 Internal server error. Try again in a moment."
RELEASE = "rm -rf build && git push --force origin main"
TESTS = 20


def draw_tests(number: int) -> dict[str, Any]:
    """Return a scene of work that goes on and on, a test further each time."""
    passed = [f"● Test {i} passed." for i in range(number, number + 4)]
    return {
        "lines": [*passed, "", f"✻ Testing… ({number * 9}s · esc to interrupt)", ""],
        "box": ["  esc to interrupt"],
        "keys": {"\x1b": "told"},
        "then": [9.0, f"test{(number + 1) % TESTS}"],
    }


CAST: dict[str, tuple[str, dict[str, Any]]] = {
    "build": (
        "claude",
        claude(
            "release what is on main", {"lines": draw_ask([], RELEASE), "keys": KEYS}, "Released."
        ),
    ),
    "login": (
        "codex",
        codex(
            "test the login", {"first": "make test", "look": "git diff --stat"}, "12 tests passed."
        ),
    ),
    "docs": (
        "claude",
        claude(
            "improve the counter",
            {"lines": QUESTION, "keys": {"1": "busy", "2": "busy", "3": "busy", "\x1b": "told"}},
            "The counter does that now.",
        ),
    ),
    "tests": (
        "claude",
        claude("run the slow tests", {"lines": [], "then": [0.0, "test0"]}, "All tests passed.")
        | {f"test{i}": draw_tests(i) for i in range(TESTS)},
    ),
    "deploy": (
        "claude",
        claude(
            "deploy it",
            {"lines": [ERROR, ""], "box": SHORTCUTS, "keys": {"\r": "busy"}},
            "Deployed.",
        ),
    ),
}
"""What each window of the demo shows: the name of the program, and its scenes."""


def main() -> None:
    """Make the folder of each agent: its program, scenes, log and pipe."""
    for window, (kind, scenes) in CAST.items():
        folder = Path(sys.argv[1]) / window
        folder.mkdir(parents=True)
        (folder / "scenes").write_text(json.dumps(scenes), "utf-8")
        (folder / "log").touch()
        os.mkfifo(folder / "pipe")
        (folder / kind).symlink_to(FAKE)


if __name__ == "__main__":
    main()

"""What the agents of the day that obey keys show, as tests/support/fake_agents.py plays it."""

from dataclasses import dataclass
from typing import Any

WIDTH = 64
RULE = "─" * WIDTH
QUESTION = (
    " Do you want to proceed?",
    " ❯ 1. Yes",
    "   2. Yes, and don't ask again for this command",
    "   3. No",
    "",
    " Esc to cancel · Tab to amend",
)
ASKS_FOOT = "  ? for shortcuts"
BYPASS_FOOT = "  ⏵⏵ bypass permissions on (shift+tab to cycle)"
UNASKED = "count the words, too"
COUNTED = "words.py counts the words now."
"""What the user writes to an agent that asks for nothing, and what it says at the end."""
KEYS = {"1": "busy", "2": "busy", "3": "told", "\x1b": "told"}
"""Which scene follows on a key of a dialog."""


@dataclass(frozen=True)
class Part:
    """One agent of the day: where it runs, what the user wrote to it, and its commands."""

    name: str
    place: str
    """Session and window."""
    folder: str
    prompt: str
    asks: tuple[tuple[str, str], ...]
    """A scene's name and its command; the day begins with the first."""
    done: str


PARTS = (
    Part(
        "release",
        "shop:release",
        "shop",
        "release what is on main",
        (("first", "rm -rf build && git push --force origin main"),),
        "Not released.",
    ),
    Part(
        "words",
        "shop:words",
        "words",
        "split on any white space",
        (("first", "git diff --stat"),),
        "words.py splits on any white space now.",
    ),
    Part(
        "api",
        "api:main",
        "api",
        "hash the passwords",
        (("first", "git status"), ("look", "git log --oneline -5"), ("wipe", "rm -rf /srv/data")),
        "Passwords are hashed.",
    ),
    Part(
        "login",
        "api:login",
        "api-login",
        "add a login page",
        (("first", "git status"),),
        "There is a login page.",
    ),
    Part(
        "site",
        "site:site",
        "site",
        "write the front page",
        (("first", "git status"),),
        "The front page is written.",
    ),
)


def make_scenes(part: Part) -> dict[str, Any]:
    """Return every scene of a part, as the program takes them."""
    told, unasked = [f"❯ {part.prompt}", ""], [f"❯ {UNASKED}", ""]
    scenes = {
        "busy": _work(told, "  esc to interrupt"),
        "told": _stand(told, "● All right, I leave it.", ASKS_FOOT),
        "done": _stand(told, f"● {part.done}", ASKS_FOOT),
        "unasked": _work(unasked, f"{BYPASS_FOOT} · esc to interrupt"),
        "counted": _stand(unasked, f"● {COUNTED}", BYPASS_FOOT),
    }
    asks = {name: {"lines": draw_ask(told, command), "keys": KEYS} for name, command in part.asks}
    return scenes | asks


def draw_ask(told: list[str], command: str) -> list[str]:
    """Return a dialog in Claude Code's form."""
    head = [*told, "● I run a command first.", "", RULE, " Bash command", ""]
    return [*head, f"   {command}", "", " This command requires approval", "", *QUESTION]


def _work(told: list[str], foot: str) -> dict[str, Any]:
    """Return the scene of an agent at work."""
    lines = [*told, "✻ Pondering… (3s · esc to interrupt)", ""]
    return {"lines": lines, "box": [foot], "keys": {"\x1b": "told"}}


def _stand(told: list[str], words: str, foot: str) -> dict[str, Any]:
    """Return the scene of an agent at its prompt."""
    return {"lines": [*told, words, ""], "box": [foot], "keys": {"\r": "busy"}}

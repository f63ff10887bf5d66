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
    told = [f"❯ {part.prompt}", ""]
    scenes: dict[str, Any] = {
        "busy": {
            "lines": [*told, "✻ Pondering… (3s · esc to interrupt)", ""],
            "box": ["  esc to interrupt"],
            "keys": {"\x1b": "told"},
        },
        "told": _stand(told, "● All right, I leave it."),
        "done": _stand(told, f"● {part.done}"),
    }
    asks = {name: {"lines": draw_ask(told, command), "keys": KEYS} for name, command in part.asks}
    return scenes | asks


def draw_ask(told: list[str], command: str) -> list[str]:
    """Return a dialog in Claude Code's form."""
    head = [*told, "● I run a command first.", "", RULE, " Bash command", ""]
    return [*head, f"   {command}", "", " This command requires approval", "", *QUESTION]


def _stand(told: list[str], words: str) -> dict[str, Any]:
    """Return the scene of an agent at its prompt."""
    box = ["  ? for shortcuts"]
    return {"lines": [*told, words, ""], "box": box, "keys": {"\r": "busy"}}

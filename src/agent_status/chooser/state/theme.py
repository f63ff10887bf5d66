"""What the states look like: shape and colour of each, in the colours of the user's terminal."""

import re
from dataclasses import dataclass

from rich.style import Style

from agent_status.features.badges.render import find_icon
from agent_status.model import CONFLICT, STATES, Grade, State
from agent_status.options import Options

# These can be read in dark terminals and in light ones: 3:1 at least on both.
ACCENT = Style(color="color(31)")
PLAIN = Style()
BOLD = Style(bold=True)
DIM = Style(dim=True)
ITALIC = Style(italic=True)
GOOD = Style(color="color(28)")
BAD = Style(color="color(196)", bold=True)
REMOVED = Style(color="color(160)")
CURSOR = Style(reverse=True)

GRADES = {Grade.HARMLESS: DIM, Grade.WRITES: Style(color="color(166)"), Grade.DANGEROUS: BAD}

MARKS = {
    "unicode": {
        "danger": "!",
        "conflict": CONFLICT.unicode,
        "pinned": "↑",
        "snoozed": "z",
        "muted": "∅",
        "note": "¶",
    },
    "ascii": {
        "danger": "!",
        "conflict": CONFLICT.ascii,
        "pinned": "p",
        "snoozed": "z",
        "muted": "m",
        "note": "n",
    },
}
"""What stands beside the state, each one cell wide; nobody needs colour to tell them apart."""

PLAINER = str.maketrans("▌▏↵↑↓", ">|<^v")
"""What stands for signs of our own where there is no UTF-8; no text of an agent's is changed."""

SYSTEM_NAMES = frozenset({"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"})
NUMBERED = re.compile(r"colou?r([0-9]{1,3})")
HEX = re.compile(r"#?[0-9a-fA-F]{6}")
MAX_COLOURS = 255
DEFAULTS = Options()


def name_colour(name: str) -> str | None:
    """Return Rich's name of a colour of tmux or pyte, or None for the terminal's own."""
    bright, base = name.startswith("bright"), name.removeprefix("bright")
    base = "yellow" if base == "brown" else base
    if base in SYSTEM_NAMES:
        return f"bright_{base}" if bright else base
    if HEX.fullmatch(name):
        return "#" + name.removeprefix("#")
    numbered = NUMBERED.fullmatch(name)
    if numbered and int(numbered[1]) <= MAX_COLOURS:
        return f"color({int(numbered[1])})"
    return None


@dataclass(frozen=True, slots=True)
class Theme:
    """The shapes and colours that the user's options ask for."""

    options: Options = DEFAULTS

    def find_icon(self, state: State) -> str:
        """Return the shape of `state`, one cell wide."""
        return find_icon(STATES[state], self.options) if state in STATES else " "

    def find_style(self, state: State) -> Style:
        """Return the colour of `state`."""
        return Style(color=name_colour(self.options.find_colour(state)))

    def find_mark_style(self, name: str) -> Style:
        """Return the colour of a mark; that of a conflict is nothing else's."""
        if name == "conflict":
            return Style(color=name_colour(self.options.conflict))
        return BAD if name == "danger" else ACCENT

    def write_plain(self, text: str) -> str:
        """Return a text of our own, as wide, in signs that the user's terminal draws."""
        return text.translate(PLAINER) if self.options.icons == "ascii" else text

    def find_mark(self, name: str) -> str:
        """Return the shape of a mark, one cell wide."""
        return MARKS.get(self.options.icons, MARKS["unicode"])[name]

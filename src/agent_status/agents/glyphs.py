"""Signs that stand for one another: frames, prompts, spinners, however they are drawn."""

from functools import lru_cache

ALIKE = {
    "─": "━═",
    "│": "║",
    "╭": "┌┏╔",
    "╮": "┐┓╗",
    "╰": "└┗╚",
    "╯": "┘┛╝",
    ">": "❯›»▸❱",
    "⠋": "◐◓◑◒◴◵◶◷◜◝◞◟◠◡◰◱◲◳",
}
"""A sign to those that a new version of a program may draw in its place, each one column wide."""

SIGNS = str.maketrans({other: one for one, others in ALIKE.items() for other in others})
MAX_ROWS = 4096


@lru_cache(MAX_ROWS)
def fold_signs(text: str) -> str:
    """Return `text` with one sign of each kind; every character stays where it is."""
    return text if text.isascii() else text.translate(SIGNS)

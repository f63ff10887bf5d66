"""Equivalent glyphs: the frames, prompts and spinners of different programs."""

from functools import lru_cache

EQUIVALENT = {
    "─": "━═",
    "│": "║",
    "╭": "┌┏╔",
    "╮": "┐┓╗",
    "╰": "└┗╚",
    "╯": "┘┛╝",
    ">": "❯›»▸❱",
    "⠋": "◐◓◑◒◴◵◶◷◜◝◞◟◠◡◰◱◲◳",
}
"""A glyph, and those that a program may draw in its place, each one column wide."""

NORMAL = str.maketrans({other: one for one, others in EQUIVALENT.items() for other in others})
MAX_ROWS = 4096


@lru_cache(MAX_ROWS)
def normalize_glyphs(text: str) -> str:
    """Return `text` with equivalent glyphs replaced by one; all positions are kept."""
    return text if text.isascii() else text.translate(NORMAL)

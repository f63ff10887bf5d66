"""Equivalent glyphs: frames, prompts and spinners, however a program draws them."""

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
    """Return `text` with one of all equivalent glyphs; every character stays where it is."""
    return text if text.isascii() else text.translate(NORMAL)

"""Maps a theme's exact colours to the roles that rules test."""

import colorsys
from enum import StrEnum
from functools import lru_cache


class Colour(StrEnum):
    """The role of a colour, in any shade of a theme."""

    DEFAULT = "default"
    BLACK = "black"
    RED = "red"
    GREEN = "green"
    YELLOW = "yellow"
    BLUE = "blue"
    MAGENTA = "magenta"
    CYAN = "cyan"
    WHITE = "white"
    GREY = "grey"


GREY_SATURATION = 0.25
BLACK_VALUE = 0.12
WHITE_VALUE = 0.85

HUES = (
    (20, Colour.RED),
    (70, Colour.YELLOW),
    (165, Colour.GREEN),
    (200, Colour.CYAN),
    (260, Colour.BLUE),
    (335, Colour.MAGENTA),
    (361, Colour.RED),
)
"""Upper ends of the hue circle's stretches, in degrees."""

COLOURS = {colour.value: colour for colour in Colour}

NAMED = {"brightblack": Colour.GREY, "brown": Colour.YELLOW}


@lru_cache(maxsize=1024)
def find_role(shade: str) -> Colour:
    """Return the role of a Style's `fg` or `bg`; an unknown name is the default colour."""
    if len(shade) == 6:  # noqa: PLR2004  six hex digits, or a name such as `yellow`
        try:
            return _find_hex_role(bytes.fromhex(shade))
        except ValueError:
            pass
    if shade in NAMED:
        return NAMED[shade]
    name = shade.removeprefix("bright")
    return COLOURS.get(name, Colour.DEFAULT)


def _find_hex_role(rgb: bytes) -> Colour:
    hue, saturation, value = colorsys.rgb_to_hsv(*(part / 255 for part in rgb))
    if value < BLACK_VALUE:
        return Colour.BLACK
    if saturation < GREY_SATURATION:
        return Colour.WHITE if value > WHITE_VALUE else Colour.GREY
    return next(role for end, role in HUES if hue * 360 < end)

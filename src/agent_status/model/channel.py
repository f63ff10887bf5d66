"""The channels of notifications, by their names in options."""

from enum import StrEnum


class Channel(StrEnum):
    """A way to notify the user; each has a row in the table of channels."""

    DESKTOP = "desktop"
    TERMINAL = "terminal"
    BELL = "bell"

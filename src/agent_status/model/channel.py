"""The ways to notify the user, by the names that the options take."""

from enum import StrEnum


class Channel(StrEnum):
    """How a notification reaches the user; each has a row in the table of channels."""

    DESKTOP = "desktop"
    TERMINAL = "terminal"
    BELL = "bell"

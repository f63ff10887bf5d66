"""What panels that are only read have in common: the keys that scroll and leave them."""

from abc import abstractmethod
from dataclasses import replace

from agent_status.chooser.state.key import BACK, SCROLL
from agent_status.chooser.state.view import Hint, Panel, Step, View

LEAVES = frozenset(
    {"escape", "q", "ctrl+c", "enter", "l", "L", "upper_l", "e", "c", "R", "upper_r"}
)
FAR = 1_000_000
STEPS = {
    -FAR: ("home", "g"),
    -10: ("pageup", "ctrl+b"),
    -1: ("up", "k", "ctrl+p"),
    1: ("down", "j", "ctrl+n"),
    10: ("pagedown", "ctrl+f", "space"),
    FAR: ("end", "G", "upper_g"),
}
SCROLLS = {key: step for step, keys in STEPS.items() for key in keys}


class Reader(Panel):
    """A panel that is only read."""

    __slots__ = ()

    def hints(self, view: View) -> tuple[Hint, ...]:
        """Return that it scrolls, and how to leave it."""
        del view
        return (SCROLL, BACK)

    def press(self, view: View, key: str, character: str = "") -> Step:
        """Leave it or scroll it."""
        del character
        if key in LEAVES:
            return Step(replace(view, panel=None))
        return Step(self.scroll(view, SCROLLS[key]) if key in SCROLLS else view)

    @abstractmethod
    def scroll(self, view: View, lines: int) -> View:
        """Return the view scrolled down by `lines`; the end is as far as it goes."""

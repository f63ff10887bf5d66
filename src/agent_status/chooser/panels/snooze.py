"""The menu that asks for how long an agent is not to need the user."""

from dataclasses import dataclass, replace
from typing import ClassVar

from rich.text import Text

from agent_status.chooser.state.actions import start_daemon
from agent_status.chooser.state.effects import DaemonRequest
from agent_status.chooser.state.key import CANCEL, Key, does
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import NO_MESSAGE, Hint, Panel, Size, Step, View
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import ChangeTriage

CHOICES: dict[str, tuple[str, str, float | str | None]] = {
    "5": ("5 min", "5 minutes", 300),
    "1": ("15 min", "15 minutes", 900),
    "6": ("60 min", "60 minutes", 3600),
    "c": ("until it changes", "until it changes", "change"),
    "w": ("wake", "not at all: it is awake", None),
}
"""By key: the hint, the message, and the time in seconds for the daemon."""


@dataclass(frozen=True, slots=True)
class SnoozePanel(Panel):
    """For how long an agent is not to need the user."""

    covers: ClassVar[bool] = False

    ref: AgentRef

    def title(self, view: View, size: Size) -> str:
        """Return the question."""
        del size
        return f"Snooze for … {view.find_title(self.ref)}"

    def hints(self, view: View) -> tuple[Hint, ...]:
        """Return a hint for each choice."""
        del view
        return (*(Hint(key, words, key) for key, (words, *_) in CHOICES.items()), CANCEL)

    def press(self, view: View, key: str, character: str = "") -> Step:
        """Snooze or wake it; any other key only closes the menu."""
        del character
        closed = replace(view, panel=None)
        if key not in CHOICES:
            return Step(closed)
        _, words, until = CHOICES[key]
        message = f"Snoozed: {words}." if until else "Awake again."
        before = _find_snooze(view, self.ref)
        back = ChangeTriage(self.ref, snooze_s=before)
        words = "Undone: snoozed as before." if before else "Undone: awake again."
        request = ChangeTriage(self.ref, snooze_s=until)
        return Step(closed, DaemonRequest(request, message, inverse=lambda _: (back, words)))

    def draw(self, view: View, size: Size, theme: Theme) -> list[Text]:
        """Return nothing: the hints say it all."""
        del view, size, theme
        return []


def _find_snooze(view: View, ref: AgentRef) -> float | str | None:
    """Return for how long an agent is snoozed, as the daemon takes it; None if it is awake."""
    entry = next((one for one in view.entries if one.ref == ref), None)
    if entry is None or not entry.care.snoozed:
        return None
    until = entry.care.until
    return "change" if until is None else max(1.0, until - view.now)


def snooze(view: View) -> Step:
    """Ask for how long to snooze the selected agent."""
    if view.entry is None:
        return Step(view)
    return Step(replace(view, panel=SnoozePanel(view.selected), message=NO_MESSAGE))


def needs_user(view: View) -> bool:
    """Return whether the selected agent waits for the user."""
    return bool(view.entry and view.entry.needs_you)


def _press(view: View, key: str) -> Step:
    return start_daemon(view) if view.lost else does(snooze)(view, key)


KEY = Key(
    ("s",),
    "s",
    "snooze it; start a missing daemon",
    _press,
    "snooze",
    needs_user,
    needs_pane=True,
)

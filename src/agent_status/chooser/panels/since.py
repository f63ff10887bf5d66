"""What happened to an agent since the user looked, on one page."""

from dataclasses import dataclass, replace

from agent_status.chooser.panels.page import PagePanel, RunCommand
from agent_status.chooser.state.effects import DaemonRequest
from agent_status.chooser.state.key import BACK, SCROLL, Key, always, does
from agent_status.chooser.state.view import NO_MESSAGE, Hint, Step, View
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.protocol.messages import MarkLooked

WORDS = "Seen up to here: the page begins here the next time."


@dataclass(frozen=True, slots=True)
class SincePanel(PagePanel):
    """The page; `at` is up to when it tells, in Unix seconds."""

    ref: AgentRef = NO_REF
    at: float = 0.0

    def hints(self, view: View) -> tuple[Hint, ...]:
        """Return its keys."""
        del view
        plan = "its plan" if "--plan" not in self.words else "the page"
        return (Hint("a", "seen", "a"), Hint("P", plan, "P"), SCROLL, BACK)

    def press(self, view: View, key: str, character: str = "") -> Step:
        """Mark it as seen, turn to the plan and back, leave it or scroll it."""
        if key == "a":
            effect = DaemonRequest(MarkLooked(self.ref, at=self.at), WORDS)
            return Step(replace(view, panel=None), effect)
        if key in {"P", "upper_p"}:
            plan = ("--plan",) if "--plan" not in self.words else ()
            words = ("since", *plan, str(self.ref))
            return _open(view, SincePanel(self.heading, words, ref=self.ref, at=self.at))
        if key == "v":
            return Step(replace(view, panel=None))
        return PagePanel.press(self, view, key, character)


def _open(view: View, page: SincePanel) -> Step:
    return Step(replace(view, panel=page, message=NO_MESSAGE), RunCommand(page.words))


def read_since(view: View) -> Step:
    """Show what happened to the selected agent since the user looked."""
    entry = view.entry
    if entry is None:
        return Step(view)
    heading, words = f"Since you looked: {entry.title}", ("since", str(entry.ref))
    return _open(view, SincePanel(heading, words, ref=entry.ref, at=view.now))


KEY = Key(("v",), "v", "what happened since you looked", does(read_since), "since", always)

"""What an agent changed, in all of the popup: a pager of its own has the terminal meanwhile."""

import json
from dataclasses import dataclass

from agent_status.chooser.state.key import Key, does
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.view import Effect, Event, Step, View, refuse, show_message
from agent_status.model.ref import AgentRef

NO_CHANGES = "It has changed nothing since your last review."
REVIEWED = "Reviewed? Then press a; u takes it back."


@dataclass(frozen=True, slots=True)
class FindChanges(Effect):
    """Look whether an agent has changed anything at all."""

    ref: AgentRef

    def run(self, source: ChooserSource) -> Event:
        """Look."""
        return ChangesFound(self.ref, *source.run(("diff", "--json", str(self.ref))))


@dataclass(frozen=True, slots=True)
class ChangesFound:
    """What `diff --json` printed, and its exit code."""

    ref: AgentRef
    code: int
    text: str

    def apply(self, view: View) -> Step:
        """Show the diff, if there may be one and the user still waits for it."""
        if self.ref != view.selected or view.panel or view.pending:
            return Step(view)
        if self.code:
            words = self.text.strip().removeprefix("Error: ") or f"exit code {self.code}"
            return Step(refuse(view, words))
        if not _may_have_files(self.text):
            return Step(refuse(view, NO_CHANGES))
        return Step(view, takeover=ShowDiff(self.ref))


@dataclass(frozen=True, slots=True)
class ShowDiff:
    """The pager with the diff."""

    ref: AgentRef

    @property
    def words(self) -> tuple[str, ...]:
        """The command's."""
        return ("diff", "--wait", str(self.ref))

    def end(self, view: View, code: int) -> View:
        """Return the view that says what to do next."""
        words = f"The diff ended with exit code {code}: see agent-status diff {self.ref}"
        return refuse(view, words) if code else show_message(view, REVIEWED)


def diff(view: View) -> Step:
    """Look whether the selected agent has changed anything; its answer shows it."""
    entry = view.entry
    return Step(show_message(view, "Looking …"), FindChanges(entry.ref)) if entry else Step(view)


def has_changes(view: View) -> bool:
    """Return whether files changed where the selected agent works."""
    return bool(view.entry and view.entry.changes.files)


def _may_have_files(text: str) -> bool:
    """Return False if `text` says that there are none; what can't be read is shown."""
    try:
        return bool(json.loads(text)["files"])
    except (ValueError, TypeError, KeyError):
        return True


KEY = Key(("d",), "d", "show what it changed", does(diff), "diff", has_changes)

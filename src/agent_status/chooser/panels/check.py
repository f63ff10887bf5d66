"""The key that runs the user's command for a project."""

from agent_status.chooser.state.effects import DaemonRequest
from agent_status.chooser.state.key import Key, does
from agent_status.chooser.state.view import Step, View, show_message
from agent_status.protocol.messages import StartCheck

STARTED = "Your check of the project runs in a new window; its row shows the result."


def check(view: View) -> Step:
    """Run the check of the selected agent's project."""
    entry = view.entry
    if entry is None:
        return Step(view)
    return Step(
        show_message(view, "Opening a window …"), DaemonRequest(StartCheck(entry.ref), STARTED)
    )


KEY = Key(("t",), "t", "run your check of its project", does(check))

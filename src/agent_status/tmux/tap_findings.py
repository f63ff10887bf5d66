"""What a diagnosis says about the taps. Pure."""

from collections.abc import Mapping

from agent_status.model import PaneId
from agent_status.model.finding import Finding
from agent_status.tmux.tap_policy import TapMode, TapStatus
from agent_status.tmux.tap_script import MEMORY

WHAT = "live tap"
WORDS = {
    TapMode.EMULATE: "emulated",
    TapMode.RING: "captured at each tick, as they print much",
    TapMode.CAPTURE: "captured at each tick, without a tap",
}


def describe_taps(statuses: Mapping[PaneId, TapStatus]) -> tuple[Finding, ...]:
    """Return how many panes are followed in which way, and each reason why not by their bytes."""
    modes = [status.mode for status in statuses.values()]
    counts = ", ".join(f"{modes.count(mode)} {WORDS[mode]}" for mode in WORDS if mode in modes)
    reasons: dict[str, list[PaneId]] = {}
    for pane, status in statuses.items():
        if status.why:
            reasons.setdefault(f"{status.why}{_render_hint(status)}", []).append(pane)
    return (
        Finding(WHAT, f"panes with an agent: {counts or 'no pane'}{_describe_loss(statuses)}"),
        *(Finding(f"{WHAT} of {', '.join(panes)}", why) for why, panes in reasons.items()),
    )


def _render_hint(status: TapStatus) -> str:
    undo = f"; tmux set-option -pu -t PANE {MEMORY} makes it tapped again"
    return undo if status.is_left else ""


def _describe_loss(statuses: Mapping[PaneId, TapStatus]) -> str:
    dropped = sum(status.dropped for status in statuses.values())
    resyncs = sum(status.resyncs for status in statuses.values())
    if not dropped:
        return ""
    return f"; {dropped / 1e6:.1f} MB dropped; captured again {resyncs} times"

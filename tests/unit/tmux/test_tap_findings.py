"""What the diagnosis says about taps."""

from agent_status.model import PaneId
from agent_status.tmux.tap_findings import describe_taps
from agent_status.tmux.tap_policy import Left, TapMode, TapStatus


def test_diagnosis_counts_panes_and_names_each_reason_once() -> None:
    """
    With what was dropped, and how a pane that is left alone is tapped again.
    """
    left = TapStatus(why=Left.PIPED.words, is_left=True)
    found = describe_taps(
        {
            PaneId("%1"): TapStatus(TapMode.EMULATE, dropped=2_500_000, resyncs=2),
            PaneId("%2"): TapStatus(TapMode.EMULATE),
            PaneId("%3"): TapStatus(TapMode.RING, "it prints much", resyncs=1),
            PaneId("%4"): left,
            PaneId("%5"): left,
        }
    )

    assert found[0].found == (
        "panes with an agent: 2 emulated, 1 captured at each tick, as they print much, "
        "2 captured at each tick, without a tap; 2.5 MB dropped; captured again 3 times"
    )
    assert [one.what for one in found[1:]] == ["live tap of %3", "live tap of %4, %5"]
    assert found[2].found.startswith("it had a pipe already; tmux set-option -pu -t PANE ")
    assert "tmux" not in found[1].found


def test_diagnosis_without_agents_says_so() -> None:
    """
    And nothing else.
    """
    assert [one.found for one in describe_taps({})] == ["panes with an agent: no pane"]

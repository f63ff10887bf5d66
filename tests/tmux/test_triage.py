"""Pin, snooze and mute: from the socket and the command line to list and summary."""

import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_status.errors import RefusedError
from agent_status.features.badges.render import render_pane_badge, render_window_badge
from agent_status.features.badges.summary import render_summary
from agent_status.features.triage.policy import (
    NO_SETTINGS,
    TriageSettings,
    is_over,
    make_mark,
    make_triage,
    parse_settings,
    render_settings,
)
from agent_status.install.plugin import unload
from agent_status.model import NO_AGENT, Agent, Ask, Pane, PaneId, Sighting, State, Status, Triage
from agent_status.model.attention import rank
from agent_status.options import Options
from agent_status.tmux.client import Tmux
from tests.support.tmux_lab import Lab, open_lab, wait_for

AGENT = Agent("claude", "Claude Code")
DECIDED = ("pinned", "muted", "snoozed", "until")
LS = Status(AGENT, State.APPROVAL, 0.0, ask=Ask(State.APPROVAL, command="ls"))
RM = Status(AGENT, State.APPROVAL, 0.0, ask=Ask(State.APPROVAL, command="rm"))


@pytest.mark.parametrize(
    ("until", "status", "clock", "over"),
    [
        (100.0, LS, 99.0, False),
        (100.0, LS, 100.0, True),
        (100.0, RM, 99.0, True),
        (math.inf, LS, 1e12, False),
        (math.inf, Status(AGENT, State.WORKING, 0.0), 0.0, True),
        (math.inf, Status(AGENT, State.UNKNOWN, 0.0), 0.0, False),
        (None, RM, 0.0, False),
    ],
)
def test_a_snooze_ends_by_time_or_by_a_change(
    until: float | None, status: Status, clock: float, *, over: bool
) -> None:
    """
    Another ask or state ends it; a screen that is not understood does not.
    """
    assert over is is_over(TriageSettings(until=until, mark=make_mark(LS)), status, clock)


def test_a_wish_is_told_on_the_clock_of_the_rows() -> None:
    """
    Unix seconds become monotonic ones, and a note is left alone.
    """
    chosen = TriageSettings(pinned=True, until=1060.0)

    assert Triage(pinned=True, snoozed_until=65.0, note="why") == make_triage(
        chosen, Triage(note="why"), 5.0, 1000.0
    )


def test_the_kept_words_are_short_and_readable() -> None:
    """
    They stand in a tmux option, where a user may look at them.
    """
    chosen = TriageSettings(pinned=True, muted=True, until=1060.0, mark="finished:")

    assert "pin mute until=1060 mark=finished:" == render_settings(chosen)
    assert "until=change mark=idle:" == render_settings(
        TriageSettings(until=math.inf, mark="idle:")
    )
    assert "" == render_settings(NO_SETTINGS)


WISHES = st.builds(
    TriageSettings,
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.just(math.inf), st.integers(1, 10**11).map(float)),
    st.just(make_mark(LS)),
)


@given(WISHES)
def test_what_was_kept_is_read_again(chosen: TriageSettings) -> None:
    """
    The words hold all of it; a mark without a snooze is dropped.
    """
    read = parse_settings(render_settings(chosen))

    assert (chosen.pinned, chosen.muted, chosen.until) == (read.pinned, read.muted, read.until)
    assert read.mark == (chosen.mark if chosen.until else "")


@given(st.text())
def test_any_words_are_read(text: str) -> None:
    """
    Whoever sets the option by hand breaks nothing.
    """
    assert isinstance(parse_settings(text), TriageSettings)


def test_badges_and_summary_are_calm_about_what_is_set_aside() -> None:
    """
    It is not counted, nobody is told of it, and its badge has the colour of an idle one.
    """
    muted = Sighting(Pane(PaneId("%1")), LS, triage=Triage(muted=True))
    working = Sighting(Pane(PaneId("%2")), Status(AGENT, State.WORKING, 0.0))
    ranked = rank([muted, working], 0.0)
    options = Options()

    aside = ranked[1].status
    assert "#[fg=colour75,bg=black]▸1#[default]" == render_summary(ranked, 0.0, options)
    assert "" == render_summary(ranked[1:], 0.0, options)
    assert "#[fg=colour246,bg=black]▲ claude approval#[default]" == render_pane_badge(
        aside, options
    )
    assert " #[fg=colour246,bg=black]▲#[default]" == render_window_badge([aside], options)
    assert "" == render_pane_badge(NO_AGENT, options)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A tmux server with a played agent of the user's own that waits for an approval.
    """
    with open_lab(monkeypatch.setenv) as lab:
        agents = lab.folder / "config" / "agent-status" / "agents"
        agents.mkdir(parents=True)
        (agents / "played.toml").write_text(PLAYED)
        lab.start("stty -echo; exec cat")
        lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "played")
        ask(lab, "rm -rf build/")
        yield lab


def ask(lab: Lab, command: str) -> None:
    """
    Let the played agent ask whether it may run a command.
    """
    lab.tmux("send-keys", "-t", "%0", "-l", "\n" * 12 + f"Run:\n{command}\nNow?\n")


PLAYED = r"""
name = "Played"
[identify]
names = ["played"]
[[request]]
head = '^Run:$'
end = '^Now\?$'
about = '^Now\?$'
[[rule]]
id = "run"
says = "approval"
region = "screen"
all = ['now\?']
"""


def read_row(lab: Lab) -> dict[str, object]:
    """
    The only row of the list.
    """
    found = lab.ask("list")
    return found["agents"][0] if found and found["agents"] else {}


def read_decided(lab: Lab) -> tuple[object, ...]:
    """
    What the user decided: pinned, muted, snoozed, and until when.
    """
    care = read_row(lab)["care"]
    assert isinstance(care, dict)
    return tuple(care[name] for name in DECIDED)


def test_the_commands_change_the_list_and_outlive_the_daemon(lab: Lab) -> None:
    """
    A mute is in the list, leaves the summary, is there after a restart, and goes away again.
    """
    daemon = lab.spawn_daemon()
    wait_for(lambda: read_row(lab).get("needs_you"))

    done = lab.run("mute", "%0")
    assert ("%0 is muted.\n", 0) == (done.stdout, done.returncode)
    wait_for(lambda: read_row(lab)["needs_you"] is False)
    wait_for(lambda: not lab.tmux("show-options", "-gqv", "@agent-status-summary").strip())
    assert "mute\n" == lab.tmux("show-options", "-pqv", "-t", "%0", "@agent-status-care")

    daemon.terminate()
    daemon.wait()
    lab.spawn_daemon()
    wait_for(lambda: read_row(lab).get("care"))
    assert (False, True, False, None) == read_decided(lab)

    assert "%0 is no longer muted.\n" == lab.run("mute", "work:0.0").stdout
    wait_for(lambda: read_row(lab)["needs_you"])
    assert "" == lab.tmux("show-options", "-pqv", "-t", "%0", "@agent-status-care")


def test_a_snooze_ends_when_what_is_asked_changes(lab: Lab) -> None:
    """
    Until then it needs nobody; afterwards it needs you again, and its pin is left.
    """
    lab.spawn_daemon()
    wait_for(lambda: read_row(lab).get("needs_you"))
    assert "%0 is pinned.\n" == lab.run("pin", "%0").stdout

    assert "%0 is snoozed until it changes.\n" == lab.run("snooze", "%0", "change").stdout
    wait_for(lambda: read_row(lab)["needs_you"] is False)
    ask(lab, "ls")

    wait_for(lambda: read_row(lab)["needs_you"])
    assert (True, False, False, None) == read_decided(lab)
    unload(Tmux(lab.inner))
    assert "" == lab.tmux("show-options", "-pqv", "-t", "%0", "@agent-status-care")


def test_the_risk_of_an_ask_is_in_its_row(lab: Lab) -> None:
    """
    The daemon grades what it sees, and the row says so.
    """
    lab.spawn_daemon()
    wait_for(lambda: read_row(lab).get("needs_you"))

    row = read_row(lab)
    assert {"grade": "dangerous", "reasons": ["deletes build/ recursively"]} == row["risk"]


def test_a_request_that_makes_no_sense_changes_nothing(lab: Lab) -> None:
    """
    An unknown pane and a time that is none are refused with a sentence.
    """
    lab.spawn_daemon()
    wait_for(lambda: read_row(lab).get("needs_you"))

    for args, words in (
        ({"pane": "%9", "pin": True}, "there is no agent in pane %9"),
        ({"pane": "%0", "pin": 1}, "pin: "),
        ({"pane": "%0", "snooze_s": -1}, "snooze_s is more than 0"),
        ({"pane": "%0", "snooze_s": True}, "snooze_s: "),
        ({"pane": "%0", "snooze_s": math.inf}, "snooze_s: "),
    ):
        with pytest.raises(RefusedError, match=words):
            lab.ask("triage", **args)
    assert "" == lab.tmux("show-options", "-pqv", "-t", "%0", "@agent-status-care")
    assert (1, 2) == (lab.run("pin", "%9").returncode, lab.run("snooze", "%0", "7").returncode)

"""Formats that others set, too: nothing of theirs is lost, and what they overwrite comes back."""

import logging

import pytest

from agent_status.features.badges import formats
from agent_status.features.badges.formats import ChangingError
from agent_status.features.badges.placement import BADGE, FRAGMENTS, SUMMARY, holds_fragment
from agent_status.features.badges.repair import FormatRepair
from agent_status.install import plugin
from agent_status.options import Options
from agent_status.tmux.client import Tmux
from tests.support.tmux_lab import Lab, RecordingTmux
from tests.tmux.test_plugin import read_all, read_option

PROGRAM = ("/bin/agent-status",)
WINDOW = "window-status-format"
LAST_OF_A_READ = "after-list-clients[7]"
"""The hook that runs between our read and what we write."""


class Clockwork:
    """A placer whose ticks the test makes, two of which come to a repair."""

    def __init__(self, lab: Lab) -> None:
        self.epoch = 1_000_000.0
        self.tmux = RecordingTmux(lab.inner)
        self.placer = FormatRepair(self.tmux, logging.getLogger("quiet"), lambda: self.epoch)
        self.now = 0.0

    def tick(self, options: Options | None = None) -> str:
        """Look once and repair what is due; return the commands of the look."""
        self.now += 2.0
        script = self.placer.plan("nonce", self.now)
        records = self.tmux.feed(script).split("nonce:")[1:]
        self.placer.check([one.removeprefix("F\n").removesuffix("\n") for one in records])
        self.placer.repair(options or Options())
        return script


def load(lab: Lab) -> None:
    """
    Load the plugin without a daemon.
    """
    plugin.load(Tmux(lab.inner), PROGRAM)


def find_placed(lab: Lab) -> set[str]:
    """
    Return the formats that hold what is ours.
    """
    return {name for name in FRAGMENTS if holds_fragment(name, read_option(lab, name))}


def overwrite(lab: Lab) -> None:
    """
    Set the formats as a theme does.
    """
    lab.tmux("set-option", "-g", "status-right", "THEME %H:%M")
    lab.tmux("set-option", "-gw", WINDOW, " THEME #I #W ")


@pytest.mark.parametrize("attached", [False, True])
@pytest.mark.parametrize("own", ["", "status-right", WINDOW])
def test_what_a_theme_sets_while_we_load_stays(lab: Lab, own: str, *, attached: bool) -> None:
    """
    Ours is put into it, whatever a session or window has of its own; uninstall gives theirs back.
    """
    if attached:
        lab.attach()
    if own:
        lab.tmux("new-window", "-d", "exec cat")
        lab.tmux("new-session", "-d", "-s", "other", "exec cat")
        lab.tmux("set-option", "-t", "work:0", own, "of its own")
    theme = f"set -g status-right 'it''s #(a | b) %H' ; set -gw {WINDOW} ' THEME #I #W '"
    lab.tmux("set-hook", "-g", LAST_OF_A_READ, f"{theme} ; set -g status-right-length 77")

    load(lab)

    lab.tmux("set-hook", "-gu", LAST_OF_A_READ)
    right = lab.tmux("show-options", "-gv", "status-right").rstrip("\n")
    window = lab.tmux("show-options", "-gwv", WINDOW).rstrip("\n")
    length = lab.tmux("show-options", "-gv", "status-right-length").rstrip("\n")
    assert (f"{SUMMARY}its #(a | b) %H", f" THEME #I #W{BADGE} ", "138") == (right, window, length)
    plugin.unload(Tmux(lab.inner))
    right = lab.tmux("show-options", "-gv", "status-right").rstrip("\n")
    window = lab.tmux("show-options", "-gwv", WINDOW).rstrip("\n")
    length = lab.tmux("show-options", "-gv", "status-right-length").rstrip("\n")
    assert ("its #(a | b) %H", " THEME #I #W ", "77") == (right, window, length)


def test_what_a_theme_sets_while_we_uninstall_stays(lab: Lab) -> None:
    """
    What the user set last is what is there afterwards, without ours.
    """
    load(lab)
    before = read_option(lab, WINDOW)
    theme = "set -g status-right LAST ; set -g status-right-length 33"
    lab.tmux("set-hook", "-g", LAST_OF_A_READ, theme)

    plugin.unload(Tmux(lab.inner))

    assert ("LAST", "33") == (
        read_option(lab, "status-right"),
        read_option(lab, "status-right-length"),
    )
    assert before.replace(BADGE, "") == read_option(lab, WINDOW)
    assert "agent-status-saved" not in lab.tmux("show-options", "-g")


def test_a_theme_that_never_rests_loses_nothing(lab: Lab) -> None:
    """
    Each of its texts is there in the end, and who loads is told.
    """
    lab.tmux("set-option", "-g", "status-right", "")
    lab.tmux("set-hook", "-g", LAST_OF_A_READ, "set -ga status-right x")

    with pytest.raises(ChangingError, match="keeps overwriting"):
        load(lab)

    assert "x" * formats.MAX_TRIES == read_option(lab, "status-right")


def test_nothing_of_the_comparison_is_left(lab: Lab) -> None:
    """
    The copies of what was read are gone.
    """
    before = read_all(lab)
    load(lab)
    assert "@agent-status-read" not in read_all(lab)
    plugin.unload(Tmux(lab.inner))
    assert before == read_all(lab)


def test_what_is_overwritten_comes_back(lab: Lab) -> None:
    """
    Once it is the same at two looks; the length has its room again, and uninstall gives it back.
    """
    load(lab)
    work = Clockwork(lab)
    work.tick()
    overwrite(lab)
    lab.tmux("set-option", "-g", "status-right-length", "50")

    work.tick()
    assert {"window-status-current-format"} == find_placed(lab)
    lab.tmux("set-option", "-g", "status-right", "THEME at work still")
    work.tick()
    assert {"window-status-current-format"} == find_placed(lab)
    work.tick()

    assert f"{SUMMARY}THEME at work still" == read_option(lab, "status-right")
    assert f" THEME #I #W{BADGE} " == read_option(lab, WINDOW)
    assert "111" == read_option(lab, "status-right-length")
    plugin.unload(Tmux(lab.inner))
    assert "THEME at work still" == read_option(lab, "status-right")
    assert "50" == read_option(lab, "status-right-length")


def test_nobody_fights(lab: Lab) -> None:
    """
    After three times it is told once, and left until the next load, which begins anew.
    """
    load(lab)
    work = Clockwork(lab)
    for _ in range(3):
        overwrite(lab)
        work.epoch += 60
        work.tick()
        work.tick()
        assert set(FRAGMENTS) == find_placed(lab)
    work.epoch += 60
    overwrite(lab)
    for _ in range(6):
        work.tick()
        work.tick()
        work.epoch += formats.REPAIRS_S

    assert {"window-status-current-format"} == find_placed(lab)
    told = [one for one in work.tmux.scripts if "display-message -d" in one]
    assert 1 == len(told)
    load(lab)
    overwrite(lab)
    work.tick()
    work.tick()
    assert set(FRAGMENTS) == find_placed(lab)


def test_what_is_overwritten_now_and_then_always_comes_back(lab: Lab) -> None:
    """
    Such as by a theme that has one look for the day, and one for the night.
    """
    load(lab)
    work = Clockwork(lab)
    for _ in range(5):
        work.epoch += formats.REPAIRS_S / 2
        overwrite(lab)
        work.tick()
        work.tick()

        assert set(FRAGMENTS) == find_placed(lab)


def test_nothing_is_written_while_all_is_well(lab: Lab) -> None:
    """
    Nor is anything looked at more often than it takes.
    """
    load(lab)
    work = Clockwork(lab)

    looks = [work.tick() for _ in range(3)]

    assert all(looks)
    assert not work.tmux.writes
    assert "" == work.placer.plan("nonce", work.now + 1.9)


@pytest.mark.parametrize("was_loaded", [False, True])
def test_nothing_is_put_where_nobody_wants_it(lab: Lab, *, was_loaded: bool) -> None:
    """
    A daemon that was started by hand, or a user who turned it off.
    """
    work = Clockwork(lab)
    if was_loaded:
        load(lab)
    overwrite(lab)
    for _ in range(4):
        work.tick(Options(auto=False) if was_loaded else None)

    assert " THEME #I #W " == read_option(lab, WINDOW)


def test_a_theme_that_has_the_placeholders_is_left_alone(lab: Lab) -> None:
    """
    What is ours goes out of the others then, as at a load.
    """
    load(lab)
    lab.tmux("set-option", "-g", "status-right", "#{@agent-status-summary} %H:%M")
    work = Clockwork(lab)
    for _ in range(4):
        work.tick()

    assert set() == find_placed(lab)
    assert "40" == read_option(lab, "status-right-length")
    assert "#{@agent-status-summary} %H:%M" == read_option(lab, "status-right")


def test_a_placeholder_within_an_option_of_the_user_s_counts(lab: Lab) -> None:
    """
    As in the modules of a theme, which its formats expand.
    """
    lab.tmux("set-option", "-g", "@theme_agents", "[#{@agent-status-summary}]")
    lab.tmux("set-option", "-g", "@theme_right", "#{E:@theme_agents} %H:%M")
    lab.tmux("set-option", "-g", "status-right", "#{E:@theme_right}")

    load(lab)

    assert set() == find_placed(lab)

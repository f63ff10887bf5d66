"""What stands around us: a restored session, a tmux within a tmux, a terminal without UTF-8."""

import copy

from agent_status.agents.files import load_agents
from agent_status.detect.tracker import PaneTracker
from agent_status.paths import find_config
from agent_status.tmux.client import Tmux
from tests.support.tmux_lab import Lab, run_daemon, wait_for
from tests.tmux.test_compat import read, wait_ticks

DIALOG = " Do you want to proceed?\n ❯ 1. Yes\n   2. No\n"


def show_dialog(lab: Lab, name: str, last: str) -> str:
    """
    Open a window as tmux-resurrect does: what stood there is printed, then `last` runs.
    """
    file = lab.folder / f"pane-{name}"
    file.write_text(DIALOG, "utf-8")
    command = f"cat '{file}'; exec {last}"
    words = ("-d", "-P", "-F", "#{pane_id}", "-n", name, command)
    pane = lab.tmux("new-window", *words).strip()
    lab.tmux("select-pane", "-t", pane, "-T", "✳ Fix the bug")
    return pane


def test_what_a_restored_session_shows_is_no_agent(lab: Lab) -> None:
    """
    The words and the title of an agent come back, but not the agent: a shell stands behind them.
    """
    was, hinted = show_dialog(lab, "was", "sh"), show_dialog(lab, "hinted", "cat")
    lab.tmux("set-option", "-p", "-t", hinted, "@agent-status-agent", "claude")
    lab.spawn_daemon()

    wait_for(lambda: "approval" in read(lab, "pane", hinted))

    assert [hinted] == [one["pane"] for one in lab.ask("list")["agents"]]
    assert ("", "") == (read(lab, "pane", was), read(lab, "window", was))


def test_a_restored_session_has_formats_once(lab: Lab) -> None:
    """
    A configuration is read again, and with it the plugin's line: before and after it comes back.
    """
    lab.run("load")
    formats = lab.tmux("show-options", "-g"), lab.tmux("show-options", "-gw")
    show_dialog(lab, "two", "sh")
    lab.tmux("select-layout", "-t", "work", "even-horizontal")
    lab.tmux("set-option", "-w", "-t", "work:two", "automatic-rename", "off")

    lab.run("load")

    assert formats == (lab.tmux("show-options", "-g"), lab.tmux("show-options", "-gw"))
    assert 1 == lab.tmux("show-options", "-gwv", "window-status-format").count("?@agent-status")
    lab.run("uninstall")


def test_an_agent_in_an_inner_tmux_is_the_inner_one_s(lab: Lab) -> None:
    """
    The outer server's pane shows the whole dialog, and has no agent.
    """
    registry, _ = load_agents(find_config())
    pane = show_dialog(lab, "asks", "cat")
    lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "claude")
    lab.tmux("select-window", "-t", pane)
    lab.attach()
    around = copy.copy(lab)
    around.inner = lab.outer

    with (
        run_daemon(lab, PaneTracker, registry=registry),
        run_daemon(around, PaneTracker, registry=registry) as outer,
    ):
        wait_for(lambda: "approval" in read(lab, "pane", pane))
        wait_for(lambda: "1. Yes" in lab.drawn())
        wait_ticks(outer)

        assert [pane] == [one["pane"] for one in lab.ask("list")["agents"]]
        assert [] == around.ask("list")["agents"]
        assert "" == Tmux(lab.outer).ask("#{@agent-status-summary}")


def test_a_terminal_without_utf8_has_ascii_by_itself(lab: Lab) -> None:
    """
    In badge and summary, and the doctor says so.
    """
    lab.run("load")
    pane = show_dialog(lab, "asks", "cat")
    lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "claude")
    lab.attach(120, tmux="env LC_ALL=C tmux")

    wait_for(lambda: "1:asks ^ " in lab.drawn() and "^ asks: Do you want" in lab.drawn())
    assert "#[" not in lab.drawn()
    assert "icons: no UTF-8, so ascii" in lab.run("doctor").stdout
    lab.run("uninstall")

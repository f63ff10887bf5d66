"""libtmux's objects, with our timeouts and errors."""

from collections.abc import Iterator

import pytest

from agent_status.tmux.client import Tmux, TmuxError, TmuxGoneError
from agent_status.tmux.objects import BoundedServer
from tests.support.tmux_lab import Lab, open_lab

pytestmark = pytest.mark.tmux


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A session with two panes, and one into which its window is linked.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        lab.tmux("split-window", "-d", "-t", "work", "exec cat")
        lab.tmux("new-session", "-d", "-s", "far", "exec cat")
        lab.tmux("link-window", "-s", "work:main", "-t", "far:7")
        yield lab


def test_panes_are_those_that_libtmux_finds(lab: Lab) -> None:
    """
    A pane of a linked window is there once for each session.
    """
    found = BoundedServer(Tmux(lab.inner)).panes

    assert [(one.pane_id, one.session_id, one.window_id, one.pane_tty) for one in found] == [
        (one.pane_id, one.session_id, one.window_id, one.pane_tty) for one in lab.server.panes
    ]
    linked = found.filter(pane_id="%0")
    assert {one.session_id for one in linked} == {one.session_id for one in lab.server.sessions}


def test_cmd_of_an_object_runs_at_its_target(lab: Lab) -> None:
    """
    What it selects is then active, and what it refuses is an error of ours.
    """
    pane = BoundedServer(Tmux(lab.inner)).panes.filter(pane_id="%1")[0]

    pane.cmd("select-pane")

    work = lab.server.sessions.get(session_name="work")
    assert work is not None
    assert work.active_pane is not None
    assert "%1" == work.active_pane.pane_id
    with pytest.raises(TmuxError, match="unknown command"):
        pane.cmd("no-such-command")


def test_a_server_that_is_gone_is_an_error_of_ours(lab: Lab) -> None:
    """
    Libtmux itself would list no panes.
    """
    lab.stop()

    with pytest.raises(TmuxGoneError):
        _ = BoundedServer(Tmux(lab.inner)).panes

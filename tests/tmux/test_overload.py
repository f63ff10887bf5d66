"""One thing goes wild: every other pane stays right, and nothing of it stays behind."""

import contextlib
import os
import socket
from collections.abc import Iterator

import psutil
import pytest

from agent_status.paths import find_runtime
from agent_status.protocol.client import find_socket
from tests.support.tmux_lab import Lab, open_lab, wait_for

ASKING = "printf 'shall I go on?'; exec cat"
MINE = """
name = "Mine"
[[rule]]
id = "asks"
says = "question"
region = "bottom"
all = ["shall I go on"]
[[rule]]
id = "works"
says = "working"
region = "bottom"
all = ["busy now"]
"""


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server whose pane `%0` is a calm agent.
    """
    with open_lab(monkeypatch.setenv) as lab:
        agents = lab.folder / "config" / "agent-status" / "agents"
        agents.mkdir(parents=True)
        (agents / "mine.toml").write_text(MINE)
        lab.start()
        hint(lab, "%0")
        yield lab


def hint(lab: Lab, *panes: str) -> None:
    """
    Name the agent of panes by hand.
    """
    for pane in panes:
        lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "mine")


def open_window(lab: Lab, program: str) -> str:
    """
    Open a window with an agent; return its pane.
    """
    pane = lab.tmux("new-window", "-dPF", "#{pane_id}", program).strip()
    hint(lab, pane)
    return pane


def is_witness_right(lab: Lab) -> bool:
    """
    Whether `%0` is shown to work, and then to ask, when it does.
    """
    for words, state in (("busy now", "working"), ("shall I go on?", "question")):
        lab.tmux("send-keys", "-R", "-t", "%0", ";", "send-keys", "-t", "%0", "-l", f"{words}\n")
        wait_for(lambda state=state: read_badge(lab).endswith(f"mine {state}#[default]"))  # type: ignore[misc]
    return True


def read_badge(lab: Lab) -> str:
    """
    The witness' badge.
    """
    return lab.tmux("display-message", "-pt", "%0", "#{@agent-status-pane}").strip()


def list_panes(lab: Lab) -> set[str]:
    """
    The panes that `list` tells of.
    """
    return {one["pane"] for one in read_agents(lab)}


def read_agents(lab: Lab) -> list[dict[str, str]]:
    """
    What `list` tells; nothing while the daemon does not answer.
    """
    found = lab.ask("list") or {"agents": []}
    return list(found["agents"])


def test_a_pane_that_prints_without_end_spoils_no_other(lab: Lab) -> None:
    """
    Nor does a title that changes all the time, nor a huge screen painted anew again and again.
    """
    wide = open_window(lab, "while :; do seq 1 20000; done")
    lab.tmux("resize-window", "-t", wide, "-x", "500", "-y", "200")
    open_window(lab, r"while :; do printf '\033]2;%s\007' $((n+=1)); sleep 0.01; done")
    open_window(lab, "exec yes a line that goes on and on")
    lab.spawn_daemon()

    wait_for(lambda: {"%0", "%1", "%2", "%3"} == list_panes(lab))
    assert is_witness_right(lab)


FIRST_TIME = 6
"""Files and threads that a daemon opens once, when it needs them first: far fewer than come."""


def test_windows_that_come_and_go_leave_nothing_behind(lab: Lab) -> None:
    """
    As many as there are: neither in the report, nor in the daemon's files and threads.
    """
    lab.keep_chooser()
    daemon = psutil.Process(lab.spawn_daemon().pid)
    assert is_witness_right(lab)
    wait_for(lambda: has_spare(lab))
    before = daemon.num_fds() + daemon.num_threads()
    for _ in range(40):
        lab.tmux("kill-pane", "-t", open_window(lab, "exec cat"))

    assert is_witness_right(lab)
    wait_for(lambda: (list_panes(lab), count_panes(lab)) == ({"%0"}, 1))
    wait_for(lambda: daemon.num_fds() + daemon.num_threads() <= before + FIRST_TIME)


def has_spare(lab: Lab) -> bool:
    """
    Whether the chooser that the daemon keeps ready is there, so that nothing more is opened.
    """
    return (find_runtime(lab.inner) / "chooser.sock").exists()


def count_panes(lab: Lab) -> int:
    """
    How many panes the daemon knows; none while it does not answer.
    """
    return int((lab.ask("ping") or {"panes": 0})["panes"])


def test_many_panes_resized_at_once_are_read_again(lab: Lab) -> None:
    """
    Each of sixty agents asks as before, in its new size.
    """
    panes = {open_window(lab, ASKING) for _ in range(60)}
    lab.spawn_daemon()
    wait_for(lambda: {"%0", *panes} == list_panes(lab))
    for size in ("33", "140"):
        script = lab.folder / "script"
        script.write_text("".join(f"resize-window -t {pane} -x {size}\n" for pane in panes))
        lab.tmux("source-file", str(script))

    wait_for(lambda: count_asking(lab) == len(panes))
    assert is_witness_right(lab)


def count_asking(lab: Lab) -> int:
    """
    How many agents are told to ask.
    """
    return sum(one["state"] == "question" for one in read_agents(lab))


def test_an_agent_with_hundreds_of_children_is_an_agent(lab: Lab) -> None:
    """
    And its neighbours are, too.
    """
    loop = "i=0; while [ $i -lt 400 ]; do sleep 1000 & i=$((i+1)); done; " + ASKING
    crowd = open_window(lab, f"exec sh -c '{loop.replace(chr(39), chr(34))}'")
    pid = int(lab.tmux("display-message", "-pt", crowd, "#{pane_pid}"))
    wait_for(lambda: len(psutil.Process(pid).children()) == 400)
    children = psutil.Process(pid).children()
    lab.spawn_daemon()
    try:
        wait_for(lambda: count_asking(lab) == 1)
        assert is_witness_right(lab)
    finally:
        for child in children:
            child.kill()


def test_clients_that_read_nothing_are_let_go(lab: Lab) -> None:
    """
    Sixty of them ask without end; the next one is answered, and later no file of theirs is open.
    """
    lab.keep_chooser()
    daemon = psutil.Process(lab.spawn_daemon().pid)
    wait_for(lambda: list_panes(lab))
    wait_for(lambda: has_spare(lab))
    before = daemon.num_fds()
    with contextlib.ExitStack() as ends:
        for _ in range(60):
            ask_much(ends.enter_context(knock(lab)))

        assert is_witness_right(lab)
        wait_for(lambda: {"%0"} == list_panes(lab))
    wait_for(lambda: daemon.num_fds() <= before + FIRST_TIME)


def knock(lab: Lab) -> socket.socket:
    """
    Connect to the daemon without our client's manners.
    """
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    end.connect(os.fspath(find_socket(lab.inner)))
    end.settimeout(0)
    return end


def ask_much(end: socket.socket) -> None:
    """
    Ask as often as the socket takes it, and read no answer.
    """
    line = b'{"v":1,"op":"list"}\n'
    end.send(b'{"v":1,"op":"watch"}\n')
    for _ in range(50):
        try:
            end.send(line * 20)
        except OSError:
            return

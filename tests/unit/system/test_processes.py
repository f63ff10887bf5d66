"""The processes below a pane, read cheaply and never raising."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from agent_status.model import Process
from agent_status.system.processes import COMM, ProcessReader
from tests.support.tmux_lab import wait_for


@pytest.fixture
def shell() -> Iterator[subprocess.Popen[bytes]]:
    """
    A shell that waits below us, with a child of its own.
    """
    words = ["sh", "-c", "sleep 300 & read line; kill $!; wait; exec sleep 300"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE)
    wait_for(lambda: list_comms(process.pid) == ["sh", "sleep"])
    wait_for(lambda: psutil.Process(process.pid).children()[0].cmdline() == ["sleep", "300"])
    yield process
    for child in psutil.Process(process.pid).children():
        child.kill()
    process.kill()
    process.communicate()


def go_on(shell: subprocess.Popen[bytes]) -> None:
    """
    Let the shell end its child and put another program in its own place.
    """
    assert shell.stdin
    shell.stdin.write(b"\n")
    shell.stdin.flush()


def list_comms(root: int) -> list[str]:
    """
    The names of a tree that is read for the first time.
    """
    return [process.comm for process in ProcessReader().read_trees([root], 0.0)[root]]


def test_a_tree_begins_with_its_root(shell: subprocess.Popen[bytes]) -> None:
    """
    Parents come before children, each with its short name and its command line.
    """
    root, child = ProcessReader().read_trees([shell.pid], 0.0)[shell.pid]

    assert (shell.pid, os.getpid(), "sh") == (root.pid, root.ppid, root.comm)
    assert root.args.startswith("sh -c sleep 300 & read line")
    assert (shell.pid, "sleep", "sleep 300") == (child.ppid, child.comm, child.args)


def test_several_roots_are_read_in_one_pass(shell: subprocess.Popen[bytes]) -> None:
    """
    Also when one is below another, runs no more, or is no process id at all.
    """
    trees = ProcessReader().read_trees([os.getpid(), shell.pid, 2**22 + 1, 0], 0.0)

    assert set(trees[shell.pid]) <= set(trees[os.getpid()])
    assert () == trees[2**22 + 1] == trees[0]


def test_a_calm_tree_is_the_same_value(shell: subprocess.Popen[bytes]) -> None:
    """
    What was read once and is settled is not made again.
    """
    reader = ProcessReader()
    reader.read_trees([shell.pid], 0.0)
    young = reader.read_trees([shell.pid], 10.0)[shell.pid]

    settled = reader.read_trees([shell.pid], 20.0)[shell.pid]

    assert young == settled
    assert all(one is other for one, other in zip(young, settled, strict=True))


def test_a_child_that_ends_is_gone(shell: subprocess.Popen[bytes]) -> None:
    """
    The next look knows.
    """
    reader = ProcessReader()
    _, child = reader.read_trees([shell.pid], 0.0)[shell.pid]
    go_on(shell)
    wait_for(lambda: not psutil.pid_exists(child.pid))

    assert child not in reader.read_trees([shell.pid], 10.0)[shell.pid]


def test_a_child_that_nobody_waits_for_is_no_process() -> None:
    """
    It has ended, though the kernel still lists it.
    """
    with subprocess.Popen(["sh", "-c", "exit 0"]) as process:
        wait_for(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)

        assert () == ProcessReader().read_trees([process.pid], 0.0)[process.pid]


@pytest.mark.parametrize("now", [1.0, 20.0, 60.0])
def test_another_program_in_the_same_process_is_seen(
    shell: subprocess.Popen[bytes], now: float
) -> None:
    """
    At once while it is young or doubted, and in any case after half a minute.
    """
    reader = ProcessReader()
    reader.read_trees([shell.pid], 0.0)
    go_on(shell)
    wait_for(lambda: psutil.Process(shell.pid).cmdline() == ["sleep", "300"])
    if now == 20.0:
        reader.invalidate(shell.pid)

    root = reader.read_trees([shell.pid], now)[shell.pid][0]

    assert ("sleep", "sleep 300") == (root.comm, root.args)


def test_names_are_cut_as_the_kernel_cuts_them() -> None:
    """
    Long names match those of a recording, whatever the system.
    """
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        (found,) = ProcessReader().read_trees([process.pid], 0.0)[process.pid]
        process.communicate(b"\n")

    assert isinstance(found, Process)
    assert 0 < len(found.comm) <= COMM

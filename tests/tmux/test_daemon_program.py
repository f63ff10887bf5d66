"""A daemon whose program was removed, as by a plugin manager, leaves by itself."""

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import agent_status
from agent_status.daemon.program import GONE_S, Program
from tests.support.tmux_lab import Lab, open_lab, wait_for
from tests.tmux.test_daemon import hint


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A server with an agent.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        hint(lab, kind="claude")
        yield lab


def test_a_program_that_is_back_in_time_goes_on(tmp_path: Path) -> None:
    """
    As while another version is checked out; gone for longer, it is gone.
    """
    left: list[bool] = []
    file = tmp_path / "program.py"
    program = Program(lambda: left.append(True), logging.getLogger("test"), file)
    program.observe((), 100.0)
    program.observe((), 100.0 + GONE_S - 1)
    file.touch()
    program.observe((), 100.0 + GONE_S)
    file.unlink()
    program.observe((), 200.0)
    assert not left

    program.observe((), 200.0 + GONE_S)

    assert left


def test_a_daemon_whose_program_is_gone_takes_its_badges_along(lab: Lab) -> None:
    """
    And says so in its log, with nothing that failed on the way.
    """
    copy = lab.folder / "src"
    shutil.copytree(Path(agent_status.__file__).parent, copy / "agent_status")
    lab.env["PYTHONPATH"] = str(copy) + os.pathsep + str(Path(__file__).parents[1])
    daemon = lab.spawn_daemon()
    show = ("show-options", "-gqv", "@agent-status-summary")
    wait_for(lambda: "1" in lab.tmux(*show))

    shutil.rmtree(copy)

    wait_for(lambda: daemon.poll() is not None, deadline_s=GONE_S + 30)
    assert (0, "") == (daemon.returncode, lab.tmux(*show))
    (log,) = (lab.folder / "state").rglob("daemon-*.log")
    assert "is gone: the daemon ends" in log.read_text()
    assert " ERROR " not in log.read_text()

"""The link in ~/.local/bin: made where nothing else is, taken away with all that came with it."""

from pathlib import Path

import pytest

from agent_status.install.link import find_link, place_link, remove_link
from agent_status.install.plugin import find_program
from tests.support.tmux_lab import Lab

PROGRAM = "/data/agent-status/venvs/1-2-current/bin/agent-status"


def make_env(home: Path) -> dict[str, str]:
    """
    Return the environment of a user.
    """
    return {"HOME": str(home), "XDG_STATE_HOME": str(home.with_name("state"))}


def test_a_link_is_made_and_taken_away_with_its_folders(tmp_path: Path) -> None:
    """
    Twice is once, in either direction.
    """
    env = make_env(tmp_path / "home")
    (tmp_path / "home" / ".local").mkdir(parents=True)

    for _ in range(2):
        place_link(PROGRAM, env)
    assert PROGRAM == str(find_link(env).readlink())

    for _ in range(2):
        remove_link(env)
    assert [tmp_path / "home" / ".local"] == list((tmp_path / "home").rglob("*"))


def test_an_empty_folder_that_was_there_stays(tmp_path: Path) -> None:
    """
    Only what was made for the link goes with it.
    """
    env = make_env(tmp_path)
    find_link(env).parent.mkdir(parents=True)

    place_link(PROGRAM, env)
    remove_link(env)

    assert [] == list(find_link(env).parent.iterdir())


def test_a_link_to_an_older_program_of_ours_gives_way(tmp_path: Path) -> None:
    """
    Also where that one is gone, as after a clone was moved.
    """
    env = make_env(tmp_path)
    place_link(PROGRAM.replace("1-2", "3-4"), env)

    place_link(PROGRAM, env)

    assert PROGRAM == str(find_link(env).readlink())


@pytest.mark.parametrize(
    "target", [None, "/bin/sh", "nowhere", "/home/me/pipx/venvs/agent-status/bin/agent-status"]
)
def test_what_is_not_ours_stays(target: str | None, tmp_path: Path) -> None:
    """
    Neither a file nor a link to anything else is replaced or taken away.
    """
    env = make_env(tmp_path)
    link = find_link(env)
    link.parent.mkdir(parents=True)
    if target is None:
        link.write_text("mine")
    else:
        link.symlink_to(target)
    before = link.lstat()

    place_link(PROGRAM, env)
    remove_link(env)

    assert before == link.lstat()


def test_a_program_that_came_another_way_is_not_linked(tmp_path: Path) -> None:
    """
    Installed by pipx, or run in a checkout, it has a name already.
    """
    for program in (find_program()[0], "/home/me/pipx/venvs/agent-status/bin/agent-status"):
        place_link(program, make_env(tmp_path))

    assert [] == list(tmp_path.iterdir())


def test_a_refusal_takes_the_link_away(lab: Lab) -> None:
    """
    The option is obeyed at the next load.
    """
    env = {key: lab.env[key] for key in ("HOME", "XDG_STATE_HOME")}
    place_link(PROGRAM, env)
    lab.tmux("set-option", "-g", "@agent-status-link", "off")

    assert 0 == lab.run("load").returncode

    assert not find_link(env).is_symlink()

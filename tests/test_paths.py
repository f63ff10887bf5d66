"""Where things lie, and whom the runtime folder belongs to."""

from pathlib import Path

import pytest

from agent_status.paths import UnsafeFolderError, find_config, find_runtime, make_private


def test_each_server_has_a_private_folder_of_its_own(tmp_path: Path) -> None:
    """
    Two sockets, two folders, nobody else in either.
    """
    env = {"XDG_RUNTIME_DIR": str(tmp_path)}

    one, two = find_runtime("/tmp/a", env), find_runtime("/tmp/b", env)  # noqa: S108

    assert one != two
    assert one == find_runtime("/tmp/a", env)  # noqa: S108
    assert [0o700, 0o700] == [path.stat().st_mode & 0o777 for path in (one, two)]


def test_a_folder_that_others_can_open_is_refused(tmp_path: Path) -> None:
    """
    A folder that was there before us is not trusted.
    """
    folder = tmp_path / "x"
    folder.mkdir()
    folder.chmod(0o755)

    with pytest.raises(UnsafeFolderError, match="chmod 700"):
        make_private(folder)


def test_a_link_is_refused(tmp_path: Path) -> None:
    """
    It may lead anywhere.
    """
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")

    with pytest.raises(UnsafeFolderError):
        make_private(tmp_path / "link")


@pytest.mark.parametrize(
    ("env", "folder"),
    [
        ({"XDG_CONFIG_HOME": "/c", "HOME": "/h"}, "/c/agent-status"),
        ({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, "/h/.config/agent-status"),
        ({"HOME": "/h"}, "/h/.config/agent-status"),
    ],
)
def test_a_relative_xdg_folder_is_ignored(env: dict[str, str], folder: str) -> None:
    """
    As the XDG specification has it.
    """
    assert Path(folder) == find_config(env)

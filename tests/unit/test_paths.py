"""Where things lie, and whom the runtime folder belongs to."""

import os
import pwd
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_status.fastpath import hook_event
from agent_status.fastpath.hook_event import (
    DARWIN_TEMPORARY,
    MAX_FOLDER,
    SOCKET,
    find_runtime_dirs,
)
from agent_status.paths import (
    NoFolderError,
    UnsafeFolderError,
    find_config,
    find_home,
    find_runtime,
    make_private,
)


def test_a_folder_that_is_removed_meanwhile_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Another daemon ends between our look at it and the next one.
    """
    folder, real = tmp_path / "f", Path.lstat
    folder.mkdir()

    def look(path: Path) -> os.stat_result:
        monkeypatch.undo()
        path.rmdir()
        return real(path)

    monkeypatch.setattr(Path, "lstat", look)
    make_private(folder)

    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)


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


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """
    A folder with a short name, and nobody's /tmp beside it.
    """
    with tempfile.TemporaryDirectory(prefix="as-") as name:
        monkeypatch.setattr(hook_event, "TEMPORARY", (name,))
        yield Path(name)


@pytest.mark.parametrize("name", ["XDG_RUNTIME_DIR", "TMPDIR"])
def test_a_folder_too_deep_for_a_socket_is_passed_over(name: str, place: Path) -> None:
    """
    A socket's path ends after 103 bytes on a Mac; what is found instead takes both of ours.
    """
    deep = place / ("d" * 40) / ("ü" * 20)
    deep.mkdir(parents=True)

    folder = find_runtime("/x/socket", {name: str(deep)})

    assert place == folder.parent.parent
    for door in (SOCKET, "chooser.sock"):
        assert 103 >= len(os.fsencode(folder / door))
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
            bound.bind(str(folder / door))


def test_a_folder_that_just_fits_is_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    One letter more, and it is not.
    """
    short = Path(next(iter(find_runtime_dirs("/x/s", {"TMPDIR": str(place)}))))
    fits = place / ("f" * (MAX_FOLDER - len(str(short)) - 1))
    deep = place / (fits.name + "f")
    fits.mkdir()
    deep.mkdir()

    monkeypatch.setattr(hook_event, "TEMPORARY", (str(fits), str(place)))
    assert fits == find_runtime("/x/s", {}).parent.parent
    monkeypatch.setattr(hook_event, "TEMPORARY", (str(deep), str(place)))
    assert place == find_runtime("/x/s", {}).parent.parent


def test_without_any_folder_the_mend_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The only place that can be written to has too long a name.
    """
    deep = place / ("d" * 90)
    deep.mkdir()
    monkeypatch.setattr(hook_event, "TEMPORARY", ("/nowhere",))
    monkeypatch.setattr(os, "getuid", lambda: 4711)

    with pytest.raises(NoFolderError, match="set XDG_RUNTIME_DIR to a short path"):
        find_runtime("/x/socket", {"TMPDIR": str(deep)})


def test_a_mac_tells_the_user_s_own_folder(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A shell with a TMPDIR of its own, such as nix-shell's, finds what tmux uses all the same.
    """
    own, other = place / "T", place / "nix-shell.1"
    own.mkdir()
    other.mkdir()
    monkeypatch.setattr(os, "confstr", {DARWIN_TEMPORARY: f"{own}/"}.__getitem__)

    folders = find_runtime_dirs("/x/socket", {"TMPDIR": str(other)})

    assert [own, place, other] == [Path(one).parent.parent for one in folders][:3]


def test_shells_with_other_folders_for_temporary_files_agree(place: Path) -> None:
    """
    One that was started in the one finds what the other has started.
    """
    for name in ("one", "two"):
        (place / name).mkdir()

    one, two = (find_runtime("/x/s", {"TMPDIR": str(place / name)}) for name in ("one", "two"))

    assert one == two


def test_a_socket_may_have_any_name(place: Path) -> None:
    """
    A path is bytes; these are no text.
    """
    assert place == find_runtime("/x/\udcff", {}).parent.parent


def test_the_folder_is_the_one_where_a_daemon_listens(place: Path) -> None:
    """
    Whatever the variables of a shell: there is one daemon a server.
    """
    (place / "run").mkdir(mode=0o700)
    (place / "other").mkdir()
    shell = {"TMPDIR": str(place / "other"), "XDG_RUNTIME_DIR": str(place / "run")}
    folder = find_runtime("/x/socket", {"TMPDIR": str(place)})

    before = find_runtime("/x/socket", shell)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(folder / SOCKET))
        assert folder == find_runtime("/x/socket", shell)
        folder.chmod(0o755)
        assert before == find_runtime("/x/socket", shell)

    assert place / "run" == before.parent.parent


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


def test_an_empty_home_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The account's counts then; an account may be unknown, as in a container.
    """
    account = pwd.getpwuid(os.getuid()).pw_dir
    monkeypatch.setenv("HOME", "")

    assert [Path("/h"), Path(account), Path(account)] == [
        find_home(env) for env in ({"HOME": "/h"}, {"HOME": ""}, {})
    ]
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    with pytest.raises(NoFolderError, match="set HOME"):
        find_home({"HOME": ""})

"""A tree of our own is taken of any checkout, and nobody's repository is touched by it."""

import itertools
import os
import shutil
import subprocess
import types
from pathlib import Path

import pytest

from agent_status.features.review.checkout import TroubleError, find_checkout
from agent_status.features.review.compare import compare
from agent_status.features.review.describe import describe_survey
from agent_status.features.review.parts import Baseline
from agent_status.features.review.snapshot import CheckoutSnapshot, ReviewBaseline, survey
from agent_status.features.review.store import REFS, Store
from agent_status.features.review.tree import MAX_CONTENT, Memory
from agent_status.system import git as git_module
from agent_status.system.git import GitError, SlowError, make_env, run_git
from tests.support.checkouts import Watcher, git, hash_folder, isolate, make_repository
from tests.support.tmux_lab import has_ended, wait_for


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(monkeypatch, tmp_path)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """
    A repository with two files.
    """
    return make_repository(tmp_path / "work", a_py="one\ntwo\n", b_py="b\n")


def watch(tmp_path: Path, folder: Path) -> Watcher:
    """
    Take a first tree of a folder.
    """
    return Watcher(tmp_path / "stores", folder)


def test_every_kind_of_change_counts(tmp_path: Path, repository: Path) -> None:
    """
    Committed, staged, unstaged, untracked and deleted, but not what is ignored.
    """
    watcher = watch(tmp_path, repository)
    (repository / "committed").write_text("1\n")
    git(repository, "add", "committed")
    git(repository, "commit", "-qm", "second")
    (repository / "staged").write_text("2\n")
    git(repository, "add", "staged")
    (repository / "a.py").write_text("one\n")
    (repository / "b.py").unlink()
    (repository / ".gitignore").write_text("ignored\n")
    (repository / "ignored").write_text("3\n")

    found = watcher.compare()

    letters = {(one.status, one.path) for one in found.touched}
    assert letters == {
        ("A", ".gitignore"),
        ("M", "a.py"),
        ("D", "b.py"),
        ("A", "committed"),
        ("A", "staged"),
    }
    assert (3, 2) == (found.added, found.removed)


def test_a_commit_alone_changes_nothing(tmp_path: Path, repository: Path) -> None:
    """
    What was there before the user committed it is still all there is.
    """
    (repository / "a.py").write_text("changed\n")
    watcher = watch(tmp_path, repository)

    git(repository, "commit", "-qam", "mine")

    assert [] == watcher.list_changes()


def test_an_edit_within_the_same_instant_is_seen(tmp_path: Path, repository: Path) -> None:
    """
    Neither size nor time differs from what the index knows; only its age tells to doubt it.
    """
    found = (repository / "a.py").stat()
    git(repository, "update-index", "--refresh")
    index = repository / ".git" / "index"
    os.utime(index, ns=(found.st_mtime_ns, found.st_mtime_ns))
    watcher = watch(tmp_path, repository)
    (repository / "a.py").write_text("eno\ntwo\n")
    os.utime(repository / "a.py", ns=(found.st_mtime_ns, found.st_mtime_ns))

    assert [("M", "a.py")] == watcher.list_changes()


def test_the_repository_is_left_as_it_was(tmp_path: Path, repository: Path) -> None:
    """
    Not a byte of it differs, with a lock of somebody else's in it too.
    """
    (repository / "a.py").write_text("changed\n")
    (repository / "new").write_text("n\n")
    (repository / ".git" / "index.lock").write_text("")
    before = hash_folder(repository)

    watcher = watch(tmp_path, repository)
    (repository / "new").write_text("m\n")
    changes = watcher.list_changes()
    (repository / "new").write_text("n\n")

    assert [("M", "new")] == changes
    assert before == hash_folder(repository)


def test_a_repository_that_cannot_be_written(tmp_path: Path, repository: Path) -> None:
    """
    Reading it is enough.
    """
    git_dir = repository / ".git"
    paths = [git_dir, *git_dir.rglob("*")]
    (repository / "a.py").write_text("changed\n")
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        watcher = watch(tmp_path, repository)
        (repository / "a.py").write_text("again\n")

        assert [("M", "a.py")] == watcher.list_changes()
    finally:
        for path in paths:
            path.chmod(path.stat().st_mode | 0o200)


def test_strange_names_are_taken_as_they_are(tmp_path: Path, repository: Path) -> None:
    """
    Line breaks, escapes, quotes, bytes that are no text, and what git would take for magic.
    """
    watcher = watch(tmp_path, repository)
    names = [b"a\nb", b"\x1b[31mred", b'qu"ote', b"\xff\xfe", b":(top)x", b"-rf", "ä".encode()]
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(repository), name))).write_text("x\n")  # noqa: PTH118

    paths = {path for _, path in watcher.list_changes()}

    assert paths == {name.decode("utf-8", "surrogateescape") for name in names}


def test_names_that_decode_alike_stay_apart(tmp_path: Path, repository: Path) -> None:
    """
    In what is counted, and in what the report tells.
    """
    names = [b"bad\xff", b"bad\xfe", b"bad"]
    base = look(tmp_path, repository).tree
    for name in names:
        (repository / os.fsdecode(name)).write_text("x\n")

    changes = describe_survey(look(tmp_path, repository, base), Baseline(base), ())

    assert (3, {"bad", r"bad\xff", r"bad\xfe"}) == (changes.files, set(changes.touched))


def test_links_are_kept_and_never_followed(tmp_path: Path, repository: Path) -> None:
    """
    A link counts by where it leads; what lies there, outside, does not.
    """
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("s\n")
    (repository / "file").symlink_to(outside / "secret")
    (repository / "folder").symlink_to(outside)
    (repository / "nowhere").symlink_to("/no/such/place")
    watcher = watch(tmp_path, repository)
    (outside / "secret").write_text("changed\n")
    (outside / "more").write_text("m\n")

    assert [] == watcher.list_changes()
    (repository / "file").unlink()
    (repository / "file").symlink_to("elsewhere")
    assert [("M", "file")] == watcher.list_changes()


@pytest.mark.parametrize(
    ("attributes", "setting"),
    [("* text eol=crlf\n", "false"), ("* text=auto\n", "false"), ("", "true"), ("", "false")],
)
def test_line_ends_are_counted_as_git_stores_them(
    tmp_path: Path, repository: Path, attributes: str, setting: str
) -> None:
    """
    One line more is one line, however lines end on disk, and its commit changes nothing.
    """
    (repository / ".gitattributes").write_text(attributes)
    git(repository, "config", "core.autocrlf", setting)
    (repository / "a.py").write_bytes(b"1\r\n2\r\n")
    os.utime(repository / "a.py", ns=(1, 1))
    (repository / "new").write_bytes(b"n\r\n")
    git(repository, "add", ".gitattributes", "a.py")
    git(repository, "commit", "-qm", "lines")
    watcher = watch(tmp_path, repository)
    (repository / "a.py").write_bytes(b"1\r\n2\r\n3\r\n")

    found = watcher.compare()
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "one more")

    assert [("a.py", 1, 0)] == [(one.path, one.added, one.removed) for one in found.touched]
    assert [] == watcher.list_changes()


def test_line_ends_that_git_leaves_alone_are_left_alone(tmp_path: Path, repository: Path) -> None:
    """
    A file that was committed as it is, before anybody asked for conversion.
    """
    (repository / "a.py").write_bytes(b"1\r\n2\r\n")
    git(repository, "commit", "-qam", "lines")
    git(repository, "config", "core.autocrlf", "true")
    watcher = watch(tmp_path, repository)
    (repository / "a.py").write_bytes(b"1\r\n2\r\n3\r\n")

    found = watcher.compare()

    assert [("a.py", 1, 0)] == [(one.path, one.added, one.removed) for one in found.touched]


def test_a_folder_that_became_a_link_is_gone(tmp_path: Path, repository: Path) -> None:
    """
    What lies where it leads is not the checkout's, though it has the name of a file that was.
    """
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "key").write_text("secret\n")
    (repository / "keys").mkdir()
    (repository / "keys" / "key").write_text("public\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "keys")
    watcher = watch(tmp_path, repository)
    (repository / ".git" / "info" / "exclude").write_text("keys\n")

    shutil.rmtree(repository / "keys")
    (repository / "keys").symlink_to(outside)

    assert [("D", "keys/key")] == watcher.list_changes()


def test_modes_that_git_ignores_are_not_counted(tmp_path: Path, repository: Path) -> None:
    """
    On a file system where all are programs, what was changed is not changed again by a commit.
    """
    git(repository, "config", "core.fileMode", "false")
    for name in ("a.py", "new.py"):
        (repository / name).write_text("changed\n")
        (repository / name).chmod(0o755)
    watcher = watch(tmp_path, repository)

    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "second")

    assert [] == watcher.list_changes()


def test_a_big_file_counts_by_size_and_time(tmp_path: Path, repository: Path) -> None:
    """
    Its content is neither read nor kept; touched, it has changed; calm, it has not.
    """
    big = repository / "model.bin"
    big.write_bytes(b"x" * (MAX_CONTENT + 1))
    watcher = watch(tmp_path, repository)
    assert [] == watcher.list_changes()

    os.utime(big, ns=(1, 1))
    found = watcher.compare()

    assert [("M", "model.bin")] == [(one.status, one.path) for one in found.touched]
    assert (0, 0) == (found.added, found.removed)
    kept = [path.stat().st_size for path in watcher.store.folder.glob("objects/??/*")]
    assert max(kept) < 2000


def test_a_binary_file_has_no_lines(tmp_path: Path, repository: Path) -> None:
    """
    It is one file, and nothing added.
    """
    watcher = watch(tmp_path, repository)
    (repository / "picture").write_bytes(b"\0\1\2\n\n\n")

    found = watcher.compare()

    assert (1, 0, 0) == (len(found.touched), found.added, found.removed)


def test_pipes_and_sockets_are_passed_by(tmp_path: Path, repository: Path) -> None:
    """
    Nobody waits for the other end of a pipe, also where a file was before.
    """
    (repository / "b.py").unlink()
    os.mkfifo(repository / "b.py")
    os.mkfifo(repository / "pipe")
    watcher = watch(tmp_path, repository)
    (repository / "a.py").write_text("changed\n")

    assert [("M", "a.py")] == watcher.list_changes()


def test_a_file_gives_way_to_a_folder_and_back(tmp_path: Path, repository: Path) -> None:
    """
    The one is deleted, what is in the other is new.
    """
    watcher = watch(tmp_path, repository)
    (repository / "a.py").unlink()
    (repository / "a.py").mkdir()
    (repository / "a.py" / "inner").write_text("i\n")
    assert [("D", "a.py"), ("A", "a.py/inner")] == watcher.list_changes()

    shutil.rmtree(repository / "a.py")
    (repository / "a.py").write_text("one\ntwo\n")

    assert [("A", "a.py"), ("D", "a.py/inner")] == watcher.list_changes()


def test_before_the_first_commit(tmp_path: Path) -> None:
    """
    Without any index, and with one.
    """
    folder = tmp_path / "young"
    folder.mkdir()
    git(folder, "init", "-q")
    watcher = watch(tmp_path, folder)
    (folder / "a").write_text("a\n")
    assert [("A", "a")] == watcher.list_changes()

    git(folder, "add", "a")

    assert [] == watcher.list_changes()


def test_a_detached_head_is_a_checkout_too(tmp_path: Path, repository: Path) -> None:
    """
    Nothing needs a branch.
    """
    git(repository, "checkout", "-q", "--detach")
    watcher = watch(tmp_path, repository)
    (repository / "a.py").write_text("changed\n")

    assert [("M", "a.py")] == watcher.list_changes()


def test_an_unresolved_merge_is_taken_as_it_lies_there(tmp_path: Path, repository: Path) -> None:
    """
    With the marks of the conflict in it; the index stays unresolved.
    """
    git(repository, "checkout", "-qb", "side")
    (repository / "a.py").write_text("side\n")
    git(repository, "commit", "-qam", "side")
    git(repository, "checkout", "-q", "main")
    (repository / "a.py").write_text("main\n")
    git(repository, "commit", "-qam", "main")
    watcher = watch(tmp_path, repository)
    git(repository, "merge", "side", code=1)

    assert [("M", "a.py")] == watcher.list_changes()
    assert "UU a.py" == git(repository, "status", "--short")


def test_a_worktree_has_a_name_and_its_own_tree(tmp_path: Path, repository: Path) -> None:
    """
    Its objects lie in the store of the repository that it belongs to.
    """
    git(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    main, other = watch(tmp_path, repository), watch(tmp_path, tmp_path / "other")
    (tmp_path / "other" / "a.py").write_text("changed\n")

    assert ("", "other") == (main.store.checkout.worktree, other.store.checkout.worktree)
    assert main.store.folder == other.store.folder
    assert [] == main.list_changes()
    assert [("M", "a.py")] == other.list_changes()


def test_a_submodule_counts_by_its_commit(tmp_path: Path, repository: Path) -> None:
    """
    From outside; from within it is a checkout of its own.
    """
    inner = make_repository(tmp_path / "library", l_py="l\n")
    words = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "lib")
    git(repository, *words)
    git(repository, "commit", "-qm", "with library")
    outer, within = watch(tmp_path, repository), watch(tmp_path, repository / "lib")
    (repository / "lib" / "l.py").write_text("changed\n")
    assert [] == outer.list_changes()
    assert [("M", "l.py")] == within.list_changes()

    git(repository / "lib", "commit", "-qam", "second")

    assert [("M", "lib")] == outer.list_changes()


def test_a_repository_within_another_counts_by_its_commit(tmp_path: Path, repository: Path) -> None:
    """
    One that an agent made there is new, also without a commit.
    """
    watcher = watch(tmp_path, repository)
    (repository / "empty").mkdir()
    git(repository / "empty", "init", "-q")
    make_repository(repository / "nested", n_py="n\n")

    assert [("A", "empty"), ("A", "nested")] == watcher.list_changes()
    git(repository / "nested", "pack-refs", "--all")
    assert [] == watcher.list_changes()


def test_a_repository_whose_branches_lie_in_a_table_is_asked_of_git(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Its HEAD tells nothing to who reads the file; for a git that does not know it, it has no commit.
    """
    watcher = watch(tmp_path, repository)
    nested = make_repository(repository / "nested", n_py="n\n")
    commit = git(nested, "rev-parse", "HEAD")
    (nested / ".git" / "HEAD").write_text("ref: refs/heads/.invalid\n")
    assert [("A", "nested")] == watcher.list_changes()

    real = shutil.which("git")
    knows = f'case "$*" in *nested*rev-parse*) echo {commit};; *) exec {real} "$@";; esac'
    make_program(tmp_path / "bin", knows, monkeypatch)

    assert [("M", "nested")] == watcher.list_changes()


def test_a_sparse_checkout_misses_nothing(tmp_path: Path, repository: Path) -> None:
    """
    What is left out on purpose is not deleted.
    """
    (repository / "deep").mkdir()
    (repository / "deep" / "d.py").write_text("d\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "deep")
    whole = watch(tmp_path, repository)
    git(repository, "sparse-checkout", "set", "--cone", "--sparse-index", "elsewhere")

    assert not (repository / "deep").exists()
    assert [] == whole.list_changes()
    (repository / "a.py").write_text("changed\n")
    assert [("M", "a.py")] == whole.list_changes()


def test_a_file_outside_of_a_sparse_cone_counts(tmp_path: Path, repository: Path) -> None:
    """
    An agent may write where the user has checked out nothing.
    """
    (repository / "deep").mkdir()
    (repository / "deep" / "d.py").write_text("d\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "deep")
    git(repository, "sparse-checkout", "set", "--cone", "elsewhere")
    watcher = watch(tmp_path, repository)

    (repository / "deep").mkdir()
    (repository / "deep" / "d.py").write_text("changed\n")

    assert [("M", "deep/d.py")] == watcher.list_changes()


def test_a_home_that_is_a_checkout(tmp_path: Path, repository: Path) -> None:
    """
    Our own files in it do not count; and none that is untracked, if the user wants none.
    """
    watcher = Watcher(repository / ".local" / "state" / "review", repository)
    (repository / "new").write_text("n\n")
    assert [("A", "new")] == watcher.list_changes()
    git(repository, "config", "status.showUntrackedFiles", "no")

    watcher = Watcher(tmp_path / "stores", repository)
    (repository / "more").write_text("m\n")
    (repository / "a.py").write_text("changed\n")

    assert [("M", "a.py")] == watcher.list_changes()


def test_what_the_user_excludes_for_themselves_is_ignored(tmp_path: Path, repository: Path) -> None:
    """
    In the repository's own file, in that of all their repositories, and where git looks anyway.
    """
    home = tmp_path / "home"
    (repository / ".git" / "info" / "exclude").write_text("one\n")
    (home / ".config" / "git").mkdir(parents=True)
    (home / ".config" / "git" / "ignore").write_text("two\n")
    watcher = watch(tmp_path, repository)
    for name in ("one", "two", "three"):
        (repository / name).write_text("x\n")
    assert [("A", "three")] == watcher.list_changes()

    (home / "mine").write_text("four\n")
    git(repository, "config", "--global", "core.excludesFile", "~/mine")
    watcher = watch(tmp_path, repository)
    (repository / "four").write_text("x\n")

    assert [] == watcher.list_changes()


def test_a_split_index_is_read(tmp_path: Path, repository: Path) -> None:
    """
    Its other half lies beside it.
    """
    git(repository, "update-index", "--split-index")
    (repository / "c.py").write_text("c\n")
    git(repository, "add", "c.py")
    watcher = watch(tmp_path, repository)
    (repository / "a.py").write_text("changed\n")

    assert [("M", "a.py")] == watcher.list_changes()


def test_a_repository_with_long_ids(tmp_path: Path) -> None:
    """
    Its store has the same form.
    """
    folder = tmp_path / "long"
    folder.mkdir()
    git(folder, "init", "-q", "--object-format=sha256")
    (folder / "a").write_text("a\n")
    git(folder, "add", "a")
    git(folder, "commit", "-qm", "first")
    watcher = watch(tmp_path, folder)
    (folder / "a").write_text("b\n")

    assert 64 == len(watcher.tree)
    assert [("M", "a")] == watcher.list_changes()


def test_a_colon_in_the_path_leads_nowhere_else(tmp_path: Path) -> None:
    """
    Nor do quotes: the objects of the repository are found.
    """
    folder = make_repository(tmp_path / 'a:b "c', a_py="a\n")
    watcher = watch(tmp_path, folder)
    (folder / "a.py").write_text("b\n")

    found = watcher.compare()

    assert (1, 1) == (found.added, found.removed)


@pytest.mark.parametrize("folder", ["", "relative", "/no/such/folder", "/\0"])
def test_no_folder_is_no_checkout(folder: str) -> None:
    """
    Whatever a pane says where it is.
    """
    assert find_checkout(folder) is None


def test_outside_of_a_work_tree_there_is_no_checkout(tmp_path: Path, repository: Path) -> None:
    """
    In a plain folder, a bare repository, and git's own folder.
    """
    git(tmp_path, "init", "-q", "--bare", "bare")

    places = (tmp_path, tmp_path / "bare", repository / ".git")

    assert [None, None, None] == [find_checkout(str(place)) for place in places]


def test_a_lost_worktree_is_told_as_trouble(tmp_path: Path) -> None:
    """
    Its file names a folder that is gone.
    """
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost" / ".git").write_text("gitdir: /no/such/place\n")

    found = survey(tmp_path / "stores", str(tmp_path / "lost"), (), Memory(), 1.0)

    assert "/no/such/place" in found.trouble
    assert "git worktree repair" in found.trouble


def test_a_git_that_forgets_where_the_repository_was_is_helped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    As 2.55 does, which says `(null)`; the folder is one below the worktree's own.
    """
    (tmp_path / "lost" / "below").mkdir(parents=True)
    (tmp_path / "lost" / ".git").write_text("gitdir: /no/such/place\n")
    forgetful = "echo 'fatal: not a git repository: (null)' >&2; exit 128"
    make_program(tmp_path / "bin", forgetful, monkeypatch)

    found = survey(tmp_path / "stores", str(tmp_path / "lost" / "below"), (), Memory(), 1.0)

    assert "not at /no/such/place" in found.trouble


def test_a_broken_repository_is_told_as_trouble(tmp_path: Path, repository: Path) -> None:
    """
    Torn index, torn configuration.
    """
    (repository / ".git" / "index").write_bytes(b"DIRC torn")
    torn = survey(tmp_path / "stores", str(repository), (), Memory(), 1.0)
    (repository / ".git" / "config").write_text("[core\n")
    worse = survey(tmp_path / "stores", str(repository), (), Memory(), 1.0)

    assert torn.trouble
    assert "config" in worse.trouble


def test_somebody_elses_repository_is_told_as_trouble(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    As git refuses it, with the way to allow it.
    """
    strange = f'GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {shutil.which("git")} "$@"'
    make_program(tmp_path / "bin", strange, monkeypatch)

    found = survey(tmp_path / "stores", str(repository), (), Memory(), 1.0)

    assert "safe.directory" in found.trouble


def test_a_work_tree_elsewhere_is_refused(tmp_path: Path, repository: Path) -> None:
    """
    A repository can't make us read another folder of the user's.
    """
    (tmp_path / "private").mkdir()
    git(repository, "config", "core.worktree", str(tmp_path / "private"))

    with pytest.raises(TroubleError):
        find_checkout(str(repository))


TRAPS = {
    "core.fsmonitor": "{program}",
    "core.hooksPath": "{hooks}",
    "core.sshCommand": "{program}",
    "core.pager": "{program}",
    "core.askPass": "{program}",
    "core.gitProxy": "{program}",
    "core.alternateRefsCommand": "{program}",
    "diff.external": "{program}",
    "diff.trap.command": "{program}",
    "diff.trap.textconv": "{program}",
    "filter.trap.clean": "{program}",
    "filter.trap.smudge": "{program}",
    "filter.trap.process": "{program}",
    "filter.trap.required": "true",
    "merge.trap.driver": "{program}",
    "interactive.diffFilter": "{program}",
    "extensions.partialClone": "origin",
    "remote.origin.promisor": "true",
    "remote.origin.url": "ext::{program}",
    "protocol.ext.allow": "always",
    "alias.diff-files": "!{program}",
    "alias.rev-parse": "!{program}",
}
"""Settings by which a repository could make git run a program."""


def set_traps(repository: Path, marker: Path) -> None:
    """
    Let each of them, and hooks of every name, leave a marker.
    """
    program = marker.parent / "trap"
    program.write_text(f"#!/bin/sh\necho sprung >>{marker}\ncat\n")
    program.chmod(0o700)
    hooks = marker.parent / "hooks"
    for folder in (hooks, repository / ".git" / "hooks"):
        folder.mkdir(exist_ok=True)
        for name in (
            "post-index-change",
            "pre-commit",
            "fsmonitor-watchman",
            "reference-transaction",
        ):
            shutil.copy(program, folder / name)
    (repository / ".gitattributes").write_text("* diff=trap filter=trap merge=trap\n")
    git(repository, "config", "core.repositoryformatversion", "1")
    for name, value in TRAPS.items():
        git(repository, "config", name, value.format(program=program, hooks=hooks))


def test_a_hostile_repository_runs_nothing(tmp_path: Path, repository: Path) -> None:
    """
    No filter, driver, hook, monitor or transport that it names, also with objects missing.
    """
    inner = make_repository(repository / "inner", i_py="i\n")
    git(repository, "add", "inner")
    git(repository, "commit", "-qm", "inner")
    marker = tmp_path / "marker"
    for place in (repository, inner):
        set_traps(place, marker)
    marker.unlink(missing_ok=True)
    first = survey(tmp_path / "stores", str(repository), (), Memory(), 1.0)
    (repository / "a.py").write_text("changed\n")
    (inner / "i.py").write_text("changed\n")
    (repository / "new").write_bytes(b"n\r\n")
    for blob in (repository / ".git" / "objects").glob("??/*"):
        blob.unlink()

    wish = ReviewBaseline("k", first.now, first.now.head)
    second = survey(tmp_path / "stores", str(repository), (wish,), Memory(), 2.0)

    assert ("", False) == (first.trouble, marker.exists())
    assert second.tree != first.tree or second.trouble


def test_agents_of_one_checkout_share_its_comparison(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Many that began at the same tree cost git no more than one of them.
    """
    first = survey(tmp_path / "stores", str(repository), (), Memory(), 1.0)
    (repository / "a.py").write_text("changed\n")
    log, shim = tmp_path / "log", tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho x >> {log}\nexec {shutil.which("git")} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")

    runs = []
    for number in (1, 9):
        log.write_text("")
        wishes = [ReviewBaseline(f"k{each}", first.now, first.tree) for each in range(number)]
        found = survey(tmp_path / "stores", str(repository), wishes, Memory(), 2.0)
        assert {first.now} == set(found.since_base)
        runs.append(log.read_text().count("x"))

    assert runs[0] == runs[1] > 0


def test_the_traps_do_spring_without_our_care(tmp_path: Path, repository: Path) -> None:
    """
    The same repository, looked at by git alone.
    """
    marker = tmp_path / "marker"
    set_traps(repository, marker)
    marker.unlink(missing_ok=True)
    (repository / "a.py").write_text("changed\n")

    subprocess.run(
        ["git", "-C", str(repository), "status"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )

    assert marker.exists()


def test_only_what_moved_is_read_again(tmp_path: Path, repository: Path) -> None:
    """
    A calm checkout costs two calls of git, and writes nothing into our store.
    """
    (repository / "a.py").write_text("changed\n")
    os.utime(repository / "a.py", ns=(1, 1))
    watcher = watch(tmp_path, repository)
    before = hash_folder(watcher.store.folder)

    assert [] == watcher.list_changes()
    assert before == hash_folder(watcher.store.folder)


def test_far_too_many_files_are_told_as_trouble(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A folder that nobody has ignored.
    """
    real = shutil.which("git")
    listing = f"case $* in *ls-files*) seq 20001 | tr '\\n' '\\0';; *) exec {real} \"$@\";; esac"
    make_program(tmp_path / "bin", listing, monkeypatch)

    found = survey(tmp_path / "stores", str(repository), (), Memory(), 1.0)

    assert "20001 files are new or changed" in found.trouble


def make_program(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Put a program called git before the real one.
    """
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "git").chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_a_git_that_hangs_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    As on a dead mount; what it has started ends too.
    """
    child = leave_child(tmp_path, "; wait", monkeypatch)

    with pytest.raises(SlowError):
        run_git(["status"], deadline_s=0.1)

    wait_for(lambda: has_ended(int(child.read_text())))


def leave_child(folder: Path, end: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    Put a git in place whose child goes on; return the file that names it. No time passes before.
    """
    child = folder / "pid"
    make_program(folder / "bin", f"sleep 1000 & echo $! >{child}{end}", monkeypatch)

    def is_there() -> bool:
        return child.exists() and bool(child.read_text())

    hours = itertools.count(1.0)
    late = types.SimpleNamespace(monotonic=lambda: next(hours) if is_there() else 0.0)
    monkeypatch.setattr(git_module, "time", late)
    return child


def test_what_a_git_has_left_behind_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A child may go on to hold what its parent, which has ended, would have printed to.
    """
    child = leave_child(tmp_path, "", monkeypatch)

    with pytest.raises(SlowError):
        run_git(["status"], deadline_s=0.1)

    wait_for(lambda: has_ended(int(child.read_text())))


def test_the_users_own_settings_reach_git_and_no_others() -> None:
    """
    Those that say how far to look for a repository, but none that would lead elsewhere.
    """
    across = {"GIT_DISCOVERY_ACROSS_FILESYSTEM": "1"}

    env = make_env({}, across | {"GIT_DIR": "/elsewhere"})

    assert across.items() <= env.items()
    assert "GIT_DIR" not in env


def test_a_git_that_never_stops_to_speak_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Before it fills the memory.
    """
    make_program(tmp_path / "bin", "exec yes", monkeypatch)

    with pytest.raises(SlowError):
        run_git(["status"])


def test_no_git_at_all_is_told_as_trouble(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    One sentence, no exception.
    """
    monkeypatch.setenv("PATH", str(tmp_path))

    found = survey(tmp_path / "stores", str(repository), (), Memory(), 1.0)

    assert "git can't be run" in found.trouble


def test_a_base_that_is_gone_is_not_compared(tmp_path: Path, repository: Path) -> None:
    """
    The repository was cleaned up since.
    """
    found = survey(
        tmp_path / "stores",
        str(repository),
        (ReviewBaseline("k", Baseline("1" * 40), "2" * 40),),
        Memory(),
        1.0,
    )

    assert ("", {}) == (found.trouble, found.since_base)


def test_objects_that_nobody_holds_are_pruned(tmp_path: Path, repository: Path) -> None:
    """
    The base that is held stays, and can still be compared.
    """
    watcher = watch(tmp_path, repository)
    (repository / "kept").write_text("kept\n")
    held = watcher.look()
    watcher.store.hold("k", held)
    (repository / "lost").write_text("lost\n")
    lost = watcher.look()
    (repository / "lost").unlink()
    for path in watcher.store.folder.glob("objects/??/*"):
        os.utime(path, ns=(1, 1))

    watcher.store.prune(most=0)

    (repository / "kept").write_text("other\n")
    found = compare(watcher.store, held, watcher.look())
    assert [("M", "kept", 1)] == [(one.status, one.path, one.added) for one in found.touched]
    with pytest.raises(GitError):
        watcher.store.ask("cat-file", "-e", lost)


def age(store: Store) -> None:
    """
    Let hours pass for all that a store holds.
    """
    for path in (store.folder / "pruned", *store.folder.glob("objects/??/*")):
        path.touch()
        os.utime(path, ns=(1, 1))


def look(
    tmp_path: Path, folder: Path, base: str = "", memory: Memory | None = None
) -> CheckoutSnapshot:
    """
    Look at a folder once, and compare it with a base.
    """
    wishes = (ReviewBaseline("k", Baseline(base), base),) if base else ()
    return survey(tmp_path / "stores", str(folder), wishes, memory or Memory(), 1.0)


def test_the_tree_that_was_found_last_is_not_pruned(tmp_path: Path, repository: Path) -> None:
    """
    A calm checkout's objects may be older than what is pruned, and are known by memory alone.
    """
    memory = Memory()
    base = look(tmp_path, repository, memory=memory).tree
    (repository / "a.py").write_text("changed\n")
    os.utime(repository / "a.py", ns=(1, 1))
    first = look(tmp_path, repository, base, memory)
    assert first.store
    first.store.hold("k", base)
    age(first.store)

    first.store.prune(most=0)

    second = look(tmp_path, repository, base, memory)
    assert ("", 1) == (second.trouble, second.since_base[Baseline(base)].files)
    assert first.since_base == second.since_base


def test_after_trouble_everything_is_read_again(tmp_path: Path, repository: Path) -> None:
    """
    What memory knew of may be what is missing.
    """
    memory = Memory()
    base = look(tmp_path, repository).tree
    (repository / "a.py").write_text("changed\n")
    os.utime(repository / "a.py", ns=(1, 1))
    first = look(tmp_path, repository, base, memory)
    assert first.store
    for path in first.store.folder.glob("objects/??/*"):
        path.unlink()

    second, third = (look(tmp_path, repository, base, memory) for _ in range(2))

    assert second.trouble
    assert ("", first.since_base) == (third.trouble, third.since_base)


def test_a_git_that_fails_takes_no_base_away(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Killed while it compared, it says nothing of the base, which is compared at the next look.
    """
    base = look(tmp_path, repository).tree
    (repository / "a.py").write_text("changed\n")
    real = shutil.which("git")
    killed = f'case "$*" in *diff-tree*) kill -9 $$;; esac\nexec {real} "$@"'
    with monkeypatch.context() as patch:
        make_program(tmp_path / "bin", killed, patch)
        failed = look(tmp_path, repository, base)

    found = look(tmp_path, repository, base)

    assert failed.trouble
    assert ("", 1) == (found.trouble, found.since_base[Baseline(base)].files)


def test_a_base_that_is_gone_in_part_is_not_compared(tmp_path: Path, repository: Path) -> None:
    """
    One of its folders lay only in the user's repository, and was deleted there.
    """
    (repository / "deep").mkdir()
    (repository / "deep" / "d.py").write_text("d\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "deep")
    base = look(tmp_path, repository).tree
    deep = git(repository, "rev-parse", "HEAD:deep")
    (repository / "deep" / "d.py").write_text("changed\n")
    git(repository, "commit", "-qam", "changed")
    (repository / ".git" / "objects" / deep[:2] / deep[2:]).unlink()

    found = look(tmp_path, repository, base)

    assert ("", {}) == (found.trouble, found.since_base)


def test_a_base_that_is_gone_keeps_nothing_else(tmp_path: Path, repository: Path) -> None:
    """
    It lay in the user's repository only, as with a branch that was deleted; what nobody holds is
    pruned all the same, and what was found is told.
    """
    watcher = watch(tmp_path, repository)
    watcher.store.hold("gone", "1" * 40)
    (repository / "lost").write_text("lost\n")
    lost = watcher.look()
    (repository / "lost").unlink()
    age(watcher.store)

    watcher.store.prune(most=0)

    assert not (watcher.store.folder / REFS / "gone").exists()
    with pytest.raises(GitError):
        watcher.store.ask("cat-file", "-e", lost)


def test_a_prune_that_fails_takes_no_survey_away(tmp_path: Path, repository: Path) -> None:
    """
    As when an object is gone that was listed just before; it is tried again an hour later.
    """
    base = look(tmp_path, repository).tree
    (repository / "a.py").write_text("changed\n")
    store = watch(tmp_path, repository).store
    (store.folder / "objects" / "00").mkdir()
    (store.folder / "objects" / "00" / "nowhere").symlink_to("/no/such/place")
    (store.folder / "pruned").unlink()

    found = look(tmp_path, repository, base)

    assert ("", 1) == (found.trouble, found.since_base[Baseline(base)].files)

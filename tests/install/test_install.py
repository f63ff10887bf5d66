"""The private environment: how it is built, switched to, and what is said when it cannot be."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.support.install_lab import Checkout, copy_checkout
from tests.support.places import ROOT
from tests.support.tmux_lab import DEADLINE_S, wait_for


@pytest.fixture
def checkout(tmp_path: Path, clone: Checkout) -> Checkout:
    """
    A checkout that nothing was installed from yet.
    """
    return copy_checkout(tmp_path, clone)


def run_program(program: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """
    Run an installed agent-status as a user would.
    """
    return subprocess.run(
        [program, "--version"],
        cwd=cwd,
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def find_built(checkout: Checkout) -> list[str]:
    """
    Return the names of the environments that are there.
    """
    return sorted(path.name for path in checkout.venvs.iterdir() if not path.is_symlink())


def test_the_program_that_was_built_runs(checkout: Checkout) -> None:
    """
    What bootstrap prints is a program, and it is the only thing on standard output.
    """
    program = checkout.install()

    assert "agent-status, version 0.3.0\n" == run_program(program, checkout.folder).stdout
    assert 1 == len(find_built(checkout))


def test_a_program_whose_checkout_is_gone_says_what_to_do(checkout: Checkout) -> None:
    """
    As after a plugin manager has removed it, with keys and badges still there.
    """
    program = checkout.install()
    (checkout.root / "src").rename(checkout.root / "was-src")

    done = run_program(program, checkout.folder)

    told = f"{checkout.root} is gone; clone it there again, then run: agent-status uninstall\n"
    assert (1, f"agent-status: {told}") == (done.returncode, done.stderr)


def test_it_runs_through_a_link_from_any_folder_and_environment(checkout: Checkout) -> None:
    """
    Neither the current folder nor PYTHONPATH can put other code in its place.
    """
    program = checkout.install()
    link = checkout.folder / "a link"
    link.symlink_to(program)
    trap = checkout.folder / "trap"
    trap.mkdir()
    (trap / "click.py").write_text("raise SystemExit('trapped')")

    done = run_program(str(link), trap, PYTHONPATH=str(trap), PYTHONHOME=str(trap))

    assert ("agent-status, version 0.3.0\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize("where", [(), ("--dev",)])
def test_asking_for_the_program_builds_nothing(checkout: Checkout, where: tuple[str, ...]) -> None:
    """
    Where none is installed, a shell that starts is told so in one line, and at once.
    """
    done = checkout.bootstrap(*where, "--print-bin")

    assert (1, "") == (done.returncode, done.stdout)
    words = " ".join([f"'{checkout.root}/scripts/bootstrap'", *where])
    assert f"agent-status: is not installed yet; run {words}\n" == done.stderr
    assert [] == checkout.read_calls()
    assert not checkout.venvs.exists()
    assert not (checkout.root / ".venv").exists()


def test_a_program_that_is_not_current_is_printed_too(checkout: Checkout) -> None:
    """
    Its place stays the same when an update is built.
    """
    program = checkout.install()
    with (checkout.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")

    done = checkout.bootstrap("--print-bin")

    assert (0, f"{program}\n", "") == (done.returncode, done.stdout, done.stderr)
    assert 1 == checkout.bootstrap("--ready").returncode


def test_a_second_run_builds_nothing(checkout: Checkout) -> None:
    """
    An environment that is current is left as it is.
    """
    first = checkout.install()
    calls = checkout.read_calls()

    second = checkout.bootstrap()

    assert (0, "", "") == (second.returncode, second.stdout, second.stderr)
    assert first == checkout.install()
    assert calls == checkout.read_calls()
    assert 0 == checkout.bootstrap("--ready").returncode


def test_an_environment_of_a_chosen_python_serves_a_shell_too(checkout: Checkout) -> None:
    """
    Only tmux knows the option; what it built is current wherever no Python is asked for.
    """
    first = checkout.install()
    calls = checkout.read_calls()

    assert first == checkout.install(AGENT_STATUS_PYTHON="")
    assert 0 == checkout.bootstrap("--ready").returncode
    assert 1 == checkout.bootstrap("--ready", AGENT_STATUS_PYTHON="/another").returncode
    assert calls == checkout.read_calls()


def test_an_exported_cdpath_leads_nowhere_else(checkout: Checkout) -> None:
    """
    With it `cd` may print where it went, which is no part of a path.
    """
    done = checkout.bootstrap(how="scripts/bootstrap", CDPATH=str(checkout.root))

    assert 0 == done.returncode, done.stderr
    assert 0 == checkout.bootstrap("--ready").returncode


def test_a_python_home_of_another_python_is_not_heeded(checkout: Checkout) -> None:
    """
    With it no Python starts, and what makes environments gives up.
    """
    done = checkout.bootstrap(PYTHONHOME="/nowhere", PYTHONPATH="/nowhere")

    assert 0 == done.returncode, done.stderr


def test_an_empty_home_is_that_of_the_account(checkout: Checkout) -> None:
    """
    Not the folder in which it was run.
    """
    here = checkout.root / ".local" / "share"
    assert 0 == checkout.bootstrap(XDG_DATA_HOME=str(here)).returncode

    assert (
        0 == checkout.bootstrap("--print-bin", HOME=str(checkout.root), XDG_DATA_HOME="").returncode
    )
    assert 1 == checkout.bootstrap("--print-bin", HOME="", XDG_DATA_HOME="").returncode


def test_the_old_one_serves_until_the_new_one_is_ready(checkout: Checkout) -> None:
    """
    While an update is built, the program that was there keeps running.
    """
    program = checkout.install()
    with (checkout.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    gate = checkout.folder / "gate"
    gate.touch()
    script = str(checkout.root / "scripts" / "bootstrap")

    building = subprocess.Popen(
        [script], env=checkout.env | {"FAKE_HANGS": str(gate)}, stderr=subprocess.DEVNULL
    )
    wait_for(lambda: checkout.read_calls()[2:])
    assert 1 == checkout.bootstrap("--ready").returncode
    assert 0 == run_program(program, checkout.folder).returncode
    gate.unlink()

    assert 0 == building.wait(DEADLINE_S)
    assert 0 == checkout.bootstrap("--ready").returncode
    assert 0 == run_program(program, checkout.folder).returncode


def test_only_the_last_two_are_kept(checkout: Checkout) -> None:
    """
    The one that a running daemon may still use stays, older ones go.
    """
    for round_ in range(4):
        with (checkout.root / "pyproject.toml").open("a") as file:
            file.write(f"# {round_}\n")
        assert 0 == checkout.bootstrap().returncode

    assert 2 == len(find_built(checkout))


def test_a_failed_update_leaves_the_old_one(checkout: Checkout) -> None:
    """
    Whatever goes wrong, what was there stays and nothing half built is left.
    """
    program = checkout.install()
    built = find_built(checkout)
    with (checkout.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")

    done = checkout.bootstrap(FAKE_SAYS="kaboom")

    assert 1 == done.returncode
    assert built == find_built(checkout)
    assert 0 == run_program(program, checkout.folder).returncode


def test_two_runs_at_once_build_it_once(checkout: Checkout) -> None:
    """
    The second one waits for the first, then has nothing to do.
    """
    script = str(checkout.root / "scripts" / "bootstrap")
    words = [script]
    runs = [
        subprocess.Popen(
            words, env=checkout.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]

    outputs = {run.communicate(timeout=DEADLINE_S)[0] for run in runs}

    assert [0, 0, 0] == [run.returncode for run in runs]
    assert {""} == outputs
    assert ["venv", "pip"] == checkout.read_calls()


def test_a_lock_of_a_dead_run_is_taken_over(checkout: Checkout) -> None:
    """
    A run that was killed stops nobody; what it had begun is cleared away.
    """
    program = checkout.install()
    name = Path(program).parents[1].name.removesuffix("-current")
    dead = subprocess.Popen(["true"])
    dead.wait()
    (checkout.venvs / f"{name}-lock").symlink_to(str(dead.pid))
    (checkout.venvs / f"{name}-1-1.tmp-{dead.pid}").mkdir()
    (checkout.root / "pyproject.toml").write_text("# changed\n")

    done = checkout.bootstrap()

    assert 0 == done.returncode, done.stderr
    assert 2 == len(find_built(checkout))
    assert not (checkout.venvs / f"{name}-lock").is_symlink()


def test_a_lock_whose_pid_is_another_programs_by_now_is_taken_over(checkout: Checkout) -> None:
    """
    Also where `ps` cannot be asked for one process, as in BusyBox.
    """
    name = Path(checkout.install()).parents[1].name
    checkout.fake("ps", "#!/bin/sh\nexit 1\n")
    (checkout.root / "pyproject.toml").write_text("# changed\n")
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        (checkout.venvs / name.replace("-current", "-lock")).symlink_to(str(other.pid))

        done = checkout.bootstrap()

    assert 0 == done.returncode, done.stderr


@pytest.mark.parametrize("link", ["#!/bin/sh\necho 'ln: no links here' >&2; exit 1\n", ""])
def test_a_lock_that_cannot_be_made_is_told(checkout: Checkout, link: str) -> None:
    """
    Where there can be no link, or something else stands in its place, nobody waits for ever.
    """
    name = Path(checkout.install()).parents[1].name
    (checkout.root / "pyproject.toml").write_text("# changed\n")
    if link:
        checkout.fake("ln", link)
    else:
        (checkout.venvs / name.replace("-current", "-lock")).touch()

    done = checkout.bootstrap()

    assert 1 == done.returncode
    assert 1 == done.stderr.count("\n")
    assert done.stderr.startswith("agent-status: ln: ")
    assert "set XDG_DATA_HOME to another folder" in done.stderr


def test_an_environment_whose_python_is_gone_is_built_again(checkout: Checkout) -> None:
    """
    An upgrade that takes the Python away is mended by the next run.
    """
    program = checkout.install()
    python = Path(program).parent / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")

    assert 1 == checkout.bootstrap("--ready").returncode
    assert 0 == checkout.bootstrap().returncode
    assert 0 == run_program(program, checkout.folder).returncode


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("error: No space left on device (os error 28)", "no space left"),
        ("error sending request for url", "check the network or proxy"),
        ("Temporary failure in name resolution", "check the network or proxy"),
        ("name resolution\nERROR: No matching distribution found", "check the network or proxy"),
        ("ERROR: No matching distribution found for pyte==1", "there is no package for this Py"),
        ("Because pyte==1 has no wheels with a matching Python ABI tag", "to another one"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the pinned one"),
        ("The virtual environment: ensurepip is not available", "apt install python3"),
        ("error: Permission denied (os error 13)", "make it writable"),
        ("kaboom", "bootstrap.log"),
    ],
)
def test_a_failure_is_one_line_that_names_the_mend(
    checkout: Checkout, said: str, expected: str
) -> None:
    """
    What uv or pip said is told in one sentence of ours.
    """
    done = checkout.bootstrap(FAKE_SAYS=said)

    assert (1, "") == (done.returncode, done.stdout)
    first, last = done.stderr.splitlines()
    assert "agent-status: installing its Python environment, once" == first
    assert last.startswith("agent-status: ")
    assert expected in last


def test_a_python_without_venv_is_told_with_the_package_to_install(checkout: Checkout) -> None:
    """
    Debian's Python lacks the module that makes environments.
    """
    (checkout.fakes / "uv").unlink()
    python = checkout.fake(
        "python",
        f"""#!/bin/sh
[ "$3" = venv ] || exec '{sys.executable}' "$@"
echo "The virtual environment was not created successfully because ensurepip is not available."
exit 1
""",
    )

    done = checkout.bootstrap(
        AGENT_STATUS_PYTHON=str(python), PATH=f"{checkout.fakes}:/usr/bin:/bin"
    )

    minor = sys.version_info[1]
    assert 1 == done.returncode
    assert f"sudo apt install python3.{minor}-venv; or install uv" in done.stderr


def test_a_python_that_is_too_old_is_told_with_its_version(checkout: Checkout) -> None:
    """
    The Python that was found is named, and how to choose another one.
    """
    old = checkout.fake("python3.14", "#!/bin/sh\necho 3 9 cpython 3.9.2 linux-x86_64 /old\n")

    done = checkout.bootstrap(AGENT_STATUS_PYTHON=str(old))

    assert 1 == done.returncode
    assert (
        "agent-status: needs Python 3.11 or newer; the one that you chose is 3.9.2: "
        f"{old}; set -g @agent-status-python to a newer one\n"
    ) == done.stderr
    assert not checkout.venvs.exists()


def test_a_broken_python_is_passed_over_for_the_next(checkout: Checkout) -> None:
    """
    A shim that runs nothing does not hide a Python further down.
    """
    checkout.fake("python3.14", "#!/bin/sh\nexit 127\n")
    checkout.fake("python3.13", "#!/bin/sh\necho 3 9 cpython 3.9.2 linux-x86_64 /old\n")
    checkout.fake("python3.12", f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n")

    done = checkout.bootstrap(AGENT_STATUS_PYTHON="")

    assert 0 == done.returncode, done.stderr


def test_a_folder_that_cannot_be_made_is_named(checkout: Checkout) -> None:
    """
    A file stands where the folder should be.
    """
    (checkout.folder / "data").write_text("a file")

    done = checkout.bootstrap()

    assert 1 == done.returncode
    assert 1 == done.stderr.count("\n")
    assert f"agent-status: cannot write into {checkout.venvs}; make it a folder" in done.stderr


def test_the_pinned_packages_install_and_run(clone: Checkout) -> None:
    """
    The real packages, by pip: every hash is right for this machine, and the program runs,
    wherever the user has pip install to.
    """
    (program,) = clone.venvs.glob("*-current/bin/agent-status")

    words = [str(program), "doctor", "--json"]
    run = subprocess.run(words, env=clone.env, capture_output=True, text=True, check=False)

    found = {row["what"]: row["ok"] for row in json.loads(run.stdout)["findings"]}
    assert found.items() >= dict.fromkeys(("pyte", "textual", "psutil", "libtmux"), True).items()
    assert not (clone.folder / "elsewhere").exists()


def test_a_user_gets_the_pinned_packages_alone(clone: Checkout) -> None:
    """
    Of the packages for development none is there, so that no test finds one by chance.
    """
    pinned = (ROOT / "scripts" / "requirements.txt").read_text("utf-8")
    names = set(re.findall(r"(?m)^([a-z0-9-]+)==", pinned))

    found = {one.metadata["Name"].lower() for one in distributions(path=[str(clone.packages)])}

    assert {name.replace("_", "-") for name in found} - {"pip", "setuptools"} <= names


def test_the_pins_name_hashes_and_no_host() -> None:
    """
    Every requirement is pinned and hashed, and comes from wherever pip is told to look.
    """
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / "scripts" / name).read_text()
        entries = text.replace("\\\n", " ").splitlines()[1:]

        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
        assert "://" not in text

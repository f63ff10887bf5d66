"""The scripts of a clone, run as their page says: with the machine's Python, by their paths."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agent_status.cli.pages import read_topic
from tests.support.install_lab import BUILD_S, Checkout, copy_checkout, copy_tracked
from tests.support.places import ROOT
from tests.support.tmux_lab import list_neutral

SCRIPTS = {
    path.name: path.read_text("utf-8")
    for path in sorted((ROOT / "scripts").iterdir())
    if path.is_file() and path.read_bytes().startswith(b"#!")
}
IN_PYTHON = [name for name, text in SCRIPTS.items() if text.startswith("#!/usr/bin/env python3\n")]
MIN_VERSION = (3, 9)
"""The Python that macOS brings has to understand a script, and looks for a newer one."""
BASE = Path(sys.base_prefix) / "bin" / "python{}.{}".format(*sys.version_info)
"""A Python without our packages."""


def run(checkout: Checkout, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """
    Run a script by its path, where `python3` is a Python without any packages.
    """
    checkout.fake("python3", f"#!/bin/sh\nexec '{BASE}' -S -B \"$@\"\n")
    return subprocess.run(
        [str(checkout.root / "scripts" / name), *words],
        cwd=checkout.folder,
        env=checkout.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BUILD_S,
        check=False,
    )


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """
    A clone for which nothing was built yet; nothing can be, as there is no registry.
    """
    checkout = Checkout(tmp_path_factory.mktemp("bare"))
    copy_tracked(checkout.root)
    checkout.fake("uv", '#!/bin/sh\necho "$1" >>"$FAKES/calls"\nexit 1\n')
    return checkout


def list_made(checkout: Checkout) -> list[str]:
    """
    Return what is there beyond the clone and its stand-ins.
    """
    made = {path.name for path in checkout.folder.iterdir()} - {"check out", "fakes"}
    return [*made, *(path.name for path in checkout.root.glob(".venv*"))]


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_does_nothing_else(bare: Checkout, name: str) -> None:
    """
    It is there before anything is built, and builds nothing.
    """
    for flag in ("-h", "--help"):
        done = run(bare, name, flag)

        assert (0, "") == (done.returncode, done.stderr)
        assert re.match(rf"usage: (scripts/)?{name}\b", done.stdout)
    assert [] == bare.read_calls() + list_made(bare)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_wrong_command_line_builds_nothing(bare: Checkout, name: str) -> None:
    """
    What cannot be done is said first.
    """
    done = run(bare, name, "--no-such-option")

    assert (2, "") == (done.returncode, done.stdout)
    assert "usage: " in done.stderr
    assert [] == bare.read_calls() + list_made(bare)


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_is_named_in_the_readme(name: str) -> None:
    """
    With what it does.
    """
    assert re.search(rf"`scripts/{name}[ `]", read_topic("developing"))


@pytest.mark.parametrize("name", [*IN_PYTHON, "environment.py"])
def test_an_old_python_understands_a_script(name: str) -> None:
    """
    It gets as far as to the search for a newer one.
    """
    ast.parse((ROOT / "scripts" / name).read_text("utf-8"), feature_version=MIN_VERSION)


RUNS = {
    "accuracy": ("tests/recordings/aider", "-j", "1"),
    "bench": ("sizes", "--json"),
    "chooser-picture": ("../a.svg",),
    "key-safety": ("--seconds", "1", "--seed", "1"),
    "render-pictures": ("--check",),
    "render-readme": ("--check",),
    "soak": ("--seconds", "1", "--seed", "1"),
    "terminal-parity": ("--floor", "0", "tests/recordings/aider"),
    "tour": ("--steps", "1"),
    "words": (),
}
"""Little work for each script that needs no package for development; demo has tests of its own."""


@pytest.mark.parametrize("name", RUNS)
def test_a_script_finds_the_environment_of_an_installation(clone: Checkout, name: str) -> None:
    """
    It starts again there, and needs no more.
    """
    words = [str(clone.root / word) if "/" in word else word for word in RUNS[name]]

    done = run(clone, name, *words)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def prepare(folder: Path, clone: Checkout) -> Checkout:
    """
    Return a copy with all scripts that installs the clone's packages.
    """
    checkout = copy_checkout(folder, clone)
    copy_tracked(checkout.root, "scripts", "tests")
    return checkout


def test_a_script_builds_the_environment_that_it_lacks(tmp_path: Path, clone: Checkout) -> None:
    """
    Once, and it says so.
    """
    checkout = prepare(tmp_path, clone)
    words = (str(ROOT / "tests" / "recordings" / "aider"), "--json", "-j", "1")

    first, second = run(checkout, "accuracy", *words), run(checkout, "accuracy", *words)

    said = ["agent-status: installing its Python environment, once", "agent-status: ready"]
    assert (0, said) == (first.returncode, first.stderr.splitlines())
    assert (0, "") == (second.returncode, second.stderr)
    assert json.loads(first.stdout) == json.loads(second.stdout)
    assert ["venv", "pip"] == checkout.read_calls()


def test_a_script_for_development_builds_the_environment_of_check(
    tmp_path: Path, clone: Checkout
) -> None:
    """
    The fuzzer needs a package that no user has; where it is missing all the same, it gives up.
    """
    checkout = prepare(tmp_path, clone)

    done = run(checkout, "fuzz", "--seconds", "0.1")

    assert 1 == done.returncode
    assert f"packages are missing in {checkout.root / '.venv'}" in done.stderr
    assert ["venv", "pip"] == checkout.read_calls()


def test_a_script_that_cannot_have_its_environment_says_why(tmp_path: Path) -> None:
    """
    In bootstrap's words, and without a trace of Python's.
    """
    checkout = Checkout(tmp_path)
    copy_tracked(checkout.root)
    checkout.fake("uv", "#!/bin/sh\nexit 1\n")

    done = run(checkout, "accuracy", ".")

    assert (1, "") == (done.returncode, done.stdout)
    said, why = done.stderr.splitlines()
    assert "agent-status: installing its Python environment, once" == said
    assert why.startswith("agent-status: making a virtual environment failed; see ")


def test_a_script_runs_where_its_packages_are(tmp_path: Path) -> None:
    """
    The Python that was chosen serves if it has them all: nothing is looked for or built.
    """
    words = [sys.executable, str(ROOT / "scripts" / "fuzz"), "event", "--seconds", "0.1"]
    env = list_neutral() | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}

    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert [] == list(tmp_path.iterdir())

"""A checkout of its own to install from, and stand-ins for the programs that download."""

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.places import ROOT
from tests.support.tmux_lab import list_neutral

COPIED = ("pyproject.toml", "agent-status.tmux", "scripts/bootstrap", "scripts/requirements.txt")

BUILD_S = 300.0
"""The packages come from the registry."""

UV = f"""#!/bin/sh
# Stands in for uv: lends the packages of the clone's environment instead of a download.
echo "$1" >>"$FAKES/calls"
[ -z "${{FAKE_SAYS:-}}" ] || {{ echo "$FAKE_SAYS"; exit 1; }}
case $1 in
  venv)
    while [ "$FAKE_HANGS" ] && [ -e "$FAKE_HANGS" ]; do sleep 0.05; done
    for folder in "$@"; do :; done
    exec '{sys.executable}' -m venv --without-pip "$folder" ;;
  pip)
    while [ "$1" != --python ]; do shift; done
    site=$("$2" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "$FAKE_LENDS" >"$site/borrowed.pth" ;;
esac
"""


@dataclass
class Checkout:
    """A copy of what an installation needs, with its own folder of data and its own PATH."""

    folder: Path
    lent: Path = Path("/nowhere")
    """The packages that the stand-in for uv installs."""

    @property
    def root(self) -> Path:
        """The copy itself."""
        return self.folder / "check out"

    @property
    def venvs(self) -> Path:
        """Where its environments are built."""
        return self.folder / "data" / "agent-status" / "venvs"

    @property
    def fakes(self) -> Path:
        """The folder that comes first on its PATH."""
        return self.folder / "fakes"

    @property
    def packages(self) -> Path:
        """Where the environment that was built keeps its packages."""
        (path,) = self.venvs.glob("*-current/lib/python*/site-packages")
        return path.resolve()

    @property
    def env(self) -> dict[str, str]:
        """The environment to run it in."""
        return list_neutral() | {
            "PATH": f"{self.fakes}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_RUNTIME_DIR": str(self.folder),
            "AGENT_STATUS_PYTHON": sys.executable,
            "FAKES": str(self.fakes),
            "FAKE_HANGS": "",
            "FAKE_LENDS": str(self.lent),
        }

    def fake(self, name: str, text: str) -> Path:
        """Put a program before those of the machine."""
        self.fakes.mkdir(parents=True, exist_ok=True)
        path = self.fakes / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def bootstrap(
        self, *words: str, how: str = "", **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Run scripts/bootstrap to its end, in the checkout; `how` is another path to it."""
        return subprocess.run(
            [how or str(self.root / "scripts" / "bootstrap"), *words],
            cwd=self.root,
            env=self.env | extra,
            capture_output=True,
            text=True,
            timeout=BUILD_S,
            check=False,
        )

    def install(self, **extra: str) -> str:
        """Build the environment, and return the path of its program."""
        done = self.bootstrap(**extra)
        assert 0 == done.returncode, done.stderr
        return self.bootstrap("--print-bin", **extra).stdout.removesuffix("\n")

    def read_calls(self) -> list[str]:
        """Return what the stand-in for uv was called for, in order."""
        calls = self.fakes / "calls"
        return calls.read_text().split() if calls.exists() else []


def copy_checkout(folder: Path, clone: Checkout) -> Checkout:
    """Return a copy below `folder` that installs from the stand-in for uv."""
    checkout = Checkout(folder, clone.packages)
    (checkout.root / "scripts").mkdir(parents=True)
    (folder / "home").mkdir(exist_ok=True)
    for name in COPIED:
        shutil.copy(ROOT / name, checkout.root / name)
    (checkout.root / "src").symlink_to(ROOT / "src")
    checkout.fake("uv", UV)
    return checkout


def share_clone(folder: Path) -> Checkout:
    """
    Return a clone in `folder` whose runtime environment pip has built from the registry.

    Thread-safe and idempotent: the first of several processes makes it, the others wait.
    """
    if not folder.exists():
        draft = Checkout(folder.with_name(f"{folder.name}-{os.getpid()}"))
        draft.fakes.mkdir(parents=True)
        (draft.folder / "home").mkdir()
        copy_tracked(draft.root)
        with contextlib.suppress(OSError):  # another process was quicker
            draft.folder.rename(folder)
    clone = Checkout(folder)
    nowhere = dict.fromkeys(("PIP_TARGET", "PIP_PREFIX"), str(folder / "elsewhere"))
    path = f"{clone.fakes}:/usr/bin:/bin"
    done = clone.bootstrap(PATH=path, PIP_USER="1", **nowhere)
    assert 0 == done.returncode, done.stderr
    return clone


def copy_tracked(target: Path, *under: str) -> None:
    """Copy the files that git tracks, as they are now: what a clone of this state would have."""
    words = ["git", "-C", str(ROOT), "ls-files", "-z", *under]
    listed = subprocess.run(words, capture_output=True, check=True).stdout.decode()
    for name in listed.rstrip("\0").split("\0"):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name, follow_symlinks=False)

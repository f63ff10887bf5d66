"""
Where the scripts of this folder run: in an environment of pinned packages, built if need be.

Any Python 3 can import this.
"""

import argparse
import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def enter(parser: argparse.ArgumentParser, *, dev: bool = False) -> argparse.Namespace:
    """
    Return the arguments, in a Python that has the packages and finds our modules.

    Call it before they are imported. Help and a wrong command line end the script here, and nothing
    is built. If this Python lacks a package, the script starts again in the environment of
    scripts/bootstrap: that of an installation, or with `dev` that of scripts/check.
    """
    given = parser.parse_args()
    pins = ROOT / "scripts" / ("requirements-dev.txt" if dev else "requirements.txt")
    if not has_packages(pins):
        start_again(["--dev"] if dev else [])
    sys.path[:0] = [str(ROOT / "src"), str(ROOT), str(ROOT / "scripts")]
    return given


def has_packages(pins: Path) -> bool:
    """Return whether this Python has all that is pinned for every system."""
    try:
        for name in re.findall(r"(?m)^([\w-]+)==\S+ \\$", pins.read_text("utf-8")):
            version(name)
    except PackageNotFoundError:
        return False
    return True


def start_again(which: "list[str]") -> None:
    """Run this script in bootstrap's environment instead; does not return."""
    bootstrap = str(ROOT / "scripts" / "bootstrap")
    built = subprocess.run([bootstrap, *which], stdin=subprocess.DEVNULL, check=False)
    if built.returncode:
        sys.exit(built.returncode)
    words = [bootstrap, *which, "--print-bin"]
    program = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
    python = str(Path(program.rstrip("\n")).with_name("python"))
    if sys.executable == python:
        sys.exit(f"packages are missing in {Path(python).parent.parent}: remove it, and try again")
    os.execv(python, [python, *sys.argv])  # noqa: S606  there is no shell to go through

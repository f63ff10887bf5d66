"""The gate of plain English: scripts/words finds odd words in each kind of text, and only there."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.places import ROOT

TABLE = tomllib.loads((ROOT / "scripts" / "words.toml").read_text("utf-8"))
ODD = {
    "page.md": "# A page\n\nA screen that nobody knows is taken for idle.\n",
    "docstring.py": '"""Whether work has come\nto a stand."""\n',
    "comment.py": "X = 1  # whoever reads it\n",
    "string.py": 'X = f"{1}: mend it"\n',
    "script.sh": "echo 'it is built anew'\n",
    "table.toml": 'why = "runs by itself"\n',
    "shown.md": "No key goes to another ask.\n",
    "named.py": "def tell(anything: int) -> None: ...\n",
    "limit.py": "MOST_BYTES = 1\n",
}
PLAIN = {
    "plain.md": "The agent asks for a key; if there is none, it waits. Can they be told apart?\n",
    "names.py": 'from telling import told\n\nanew = told["told"]\n',
    "hidden.py": '"""Return the ask, or None if it is None."""\n',
}


def run(path: Path) -> tuple[int, str]:
    """
    Return how the script ends for a file, and what it prints.
    """
    words = [sys.executable, str(ROOT / "scripts" / "words"), str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", ODD)
def test_words_finds_odd_english(tmp_path: Path, name: str) -> None:
    """
    It names the line and the plain words.
    """
    (tmp_path / name).write_text(ODD[name])

    code, text = run(tmp_path / name)

    line = {"page.md": 3}.get(name, 1)
    assert 1 == code
    assert text.startswith(f"{name}:{line}: ")
    assert ": rather: " in text


@pytest.mark.parametrize("name", PLAIN)
def test_words_passes_plain_english(tmp_path: Path, name: str) -> None:
    """
    Names, keys and what users do not see of an ask are not its business.
    """
    (tmp_path / name).write_text(PLAIN[name])

    assert (0, "") == run(tmp_path / name)


def test_every_exception_has_a_reason() -> None:
    """
    And every pattern its plain words.
    """
    assert all(row["why"] for row in TABLE["allowed"])
    assert all(row["plain"] for row in (*TABLE["pattern"], *TABLE["name"]))

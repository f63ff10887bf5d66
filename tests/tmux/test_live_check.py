"""The script that plays recordings beside a daemon and compares what it emulates with tmux."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.places import ROOT

SIZE = {"version": 2, "width": 40, "height": 10}


def write_recording(folder: Path) -> None:
    """
    Write a recording of three seconds that prints a coloured line each tenth of a second.
    """
    folder.mkdir()
    events = [[at / 10, "o", f"\x1b[3{at % 8}mline {at}\x1b[m  \r\n"] for at in range(30)]
    lines = [json.dumps(one) for one in (SIZE, *events)]
    (folder / "lines.cast").write_text("\n".join(lines) + "\n", "utf-8")


def test_live_check_counts_equal_rows(tmp_path: Path) -> None:
    """
    It ends well, as all rows are equal, and says what it compared.
    """
    write_recording(tmp_path / "claude")
    options = ("--minutes", "0.02", "--panes", "1", "--check-every", "0.3", "--states")
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "live-check", tmp_path, *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert not done.stderr
    assert not done.returncode, done.stdout
    assert "100.0000 % of" in done.stdout
    assert "100.0000 % of 0 rows" not in done.stdout
    assert "1 recordings" in done.stdout
    assert "states differ 0.00 %" in done.stdout

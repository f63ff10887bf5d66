"""A declared boundary marks the agent that leaves it, in a real server and repository."""

from typing import Any

from tests.support.tmux_lab import Lab, wait_for
from tests.tmux.test_diff import change, find, lab, say

__all__ = ["lab"]


def read_bounds(lab: Lab, lines: int = 1) -> Any:
    """Return the facet of the agent, or nothing as long as it has fewer lines."""
    found = find(lab).get("facets", {}).get("bounds", {})
    return found if len(found.get("lines", ())) >= lines else {}


def test_boundary_of_a_note_marks_what_is_outside(lab: Lab) -> None:
    """In the report and in the list, until the changes are acknowledged; the note stays."""
    wrong = lab.run("note", "work:1.0", "x", "--never", "/etc")
    wrote = lab.run("note", "work:1.0", "the api alone", "--only", "api/**")
    say(lab, "working")
    change(lab)
    say(lab, "idle")

    found = wait_for(lambda: read_bounds(lab, lines=3))
    listed = lab.run("list").stdout
    read = lab.run("note", "work:1.0")
    lab.run("acknowledge", "work:1.0")
    wait_for(lambda: not read_bounds(lab))

    assert 2 == wrong.returncode
    assert "--never '/etc' isn't below the checkout" in wrong.stderr
    assert (0, "", "") == (wrote.returncode, wrote.stdout, wrote.stderr)
    assert "outside \\x1b[31mred and 1 more" == found["words"]
    assert ["\\x1b[31mred", "a.py"] == [line.strip() for line in found["lines"][1:]]
    assert "outside \\x1b[31mred and 1 more" in listed
    assert ("the api alone\n", True) == (read.stdout, read.stderr.endswith("; only api/**\n"))
    assert ["api/**"] == find(lab)["care"]["only"]

"""Attempts of several agents stand beside each other, and git shows how two differ."""

import json

from tests.support.checkouts import git
from tests.support.tmux_lab import Lab, wait_for
from tests.tmux.test_diff import find, lab, open_agent, say

__all__ = ["lab"]


def test_compare_shows_a_column_for_each_attempt(lab: Lab) -> None:
    """As a table, as JSON and as git's diff; the repository stays as it was."""
    work, other = lab.folder / "work", lab.folder / "other"
    git(work, "worktree", "add", "-q", "-b", "other", str(other))
    open_agent(lab, other)
    wait_for(lambda: find(lab, 1)["changes"]["tree"])
    say(lab, "working")
    (work / "a.py").write_text("one\nzwei\n")
    (work / "mine.py").write_text("m\n")
    (other / "a.py").write_text("one\ntwo\nthree\n")
    before = git(work, "status", "--porcelain"), git(work, "for-each-ref")

    table = lab.run("compare", "work:1.0", "work:2.0")
    data = json.loads(lab.run("compare", "work:1.0", "work:2.0", "--json").stdout)
    diff = lab.run("compare", "work:1.0", "work:2.0", "--diff")

    assert (0, "") == (table.returncode, table.stderr)
    lines = [" ".join(line.split()) for line in table.stdout.splitlines()]
    assert {"state working idle", "files 2 +2 -1 1 +1 -0", "only here mine.py -"} <= set(lines)
    assert f"Counted since {git(work, 'rev-parse', 'main')[:12]}." == lines[-1]
    assert [["mine.py"], []] == [one["only_here"] for one in data["attempts"]]
    assert "-zwei\n+two\n+three\n" in diff.stdout
    assert before == (git(work, "status", "--porcelain"), git(work, "for-each-ref"))


def test_compare_says_what_it_needs(lab: Lab) -> None:
    """One pane is no comparison, no agent no attempt; without a pane it lists groups."""
    one = lab.run("compare", "work:1.0")
    none = lab.run("compare", "work:1.0", "%99")
    groups = lab.run("compare")

    assert 2 == one.returncode
    assert "Name 2 to 9 panes to compare; these are 1" in one.stderr
    assert (1, True) == (none.returncode, none.stderr.startswith("Error: "))
    assert (0, True) == (groups.returncode, groups.stdout.startswith("No two agents"))

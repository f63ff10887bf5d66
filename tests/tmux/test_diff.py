"""The commands show exactly what the review counts, and nothing that a terminal would obey."""

import json
import os
import shlex
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_status.cli.paging import waits_for_key
from tests.support.checkouts import git, isolate, make_repository
from tests.support.tmux_lab import Lab, open_lab, wait_for

WORD = """
name = "Word"
[identify]
names = ["word"]
[[rule]]
id = "working"
says = "working"
region = "screen"
any = ['^working']
[[rule]]
id = "idle"
says = "idle"
region = "screen"
any = ['^idle']
"""
PROGRAM = r"""
stty -echo
echo idle
while read -r line; do printf '\033[2J\033[H%s\n' "$line"; done
"""
"""An agent whose screen says what it does, in the word that was sent to it last."""


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A tmux server, the real daemon, and an agent in a repository with a change to review.
    """
    with open_lab(monkeypatch.setenv) as lab:
        isolate(monkeypatch, lab.folder)
        for name in [name for name in lab.env if name.startswith("GIT_")]:
            del lab.env[name]
        lab.env |= {name: os.environ[name] for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")}
        lab.env |= {"LESS": "", "COLUMNS": "200"}
        make_repository(lab.folder / "work", a_py="one\ntwo\n")
        lab.start()
        agents = Path(lab.env["XDG_CONFIG_HOME"]) / "agent-status" / "agents"
        agents.mkdir(parents=True)
        (agents / "word.toml").write_text(WORD)
        open_agent(lab, lab.folder / "work")
        lab.spawn_daemon()
        wait_for(lambda: find(lab)["changes"]["tree"])
        yield lab


def open_agent(lab: Lab, folder: Path) -> None:
    """
    Let a pane in this folder hold what the user calls an agent.
    """
    lab.tmux("new-window", "-t", "work", "-c", str(folder), PROGRAM)
    lab.tmux("set-option", "-p", "-t", "work", "@agent-status-agent", "word")


def say(lab: Lab, word: str, window: int = 1) -> None:
    """
    Let the agent show that it does this.
    """
    lab.tmux("send-keys", "-t", f"work:{window}.0", word, "Enter")
    wait_for(lambda: find(lab, window - 1).get("state") == word or word == "idle")


def find(lab: Lab, at: int = 0) -> Any:
    """
    What the report says of an agent.
    """
    agents = (lab.ask("list") or {"agents": []})["agents"]
    agents = sorted(agents, key=lambda one: one["window_index"])
    return agents[at] if len(agents) > at else {"changes": {"tree": ""}}


def change(lab: Lab) -> Path:
    """
    Change a file, and add one with a hostile name and hostile lines.
    """
    work = lab.folder / "work"
    (work / "a.py").write_text("one\nzwei\n")
    (work / "\x1b[31mred").write_text("\x1b]52;c;aGk=\x07evil\n\tafter a tab\n")
    return work


def test_the_diff_is_printed_inert(lab: Lab) -> None:
    """
    Escapes of names and contents have lost their head; tabs stay; nothing is coloured.
    """
    change(lab)

    done = lab.run("diff", "work:1.0")

    assert (0, "") == (done.returncode, done.stderr)
    assert "\n-two\n+zwei\n" in done.stdout
    assert "+]52;c;aGk=evil\n+\tafter a tab\n" in done.stdout
    assert " 2 files changed, 3 insertions(+), 1 deletion(-)" in done.stdout
    assert not {"\x1b", "\x07"} & set(done.stdout)


def test_files_and_counts_are_told(lab: Lab) -> None:
    """
    As lines, as git's own list, and as JSON.
    """
    change(lab)

    files = lab.run("diff", "work:1.0", "--files").stdout
    counts = lab.run("diff", "work:1.0", "--stat").stdout
    told = json.loads(lab.run("diff", "work:1.0", "--json").stdout)

    assert "\\x1b[31mred\na.py\n" == files
    assert " a.py" in counts
    assert "zwei" not in counts
    assert [("\x1b[31mred", "A", 2, 0), ("a.py", "M", 1, 1)] == [
        tuple(file.values()) for file in told["files"]
    ]


def test_names_are_shown_as_they_are(lab: Lab) -> None:
    """
    In the list of files, with counts and in the patch: letters of any script, quotes and
    backslashes; a byte that is no text, and a line end, in a form that can be seen.
    """
    work = os.fsencode(lab.folder / "work")
    shown = {"日本語.txt": "日本語.txt", 'a"b\\c': 'a"b\\c', "a\nb": r"a\nb", "ü\udcff": r"ü\xff"}
    for name in shown:
        Path(os.fsdecode(os.path.join(work, os.fsencode(name)))).write_text("x\n")  # noqa: PTH118

    files = lab.run("diff", "work:1.0", "--files").stdout
    counts = lab.run("diff", "work:1.0", "--stat").stdout
    patch = lab.run("diff", "work:1.0").stdout

    assert set(shown.values()) == set(files.splitlines())
    for name in shown.values():
        assert f" {name} " in counts
        assert f"diff --git a/{name} b/{name}" in patch.replace('"', "") or '"' in name
    assert 'diff --git a/a"b\\c b/a"b\\c' in patch


def test_a_review_is_shown_until_it_is_acknowledged(lab: Lab) -> None:
    """
    From the agent's work to badge, list, explanation and diff; then it is idle, and the next
    diff shows what came later.
    """
    wait_for(lambda: find(lab)["state"] == "idle")
    say(lab, "working")
    work = change(lab)
    say(lab, "idle")
    wait_for(lambda: find(lab)["state"] == "review")
    badge = lab.tmux("display-message", "-p", "-t", "work:1.0", "#{@agent-status-pane}")
    assert "± word review" in badge
    assert "2 files +3 -1" in lab.run("list").stdout
    assert "review" in lab.run("explain", "work:1.0").stdout.split("evidence")[0]

    done = lab.run("acknowledge", "work:1.0")

    assert 0 == done.returncode
    wait_for(lambda: find(lab)["state"] == "idle" and not find(lab)["changes"]["files"])
    (work / "later.py").write_text("l\n")
    assert "later.py\n" == lab.run("diff", "work:1.0", "--files").stdout


def test_work_outlives_its_agent_until_it_is_acknowledged(lab: Lab) -> None:
    """
    A jump reviews nothing; when the pane is gone, a row says so in list, diff and conflicts, and
    also once another daemon runs. What was acknowledged can be taken back.
    """
    wait_for(lambda: find(lab)["state"] == "idle")
    say(lab, "working")
    (lab.folder / "work" / "a.py").write_text("one\nzwei\n")
    say(lab, "idle")
    wait_for(lambda: find(lab)["state"] == "review")
    lab.run("jump", "work:1.0")
    wait_for(lambda: find(lab)["state"] == "idle")
    assert "a.py\n" == lab.run("diff", "work:1.0", "--files").stdout
    lab.tmux("kill-pane", "-t", "work:1.0")

    wait_for(lambda: str(find(lab).get("pane")).startswith("ended:"))
    row = find(lab)

    assert ("review", "ended: 1 file +1 -1") == (row["state"], row["reason"])
    assert "ended: 1 file +1 -1" in lab.run("list").stdout
    assert "a.py\n" == lab.run("diff", row["pane"], "--files").stdout
    assert 0 == lab.run("conflicts", row["pane"]).returncode
    assert "No other agent needs you.\n" == lab.run("next").stdout
    assert 0 == lab.run("acknowledge", row["pane"]).returncode
    wait_for(lambda: not (lab.ask("list") or {"agents": [1]})["agents"])
    assert 0 == lab.run("acknowledge", "--undo", row["pane"]).returncode
    wait_for(lambda: find(lab).get("pane") == row["pane"])


def test_turns_are_listed_shown_and_restored(lab: Lab) -> None:
    """
    What each turn changed, with ids that lead to a branch; a turn that is not there is no turn.
    """
    wait_for(lambda: find(lab)["state"] == "idle")
    none = lab.run("checkpoints", "work:1.0")
    assert (0, "No turn has ended here while the daemon watched.\n") == (
        none.returncode,
        none.stderr,
    )
    state = Path(lab.env["XDG_STATE_HOME"]) / "agent-status" / "review"
    for text in ("zwei", "drei"):
        for begun in state.glob("*/refs/bases/*-turn"):
            begun.unlink()
        say(lab, "working")
        wait_for(lambda: list(state.glob("*/refs/bases/*-turn")))
        (lab.folder / "work" / "a.py").write_text(f"one\n{text}\n")
        say(lab, "idle")
        wait_for(lambda text=text: text in lab.run("diff", "work:1.0", "--turn", "1").stdout)  # type: ignore[misc]

    shown = lab.run("checkpoints", "work:1.0").stdout.splitlines()
    data = [
        json.loads(line)
        for line in lab.run("checkpoints", "work:1.0", "--json").stdout.splitlines()
    ]

    assert ["1 file +1 -1", "1 file +1 -1"] == [line[36:48] for line in shown[1:]]
    assert "-two\n+zwei\n" in lab.run("diff", "work:1.0", "--turn", "2").stdout
    lost = lab.run("diff", "work:1.0", "--turn", "3")
    assert (1, "Error: Only 2 turns of this checkout can be shown") == (
        lost.returncode,
        lost.stderr.partition(":  ")[0].partition(": agent")[0],
    )
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        git(lab.folder / "work", "config", name, value)
    done = lab.run("checkpoint", "restore", data[0]["id"], "--branch", "back")
    assert (0, "") == (done.returncode, done.stderr)
    assert "one\nzwei" == git(lab.folder / "work", "show", "back:a.py")
    again = lab.run("checkpoint", "restore", data[0]["id"][:6], "--branch", "back")
    assert (1, "Error: the branch back exists: choose another name\n") == (
        again.returncode,
        again.stderr,
    )
    assert 1 == lab.run("checkpoint", "restore", "zzzz", "--branch", "other").returncode


def test_page_of_what_happened_begins_where_the_user_has_seen_it(lab: Lab) -> None:
    """
    Turns, states and files since then; as JSON, too. The mark moves on when the user says so.
    """
    wait_for(lambda: find(lab)["state"] == "idle")
    say(lab, "working")
    change(lab)
    say(lab, "idle")
    wait_for(lambda: find(lab)["state"] == "review")
    wait_for(lambda: lab.run("checkpoints", "work:1.0").stdout)

    page = lab.run("since", "work:1.0").stdout
    data = json.loads(lab.run("since", "work:1.0", "--json").stdout)

    assert "\nturns  (session file, git)\n" in page
    assert "  M a.py +1 -1\n" in page
    assert "\x1b" not in page
    assert ["turns", "files", "checks"] == [one["name"] for one in data["sections"]]
    marked = lab.run("since", "work:1.0", "--mark")
    assert (0, page) == (marked.returncode, marked.stdout)
    after = json.loads(lab.run("since", "work:1.0", "--json").stdout)
    assert data["since"] < data["at"] <= after["since"]
    assert ["files", "checks"] == [one["name"] for one in after["sections"]]
    plan = lab.run("since", "work:1.0", "--plan")
    assert (0, "It has shown no plan that the journal knows of.\n") == (
        plan.returncode,
        plan.stderr,
    )


def test_without_changes_it_says_so(lab: Lab) -> None:
    """
    And that is no failure.
    """
    done = lab.run("diff", "work:1.0")

    assert (0, "No changes since you last acknowledged them.\n") == (done.returncode, done.stdout)


def test_the_users_pager_shows_it_in_a_terminal(lab: Lab) -> None:
    """
    One that they set for git, and not one that the repository names.
    """
    work = change(lab)
    for name, target in (("mine", "--global"), ("theirs", "--local")):
        program = lab.folder / name
        program.write_text(
            f"#!/bin/sh\ncat >/dev/null; echo paged by {name}\nread line </dev/tty\n"
        )
        program.chmod(stat.S_IRWXU)
        git(work, "config", target, "core.pager", str(program))
    words = shlex.join([sys.executable, "-m", "agent_status", "diff", "work:1.0"])
    env = " ".join(
        f"{name}={shlex.quote(value)}" for name, value in lab.env.items() if "GIT" in name
    )

    lab.tmux("new-window", "-t", "work:9", f"{env} {words}")

    wait_for(lambda: "paged by mine" in lab.tmux("capture-pane", "-p", "-t", "work:9"))


def test_a_key_that_comes_before_a_short_diff_is_shown_whole_closes_it(lab: Lab) -> None:
    """
    It is not lost on the way from the pager to us.
    """
    work = change(lab)
    go = lab.folder / "go"
    os.mkfifo(go)
    git(work, "config", "--global", "core.pager", f"cat; cat {go}")
    words = shlex.join([sys.executable, "-m", "agent_status", "diff", "--wait", "work:1.0"])
    env = " ".join(
        f"{name}={shlex.quote(value)}" for name, value in lab.env.items() if "GIT" in name
    )
    lab.tmux("set-option", "-g", "remain-on-exit", "on")
    lab.tmux("new-window", "-t", "work:9", f"{env} {words}")
    wait_for(lambda: "+zwei" in lab.tmux("capture-pane", "-p", "-t", "work:9"))

    lab.tmux("send-keys", "-t", "work:9", "q")
    go.write_text("the end\n")

    wait_for(lambda: lab.tmux("display-message", "-p", "-t", "work:9", "#{pane_dead}") == "1\n")


@pytest.mark.parametrize(
    ("pager", "less", "wanted"),
    [
        ("/usr/bin/less", "RX", True),
        ("/usr/bin/less -R", "", True),
        ("/usr/bin/less", "FRX", False),
        ("/usr/bin/less -RF", "", False),
        ("/usr/bin/less --quit-if-one-screen", "", False),
        ("/bin/cat", "RX", False),
        ("/usr/bin/delta --dark", "RX", False),
        ("", "RX", False),
    ],
)
def test_a_pager_that_waits_for_a_key_itself_is_known(
    pager: str, less: str, *, wanted: bool
) -> None:
    """
    Behind it nothing else waits, however soon it was left.
    """
    assert wanted == waits_for_key(pager.split(), less)


def test_two_agents_in_one_checkout_are_told_of_each_other(lab: Lab) -> None:
    """
    Before the diff, and by `conflicts`.
    """
    open_agent(lab, lab.folder / "work")
    wait_for(lambda: find(lab, 1)["changes"]["tree"])
    change(lab)

    done = lab.run("diff", "work:1.0", "--files")
    told = lab.run("conflicts", "work:1.0")

    assert "This checkout is shared with word work:2.0.\n" == done.stderr
    assert (0, "in the same checkout: word work:2.0\n") == (told.returncode, told.stdout)


def test_worktrees_in_each_others_way_are_told_with_their_lines(lab: Lab) -> None:
    """
    In the lines of the version that both come from; as JSON too, and in the summary.
    """
    work, other = lab.folder / "work", lab.folder / "other"
    git(work, "worktree", "add", "-q", "-b", "other", str(other))
    (other / "a.py").write_text("one\ntwo, and more\n")
    open_agent(lab, other)
    say(lab, "working")
    say(lab, "working", 2)
    change(lab)
    say(lab, "idle")
    wait_for(lambda: find(lab)["changes"]["conflicts"] and find(lab, 1)["changes"]["conflicts"])

    told = lab.run("conflicts", "work:1.0")
    whole = lab.run("conflicts", "-v", "work:1.0")
    data = json.loads(lab.run("conflicts", "work:2.0", "--json").stdout)

    file = "  a.py: conflict (contents), line 2 here, line 2 there\n"
    expected = f"word work:2.0 in {other}\n{file}"
    assert (0, expected) == (told.returncode, told.stdout)
    lines = "    here  | zwei\n    there | two, and more\n\n"
    assert (0, expected + lines) == (whole.returncode, whole.stdout)
    assert [["word work:1.0"]] == [one["names"] for one in data["conflicts"]]
    assert [(False, "")] == [(one["merges"], one["trouble"]) for one in data["conflicts"]]
    assert "≠2" in lab.tmux("show-options", "-gqv", "@agent-status-summary")


@pytest.mark.parametrize("command", ["diff", "conflicts", "acknowledge"])
def test_without_an_agent_they_fail(lab: Lab, command: str) -> None:
    """
    With a sentence, and their exit codes.
    """
    missing = lab.run(command, "%99")

    assert (1, True) == (missing.returncode, missing.stderr.startswith("Error: "))


def test_outside_of_git_there_is_no_diff(lab: Lab) -> None:
    """
    The sentence names the folder.
    """
    open_agent(lab, lab.folder / "home")
    wait_for(lambda: find(lab, 1).get("pane"))

    done = lab.run("diff", "work:2.0")

    assert (1, f"Error: {lab.folder}/home is in no git checkout\n") == (
        done.returncode,
        done.stderr,
    )

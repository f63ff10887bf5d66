"""The steps of the day, each of which waits for what proves it."""

from collections.abc import Callable

from tests.support.tmux_lab import wait_for

from touring import ownership
from touring.walk import FRAME, Walk

REFUSALS = ("he request changed", "has just changed", "y again sends")
"""What may be said of a key for an ask that has changed, in the order of its lateness."""


def begin_morning(walk: Walk) -> None:
    """Badges and summary."""
    walk.tell("Morning: a badge on every window, and in the summary who needs you first.")
    walk.see("0:release ▲", "1:words ▲", "2:docs ▸", "▲ shop:release: rm", "▲5 ?1 ◆1 ≠2 ▸1")
    walk.keep("morning")


def open_first(walk: Walk) -> None:
    """The sorted chooser."""
    walk.tell("prefix-A: the most urgent of eight first, how dangerous it is, and why.")
    walk.open_chooser("7 need you", "▌ ▲ approval", "dangerous: deletes build", "pushes by force")
    first = next(line for line in walk.drawn.splitlines() if "▌" in line)
    assert "!" in first, first
    walk.keep("chooser")


def deny_first(walk: Walk) -> None:
    """A denial, and its trace."""
    release = walk.world.actors["release"]
    walk.tell("n denies it; what was sent stands in the journal.")
    walk.press("n")
    walk.see("All right, I leave it.", "6 need you")
    assert release.got == b"3", release.got
    walk.keep("denied")
    wait_for(lambda: "No" in walk.world.lab.run("log", release.pane, "--kind", "answers").stdout)
    walk.run("log", release.pane, "--kind", "answers")


def approve_next(walk: Walk) -> None:
    """A harmless approval."""
    words = walk.world.actors["words"]
    walk.tell("y allows the next one, which is harmless, once; it is confirmed that it is gone.")
    walk.select(words, "git diff --stat", "harmless")
    walk.press("y")
    walk.see("Pondering", "▸ working", "5 need you")
    assert words.got == b"1", words.got
    walk.keep("approved")


def approve_alike(walk: Walk) -> None:
    """Three at once."""
    alike = [walk.world.actors[name] for name in ("api", "login", "site")]
    walk.tell("A shows all with the same harmless request, then approves them together.")
    walk.select(alike[0], "git status", "A all alike")
    walk.press("A")
    walk.read("3 agents ask the same", "git status", "↵ approve all")
    walk.keep("alike")
    walk.press("Enter")
    walk.see("Approved 3 of 3.")
    assert [one.got for one in alike] == [b"1"] * 3
    walk.keep("approved-alike")


def refuse_changed(walk: Walk) -> None:
    """An ask that changes under the finger."""
    api = walk.world.actors["api"]
    walk.tell("A request changes in the very moment in which you press y: nothing is sent.")
    api.show("look")
    walk.select(api, "git log --oneline -5", "harmless", "y allow")
    api.show("wipe")
    shown = ("capture-pane", "-p", "-t", api.pane)
    wait_for(lambda: "rm -rf /srv/data" in walk.world.lab.tmux(*shown))
    walk.press("y")
    wait_for(lambda: any(words in walk.look() for words in REFUSALS))
    if REFUSALS[-1] in walk.drawn:
        walk.press("Escape")
    walk.see("┃ rm -rf /srv/data", never=REFUSALS[-1])
    assert api.got == b"1", api.got
    walk.keep("refused")


def reply(walk: Walk) -> None:
    """Words for an agent that has finished."""
    site = walk.world.actors["site"]
    walk.tell("r replies to an agent that has finished.")
    site.show("done")
    walk.select(site, "The front page is written.", "r reply")
    walk.press("r")
    walk.see("Reply to")
    walk.type("Now the footer, please.")
    walk.see("Now the footer, please.", "↵ send")
    walk.keep("reply")
    walk.press("Enter")
    walk.see("Pondering")
    wait_for(lambda: b"Now the footer, please." in site.got)


def review(walk: Walk) -> None:
    """A result with changes."""
    words = walk.world.actors["words"]
    walk.tell("A turn ended with changes: d shows exactly them.")
    walk.world.write(
        "words", words_py="def split(text):\n    return text.split()\n", notes_md="x\n"
    )
    words.show("done")
    walk.select(words, "± review", "d diff")
    walk.press("d")
    walk.see("-    return text.split(' ')", "+    return text.split()", "notes.md", never="▌")
    walk.keep("diff")
    walk.press("q")
    walk.read("a reviewed")
    walk.tell("a counts it as reviewed; it was in the queue until then.")
    walk.press("a")
    walk.see("Marked as reviewed.", never="± review")
    walk.keep("reviewed")


def conflict(walk: Walk) -> None:
    """Two worktrees of one repository."""
    api, login = walk.world.actors["api"], walk.world.actors["login"]
    walk.tell("Two agents in two worktrees have changed the same file: both are marked.")
    walk.world.write("api", users_py="def check(name, password):\n    return hashed(password)\n")
    walk.world.write("api-login", users_py="def check(name, password):\n    return login(name)\n")
    walk.select(api, "rm -rf /srv/data", "n deny")
    walk.press("n")
    walk.read("Sent 3 (No).")
    api.show("busy")
    login.show("done")
    walk.read("± review", f"claude {login.place}: users.py")
    walk.select(login, f"claude {api.place}: users.py")
    walk.keep("conflict")
    walk.run("conflicts", login.pane)


def tend(walk: Walk) -> None:
    """Snooze, pin, mute, note, groups."""
    actors = walk.world.actors
    walk.tell("s snoozes, p pins, m mutes, N keeps a note.")
    walk.press("s")
    walk.see("Snooze for")
    walk.press("5")
    walk.see("Snoozed: 5 minutes.")
    walk.select(actors["words"])
    walk.press("p")
    walk.see("Pinned.")
    walk.select(actors["release"])
    walk.press("m")
    walk.see("Muted.")
    walk.select(actors["site"])
    walk.press("N")
    walk.see("Note")
    walk.type("no new dependency")
    walk.press("Enter")
    walk.see("Noted.", "¶ note of ", ": no new dependency")
    walk.keep("tended")
    walk.tell("o groups by session, then by repository.")
    walk.press("o")
    walk.see("grouped by session")
    walk.keep("by-session")
    walk.press("o")
    walk.see("grouped by repository")
    walk.keep("by-repository")
    walk.press("o")
    walk.see("not grouped")


def read_log(walk: Walk) -> None:
    """What was decided."""
    walk.tell("l shows what was decided about an agent, L about all.")
    walk.press("L")
    walk.see("Decisions: all agents", "Esc back")
    walk.keep("log")
    walk.press("Escape")
    walk.see("q close", never="Decisions:")


def jump(walk: Walk) -> None:
    """There and back."""
    login, lab = walk.world.actors["login"], walk.world.lab
    here = ("list-clients", "-F", "#{pane_id}")
    before = lab.tmux(*here)
    walk.tell("Enter jumps to the agent, prefix-B goes back to where you were.")
    walk.select(login)
    walk.press("Enter")
    walk.see("There is a login page.", never=FRAME)
    wait_for(lambda: lab.tmux(*here).strip() == login.pane)
    walk.keep("jumped")
    walk.press("C-b", "B")
    wait_for(lambda: lab.tmux(*here) == before)


def leave(walk: Walk) -> None:
    """Uninstalling."""
    world = walk.world
    walk.tell("uninstall: options, keys, status line and processes are as they were before.")
    walk.run("uninstall")
    wait_for(lambda: not list_ours(walk))
    walk.see("0:release", never="▲")
    assert world.before == world.describe(), world.describe()
    walk.keep("uninstalled")


def list_ours(walk: Walk) -> list[str]:
    """Return the command lines of the daemon and the chooser that stands by."""
    lines = walk.world.lab.list_processes()
    return [line for line in lines if "agent_status" in line and " play " not in line]


STEPS: tuple[Callable[[Walk], None], ...] = (
    begin_morning,
    open_first,
    deny_first,
    approve_next,
    approve_alike,
    refuse_changed,
    reply,
    review,
    conflict,
    *ownership.STEPS,
    tend,
    read_log,
    jump,
    leave,
)

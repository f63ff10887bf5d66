"""Steps about an agent that no longer asks: what it ran, where it may go, and what was tested."""

from tests.support.tmux_lab import wait_for

from touring.scenes import COUNTED, UNASKED
from touring.walk import Walk
from touring.world import CHECK

CODE = "\n\ndef count(text):\n    return len(split(text))\n"
MORE = "\n\nWORDS = count\n"
ITEMS = (("Count the words", "in_progress"), ("Run the tests", "pending"))
RAN = "ran rm -rf build · dangerous · nobody asked"


def let_run(walk: Walk) -> None:
    """A mode, and a to-do list."""
    words = walk.world.actors["words"]
    items = [{"content": name, "status": status} for name, status in ITEMS]
    walk.tell("An agent in bypass mode has it in its row, and how far it is on its to-do list.")
    words.session.begin_turn(UNASKED, "bypassPermissions")
    words.session.call("TodoWrite", todos=items)
    words.show("unasked")
    walk.select(words, "bypass", "0/2 Count the words", "it asks for nothing (by its screen)")
    walk.see("1 bypass")
    walk.keep("bypass")


def run_unasked(walk: Walk) -> None:
    """A dangerous command."""
    words = walk.world.actors["words"]
    walk.tell("What it ran without a request is graded, and stays until you have seen it.")
    words.session.call("Bash", command="rm -rf build")
    walk.read(RAN)
    walk.keep("ran")
    wait_for(lambda: "rm -rf build" in walk.world.lab.run("log", "--ran", words.pane).stdout)
    walk.run("log", "--ran", words.pane)


def leave_boundary(walk: Walk) -> None:
    """A note with a boundary."""
    words = walk.world.actors["words"]
    walk.tell("A note says where it may change files: one outside is named.")
    walk.run_in_window("note", words.pane, "the code alone", "--only", "*.py")
    walk.see("the code alone")
    walk.world.write("words", words_sql="DROP TABLE words;\n")
    words.session.call("Write", "File created.", file_path="words.sql", content="DROP …")
    walk.read("outside of its boundary: only *.py", "  words.sql")
    walk.keep("outside")


def prove(walk: Walk) -> None:
    """A check, and what it was about."""
    world, words = walk.world, walk.world.actors["words"]
    code = world.home / "words" / "words.py"
    walk.tell("A test counts for the files that it ran with: one more change, and it is stale.")
    code.write_text(code.read_text() + CODE)
    words.session.call("Bash", "1 passed", command="pytest -q")
    walk.read("pytest ok just now")
    walk.keep("tested")
    code.write_text(code.read_text() + MORE)
    words.session.say(COUNTED)
    words.show("counted")
    walk.read("± review", "pytest stale: 1 file since")
    walk.keep("stale")
    walk.tell("t runs your own check of the project in a window, and its result is kept.")
    walk.press("t")
    walk.read(f"{CHECK} ok just now")
    walk.keep("checked")
    world.lab.tmux("kill-window", "-t", "shop:check")


def review_files(walk: Walk) -> None:
    """The diff in the chooser."""
    walk.tell("D reads the diff in the chooser: x counts one file as reviewed, z takes it back.")
    walk.press("D")
    walk.read("Changes:", "words.py", "+def count(text):", "x file reviewed")
    walk.press("}")
    walk.see("▌      @@ 1")
    walk.keep("changes")
    walk.press("x")
    walk.see("Reviewed: words.py.", "1 of 1: words.sql", never="+def count(text):")
    walk.keep("file-reviewed")
    walk.press("z")
    walk.see("Its changes wait for review again.", "+def count(text):")
    walk.press("Escape")
    walk.see("q close")


def look_back(walk: Walk) -> None:
    """All on one page."""
    walk.tell("v is one page: what happened to it since you looked.")
    walk.press("v")
    walk.read("Since you looked:", UNASKED, "rm -rf build", "words.sql", COUNTED)
    walk.keep("since")
    walk.press("a")
    walk.see("Seen up to here")


def compare(walk: Walk) -> None:
    """Two attempts."""
    api, login = walk.world.actors["api"], walk.world.actors["login"]
    walk.tell("x marks two attempts, = compares them; d there shows the diff of their files.")
    for one in (api, login):
        walk.select(one)
        walk.press("x")
    walk.press("=")
    walk.read("2 attempts:", "only here", "checks", "denied", "d diff of both")
    walk.keep("compared")
    walk.press("d")
    walk.see("return hashed(password)", "return login(name)", never="2 attempts:")
    walk.press("q")
    walk.read("2 attempts:")
    walk.press("Escape")
    walk.see("q close", never="2 attempts:")
    walk.press("Escape")


STEPS = (let_run, run_unasked, leave_boundary, prove, review_files, look_back, compare)

"""Keys on a real tmux that go into the very screen that was seen, or nowhere."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agent_status.actions.grid import MAX_EXACT, render_new, require_search
from agent_status.actions.guard import (
    Typed,
    build_guarded,
    match_box,
    match_screen,
    parse_typed,
    spell,
)
from agent_status.model import Cursor, PaneId
from agent_status.model.ref import AgentRef
from agent_status.protocol.pane_state import Live, PaneState
from agent_status.tmux.client import Tmux
from tests.support.tmux_lab import Lab, open_lab, wait_for

WIDTH, HEIGHT = 60, 16
SIGNS = "abc ABC  ./\\'\"#{}[]()*+?|^$,:;~%&-_=<>!@`0129 é日本✓❯─│👩‍💻ñ\u0301…"
HOSTILE = (
    "#{pane_id} #(touch pwned) ##[x] #[fg=red] } , #{ a#,b ## #} it's",
    "[.a.] [:alpha:] [=a=] a-z ^-]\\ %H %% %if 1 $HOME ~ ; \\ {x} (a|b)* c+ d?",
    "日本語 é ñ\u0301 👩‍💻 ❯ ─│ …\ttab",
)
DIALOG = ("─" * 40, " Bash command", "", " git push", "", " Proceed?", "❯ 1. Yes", "  2. No")


@dataclass
class Show:
    """
    A pane whose program shows what a file holds.
    """

    lab: Lab
    pane: PaneId
    file: Path

    def draw(self, *rows: str, cursor: int = 1) -> None:
        """
        Show these rows, with the cursor in a row, and wait until tmux has them.
        """
        lines = "".join(f"\x1b[{y};1H{row}" for y, row in enumerate(rows, 1))
        mark = f"({len(self.file.read_bytes())})"
        with self.file.open("a") as file:
            file.write(f"\x1b[H\x1b[2J{lines}\x1b]2;{mark}\x07\x1b[{cursor};1H")
        wait_for(
            lambda: (
                self.lab.tmux("display-message", "-pt", self.pane, "#{pane_title}") == f"{mark}\n"
            )
        )

    def look(self) -> PaneState:
        """
        What tmux shows of it.
        """
        names = ("pane_pid", "pane_width", "pane_height", "cursor_x", "cursor_y")
        facts = " ".join(f"#{{{name}}}" for name in names)
        told = self.lab.tmux("display-message", "-pt", self.pane, facts).split()
        pid, width, height, x, y = map(int, told)
        rows = self.lab.tmux("capture-pane", "-pt", self.pane).split("\n")[:-1]
        texts = tuple(row.rstrip(" \t") for row in rows)
        size, cursor = (width, height), Cursor(x, y)
        return PaneState(
            AgentRef(pane=self.pane),
            pane_pid=pid,
            command="tail",
            size=size,
            cursor=cursor,
            rows=texts,
        )

    def type(self, sight: PaneState) -> Typed:
        """
        Type nothing where the screen is as in `sight`.
        """
        script, nonce = build_guarded(sight, (), match_screen(sight))
        return parse_typed(Tmux(self.lab.inner).feed(script), nonce)


@pytest.fixture(scope="module")
def show() -> Iterator[Show]:
    """
    One pane for all tests of this file.
    """
    patch = pytest.MonkeyPatch()
    with open_lab(patch.setenv) as lab:
        file = lab.folder / "screen"
        file.touch()
        lab.start(f"stty raw -echo; exec tail -n +1 -f {file}", WIDTH, HEIGHT)
        pane = PaneId(lab.tmux("display-message", "-p", "#{pane_id}").strip())
        ask = ("display-message", "-pt", pane, "#{pane_current_command}")
        wait_for(lambda: lab.tmux(*ask) == "tail\n")
        yield Show(lab, pane, file)
    patch.undo()


@pytest.mark.parametrize(
    "rows",
    [
        (),
        DIALOG,
        HOSTILE,
        (*DIALOG, "", *DIALOG),
        ("x" * WIDTH, "─" * WIDTH, "日本" * (WIDTH // 4)),
    ],
)
def test_a_screen_that_is_as_it_was_seen_gets_the_key(show: Show, rows: tuple[str, ...]) -> None:
    """
    Whatever stands there; and what the key went into is told.
    """
    show.draw(*rows)
    sight = show.look()

    assert Typed(sent=True, rows=sight.rows) == show.type(sight)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param((*DIALOG[:3], " git push --force", *DIALOG[4:]), id="more words"),
        pytest.param((*DIALOG[:3], " git pus", *DIALOG[4:]), id="less"),
        pytest.param((*DIALOG[:3], " git pull", *DIALOG[4:]), id="other words"),
        pytest.param((*DIALOG[:3], "  git push", *DIALOG[4:]), id="indented"),
        pytest.param(("", *DIALOG), id="a row further down"),
        pytest.param((*DIALOG[:6], "  1. Yes", "❯ 2. No"), id="another option"),
        pytest.param((*DIALOG[:4], " --force", *DIALOG[5:]), id="words in a blank row"),
        pytest.param((*DIALOG, "", " rm -rf ~"), id="words below"),
        pytest.param((*DIALOG, "", *DIALOG[:3], " rm -rf ~", *DIALOG[4:]), id="a dialog below"),
        pytest.param(DIALOG[:6], id="less rows"),
        pytest.param((), id="nothing"),
    ],
)
def test_a_screen_that_changed_gets_no_key(show: Show, rows: tuple[str, ...]) -> None:
    """
    One sign more or less, in any row, and the key is held back.
    """
    show.draw(*DIALOG)
    sight = show.look()
    show.draw(*rows)

    assert Typed() == show.type(sight)


def test_a_cursor_or_size_that_changed_gets_no_key(show: Show) -> None:
    """
    The cursor in another row, and a window of another size.
    """
    show.draw(*DIALOG)
    sight = show.look()
    show.draw(*DIALOG, cursor=2)
    assert Typed() == show.type(sight)

    show.draw(*DIALOG)
    assert show.type(sight).sent
    show.lab.tmux("resize-window", "-t", show.pane, "-x", str(WIDTH), "-y", str(HEIGHT + 1))
    assert Typed() == show.type(sight)
    show.lab.tmux("resize-window", "-t", show.pane, "-x", str(WIDTH), "-y", str(HEIGHT))


def test_only_the_input_box_needs_to_stand(show: Show) -> None:
    """
    Work may print above it; the box itself, and the cursor in it, are compared.
    """
    show.draw("working", "─" * 20, "❯ hello", "  hints", cursor=3)
    sight = show.look()
    tests = match_box(replace(sight, live=Live(box="❯ hello")))
    ask = Tmux(show.lab.inner).feed

    show.draw("working on", "─" * 20, "❯ hello", "  hints", cursor=3)
    script, nonce = build_guarded(sight, (), tests)
    assert parse_typed(ask(script), nonce).sent

    show.draw("working on", "─" * 20, "❯ hello!", "  hints", cursor=3)
    script, nonce = build_guarded(sight, (), tests)
    assert not parse_typed(ask(script), nonce).sent


def test_the_program_is_tested_last(show: Show) -> None:
    """
    It can end while the rows are compared, which are captured before it is tested, too.
    """
    show.draw("ask")
    sight = show.look()

    script, _ = build_guarded(sight, ("send-keys y",), match_screen(sight))
    last, _, keys = script.partition("capture-pane")[2].partition("send-keys y")

    assert 1 == last.count("if-shell") == script.count("pane_current_command")
    assert "pane_current_command" in last
    assert "if-shell" not in keys


def test_any_screen_is_told_from_any_other(show: Show) -> None:
    """
    Random rows of all kinds of signs, and one of them changed at random.
    """
    chance = random.Random(1)  # noqa: S311  no secret
    for _ in range(25):
        rows = [_draw_row(chance) for _ in range(HEIGHT)]
        show.draw(*rows)
        sight = show.look()
        assert show.type(sight).sent, sight.rows

        y = chance.randrange(HEIGHT)
        cut = chance.randint(0, len(rows[y]))
        rows[y] = f"{rows[y][:cut]}Q{rows[y][cut + chance.randint(0, 1) :]}"
        show.draw(*rows)
        assert Typed() == show.type(sight), (sight.rows, rows[y])


def _draw_row(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return chance.choice(["", "─" * WIDTH, "│", *HOSTILE])
    return "".join(chance.choices(SIGNS, k=chance.randint(1, WIDTH // 2))).rstrip()


def test_a_screen_of_any_size_is_compared_in_time(show: Show) -> None:
    """
    What is compared of a huge screen is bounded, and tmux can compile it.
    """
    chance = random.Random(2)  # noqa: S311  no secret
    rows = ["".join(chance.choices(SIGNS, k=500)).strip() for _ in range(200)]

    assert len(render_new(rows)) < 40 * MAX_EXACT
    show.draw(*DIALOG)
    script, nonce = build_guarded(show.look(), (), require_search(rows))
    assert parse_typed(Tmux(show.lab.inner).feed(script), nonce).sent


def test_a_search_that_cannot_be_compiled_holds_the_key_back(show: Show) -> None:
    """
    It finds nothing, as if nothing new were there.
    """
    show.draw(*DIALOG)
    broken = [(form[:-1] + "(}", value) for form, value in require_search(DIALOG)]

    script, nonce = build_guarded(show.look(), (spell(show.pane, "x"),), broken)

    assert not parse_typed(Tmux(show.lab.inner).feed(script), nonce).sent

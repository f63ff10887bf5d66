"""What a client shows of badges and summary: by its own width, and with or without UTF-8."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from agent_status.chooser.app.startup import read_theme
from agent_status.features.badges.feature import OptionWriter, render_options
from agent_status.features.badges.placement import FRAGMENTS, insert_fragment
from agent_status.model import Changes, Pane, PaneId, Sighting, State
from agent_status.options import Options
from agent_status.tmux.client import Tmux, TmuxError, quote
from tests.support.tmux_lab import Lab, open_lab, wait_for
from tests.tmux.test_badges import make_status

COMMAND = "rm -rf build && git push --force origin main"
TITLE = "✳ Fix the flaky test in the morning"
"""What an agent calls its pane; tmux has it in `status-right`."""
NAMES = ("shop", "api", "web", "docs", "infra", "cli", "db", "auth")
ASKING = (State.APPROVAL, State.WORKING, State.REVIEW, State.QUESTION, State.ERROR)
STATES = (*ASKING, State.IDLE, State.FINISHED, State.WORKING)
CALM = (State.WORKING, State.IDLE)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server.
    """
    with open_lab(monkeypatch.setenv) as lab:
        yield lab


def fill(lab: Lab, states: Sequence[State], options: Options | None = None) -> None:
    """
    Have an agent in each state, one a window, and badges and summary where we put them.
    """
    lab.start()
    lab.tmux("rename-window", NAMES[0])
    lab.tmux("select-pane", "-T", TITLE)
    for number in range(1, len(states)):
        lab.tmux("new-window", "-d", "-n", NAMES[number % 8] + str(number // 8 or ""), "exec cat")
    for name in FRAGMENTS:
        text = lab.tmux("show-options", "-gv", name).rstrip("\n")
        lab.tmux("set-option", "-g", name, insert_fragment(name, text))
    lab.tmux("set-option", "-g", "status-right-length", "101")
    show(lab, states, options)


def show(lab: Lab, states: Sequence[State], options: Options | None = None) -> None:
    """
    Have the daemon's options say that the agents are in these states.
    """
    form = "#{pane_id} #{window_id} #{window_index} #{window_name}"
    panes = [line.split(" ") for line in lab.tmux("list-panes", "-a", "-F", form).splitlines()]
    sightings = [
        Sighting(
            Pane(PaneId(pane), "work", window, int(index), name),
            make_status(state, COMMAND if state is State.APPROVAL else ""),
            changes=Changes(conflicts=("x",) if state is State.WORKING else ()),
        )
        for (pane, window, index, name), state in zip(panes, states, strict=True)
    ]
    board = render_options(sightings, {}, 0.0, options or Options())
    OptionWriter(Tmux(lab.inner)).write(board)


def attach(lab: Lab, width: int, tmux: str = "tmux -u") -> str:
    """
    Attach a client, and return the name of its terminal in the outer server.
    """
    before = set(list_panes(lab))
    lab.attach(width=width, tmux=tmux)
    (pane,) = set(list_panes(lab)) - before
    return pane


def list_panes(lab: Lab) -> list[str]:
    """
    The panes of the outer server; none before it is there.
    """
    try:
        return Tmux(lab.outer).run(("list-panes", "-a", "-F", "#{pane_id}")).split()
    except TmuxError:
        return []


def draw(lab: Lab, pane: str, *flags: str) -> str:
    """
    The status line that a client draws.
    """
    words = ("capture-pane", "-p", *flags, "-t", pane)
    return Tmux(lab.outer).run(words).rstrip("\n").split("\n")[-1]


def wait_for_line(lab: Lab, pane: str, words: str) -> str:
    """
    The status line that a client draws, once it holds these words.
    """
    lines: list[str] = []
    wait_for(lambda: lines.append(draw(lab, pane)) or words in lines[-1])  # type: ignore[func-returns-value]
    return lines[-1]


@pytest.mark.parametrize(("count", "listed"), [(1, 1), (3, 3), (8, 5), (25, 5)])
def test_80_columns_keep_the_windows_and_the_headline(lab: Lab, count: int, listed: int) -> None:
    """
    A window list that fits is whole; of a longer one there is as much as before us, and more.
    """
    states = [STATES[number % len(STATES)] for number in range(count)]
    fill(lab, states)
    client = attach(lab, 80)

    line = wait_for_line(lab, client, "▲ shop: rm -rf bu")

    icons = ["▲", "▸", "±", "?", "✗"]
    named = [f"{at}:{NAMES[at]} {icon}" for at, icon in enumerate(icons[:listed])]
    assert all(name in line for name in named)
    others = sum(state in set(STATES) - {*CALM} for state in states) - 1
    assert count < 4 or line.endswith(f" +{others}")


@pytest.mark.parametrize("justify", ["left", "centre", "right", "absolute-centre"])
@pytest.mark.parametrize(("width", "count"), [(80, 4), (80, 8), (130, 4), (130, 14)])
def test_windows_and_headline_are_drawn_wherever_the_windows_stand(
    lab: Lab, justify: str, width: int, count: int
) -> None:
    """
    In the middle they would be drawn over the summary, or be cut for a clock.
    """
    fill(lab, [STATES[number % len(STATES)] for number in range(count)])
    lab.tmux("set-option", "-g", "status-justify", justify)
    lab.tmux("set-option", "-g", "status-left", "[a session]")
    lab.tmux("set-option", "-g", "status-left-length", "20")
    client = attach(lab, width)

    line = wait_for_line(lab, client, "▲ shop: rm -rf bu")

    icons = ["▲", "▸", "±", "?"]
    named = [f"{at}:{NAMES[at]} {icon}" for at, icon in enumerate(icons)]
    listed = 4 if justify != "centre" else 2
    assert [name for name in named if name in line][:listed] == named[:listed]
    assert line.startswith("[a session]")


@pytest.mark.parametrize("justify", ["left", "centre", "right"])
def test_what_follows_a_summary_on_the_left_stays_there(lab: Lab, justify: str) -> None:
    """
    A theme may have it in `status-left`, and only what is on the right gives way.
    """
    fill(lab, STATES[:4])
    lab.tmux("set-option", "-g", "status-justify", justify)
    lab.tmux("set-option", "-g", "status-left-length", "60")
    lab.tmux("set-option", "-g", "status-left", "<#{E:@agent-status-summary-format}|work>")
    lab.tmux("set-option", "-g", "status-right", TITLE)
    client = attach(lab, 80)

    line = wait_for_line(lab, client, "▲ shop: rm")

    assert re.match(r"<▲ shop: rm -rf [^|]*\|work>", line)


def test_the_rest_of_the_line_comes_back_with_calm(lab: Lab) -> None:
    """
    A request takes the place of title and clock in a narrow client, as long as it waits.
    """
    fill(lab, STATES)
    client = attach(lab, 80)
    wait_for(lambda: "▲ shop: rm" in draw(lab, client))
    assert TITLE[:21] not in draw(lab, client)

    show(lab, [State.WORKING] * len(STATES))

    wait_for(lambda: TITLE[:21] in draw(lab, client))
    assert "2:web" in draw(lab, client)


def test_a_wide_client_shows_all_of_it(lab: Lab) -> None:
    """
    In 200 columns the rest of the line stays, and so does every window.
    """
    fill(lab, STATES)
    client = attach(lab, 200)
    counts = "▲1 ?1 ✗1 ±1 ✓1 ≠2 ▸2 ○1"

    line = wait_for_line(lab, client, counts)

    assert "▲ shop: rm -rf build && git" in line
    assert "7:auth ▸" in line
    assert f'"{TITLE[:21]}" ' in line


@pytest.mark.parametrize("width", [30, 50, 100])
def test_the_width_that_is_asked_for_is_honoured(lab: Lab, width: int) -> None:
    """
    As far as the client has it.
    """
    fill(lab, [State.APPROVAL, State.WORKING], Options(summary_width=width))
    wide, narrow = attach(lab, 220), attach(lab, 60)

    line = wait_for_line(lab, wide, "▲ shop")

    drawn = line[line.index("▲ shop") : line.index('"')].rstrip()
    whole = len(f"▲ shop: {COMMAND}  ▲1 ≠1 ▸1")
    assert len(drawn) == min(width, whole)
    wait_for(lambda: "▲ shop: rm" in draw(lab, narrow))


def test_a_summary_in_any_room_colours_nothing_else(lab: Lab) -> None:
    """
    What comes behind it is drawn as it was.
    """
    fill(lab, [State.APPROVAL] * 2)
    lab.tmux("set-option", "-g", "status-style", "fg=black,bg=green")
    lab.tmux("set-option", "-g", "status-right", insert_fragment("status-right", "|END"))
    client = attach(lab, 80)

    wait_for(lambda: draw(lab, client).endswith(" |END"))

    assert re.search(r"\x1b\[30m\x1b\[42m \|END", draw(lab, client, "-e"))


@pytest.mark.parametrize("icons", ["unicode", "nerd"])
def test_two_clients_of_a_server_see_each_its_own_icons(lab: Lab, icons: str) -> None:
    """
    One that takes no UTF-8 sees ASCII, in badges and summary, and the other one what it did.
    """
    options = Options(icons=icons, summary_width=90)
    fill(lab, STATES, options)
    plain = attach(lab, 230, "LC_ALL=C LANG=C tmux")
    rich = attach(lab, 230)
    wait_for(lambda: "shop: rm -rf" in draw(lab, plain))
    wait_for(lambda: "shop: rm -rf" in draw(lab, rich))

    line = draw(lab, plain)

    badges = ["shop ^", "api >", "web d", "docs ?", "infra x", "cli .", "db v", "auth >"]
    assert all(badge in line for badge in badges)
    assert f"^ shop: {COMMAND}" in line
    assert "^1 ?1 x1 d1 v1 /2 >2 .1" in line
    assert "_" not in line.replace('"_ Fix', "")
    assert ("shop ▲" in draw(lab, rich)) == (icons == "unicode")
    assert "^" not in draw(lab, rich)


def test_a_theme_has_the_same_for_its_own_formats(lab: Lab) -> None:
    """
    By the formats that stand beside the texts, of a pane, a window and a session.
    """
    fill(lab, [State.PLAN])
    lab.tmux("set-option", "-t", "work", "@agent-status-session", " ◆")
    places = ("pane", "window", "session")
    form = "".join(f"<#{{E:@agent-status-{place}-format}}>" for place in places)
    lab.tmux("set-option", "-g", "status-left", form)
    lab.tmux("set-option", "-g", "status-left-length", "90")
    plain, rich = attach(lab, 200, "LC_ALL=C LANG=C tmux"), attach(lab, 200)

    wait_for(lambda: "<= claude plan>< =>< =>" in draw(lab, plain))
    wait_for(lambda: "<◆ claude plan>< ◆>< ◆>" in draw(lab, rich))


def test_no_text_of_a_pane_is_expanded(lab: Lab) -> None:
    """
    Neither in the summary that is chosen, nor for a client without UTF-8.
    """
    hostile = f"#(touch {lab.folder}/gone)#{{pid}}#[bg=red]ROOM FREE,}}"
    fill(lab, [State.APPROVAL])
    pane = Pane(PaneId("%0"), "work", "@0", 0, "shop")
    sighting = replace(Sighting(pane, make_status(State.APPROVAL, hostile)))
    board = render_options([sighting], {}, 0.0, Options(summary_width=200))
    OptionWriter(Tmux(lab.inner)).write(board)
    plain, rich = attach(lab, 220, "LC_ALL=C LANG=C tmux"), attach(lab, 220)

    wait_for(lambda: f"^ shop: {hostile}" in draw(lab, plain))
    wait_for(lambda: f"▲ shop: {hostile}" in draw(lab, rich))
    assert not (lab.folder / "gone").exists()


def test_a_word_without_formats_is_shown_too(lab: Lab) -> None:
    """
    As while the program is installed, or once the daemon was killed.
    """
    lab.start()
    text = insert_fragment("status-right", "|END")
    Tmux(lab.inner).feed(f"set-option -g status-right {quote(text)}\n")
    lab.tmux("set-option", "-g", "@agent-status-summary", "agent-status: stopped")
    client = attach(lab, 80)

    wait_for(lambda: draw(lab, client).endswith("agent-status: stopped |END"))


@pytest.mark.parametrize(("tmux", "icon"), [("tmux -u", "▲"), ("LC_ALL=C LANG=C tmux", "^")])
def test_the_popup_of_a_client_has_icons_that_it_can_draw(lab: Lab, tmux: str, icon: str) -> None:
    """
    Without any client it has those that the user wants.
    """
    lab.start()
    assert "▲" == read_theme(Tmux(lab.inner)).find_icon(State.APPROVAL)
    attach(lab, 80, tmux)

    assert icon == read_theme(Tmux(lab.inner)).find_icon(State.APPROVAL)


def test_a_popup_has_the_icons_of_the_client_that_opened_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Also if another client was used in the meantime.
    """
    lab.start()
    for tmux in ("tmux -u", "LC_ALL=C LANG=C tmux"):
        attach(lab, 80, tmux)
    form = "#{client_utf8} #{client_name}"
    wait_for(lambda: len(lab.tmux("list-clients").splitlines()) == 2)
    names = dict(line.split(" ") for line in lab.tmux("list-clients", "-F", form).splitlines())

    for takes, icon in (("1", "▲"), ("0", "^")):
        monkeypatch.setenv("AGENT_STATUS_CLIENT", names[takes])
        assert icon == read_theme(Tmux(lab.inner)).find_icon(State.APPROVAL)

"""One invocation tells every pane, and the screens of those that may have changed."""

import os
import re
import secrets
import signal
import threading
import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_status.model import Cursor, PaneId
from agent_status.terminal.spinning import only_spins
from agent_status.tmux.client import (
    BadTargetError,
    PaneGoneError,
    Tmux,
    TmuxGoneError,
    TmuxSlowError,
    TmuxUnavailableError,
    Version,
    parse_version,
    quote,
)
from agent_status.tmux.query import (
    OPTIONS,
    Tick,
    build_short_tick,
    build_tick,
    find_stamp,
    parse_short_tick,
    parse_tick,
)
from tests.support.tmux_lab import Lab, wait_for


def probe(lab: Lab, captured: Iterable[str] = (), options: Iterable[str] = ()) -> Tick:
    """
    One tick.
    """
    nonce = secrets.token_hex(8)
    script = build_tick(nonce, map(PaneId, captured), options)
    return parse_tick(Tmux(lab.inner).feed(script), nonce)


def test_a_tick_tells_where_each_pane_is_and_how_large(lab: Lab) -> None:
    """
    The fields of a pane are those of tmux.
    """
    lab.tmux("new-window", "-t", "work", "-n", "second", "exec cat")

    tick = probe(lab)

    assert tick.whole
    assert ["%0", "%1"] == [pane.id for pane in tick.panes]
    assert "work:1.0" == tick.panes[1].place
    assert "second" == tick.panes[1].window_name
    assert (80, 12) == (tick.panes[0].width, tick.panes[0].height)
    assert Cursor(0, 0) == tick.panes[0].cursor
    assert {"%0": ("$0",), "%1": ("$0",)} == tick.homes
    assert int(lab.tmux("display-message", "-p", "#{pid}")) == tick.server_pid


def test_hostile_names_stay_within_their_fields(lab: Lab) -> None:
    """
    A folder may hold newlines and escapes, a title tmux's own formats.
    """
    folder = lab.folder / "a\nb\tc\x1b[31m\x1f#{pid}"
    folder.mkdir()
    hostile = r"""printf '\033]2;#{pid} #[fg=red] | \342\202\254\007'; exec cat"""
    lab.tmux("new-window", "-t", "work", "-c", str(folder).replace("#", "##"), hostile)
    lab.tmux("rename-window", "-t", "work:1", "##{pid} 'x;y")

    pane = wait_for(lambda: [pane for pane in probe(lab).panes if "€" in pane.title])[0]

    assert str(folder) == pane.folder
    assert "#{pid} #[fg=red] | €" == pane.title
    assert "#{pid} 'x;y" == pane.window_name


def test_only_what_is_asked_for_is_captured(lab: Lab) -> None:
    """
    A list alone gives no lines; a pane without a line of text has as many as it is high.
    """
    calm, asked = probe(lab), probe(lab, ["%0"])

    assert {} == calm.captures
    assert ("",) * 12 == asked.captures[PaneId("%0")].lines


def test_a_new_size_is_another_stamp(lab: Lab) -> None:
    """
    A pane that was resized without printing is seen to be another one.
    """
    stamp = probe(lab).stamps[PaneId("%0")]
    lab.tmux("resize-window", "-t", "work", "-x", "60", "-y", "9")

    tick = probe(lab, ["%0"])
    capture = tick.captures[PaneId("%0")]

    assert stamp != tick.stamps[PaneId("%0")]
    assert (60, 9, 9) == (capture.width, capture.height, len(capture.lines))


def test_output_is_captured_with_its_styles(lab: Lab) -> None:
    """
    The lines of a capture carry SGR sequences, and the nonce of another tick means nothing.
    """
    lab.tmux("respawn-pane", "-k", "-t", "%0", r"printf '\033[1mbold\033[0m 0:C0\n'; exec cat")

    found = wait_for(
        lambda: [
            capture.lines[0]
            for capture in probe(lab, ["%0"]).captures.values()
            if "bold" in capture.lines[0]
        ]
    )

    assert found[0].startswith("\x1b[1mbold\x1b[0m")
    assert found[0].endswith(" 0:C0")


def test_a_pane_that_is_gone_does_not_spoil_the_others(lab: Lab) -> None:
    """
    Panes that are closed between two ticks, or were never there, are left out.
    """
    tick = probe(lab, ["%77", "%0", "%78"])

    assert tick.whole
    assert [PaneId("%0")] == list(tick.captures)


def glance(lab: Lab, known: Tick, *panes: str) -> Tick:
    """
    One tick that asks after these panes alone, and captures them.
    """
    nonce = secrets.token_hex(8)
    ids = [PaneId(pane) for pane in panes]
    answer = Tmux(lab.inner).feed(build_short_tick(nonce, ids, ids))
    return parse_short_tick(answer, nonce, {pane.id: pane for pane in known.panes})


def test_a_glance_tells_of_a_known_pane_what_the_list_tells(lab: Lab) -> None:
    """
    Between two lists, size, cursor, program, title, hint and screen are as fresh.
    """
    lab.tmux("new-window", "-t", "work", "exec cat")
    wait_for(lambda: probe(lab).panes[0].command == "cat")
    before = probe(lab)
    lab.tmux("select-pane", "-t", "%0", "-T", "#[bg=red]#(true) a title")
    lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "claude")
    lab.tmux("resize-window", "-t", "%0", "-x", "70", "-y", "9")
    lab.tmux("send-keys", "-t", "%0", "-l", "typed")
    wait_for(lambda: "typed" in lab.tmux("capture-pane", "-p", "-t", "%0"))

    seen, listed = glance(lab, before, "%0"), probe(lab)

    assert seen.whole
    assert not seen.complete
    assert [listed.panes[0]] == list(seen.panes)
    assert {PaneId("%0"): "claude"} == seen.hints
    assert {PaneId("%0"): listed.stamps[PaneId("%0")]} == seen.stamps
    assert seen.captures[PaneId("%0")].lines[0].startswith("typed")


def test_the_text_of_a_pane_is_what_it_shows_without_its_colours(lab: Lab) -> None:
    """
    A glance brings it for some panes, and whole screens of others.
    """
    lab.tmux("respawn-pane", "-k", "-t", "%0", r"printf '\033[1;31mred\033[0m \033(0q'; exec cat")
    wait_for(lambda: "red" in lab.tmux("capture-pane", "-p", "-t", "%0"))
    before = probe(lab, ["%0"])

    nonce, pane = secrets.token_hex(8), PaneId("%0")
    answer = Tmux(lab.inner).feed(build_short_tick(nonce, [pane], [], [], [pane]))
    seen = parse_short_tick(answer, nonce, {one.id: one for one in before.panes})

    assert not seen.captures
    assert "red q" == seen.texts[pane].lines[0]
    assert "\x1b" in before.captures[pane].lines[0]
    assert only_spins(before.captures[pane], seen.texts[pane])


def test_a_glance_is_silent_about_panes_that_are_gone_or_new(lab: Lab) -> None:
    """
    Of the one tmux knows nothing any more, of the other we know too little yet.
    """
    before = probe(lab)
    lab.tmux("new-window", "-t", "work", "exec cat")

    seen = glance(lab, before, "%1", "%77", "%0")

    assert seen.whole
    assert ["%0"] == [pane.id for pane in seen.panes]
    assert {PaneId("%0")} == set(seen.captures)


def test_a_glance_tells_of_every_pane_whether_it_is_there(lab: Lab) -> None:
    """
    Panes that came, went, died or moved make a difference to what is known, and others none.
    """
    lab.tmux("set-option", "-g", "remain-on-exit", "on")
    lab.tmux("split-window", "-t", "work", "exec cat")
    lab.tmux("new-window", "-t", "work", "true")
    wait_for(lambda: lab.tmux("display-message", "-p", "-t", "%2", "#{pane_dead}") == "1\n")
    before = probe(lab)

    same = glance(lab, before, "%0")
    lab.tmux("break-pane", "-d", "-s", "%1")
    moved = glance(lab, before, "%0")

    assert {("%0", "@0"), ("%1", "@0")} == before.there == same.there
    assert {("%0", "@0"), ("%1", "@2")} == moved.there


def test_tmux_is_not_asked_of_a_pane_that_is_gone_while_a_client_looks(lab: Lab) -> None:
    """
    Its pane would stand in for the missing one where a format is asked for by name.
    """
    lab.attach()

    panes = (PaneId("%77"), PaneId("%0"))

    answer = Tmux(lab.inner).feed(build_short_tick("nonce", panes, panes))

    assert ["%0"] == re.findall(r"nonce:M(\S*)", answer)
    assert lab.tmux("list-panes")


def test_panes_that_close_in_the_middle_of_ticks_do_no_harm(lab: Lab) -> None:
    """
    While panes come and go, every tick is whole and knows the pane that stays.
    """
    over = threading.Event()

    def churn() -> None:
        while not over.is_set():
            lab.tmux("new-window", "-d", "-t", "work:", "exec cat")
            lab.tmux("kill-pane", "-t", "work:$")

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        ids = [PaneId(f"%{number}") for number in range(60)]
        ticks = [probe(lab, ids) for _ in range(25)]
    finally:
        over.set()
        thread.join()

    assert all(tick.whole and PaneId("%0") in tick.captures for tick in ticks)
    assert all(tick.captures.keys() <= {pane.id for pane in tick.panes} for tick in ticks)


def test_six_hundred_looks_fit_into_one_invocation(lab: Lab) -> None:
    """
    There is no limit on the length of a tick, as there is on tmux's arguments.
    """
    ids = [PaneId(f"%{number}") for number in range(600)]
    script = build_tick("n" * 16, ids)

    tick = probe(lab, [*ids[1:], ids[0]])
    seen = glance(lab, tick, *ids[1:], ids[0])

    assert len(script) > 32 * 1024
    assert [ids[0]] == list(tick.captures) == list(seen.captures)


def test_a_linked_window_is_one_pane_of_two_sessions(lab: Lab) -> None:
    """
    The session that someone looks at is the one that is told.
    """
    lab.tmux("new-session", "-d", "-s", "other", "exec cat")
    lab.tmux("link-window", "-s", "work:0", "-t", "other:5")
    lab.attach(session="other")

    tick = probe(lab)

    assert ["other", "other"] == sorted(pane.session for pane in tick.panes)
    assert {"$0", "$1"} == set(tick.homes[PaneId("%0")])


def test_the_options_come_with_a_tick_as_they_were_set(lab: Lab) -> None:
    """
    Whatever an option holds is its value, and is never evaluated.
    """
    lab.tmux("set-option", "-g", "@agent-status-icons", "#(touch x)'\";#{pid} %H")

    options = probe(lab, options=OPTIONS).options

    assert options is not None
    assert "#(touch x)'\";#{pid} %H" == options["@agent-status-icons"]
    assert "" == options["@agent-status-key"]
    assert options == Tmux(lab.inner).read_options()


def test_a_hint_is_the_pane_option(lab: Lab) -> None:
    """
    The user names a pane's agent by hand.
    """
    lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "codex")

    assert {PaneId("%0"): "codex"} == probe(lab).hints


def test_a_target_is_found_or_refused(lab: Lab) -> None:
    """
    Ids and places are panes; anything else is a named error, and nothing is evaluated.
    """
    tmux = Tmux(lab.inner)

    assert ["%0"] * 3 == [tmux.find_pane(name) for name in ("%0", "work:0.0", "work")]
    for name in ("%5", "nobody:1.2", "x;", "#{pane_id}", "work:9.9", "work:0.9", "work:9", "@9"):
        with pytest.raises(PaneGoneError):
            tmux.find_pane(name)
    for name in ("", "-t", "a\nb", "x" * 300):
        with pytest.raises(BadTargetError):
            tmux.find_pane(name)


def test_a_server_that_is_gone_is_a_named_error(lab: Lab) -> None:
    """
    Both ways to call say so, and no server is started.
    """
    tmux = Tmux(str(lab.folder / "nobody"))

    with pytest.raises(TmuxGoneError):
        tmux.feed("list-panes -a\n")
    with pytest.raises(TmuxGoneError):
        tmux.run(("list-panes", "-a"))
    assert not (lab.folder / "nobody").exists()


def test_a_program_that_is_no_tmux_is_a_named_error() -> None:
    """
    Without tmux there is no server either.
    """
    with pytest.raises(TmuxGoneError):
        Tmux("/nowhere", program="no-such-tmux").run(("list-panes",))


def test_a_tmux_that_cannot_be_run_is_not_the_end_of_its_server(lab: Lab) -> None:
    """
    As while it is being replaced; once nobody listens at the socket, it is.
    """
    tmux = Tmux(lab.inner, program="no-such-tmux")

    with pytest.raises(TmuxUnavailableError, match="tmux cannot be run"):
        tmux.feed("list-panes -a\n")
    lab.stop()
    with pytest.raises(TmuxGoneError, match="tmux cannot be run"):
        tmux.feed("list-panes -a\n")


def test_a_tmux_that_does_not_answer_is_left_alone(lab: Lab) -> None:
    """
    A stopped server is given up after the timeout, and works again when it goes on.
    """
    pid = lab.tmux("display-message", "-p", "#{pid}").strip()
    tmux = Tmux(lab.inner)
    stop(pid)
    try:
        with pytest.raises(TmuxSlowError):
            tmux.feed("list-panes -a\n", timeout_s=0.3)
    finally:
        go_on(pid)

    assert "%0" in tmux.feed("list-panes -a\n", timeout_s=20)


def stop(pid: str) -> None:
    """
    Stop a process of the test's own.
    """
    os.kill(int(pid), signal.SIGSTOP)


def go_on(pid: str) -> None:
    """
    Let it go on.
    """
    os.kill(int(pid), signal.SIGCONT)


def test_activity_of_this_second_is_looked_at_again() -> None:
    """
    More may follow within the second; only a later look settles it.
    """
    assert "" == find_stamp("1000 80 24 0", looked_at=1000.2)
    assert "" == find_stamp("1001 80 24 0", looked_at=1000.9)
    assert "1000 80 24 0" == find_stamp("1000 80 24 0", looked_at=1001.0)


def test_a_clock_that_was_set_back_settles_at_once() -> None:
    """
    Activity in the future is of another clock; its next change is seen by its difference.
    """
    assert "9000 80 24 0" == find_stamp("9000 80 24 0", looked_at=1000.0)


@given(st.text(), st.integers(0, 4000))
def test_a_torn_or_foreign_answer_never_raises(text: str, cut: int) -> None:
    """
    Whatever comes instead of an answer is a tick that is not whole, or has no such pane.
    """
    answer = "N:P%1 @1 $1" + " 7" * 15 + "N1 2 3NsNwNcNtNfNhN\n" + text + "\nN:C1\n" + text

    assert not parse_tick(answer[:cut], "N").whole
    assert not parse_tick(text, "N").captures


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("tmux 3.3a", Version(3, 3, "a")),
        ("3.2", Version(3, 2)),
        ("tmux next-3.7", Version(3, 7)),
        ("tmux openbsd-7.4", Version(7, 4)),
        ("tmux master", None),
        ("", None),
    ],
)
def test_versions_are_read_as_tmux_writes_them(text: str, version: Version | None) -> None:
    """
    Releases, their letters, and what is between releases.
    """
    assert version == parse_version(text)


def test_three_two_is_the_floor() -> None:
    """
    Older ones lack what a tick needs.
    """
    assert Version(3, 2).is_supported
    assert not Version(3, 1, "c").is_supported


def test_a_quoted_word_is_one_word_for_tmux(lab: Lab) -> None:
    """
    Apostrophes, dollars, backslashes, hashes and semicolons arrive as they are.
    """
    text = 'a\'b$HOME\\n#{pid} "c"; kill-server ~ {x} %if'
    Tmux(lab.inner).feed(f"set-option -g @x {quote(text)}\n")

    assert text == lab.tmux("show-options", "-gv", "@x").rstrip("\n")


def test_the_clock_of_a_stamp_is_that_of_this_machine(lab: Lab) -> None:
    """
    Activity is told in seconds of the wall clock, which `find_stamp` relies on.
    """
    stamp = probe(lab).stamps[PaneId("%0")]

    assert abs(time.time() - int(stamp.split()[0])) < 60

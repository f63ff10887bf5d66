"""Boxes to write into, and lists to read: what the keys make of them."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from agent_status.chooser.app.daemon_source import DaemonSource
from agent_status.chooser.app.draft_files import keep_drafts, keep_list, read_drafts, read_replies
from agent_status.chooser.draw.field import draw_field
from agent_status.chooser.frame.frame import draw_frame
from agent_status.chooser.panels.approve_all import ApproveAllPanel
from agent_status.chooser.panels.check import STARTED
from agent_status.chooser.panels.compose import ComposePanel, KeepNote, Purpose, Send
from agent_status.chooser.panels.keys import press
from agent_status.chooser.panels.log import NOTHING, LogPanel, LogReceived, render_log
from agent_status.chooser.panels.snooze import SnoozePanel
from agent_status.chooser.state.drafts import MAX_REPLIES, add_reply, merge_drafts
from agent_status.chooser.state.effects import DaemonRequest
from agent_status.chooser.state.field import EDITS, Field, edit, fill, insert, lay_out
from agent_status.chooser.state.moves import select
from agent_status.chooser.state.text import clean_cells
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import Grouping, View, find_grouping
from agent_status.model.plain import clean_text
from agent_status.model.ref import make_ref
from agent_status.protocol.convert import decode
from agent_status.protocol.messages import ChangeTriage, LogPart, LogRow, StartCheck
from tests.support.chooser_lab import HOSTILE, NOW, join_lines, make_view

IDLE = make_ref("%8")
texts = st.text(alphabet=st.sampled_from("ab \n漢é\u0301\x1b"), max_size=30)


def write(*keys: str, text: str = "", replies: tuple[str, ...] = ()) -> View:
    """Return the view after keys in a reply box that held `text`."""
    view = replace(select(make_view(), IDLE), replies=replies)
    view = replace(view, panel=ComposePanel(IDLE, Purpose.REPLY, fill(text)))
    for key in keys:
        assert view.panel
        view = view.panel.press(view, key, key if len(key) == 1 else "").view
    return view


def read(view: View) -> str:
    """Return what is in the box, with a bar where the cursor is."""
    assert isinstance(view.panel, ComposePanel)
    return f"{view.panel.field.before}|{view.panel.field.after}"


@pytest.mark.parametrize(
    ("text", "keys", "expected"),
    [
        ("", ["g", "o"], "go|"),
        ("go on", ["home", "delete"], "|o on"),
        ("go on", ["left", "backspace"], "go |n"),
        ("go on now", ["ctrl+left", "ctrl+left"], "go |on now"),
        ("go on now", ["home", "ctrl+right"], "go| on now"),
        ("go on now", ["ctrl+w"], "go on |"),
        ("go on now", ["ctrl+left", "ctrl+u"], "|now"),
        ("go on now", ["ctrl+left", "ctrl+k"], "go on |"),
        ("one", ["ctrl+j", "t"], "one\nt|"),
        ("one\nfour", ["up", "x"], "onex|\nfour"),
        ("one\nfour", ["ctrl+home", "down"], "one\n|four"),
        ("e\u0301", ["left"], "|e\u0301"),
        ("go", ["f5", "shift+tab"], "go|"),
        ("go", ["y", "q", "?"], "goyq?|"),
    ],
)
def test_a_box_is_edited_like_any_field(text: str, keys: list[str], expected: str) -> None:
    """
    Arrows, words, lines, erasing and new lines do what they do elsewhere.
    """
    assert expected == read(write(*keys, text=text))


@given(text=texts, keys=st.lists(st.sampled_from(sorted(EDITS)), max_size=12), more=texts)
def test_any_edit_keeps_a_field_whole(text: str, keys: list[str], more: str) -> None:
    """
    The cursor never leaves the text, and nothing that a terminal obeys gets in.
    """
    field = insert(fill(text), more)
    for key in keys:
        field = edit(field, key) or field
        assert 0 <= field.at <= len(field.text)
        assert all(clean_text(line) == line for line in field.text.split("\n"))


@given(text=texts, at=st.integers(0, 30), width=st.integers(3, 20), height=st.integers(1, 5))
def test_a_field_shows_its_cursor(text: str, at: int, width: int, height: int) -> None:
    """
    However long the text is, the cursor is on one of the drawn lines, which all fit.
    """
    whole = fill(text)
    field = Field(whole.text, min(at, len(whole.text)))

    lines = draw_field(field, width, height)

    assert 1 <= len(lines) <= height
    assert all(cell_len(line.plain) <= width + 2 for line in lines)
    assert 1 == sum("reverse" in str(span.style) for line in lines for span in line.spans)
    assert whole.text.replace("\n", "") == "".join(
        whole.text[start:end] for start, end in lay_out(whole.text, width)
    )


def test_enter_sends_and_keeps_the_draft_until_it_was_taken() -> None:
    """
    The text goes out as it was written, and the box closes.
    """
    view = write(text="go on\nplease")
    assert view.panel

    step = view.panel.press(view, "enter", "\r")

    assert Send(IDLE, "go on\nplease") == step.effect
    assert (None, ((IDLE, "go on\nplease"),)) == (step.view.panel, step.view.drafts)
    assert step.view.busy == {IDLE}


def test_an_empty_box_sends_nothing() -> None:
    """
    Enter on blanks closes the box.
    """
    view = write(text=" \n")
    assert view.panel

    assert view.panel.press(view, "enter", "").effect is None


def test_escape_keeps_the_draft() -> None:
    """
    What was begun is there again when the box is opened again.
    """
    view = write("escape", text="half a tho")

    assert (((IDLE, "half a tho"),), None) == (view.drafts, view.panel)


def test_up_and_down_walk_through_past_replies() -> None:
    """
    At the edges of the text older and newer replies come, and the draft at the end again.
    """
    replies = ("first", "second\nlines", "third")

    assert "third|" == read(write("up", text="new", replies=replies))
    assert "second\nlines|" == read(write("up", "up", text="new", replies=replies))
    assert "first|" == read(write("up", "up", "up", "up", text="new", replies=replies))
    assert "third|" == read(write("up", "up", "down", text="new", replies=replies))
    assert "new|" == read(write("up", "up", "down", "down", "down", text="new", replies=replies))


def test_a_note_is_kept_with_its_lines() -> None:
    """
    Enter keeps the note; an empty one takes it away.
    """
    box = ComposePanel(IDLE, Purpose.NOTE, fill("why\nnot"))
    view = replace(make_view(), panel=box)

    assert KeepNote(IDLE, "why\nnot") == box.press(view, "enter", "").effect
    empty = replace(box, field=Field())
    effect = empty.press(view, "enter", "").effect
    assert effect == KeepNote(IDLE, "")


@pytest.mark.parametrize(
    ("key", "until"), [("5", 300), ("1", 900), ("6", 3600), ("c", "change"), ("w", None)]
)
def test_the_snooze_menu(key: str, until: float | str | None) -> None:
    """
    Each key tells the daemon its time; any other one only closes the menu.
    """
    view = replace(make_view(), panel=SnoozePanel(IDLE))

    effect = SnoozePanel(IDLE).press(view, key, key).effect

    assert isinstance(effect, DaemonRequest)
    assert ChangeTriage(IDLE, snooze_s=until) == effect.request
    assert SnoozePanel(IDLE).press(view, "x", "x").effect is None


@pytest.mark.parametrize("key", ["escape", "n", "j", "x"])
def test_a_crowd_is_left_by_any_other_key(key: str) -> None:
    """
    Only Enter and y approve.
    """
    panel = ApproveAllPanel(((make_ref("%4"), "0011223344556677"),))
    step = panel.press(replace(make_view(), panel=panel), key, key)

    assert (None, None) == (step.effect, step.view.panel)


def entries(*words: str) -> tuple[LogRow, ...]:
    """Return a journal's entry for each word, the latest first."""
    return tuple(
        LogRow(NOW - number, "answer", pane="%4", place="a:0.0", words=word)
        for number, word in enumerate(words)
    )


def test_the_log_ends_with_the_latest() -> None:
    """
    Entries stand in the order of time, with their place where there are several agents.
    """
    lines = render_log(entries("late", "early"))

    assert ["early", "late"] == [line.split()[-1] for line in lines]
    assert all("a:0.0  answer" in line for line in lines)
    assert "a:0.0" not in render_log(entries("x"), IDLE)[0]


def test_a_hostile_log_is_inert() -> None:
    """
    Entries of any shape are shown without what a terminal obeys.
    """
    rows = [None, 5, {"at": float("nan")}, {"at": 1e300, "kind": HOSTILE, "words": HOSTILE * 9}]

    for line in render_log(decode(LogPart, {"entries": rows}).entries):
        assert clean_cells(line) == line


def test_the_log_scrolls_and_closes() -> None:
    """
    Keys and wheel go up and down; news of another pane's log is not taken.
    """
    log = LogPanel(make_ref("%4"), "Decisions")
    view = replace(make_view(), panel=log)
    view = LogReceived(make_ref("%4"), entries(*map(str, range(50)))).apply(view).view
    assert view == LogReceived(make_ref("%5"), entries("x")).apply(view).view
    assert isinstance(view.panel, LogPanel)

    up = view.panel.scroll(view, -3)

    assert isinstance(up.panel, LogPanel)
    assert 46 == up.panel.start
    assert " 3" in join_lines(draw_frame(up, 80, 24, Theme())).splitlines()[-2]
    assert view == up.panel.scroll(up, 30)
    assert view.panel.press(view, "escape", "").view.panel is None
    assert (NOTHING,) == getattr(
        LogReceived(make_ref("%4"), entries()).apply(view).view.panel, "lines", None
    )
    assert ("off",) == getattr(
        LogReceived(make_ref("%4"), trouble="off").apply(view).view.panel, "lines", None
    )


def test_replies_are_kept_for_the_user_alone(tmp_path: Path) -> None:
    """
    They come back in order, each once, bounded, from a file that nobody else can read.
    """
    path = tmp_path / "state" / "replies.json"
    replies = add_reply(add_reply(("a", "b"), "c\nd"), "a")

    keep_list(path, replies)

    assert ("b", "c\nd", "a") == read_replies(path)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert MAX_REPLIES == len(add_reply(tuple(map(str, range(500))), "x"))


def test_drafts_are_kept_until_they_are_sent(tmp_path: Path) -> None:
    """
    Each comes back with its pane; the last one to go takes the file along.
    """
    path = tmp_path / "drafts.json"

    drafts = ((make_ref("%1"), "go\non"), (make_ref("%2"), "x"))
    keep_drafts(path, drafts)

    assert drafts == read_drafts(path)
    path.write_text('[5, ["%1"], [1, "a"], ["%2", null], ["%3", "kept"]]')
    assert ((make_ref("%3"), "kept"),) == read_drafts(path)
    keep_drafts(path, ())
    assert not path.exists()


@pytest.mark.parametrize("content", ["", "{", "5", '{"a": 1}', '[1, null, "kept"]'])
def test_a_broken_file_of_replies_is_no_trouble(tmp_path: Path, content: str) -> None:
    """
    What is no list of texts is left out, and a folder in its place is not touched.
    """
    path = tmp_path / "replies.json"
    path.write_text(content)

    assert set(read_replies(path)) <= {"kept"}
    (tmp_path / "folder.json").mkdir()
    keep_list(tmp_path / "folder.json", ("x",))
    assert () == read_replies(tmp_path / "folder.json")


def test_two_choosers_keep_each_others_drafts() -> None:
    """
    Each writes only what was begun, changed or sent in it.
    """
    kept = ((make_ref("%1"), "one"), (make_ref("%2"), "two"))

    assert ((make_ref("%2"), "two"), (make_ref("%1"), "more")) == merge_drafts(
        kept, kept[:1], ((make_ref("%1"), "more"),)
    )
    assert ((make_ref("%2"), "two"),) == merge_drafts(kept, kept[:1], ())
    assert (*kept, (make_ref("%3"), "x")) == merge_drafts(kept, (), ((make_ref("%3"), "x"),))


def test_how_the_list_is_grouped_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The next chooser reads what this one kept; anything that is no grouping is none.
    """
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    source = DaemonSource("/nowhere", str)
    assert "" == source.read_grouping()

    source.keep_grouping("session")
    assert Grouping.SESSION is find_grouping(source.read_grouping())
    source.keep_grouping("by the moon")
    assert Grouping.NONE is find_grouping(source.read_grouping())


def test_a_command_runs_in_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What it prints comes back with its exit code, be it an error.
    """
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "some.cast").write_text("no recording")

    code, text = DaemonSource("/nowhere", str).run(("explain", "some.cast"))

    assert (1, True) == (code, text.startswith("Error: some.cast"))


def test_a_key_has_the_daemon_run_the_users_check() -> None:
    """
    Of the selected agent's project, once.
    """
    step = press(select(make_view(), IDLE), "t", "t")

    assert DaemonRequest(StartCheck(IDLE), STARTED) == step.effect

"""What a terminal sends, and which keys it is: above all Escape, which tmux joins to the next."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from agent_status.chooser.app.app import Chooser
from agent_status.chooser.app.keyboard import KeyParser
from agent_status.chooser.panels.compose import ComposePanel
from agent_status.model.ref import make_ref
from tests.support.chooser_lab import LiteralSource
from tests.support.chooser_stage import Typist, draw, play, wait_for

PAUSE = ""
"""Between two pieces: nothing comes for so long that what was held is no sequence."""
PASTED = "a\x1b[31m" + "q" * 40 + "\r"


def parse(pieces: Sequence[str]) -> Iterator[Message]:
    """Yield what a parser makes of pieces that come one after the other, and of the end."""
    parser = KeyParser()
    for piece in (*pieces, PAUSE):
        yield from parser.feed(piece) if piece else parser.settle()


def name(message: Message) -> str:
    """Return the key, what was pasted, or what else it is."""
    if isinstance(message, events.Key):
        return message.key
    return f"{message.text}|" if isinstance(message, events.Paste) else type(message).__name__


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["\x1b"], ["escape"]),
        (["\x1bj"], ["escape", "j"]),
        (["\x1b", "j"], ["escape", "j"]),
        (["\x1b\r"], ["alt+enter"]),
        (["\x1b", PAUSE, "\r"], ["escape", "enter"]),
        (["\x1b\x7f"], ["escape", "backspace"]),
        (["\x1b\x1b"], ["escape", "escape"]),
        (["\x1b\x1b[A"], ["escape", "up"]),
        (["\x1b["], ["escape", "left_square_bracket"]),
        (["\x1bO", PAUSE, "k"], ["escape", "O", "k"]),
        (["\x1bé"], ["escape", "é"]),
        (["\x1b", "[", "A"], ["up"]),
        (["\x1bOB\x1b[1;3D\x1b[13;2u"], ["down", "alt+left", "shift+enter"]),
        (["\x1b[<0;3;4M\x1b[<0;3;4m"], ["MouseDown", "MouseUp"]),
        (["\x1b[I\x1b[O"], ["AppFocus", "AppBlur"]),
        (["\x1b[?62;22c", "j"], ["j"]),
        (["\r\n\t\x7f\x03 /"], ["enter", "ctrl+j", "tab", "backspace", "ctrl+c", "space", "slash"]),
        ([f"\x1b[200~{PASTED}\x1b[201~j"], [f"{PASTED}|", "j"]),
        (["\x1b[200~y", PAUSE, "y\x1b", PAUSE, "[201~"], ["yy|"]),
    ],
)
def test_keys_are_told_apart(pieces: list[str], expected: list[str]) -> None:
    """
    Whatever is no sequence begins with Escape; no key is lost, and no paste presses one.
    """
    assert expected == [name(message) for message in parse(pieces)]


@given(text=st.text("\x1b[O<;?0123Mm~AZ q\r", max_size=24), data=st.data())
def test_pieces_say_what_the_whole_says(text: str, data: st.DataObject) -> None:
    """
    Where a read ends changes nothing, as long as the next one follows at once.
    """
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=4)))
    pieces = [text[i:j] for i, j in zip([0, *cuts], [*cuts, len(text)], strict=True) if text[i:j]]

    assert list(map(name, parse([text]))) == list(map(name, parse(pieces)))


@pytest.mark.parametrize(
    ("before", "data", "fact"),
    [
        ("", "\x1bj", lambda app: not app.is_running),
        ("", "\x1b\r", lambda app: not app.is_running and app.return_value is None),
        ("?", "\x1bj", lambda app: not app.view.help and app.view.selected == make_ref("%9")),
        ("/push", "\x1b\r", lambda app: app.return_value == make_ref("%9")),
        ("/push", "\x1bj", lambda app: app.view.filter is None),
        (
            "Grhalf",
            "\x1bk",
            lambda app: app.view.panel is None and app.view.selected == make_ref("%6"),
        ),
        ("Grhalf", "\x1b\r", lambda app: app.view.panel.field.text == "half\n"),
        ("GNhalf", "\x1b\x7f", lambda app: app.view.panel is None),
        ("s", "\x1bp", lambda app: app.view.panel is None),
    ],
)
def test_escape_leaves_and_the_next_key_is_itself(before: str, data: str, fact: object) -> None:
    """
    In the list, the filter, the keys and every box, although both keys came as one; only Enter is
    a new line in a box, as Alt and Enter are.
    """
    source = LiteralSource()

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press(*before)
        await pilot.type(data)
        assert callable(fact)
        assert fact(app)

    play(source, act)

    assert {"half"} >= {text for _, text in source.drafts}


def test_words_that_filter_are_typed_and_other_keys_are_not() -> None:
    """
    Tab and the like type nothing, Ctrl-N moves, Ctrl-J writes a new line in a box only.
    """

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.type("/c\to\nd\x0ee")
        assert app.view.filter == "code"
        await pilot.type("\x1b")
        await pilot.type("Grone\ntwo")
        panel = app.view.panel
        assert isinstance(panel, ComposePanel)
        assert panel.field.text == "one\ntwo"

    play(LiteralSource(), act)


def test_a_hostile_paste_presses_no_key() -> None:
    """
    What stands in a paste is text, also behind a sequence that nobody knows.
    """
    source = LiteralSource()

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.type(f"Gr\x1b[200~{PASTED}y1\x1b[201~")
        await wait_for(pilot, lambda: "q" * 40 in draw(app))
        assert app.is_running

    play(source, act)

    assert [] == source.effects

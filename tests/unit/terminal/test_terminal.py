"""The emulator: what each sequence shows, and what no input may do to it."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_status.model import Capture, Cursor, Row, Screen, Span, Style
from agent_status.terminal import Terminal
from agent_status.terminal.width import measure
from tests.support.share import scale

SIZE = (10, 4)

CASES: dict[str, tuple[bytes, list[str]]] = {
    "variation selector": (b"a\xe2\x9a\xa0\xef\xb8\x8fbc", ["a⚠️bc"]),
    "zero width joiner": (b"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbbab", ["👩\u200d💻ab"]),
    "zero width space": (b"ab\xe2\x80\x8bcd", ["ab\u200bcd"]),
    "combining": (b"e\xcc\x81x", ["e\u0301x"]),
    "combining at the start": (b"\xcc\x81x", ["x"]),
    "combining at the edge": (b"abcdefghie\xcc\x81", ["abcdefghie\u0301"]),
    "wide": ("日本x".encode(), ["日本x"]),
    "wide at the edge": ("abcdefghi日".encode(), ["abcdefghi", "日"]),
    "over the left half": ("日本\r\x1b[Cx".encode(), ["日x本"]),
    "over the right half": ("a日本\x1b[3Gé".encode(), ["a é本"]),
    "bytes that are no UTF-8": (b"a\xff\xc3b\x80c", ["abc"]),
    "alternate 1049": (b"one\x1b[?1049htwo", ["   two"]),
    "alternate 1049 and back": (b"one\x1b[?1049h\x1b[3;3Htwo\x1b[?1049l!", ["one!"]),
    "alternate 1047": (b"one\x1b[?1047h\r\ntwo\x1b[?1047l!", ["one", "   !"]),
    "alternate 47": (b"one\x1b[?47h\x1b[Htwo\x1b[?47l!", ["one!"]),
    "device string": (b"a\x1bP+q544e;x\x1b\x1b[m\x07y\x1b\\b", ["ab"]),
    "application string": (b"a\x1b_payload\x1b\\b", ["ab"]),
    "privacy message": (b"a\x1b^payload\x1b\\b", ["ab"]),
    "start of string": (b"a\x1bXpayload\x1b\\b", ["ab"]),
    "window name": (b"a\x1bkname\x1b\\b", ["ab"]),
    "pop keyboard": (b"a\x1b[<ub", ["ab"]),
    "set keyboard": (b"a\x1b[=1;1ub", ["ab"]),
    "query keyboard": (b"a\x1b[?ub\x1b[>5uc", ["abc"]),
    "private modes": (b"a\x1b[?4mb\x1b[?996nc\x1b[?2026hd", ["abcd"]),
    "mode report": (b"a\x1b[?2026$pb", ["ab"]),
    "controls in a sequence": (b"abc\x1b[1\r;4\x08Hx", ["abcx"]),
    "cancelled sequence": (b"a\x1b[3\x18mb", ["amb"]),
    "sequence in a sequence": (b"a\x1b[3\x1b[Cb", ["a b"]),
    "prompt mark": (b"\x1b]133;A\x07$ \x1b]11;?\x1b\\x", ["$ x"]),
    "notices": (b"a\x1b]9;4;1;50\x07b\x1b]777;notify;x;y\x07c\x07", ["abc"]),
    "unknown command": (b"a\x1b]66;w=2;xy\x07b\x1b]8;;http://x\x1b\\c\x1b]8;;\x1b\\", ["abc"]),
    "scroll up": (b"1\r\n2\r\n3\r\n4\x1b[2S", ["3", "4"]),
    "scroll down": (b"1\r\n2\r\n3\r\n4\x1b[T", ["", "1", "2", "3"]),
    "repeat": (b"ab\x1b[3bc", ["abbbbc"]),
    "repeat to the edge": (b"ab\x1b[9999999b", ["abbbbbbbbb"]),
    "repeat after unknown": (b"ab\x1b[=1u\x1b[2b", ["abbb"]),
    "region": (b"\x1b[2;3r1\r\n2\r\n3\r\n4", ["1", "3", "4"]),
    "region of a line": (b"ab\x1b[2;2rc", ["abc"]),
    "region too large": (b"\x1b[2;99r1\r\n2\r\n3\r\n4\r\n5", ["1", "3", "4", "5"]),
    "line feed below the region": (b"\x1b[1;2r\x1b[4Ha\nb", ["", "", "", "ab"]),
    "reverse index": (b"1\r\n2\x1b[H\x1bM0", ["0", "1", "2"]),
    "insert lines": (b"1\r\n2\r\n3\r\n4\x1b[1;3r\x1b[2H\x1b[L", ["1", "", "2", "4"]),
    "delete lines": (b"1\r\n2\r\n3\r\n4\x1b[1;3r\x1b[H\x1b[M", ["2", "3", "", "4"]),
    "insert mode": (b"abc\r\x1b[4hX\x1b[4lY", ["XYbc"]),
    "insert characters": (b"abcd\x1b[2G\x1b[2@", ["a  bcd"]),
    "delete characters": (b"abcd\x1b[2G\x1b[2P", ["ad"]),
    "erase characters": (b"abcd\x1b[2G\x1b[2X", ["a  d"]),
    "next and previous line": (b"ab\x1b[2Ecd\x1b[Fx", ["ab", "x", "cd"]),
    "unknown HPR": (b"ab\x1b[3ac", ["abc"]),
    "back tab": (b"abcdefghi\x1b[ZX\x1b[2ZY", ["YbcdefghX"]),
    "tab stops": (b"\x1b[3g\x1b[4G\x1bH\r\tx", ["   x"]),
    "no wrap": (b"\x1b[?7labcdefghijkl\x1b[?7h", ["abcdefghil"]),
    "waiting to wrap": (b"abcdefghij\x1b[K\rX", ["Xbcdefghij"]),
    "left of the edge": (b"abcdefghij\x1b[DX", ["abcdefghiX"]),
    "right at the edge": (b"abcdefghij\x1b[CX", ["abcdefghiX"]),
    "line feed at the edge": (b"abcdefghij\nX", ["abcdefghij", "", "X"]),
    "back over the wrap": (b"abcdefghijk\x08\x08X", ["abcdefghiX", "k"]),
    "origin": (b"\x1b[2;3r\x1b[?6h\x1b[Ha\x1b[9Hb", ["", "a", "b"]),
    "soft reset is unknown": (b"\x1b[2;3r\x1b[!pab", ["ab"]),
    "alignment": (b"ab\x1b#8x", ["xEEEEEEEEE", *["E" * 10] * 3]),
    "reset": (b"\x1b[2;3rab\x1bcx", ["x"]),
    "newline mode is unknown": (b"ab\x1b[20h\nc", ["ab", "  c"]),
    "line drawing": (b"\x1b(0lqk\x1b(Bq\x1b)0\x0ex\x0fx", ["┌─┐q│x"]),
    "accents beside line drawing": (b"\x1b(0\xc3\xa9q", ["é─"]),
    "saved cursor": (b"ab\x1b7\x1b[3Hcd\x1b8e\x1b8f", ["abf", "", "cd"]),
    "erase the view": (b"1\r\n2\x1b[2Jx", ["", " x"]),
    "erase the history": (b"1\r\n2\x1b[3Jx", ["1", "2x"]),
    "erase below": (b"1\r\n22\r\n3\x1b[2;2H\x1b[J", ["1", "2"]),
    "erase above": (b"1\r\n222\r\n3\x1b[2;2H\x1b[1J", ["", "  2", "3"]),
    "erase to the left": (b"abcd\x1b[2G\x1b[1K", ["  cd"]),
}
"""Bytes for a pane of 10 by 4, and the rows that tmux shows; rows left out are empty."""


def show(data: bytes, size: tuple[int, int] = SIZE) -> Terminal:
    """
    Return a terminal that was fed with `data`.
    """
    terminal = Terminal(*size)
    terminal.feed(data)
    return terminal


def read_rows(terminal: Terminal) -> list[str]:
    """
    Return the texts of the rows, without the empty ones at the end.
    """
    rows = [row.text for row in terminal.screen().rows]
    while rows and not rows[-1]:
        rows.pop()
    return rows


@pytest.mark.parametrize("name", CASES)
def test_a_sequence_shows_what_tmux_shows(name: str) -> None:
    """
    No sequence is printed, drops text or raises.
    """
    data, rows = CASES[name]

    assert rows == read_rows(show(data))


STYLES = {
    b"\x1b[2m": Style(dim=True),
    b"\x1b[1;2;22m": Style(),
    b"\x1b[4:3m": Style(underline=True),
    b"\x1b[4:0m": Style(),
    b"\x1b[>4;2m": Style(),
    b"\x1b[?4m": Style(),
    b"\x1b[33;44m": Style(fg="yellow", bg="blue"),
    b"\x1b[93;105m": Style(fg="brightyellow", bg="brightmagenta"),
    b"\x1b[38;5;9m": Style(fg="brightred"),
    b"\x1b[48;5;208m": Style(bg="ff8700"),
    b"\x1b[38:5:244m": Style(fg="808080"),
    b"\x1b[38:2::1:2:3m": Style(fg="010203"),
    b"\x1b[38:2:1:2:3m": Style(fg="010203"),
    b"\x1b[38;2;255;0;16;1m": Style(fg="ff0010", bold=True),
    b"\x1b[58;5;3;3m": Style(italic=True),
    b"\x1b[7;9m": Style(reverse=True, strike=True),
    b"\x1b[31m\x1b[;1m": Style(bold=True),
    b"\x1b[31;39m": Style(),
    b"\x1b[1m\x1b[99999999999m": Style(bold=True),
}


@pytest.mark.parametrize("codes", STYLES)
def test_a_style_is_read(codes: bytes) -> None:
    """
    Each SGR sequence gives the style that tmux has for it.
    """
    row = show(codes + b"x").screen().rows[0]

    assert STYLES[codes] == row.style_at(0)


def test_spans_are_indexes_into_the_text() -> None:
    """
    A wide character is one character of the text, and spans count it so.
    """
    row = show("日\x1b[1m本x\x1b[m y\x1b[41m  ".encode()).screen().rows[0]

    assert Row("日本x y", (Span(1, 3, Style(bold=True)),), goes_on=True) == row


def test_what_is_erased_takes_the_background() -> None:
    """
    A blank between texts keeps the background that it was erased with.
    """
    row = show(b"\x1b[42m\x1b[K\x1b[4G\x1b[mx").screen().rows[0]

    assert Row("   x", (Span(0, 3, Style(bg="green")),)) == row


def test_titles() -> None:
    """
    OSC 0 and 2 and APC set the title, OSC 1 and unprintable ones do not, and there is a stack.
    """
    terminal = show(b"\x1b]0;one\x07\x1b]1;icon\x07\x1b[22;0t\x1b]2;t\xc3\xbc\x1b\\")
    assert "tü" == terminal.screen().title

    terminal.feed(b"\x1b]2;bad\xc2\x85\x07\x1b]133;A\x07\x1b]11;#fff\x07")
    assert "tü" == terminal.screen().title

    terminal.feed(b"\x1b[23;0t\x1b[23;0t")
    assert "one" == terminal.screen().title


def test_what_a_screen_does_not_show_is_kept_as_evidence() -> None:
    """
    Bells, notices, progress and prompt marks are counted beside the screen.
    """
    terminal = show(b"\a\x1b]9;done\x07\x1b]777;notify;a;b\x07\x1b]9;4;1;50\x07\x1b]133;C\x07")

    assert 1 == terminal.bells
    assert ("done", "notify;a;b") == terminal.notices
    assert (1, 50) == terminal.progress
    assert "C" == terminal.prompt_marks
    assert [] == read_rows(terminal)


def test_an_endless_string_is_given_up() -> None:
    """
    After a megabyte without an end, text shows again; little of it is kept.
    """
    for start in (b"\x1b]0;", b"\x1bP", b"\x1b_"):
        terminal = show(start + b"q" * 1_100_000 + b"\r\nend")

        assert "end" == read_rows(terminal)[-1]
        assert len(terminal.screen().title) < 100_000


def test_wrapped_lines_flow_when_the_width_changes() -> None:
    """
    A line that wrapped becomes one; made narrower, what has no room goes to the history.
    """
    terminal = show(b"abcdefghijklmno\r\nx")

    terminal.resize(20, 4)
    assert ["abcdefghijklmno", "x"] == read_rows(terminal)

    terminal.resize(5, 4)
    terminal.feed(b"y")
    assert ["klmno", "xy"] == read_rows(terminal)


def test_lines_go_to_the_history_and_come_back() -> None:
    """
    A lower view keeps the cursor's line; a taller one takes back what scrolled away.
    """
    terminal = show(b"1\r\n2\r\n3\r\n4")

    terminal.resize(10, 2)
    assert ["3", "4"] == read_rows(terminal)

    terminal.resize(10, 4)
    assert ["1", "2", "3", "4"] == read_rows(terminal)


def test_an_erased_view_goes_to_the_history() -> None:
    """
    ED 2 scrolls what was shown away: it comes back where joined lines leave room, not else.
    """
    terminal = show(b"1\r\n2\x1b[2J\x1b[Habcdefghijklmno")
    terminal.resize(10, 6)
    assert ["abcdefghij", "klmno"] == read_rows(terminal)

    terminal.resize(20, 6)
    assert ["2", "abcdefghijklmno"] == read_rows(terminal)


def test_the_alternate_screen_does_not_flow() -> None:
    """
    Its lines are cut, and the normal screen comes back flowed.
    """
    terminal = show(b"abcdefghijkl\x1b[?1049h\x1b[Hlonger line")

    terminal.resize(6, 4)
    assert ["longer", "e"] == read_rows(terminal)
    assert terminal.screen().alternate

    terminal.feed(b"\x1b[?1049l")
    assert ["abcdef", "ghijkl"] == read_rows(terminal)


def test_an_unchanged_screen_is_the_same_object() -> None:
    """
    Nothing new gives the same screen; a new row leaves the other rows' objects alone.
    """
    terminal = show(b"one\r\ntwo")
    before = terminal.screen()
    assert before is terminal.screen()

    terminal.feed(b"\x1b[H\x1b[2Kone\x1b[2;4H")
    assert before is terminal.screen()

    terminal.feed(b"!")
    after = terminal.screen()
    assert before.rows[0] is after.rows[0]
    assert "two!" == after.rows[1].text


def test_the_version_grows_with_every_change() -> None:
    """
    Whoever remembers the version need not look while it stays.
    """
    terminal = show(b"one")
    version = terminal.version

    terminal.resize(*SIZE)
    terminal.feed(b"")
    assert version == terminal.version

    terminal.feed(b"x")
    assert version < terminal.version


# -- captures ------------------------------------------------------------------------------------


def test_a_capture_carries_its_style_over_the_line_ends() -> None:
    """
    The second row goes on in the colour that the first one left, line drawings and links too.
    """
    lines = ("\x1b[31mone", "two\x0eqx", "\x0f\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\\x1b[39m y")
    terminal = Terminal(*SIZE)

    terminal.paint(Capture(*SIZE, lines, Cursor(1, 2, visible=False), "title", alternate=True))

    red = Style(fg="red")
    first, second = Row("one", (Span(0, 3, red),)), Row("two─│", (Span(0, 5, red),))
    rows = (first, second, Row("z y", (Span(0, 1, red),)), Row())
    cursor = Cursor(1, 2, visible=False)
    assert Screen(*SIZE, rows, cursor, "title", alternate=True) == terminal.screen()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("a\tb", "a       b"),
        ("\tb", "        b"),
        ("12345678\tb", "12345678        b"),
        ("日本\tb", "日本    b"),
        ("\x1b[31ma\x1b[m\t\tb", "a               b"),
        ("0123456789abcdefg\tb", "0123456789abcdefg  b"),
        ("a\t", "a"),
    ],
)
def test_a_tab_that_tmux_kept_is_blanks_up_to_its_stop(line: str, text: str) -> None:
    """
    Newer tmux prints it as it came; the columns behind it stay where they are drawn.
    """
    terminal = Terminal(20, 1)

    terminal.paint(Capture(20, 1, (line,), Cursor(0, 0)))

    assert text == terminal.screen().rows[0].text


def test_painting_the_same_again_changes_nothing() -> None:
    """
    An equal capture gives the same screen and version; one new line gives one new row.
    """
    terminal = Terminal(*SIZE)
    terminal.paint(Capture(*SIZE, ("one", "two")))
    before, version = terminal.screen(), terminal.version

    terminal.paint(Capture(*SIZE, ("one", "two")))
    assert before is terminal.screen()
    assert version == terminal.version

    terminal.paint(Capture(*SIZE, ("one", "2")))
    assert before.rows[0] is terminal.screen().rows[0]
    assert "2" == terminal.screen().rows[1].text
    assert version < terminal.version


def test_bytes_go_on_from_a_painted_screen() -> None:
    """
    What is fed after a capture is written onto what it showed, at its cursor.
    """
    terminal = Terminal(*SIZE)
    terminal.paint(Capture(*SIZE, ("日\x1b[1mx\x1b[0m y",), Cursor(3, 0), "title"))
    painted = terminal.screen()

    terminal.feed(b"")
    assert painted is terminal.screen()

    terminal.feed(b"!")
    assert Row("日x!y", (Span(1, 2, Style(bold=True)),)) == terminal.screen().rows[0]
    assert "title" == terminal.screen().title


# -- properties ----------------------------------------------------------------------------------

PIECES = st.one_of(
    st.binary(max_size=12),
    st.sampled_from([data for data, _ in CASES.values()]),
    st.sampled_from([b"\x1b", b"\x1b[", b"\x1b]0;", b"\x1bP", b"\x1b\\", b"\x18", b"\x07", b"m"]),
    st.text(max_size=8).map(str.encode),
)
BYTES = st.lists(PIECES, max_size=20).map(b"".join)
SIZES = st.tuples(st.integers(-2, 30), st.integers(-2, 12))
ALWAYS = settings(max_examples=scale(150))


def check_shape(screen: Screen) -> None:
    """
    Assert that the rows are as many as the height, and none is wider than the width.
    """
    assert screen.height == len(screen.rows)
    for row in screen.rows:
        assert all(0 <= span.start < span.end <= len(row.text) for span in row.spans)
        if "\u200d" not in row.text:  # what is joined takes no columns of its own
            assert sum(max(0, measure(char)) for char in row.text) <= screen.width


@ALWAYS
@given(BYTES, st.randoms(use_true_random=False))
def test_it_does_not_matter_where_bytes_are_cut(data: bytes, chance: random.Random) -> None:
    """
    The same bytes in any pieces give the same screen and the same evidence.
    """
    whole, cut = show(data), Terminal(*SIZE)

    while data:
        size = chance.choice([1, 1, 2, 3, 7, 40])
        cut.feed(data[:size])
        data = data[size:]

    assert whole.screen() == cut.screen()
    assert (whole.bells, whole.notices, whole.progress, whole.prompt_marks) == (
        (cut.bells, cut.notices, cut.progress, cut.prompt_marks)
    )


@ALWAYS
@given(st.lists(st.one_of(BYTES, SIZES), max_size=8))
def test_nothing_raises_whatever_comes(steps: list[bytes | tuple[int, int]]) -> None:
    """
    Any bytes and sizes leave a screen of the right shape.
    """
    terminal = Terminal(*SIZE)
    for step in steps:
        if isinstance(step, bytes):
            terminal.feed(step)
        else:
            terminal.resize(*step)
        check_shape(terminal.screen())


@ALWAYS
@given(
    SIZES,
    st.lists(st.one_of(st.text(max_size=30), BYTES.map(lambda data: data.decode("latin1")))),
    BYTES,
)
def test_any_capture_can_be_painted(size: tuple[int, int], lines: list[str], data: bytes) -> None:
    """
    Whatever a capture holds, painting it gives a screen of the right shape, and so does feeding on.
    """
    terminal = Terminal(*SIZE)

    terminal.paint(Capture(*size, tuple(lines), Cursor(99, 99)))
    check_shape(terminal.screen())

    terminal.feed(data)
    check_shape(terminal.screen())

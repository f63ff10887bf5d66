"""Bytes that go on from a capture in the middle of a session show what tmux shows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_status.terminal import Terminal
from agent_status.tmux.tap_script import MODES, parse_modes
from tests.support import places
from tests.support.tmux_player import (
    Step,
    Tally,
    TmuxPlayer,
    compare_screens,
    gather_steps,
    play_group,
    read_cast,
)

BETWEEN_LOOKS_S = 2.0
YOUNG = frozenset({"goose"})
"""Its sign is so new that many a tmux does not draw it."""
FOLDERS = sorted({path.parent for path in places.RECORDINGS.glob("*/*.cast.gz")})
RECORDINGS = [min(one.glob("*.cast.gz")) for one in FOLDERS if one.name not in YOUNG]
CUT = "|"
SIZE = (20, 6)


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TmuxPlayer]:
    """
    A private tmux server for this module.
    """
    with TmuxPlayer(tmp_path_factory.mktemp("tmux")) as player:
        yield player


def join(player: TmuxPlayer) -> Terminal:
    """
    A terminal that takes the open pane over as it is now.
    """
    form = CUT.join(f"#{{{name}}}" for name in MODES)
    values = player.tmux("display", "-pt", player.pane, form).rstrip("\n").split(CUT)
    hidden = player.tmux("capture-pane", "-peqa", "-t", player.pane)
    terminal = Terminal(1, 1)
    terminal.join(player.capture(), parse_modes(values, hidden))
    return terminal


def list_all(tally: Tally) -> list[object]:
    """
    All that was not equal.
    """
    return [*tally.texts, *tally.styles, *tally.blanks, *tally.others]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.parent.name)
def test_a_session_goes_on_from_a_capture(player: TmuxPlayer, path: Path) -> None:
    """
    Half of the session only tmux sees, the other half both.
    """
    size, steps = read_cast(path)
    middle = steps[-1].at / 2
    player.open(*size)
    play_group(player, Terminal(*size), [one for one in steps if one.at < middle])
    joined, tally = join(player), Tally()
    for group in gather_steps((one for one in steps if one.at >= middle), BETWEEN_LOOKS_S):
        play_group(player, joined, group)
        compare_screens(tally, group[-1].at, player.capture(), joined)

    assert tally.rows > 0
    assert [] == list_all(tally)


CASES = {
    "scrolling region": (b"1\r\n2\r\n3\x1b[2;3r\x1b[3;1H", b"\n4\n5"),
    "origin mode": (b"\x1b[2;4r\x1b[?6h", b"\x1b[1;1Hx"),
    "no wrapping": (b"\x1b[?7l", b"x" * 30),
    "insert mode": (b"abc\x1b[4h\r", b"x"),
    "tab stops": (b"\x1b[3g\x1b[5G\x1bH\r", b"\tx\ty"),
    "pending wrap": (b"x" * SIZE[0], b"y"),
    "written blanks": (b"ab   ", b"\x1b[mc"),
    "coloured blanks": (b"\x1b[44m    \x1b[m\r", b"\x1b[5Gx"),
    "wide characters": ("日本\r".encode(), b"\x1b[4Gx"),
    "hidden cursor": (b"\x1b[?25l", b"\x1b[?7lx"),
    "hidden screen": (b"one\r\ntwo\x1b[?1049h\x1b[Hthree", b"\x1b[?1049lfour"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_capture_does_not_show_is_joined(player: TmuxPlayer, name: str) -> None:
    """
    The modes that tmux tells, and the screen behind the alternate one.
    """
    before, after = CASES[name]
    player.open(*SIZE)
    player.feed(before)
    joined, tally = join(player), Tally()
    compare_screens(tally, 0.0, player.capture(), joined)
    play_group(player, joined, [Step(1.0, data=after)])
    compare_screens(tally, 1.0, player.capture(), joined)

    assert [] == list_all(tally)


def test_a_repair_keeps_what_the_bytes_have_set(player: TmuxPlayer) -> None:
    """
    A capture that differs is painted over; style, region and a half-read sequence stay.
    """
    parts = (b"\x1b[2;4r\x1b[1;31mone\x1b[4;1H\x1b[3", b"2mtwo\nthree")
    player.open(*SIZE)
    player.feed(parts[0])
    ours = Terminal(*SIZE)
    ours.feed(b"wrong" + parts[0])
    ours.paint(player.capture())
    play_group(player, ours, [Step(0.0, data=parts[1])])
    tally = Tally()
    compare_screens(tally, 0.0, player.capture(), ours)

    assert [] == list_all(tally)

"""A real tmux pane and our emulator get the same bytes, and show the same."""

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_status.model import Capture
from agent_status.terminal import Terminal
from agent_status.tmux.client import parse_version
from tests.support import places
from tests.support.tmux_player import (
    Difference,
    Step,
    Tally,
    TmuxPlayer,
    compare_recording,
    compare_screens,
    compare_steps,
    gather_steps,
    play_group,
    read_cast,
)
from tests.unit.terminal.test_terminal import CASES, SIZE, STYLES

FOLDER = places.RECORDINGS
YOUNG = frozenset({"goose"})
"""
Agents whose prompt is a sign of Unicode 15, which many a tmux draws as a blank.
"""
RECORDINGS = sorted(path for path in FOLDER.glob("*/*.cast.gz") if path.parent.name not in YOUNG)
FLOOR = 0.999
BETWEEN_LOOKS_S = 2.0


ANY, LAST = (0, 0), (99, 99)
LIKE_OURS = {
    "zero width joiner": ((3, 3), LAST),
    "variation selector": (ANY, (3, 5)),
    "over the left half": (ANY, (3, 5)),
    "bytes that are no UTF-8": (ANY, (3, 5)),
    "tab stops": (ANY, (3, 5)),
}
"""The versions that do it as we do, for what they do in different ways."""
VERSION = parse_version(subprocess.run(["tmux", "-V"], capture_output=True, text=True).stdout)  # noqa: PLW1510
RARE = pytest.mark.skipif(
    VERSION is not None and (VERSION.major, VERSION.minor) > (3, 5),
    reason="this tmux draws over halves of wide characters, and cuts them off, in another way",
)


def is_like_ours(name: str) -> bool:
    """
    Whether this tmux does what the case of that name is about as our emulator does.
    """
    oldest, newest = LIKE_OURS.get(name, (ANY, LAST))
    return VERSION is None or oldest <= (VERSION.major, VERSION.minor) <= newest


def list_all(tally: Tally) -> list[Difference]:
    """
    All that was not equal.
    """
    return tally.texts + tally.styles + tally.blanks + tally.others


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TmuxPlayer]:
    """
    A private tmux server for this module.
    """
    with TmuxPlayer(tmp_path_factory.mktemp("tmux")) as player:
        yield player


def test_there_are_recordings() -> None:
    """
    Without a recording nothing below would be proved.
    """
    assert RECORDINGS


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: str(path.relative_to(FOLDER))[:-8])
def test_a_recording_shows_the_same(player: TmuxPlayer, path: Path) -> None:
    """
    Of the rows of a real agent's session, 99.9 % have the same text, and as many the same style.

    Each knows whether blanks were written behind its text.
    """
    tally = compare_recording(player, path, BETWEEN_LOOKS_S)

    assert tally.rows > 0
    assert tally.equal_share >= FLOOR, tally.texts
    assert len(tally.styles) <= (1 - FLOOR) * tally.rows, tally.styles
    assert [] == tally.blanks + tally.others


def test_each_sequence_shows_the_same(player: TmuxPlayer) -> None:
    """
    What our tests expect of sequences and styles is what tmux does.
    """
    cases = [data for name, (data, _) in CASES.items() if is_like_ours(name)]
    everything = cases + [codes + b"x" for codes in STYLES]
    groups = [[Step(at, data=b"\x1bc\x1b[3J" + data)] for at, data in enumerate(everything)]

    tallies = [compare_steps(player, SIZE, [group]) for group in groups]

    assert [] == [one for tally in tallies for one in list_all(tally)]


def test_the_departures_are_of_cases_that_there_are() -> None:
    """
    A case that has another name now is compared with every version again.
    """
    assert LIKE_OURS.keys() <= CASES.keys()


SIZES = [(30, 4), (5, 4), (5, 2), (12, 9), (3, 3), (40, 12), (10, 1), (10, 4)]


STARTS = {
    "normal": b"",
    "alternate": b"\x1b[?1049h",
    "erased": b"\x1b[2J\x1b[H",
    "erased history": b"\x1b[3J",
}


@RARE
@pytest.mark.parametrize("name", STARTS)
def test_a_new_size_shows_the_same(player: TmuxPlayer, name: str) -> None:
    """
    Wrapped, wide, coloured and scrolled lines go through many sizes as in tmux.
    """
    text = (
        "long line that wraps 日本語 と \x1b[31mcolours\x1b[m\r\n\r\nx\r\nlast\x1b[42m line\x1b[m"
    )
    history = b"".join(b"%d some history\r\n" % number for number in range(12))
    groups = [[Step(0, data=history + STARTS[name] + text.encode())]]
    for at, size in enumerate(SIZES):
        groups.append([Step(at, size=size), Step(at, data=b"\x1b[Amore\r\n")])
    groups.append([Step(99, data=b"\x1b[?1049l")])

    tally = compare_steps(player, SIZE, groups)

    assert [] == list_all(tally)


TEXTS = [b"hello ", b"abc", b"x" * 17, b"  ", "é─│".encode(), b"\r\n", b"\n", b"\r", b"\b", b"\t"]
ESCAPES = [b"\x1bM", b"\x1bD", b"\x1bE", b"\x1b7", b"\x1b8", b"\x1bH", b"\x1bc", b"\x1b#8"]
MODES = [b"?7l", b"?7h", b"4h", b"4l", b"?6h", b"?6l", b"?1049h", b"?1049l", b"?47h", b"?47l"]
CODES = [b"m", b"1m", b"2m", b"31m", b"7m", b"44m", b"48;5;200m", b"38;2;1;2;3m", b"22m", b"3g"]
MOVES = b"ABCDEFGHJKLMPSTXZ@bdfr`"


def make_bytes(chance: random.Random) -> bytes:
    """
    Return a few dozen random pieces of text and control sequences.
    """
    pieces = []
    for _ in range(chance.randint(1, 60)):
        numbers = b";".join(b"%d" % chance.randint(0, 9) for _ in range(chance.randint(1, 2)))
        move = b"\x1b[" + numbers + bytes([chance.choice(MOVES)])
        mode = b"\x1b[" + chance.choice(MODES + CODES)
        pieces.append(chance.choice([chance.choice(TEXTS), move, mode, chance.choice(ESCAPES)]))
    return b"".join(pieces)


@RARE
def test_random_sequences_show_the_same(player: TmuxPlayer) -> None:
    """
    No combination of sequences that a fixed draw comes upon tells tmux and us apart.
    """
    chance = random.Random(7)  # noqa: S311
    groups = [[Step(at, data=b"\x1bc\x1b[3J" + make_bytes(chance))] for at in range(300)]

    tally = compare_steps(player, (20, 8), groups)

    assert [] == list_all(tally)


def test_a_painted_capture_equals_what_was_fed(player: TmuxPlayer) -> None:
    """
    The daemon's way and the replay's way give the same rows, styles, cursor and flags.
    """
    path = next(path for path in RECORDINGS if path.parent.name == "claude")
    size, steps = read_cast(path)
    player.open(*size)
    fed, painted = Terminal(*size), Terminal(*size)
    for group in gather_steps(steps, BETWEEN_LOOKS_S):
        play_group(player, fed, group)
        painted.paint(player.capture())

        assert fed.screen().rows == painted.screen().rows
        assert fed.screen().cursor == painted.screen().cursor
        assert fed.screen().alternate == painted.screen().alternate


WRONG = {
    "text": ("\x1b[1mone", "twice", "four"),
    "style": ("\x1b[2mone", "\x1b[0;1mtwo", ""),
    "colour": ("\x1b[1;31mone\x1b[39m", "two", ""),
}


def test_the_comparison_can_fail() -> None:
    """
    It reads tmux's output with code of its own, and finds a text, a style, a colour that is not so.
    """
    ours = Terminal(*SIZE)
    ours.feed(b"\x1b[1mone\r\ntwo")
    cursor = ours.screen().cursor
    found = {}
    for name, lines in {"none": ("\x1b[1mone", "two"), **WRONG}.items():
        tally = Tally()
        compare_screens(tally, 0.0, Capture(*SIZE, lines, cursor), ours)
        found[name] = (tally.rows, len(tally.texts), len(tally.styles), len(tally.others))

    assert {
        "none": (4, 0, 0, 0),
        "text": (4, 2, 0, 0),
        "style": (4, 0, 1, 0),
        "colour": (4, 0, 1, 0),
    } == found

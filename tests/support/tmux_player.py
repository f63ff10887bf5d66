"""A real tmux pane that is fed by hand, and the comparison of what it shows with our emulator."""

import gzip
import json
import os
import re
import select
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from agent_status.model import Capture, Cursor, Style
from agent_status.terminal import Terminal
from agent_status.tmux.query import find_blanks

TIMEOUT_S = 30.0
FIELDS = ("pane_width", "pane_height", "cursor_x", "cursor_y", "cursor_flag", "alternate_on")
FORMAT = " ".join(f"#{{{field}}}" for field in FIELDS) + " #{pane_title}"
FIRST_TITLE = "no title yet"
STOP = 8
"""Newer tmux prints a tab as it came; there is one before wide characters only."""


@dataclass(frozen=True)
class Step:
    """What happens in a recording: bytes that the pane gets, or its new size."""

    at: float
    data: bytes = b""
    size: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Difference:
    """A row that is not equal, or `screen` for cursor, title and the like."""

    at: float
    where: str
    theirs: str
    ours: str


@dataclass
class Tally:
    """What was compared, and what was not equal: texts, styles, blanks behind texts, the rest."""

    rows: int = 0
    texts: list[Difference] = field(default_factory=list)
    styles: list[Difference] = field(default_factory=list)
    blanks: list[Difference] = field(default_factory=list)
    others: list[Difference] = field(default_factory=list)

    @property
    def equal_share(self) -> float:
        """The share of rows whose text is equal."""
        return 1 - len(self.texts) / max(1, self.rows)


class TmuxPlayer:
    """One private tmux server with one pane at a time; bytes go in at the caller's pace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.serial = 0
        self.environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "HOME": str(folder),
            "SHELL": "/bin/sh",
            "TMUX_TMPDIR": str(folder),
        }
        self.ends: tuple[int, int] | None = None
        self.blanks = find_blanks(self.tmux("-V").removeprefix("tmux ").strip()).split()
        """The flags of captures with the blanks that were written at the ends of lines."""
        self.tmux("new-session", "-d", "-s", "keep", "sleep 100000")
        self.tmux(
            "set", "-g", "default-terminal", "tmux-256color", ";", "set", "-g", "status", "off"
        )
        self.tmux("set", "-g", "history-limit", "2000", ";", "set", "-sg", "escape-time", "0")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.shut()
        finally:
            self.tmux("kill-server")

    def tmux(self, *arguments: str) -> str:
        """Run one tmux command and return what it printed."""
        command = ["tmux", "-L", "player", "-f", "/dev/null", *arguments]
        done = subprocess.run(
            command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
        return done.stdout.decode("utf-8", "replace")

    @property
    def socket(self) -> str:
        """The path of the server's socket."""
        return str(self.folder / f"tmux-{os.getuid()}" / "player")

    def open(self, width: int, height: int) -> None:
        """Start anew with an empty pane of this size, and pipes that no other pane ever had."""
        self.shut()
        self.serial += 1
        front, back = self.folder / f"in{self.serial}", self.folder / f"back{self.serial}"
        os.mkfifo(front)
        os.mkfifo(back)
        back_end = os.open(back, os.O_RDWR | os.O_NONBLOCK)
        size = ("-x", str(width), "-y", str(height))
        program = f"stty raw -echo; exec cat {front}"
        self.tmux("new-session", "-d", "-s", f"p{self.serial}", *size, program)
        self.tmux("pipe-pane", "-O", "-t", self.pane, f"exec cat >{back}")
        self.tmux("select-pane", "-t", self.pane, "-T", FIRST_TITLE)
        front_end = os.open(front, os.O_WRONLY)
        os.set_blocking(front_end, False)
        self.ends = (front_end, back_end)

    @property
    def pane(self) -> str:
        """The target of the pane that is open."""
        return f"=p{self.serial}:"

    def shut(self) -> None:
        """Close the pane, if there is one."""
        if self.ends:
            ends, self.ends = self.ends, None
            try:
                self.tmux("kill-session", "-t", self.pane)
            finally:
                for end in ends:
                    os.close(end)

    def feed(self, data: bytes) -> None:
        """Write `data` into the pane; return when tmux has parsed exactly all of it."""
        assert self.ends is not None
        front, back = self.ends
        missing, rest = len(data), memoryview(data)
        deadline = time.monotonic() + TIMEOUT_S
        while missing or rest:
            ready, free, _ = select.select([back], [front] if rest else [], [], TIMEOUT_S)
            if ready:
                missing -= len(os.read(back, 65536))
            if free:
                rest = rest[os.write(front, rest[:16384]) :]
            if missing < 0 or time.monotonic() > deadline:
                message = f"tmux handed back {len(data) - missing} of {len(data)} bytes"
                raise TimeoutError(message)

    def resize(self, width: int, height: int) -> None:
        """Give the pane another size."""
        self.tmux("resize-window", "-t", self.pane, "-x", str(width), "-y", str(height))

    def capture(self) -> Capture:
        """Return what the pane shows, as the daemon gets it."""
        said = self.tmux(
            *("display", "-pt", self.pane, FORMAT, ";"),
            *("capture-pane", "-pet", self.pane, *self.blanks),
        )
        head, _, screen = said.partition("\n")
        width, height, x, y, visible, alternate, title = head.split(" ", 6)
        cursor = Cursor(int(x), int(y), visible == "1")
        lines = tuple(screen.removesuffix("\n").split("\n"))
        size = (int(width), int(height))
        return Capture(*size, lines, cursor, title, alternate == "1", blanks=bool(self.blanks))


def read_cast(path: Path) -> tuple[tuple[int, int], list[Step]]:
    """Return the size at the start and the steps of an asciicast v2 file."""
    head, *lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    start = json.loads(head)
    steps = []
    for at, code, text in map(json.loads, filter(None, lines)):
        if code == "o":
            steps.append(Step(at, data=text.encode()))
        elif code == "r":
            width, height = map(int, text.split("x"))
            steps.append(Step(at, size=(width, height)))
    return (start["width"], start["height"]), steps


def gather_steps(steps: Iterable[Step], every_s: float) -> Iterator[list[Step]]:
    """Yield the steps in groups, each of which ends where a comparison is due."""
    group: list[Step] = []
    due = every_s
    for step in steps:
        if group and step.at > due:
            yield group
            group = []
            due = step.at + every_s
        group.append(step)
    if group:
        yield group


def compare_recording(player: TmuxPlayer, path: Path, every_s: float) -> Tally:
    """Play a recording to both; compare every `every_s` of its seconds, and at its end."""
    size, steps = read_cast(path)
    return compare_steps(player, size, gather_steps(steps, every_s))


def compare_steps(player: TmuxPlayer, size: tuple[int, int], groups: Iterable[list[Step]]) -> Tally:
    """Play groups of steps to both, comparing after each."""
    tally = Tally()
    player.open(*size)
    ours = Terminal(*size)
    for group in groups:
        play_group(player, ours, group)
        compare_screens(tally, group[-1].at, player.capture(), ours)
    return tally


def play_group(player: TmuxPlayer, ours: Terminal, group: list[Step]) -> None:
    """Play steps to both; bytes that follow each other go to tmux as one piece."""
    waiting = b""
    for step in group:
        waiting += step.data
        ours.feed(step.data)
        if step.size != (0, 0):
            player.feed(waiting)
            waiting = b""
            player.resize(*step.size)
            ours.resize(*step.size)
    player.feed(waiting)


def compare_screens(tally: Tally, at: float, theirs: Capture, ours: Terminal) -> None:
    """Count equal rows, and the differences in texts, styles, cursor, title and size."""
    screen = ours.screen()
    wanted = read_capture(theirs.lines, len(screen.rows))
    for y, (row, written) in enumerate(zip(screen.rows, wanted, strict=True)):
        tally.rows += 1
        cells = strip_blanks(written)
        text = "".join(char for char, _ in cells)
        if text != row.text:
            tally.texts.append(Difference(at, f"row {y}", text, row.text))
            continue
        looks = [(char, look_of(row.style_at(x))) for x, char in enumerate(row.text)]
        if looks != cells:
            tally.styles.append(Difference(at, f"row {y}", repr(cells), repr(looks)))
        goes_on = bool(cells) and len(written) > len(cells)
        if theirs.blanks and goes_on != row.goes_on:
            tally.blanks.append(Difference(at, f"row {y}", f"{text!r} {goes_on}", str(row.goes_on)))
    ours_said = (screen.width, screen.height, screen.cursor, screen.alternate)
    they_said = (theirs.width, theirs.height, theirs.cursor, theirs.alternate)
    titles = (theirs.title, screen.title if theirs.title != FIRST_TITLE else FIRST_TITLE)
    if ours_said != they_said or titles[0] != titles[1]:
        they = repr((they_said, titles[0]))
        tally.others.append(Difference(at, "screen", they, repr((ours_said, titles[1]))))


# -- what tmux printed, read without any code of the emulator's -----------------------------------

Look = tuple[str, str, frozenset[str]]
"""Foreground, background, and the names of what else is on."""

PLAIN_LOOK: Look = ("default", "default", frozenset())
PIECES = re.compile(r"\x1b\[([0-9;:]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|(.)", re.DOTALL)
DRAWINGS = dict(
    zip(
        "+,-.0_`abcdefghijklmnopqrstuvwxyz{|}~",
        "→←↑↓█\xa0◆▒␉␌␍␊°±░␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·",
        strict=True,
    )
)
SWITCHES = {"1": "bold", "2": "dim", "3": "italic", "4": "underline", "7": "reverse", "9": "strike"}
HUES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]


def look_of(style: Style) -> Look:
    """Return a style of ours as a look."""
    names = frozenset(name for name in SWITCHES.values() if getattr(style, name))
    return (style.fg, style.bg, names)


def name_colour(index: int) -> str:
    """Return the colour of the xterm palette: a name up to 15, then cube and greys in hex."""
    if index < 16:
        return ("bright" if index > 7 else "") + HUES[index % 8]
    if index >= 232:
        return f"{8 + (index - 232) * 10:02x}" * 3
    steps = (0, 95, 135, 175, 215, 255)
    cube = index - 16
    return "".join(f"{steps[part]:02x}" for part in (cube // 36, cube // 6 % 6, cube % 6))


def apply_codes(look: Look, codes: list[str]) -> Look:
    """Return the look after one SGR sequence of those that tmux prints."""
    fg, bg, names = look
    while codes:
        code = codes.pop(0)
        if code in {"38", "48", "58"}:
            if codes.pop(0) == "5":
                colour = name_colour(int(codes.pop(0)))
            else:
                colour = "".join(f"{int(codes.pop(0)):02x}" for _ in range(3))
            fg, bg = (colour if code == "38" else fg), (colour if code == "48" else bg)
        elif code in {"", "0"}:
            fg, bg, names = PLAIN_LOOK
        elif code.partition(":")[0] in SWITCHES:
            names |= {SWITCHES[code.partition(":")[0]]}
        else:
            fg, bg = apply_hue(fg, bg, int(code.partition(":")[0]))
    return (fg, bg, names)


def apply_hue(fg: str, bg: str, code: int) -> tuple[str, str]:
    """Return the colours after one of the codes 30 to 49 and 90 to 107."""
    ground, index = code // 10 * 10, code % 10
    colour = "default" if index == 9 else HUES[index % 8]
    if ground in {90, 100}:
        colour = "bright" + colour
    return (colour if ground in {30, 90} else fg), (colour if ground in {40, 100} else bg)


def read_capture(lines: tuple[str, ...], height: int) -> list[list[tuple[str, Look]]]:
    """Return each row's characters with their looks."""
    look, drawing = PLAIN_LOOK, False
    rows: list[list[tuple[str, Look]]] = []
    for line in lines[:height]:
        cells: list[tuple[str, Look]] = []
        for piece in PIECES.finditer(line):
            char = piece[2]
            if piece[1] is not None:
                look = apply_codes(look, piece[1].split(";"))
            elif char in {"\x0e", "\x0f"}:
                drawing = char == "\x0e"
            elif char == "\t":
                cells.extend([(" ", look)] * (STOP - len(cells) % STOP))
            elif char:
                cells.append((DRAWINGS.get(char, char) if drawing else char, look))
        rows.append(cells)
    return rows + [[]] * (height - len(rows))


def strip_blanks(cells: list[tuple[str, Look]]) -> list[tuple[str, Look]]:
    """Return the cells without the blanks at their end."""
    end = len(cells)
    while end and cells[end - 1][0] == " ":
        end -= 1
    return cells[:end]

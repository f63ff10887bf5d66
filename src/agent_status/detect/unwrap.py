"""Undoes the line breaks of the screen's edge in a body, with all possible readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import prod

from agent_status.detect.columns import measure_text
from agent_status.detect.lines import Line

NOTHING, BLANK, NEWLINE = "", " ", "\n"
NEAR = 10
"""A line that ends so near to the edge may have been broken there."""
SLACK = 3
"""Columns by which what is known of a dialog's edge may be off."""
MAX_PRODUCT = 64
"""At most so many readings are all combinations; with more, lines are doubted one at a time."""
MAX_UNSURE_JOINTS = 40
"""Ends of lines that may be read in several ways; with more, nothing is sure."""


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The likeliest text, all others, and True if these are all."""

    text: str
    readings: tuple[str, ...]
    sure: bool


def unwrap_lines(lines: Sequence[Line], *, hyphens: bool = False) -> Unwrapped:
    """
    Return the text of `lines` without the line ends that only the screen's edge made.

    What stands at the edge can't be known from its looks alone: a program that ends a line there,
    and one that goes on below, may draw the same. Both are readings, so that a command is graded
    by the worst of them. With `hyphens` the program breaks words behind a hyphen and before a
    slash, too.
    """
    texts = _dedent(lines)
    if not texts:
        return Unwrapped("", (), sure=True)
    longest = max(line.end for line in lines)
    pairs = list(pairwise(lines))
    choices = [
        _list_joints(one, more, longest, hyphens=hyphens, first=i == 0)
        for i, (one, more) in enumerate(pairs)
    ]
    best = [choice[0] for choice in choices]
    unsure = [i for i, choice in enumerate(choices) if len(choice) > 1]
    others = [
        [*best[:i], joint, *best[i + 1 :]]
        for i in unsure[:MAX_UNSURE_JOINTS]
        for joint in choices[i][1:]
    ]
    others += [
        [joint if joint in choice else choice[0] for choice in choices]
        for joint in (NOTHING, BLANK, NEWLINE)
    ]
    if prod(map(len, choices)) <= MAX_PRODUCT:
        others += map(list, product(*choices))
    text = _join(texts, best)
    readings = dict.fromkeys(_join(texts, joints) for joints in others)
    readings.pop(text, None)
    return Unwrapped(text, tuple(readings), sure=len(unsure) <= MAX_UNSURE_JOINTS)


def _list_joints(
    line: Line, following: Line, longest: int, *, hyphens: bool, first: bool
) -> tuple[str, ...]:
    """Return what may stand between two lines, the likeliest first; the first may be indented."""
    words, before = following.text.split(), line.text.split()
    if not words or not before or (following.column < line.column and not first):
        return (NEWLINE,)
    end, word = line.end, measure_text(words[0])
    edge = end + line.room
    edge = longest if edge - longest <= SLACK else edge
    wrapped = end + word + 1 > edge
    if not wrapped and word + 1 <= line.room - NEAR:
        return (NEWLINE,)
    joints = [BLANK, NEWLINE] if wrapped else [NEWLINE, BLANK]
    if hyphens and _breaks(line.text, words[0]):
        joints.insert(0, NOTHING)
    elif end >= longest - 1:
        broken = measure_text(before[-1]) + word > longest - line.column
        joints.insert(0 if broken and wrapped else len(joints), NOTHING)
    return tuple(joints)


def _breaks(text: str, following: str) -> bool:
    """Return True if a program that breaks words behind hyphens may have done so here."""
    return text.endswith("-") or (text.endswith(".") and following.startswith("/"))


def _dedent(lines: Sequence[Line]) -> list[str]:
    """Return the texts, with the blanks in front that some of them have more than others."""
    columns = [line.column for line in lines if line.text.strip()]
    left = min(columns[1:] or columns, default=0)
    texts = [" " * max(0, line.column - left) + line.text.strip(" ") for line in lines]
    return [texts[0].lstrip(" "), *texts[1:]] if texts else []


def _join(texts: Sequence[str], joints: Sequence[str]) -> str:
    parts = [texts[0]]
    for joint, text in zip(joints, texts[1:], strict=True):
        parts.append(joint)
        parts.append(text if joint == NEWLINE else text.lstrip(" "))
    return "".join(parts)

"""Screens of agents as small files, and a player that shows them to the pipeline without tmux."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_status.agents.registry import Registry
from agent_status.detect.found import Found
from agent_status.model import Process
from agent_status.model.choice import UnclearError, find_option
from tests.support.panes import open_blank_pane
from tests.support.places import SCREEN_CASES

FOLDER = SCREEN_CASES
PROGRAMS = {"kimi": "kimi-code", "continuecli": "cn", "kimi_legacy": "kimi-cli"}
"""
The names of programs that are not their agents' kinds.
"""
SGR = re.compile(r"\x1b\[[0-9;:]*m")
STEP_S = 0.25
"""
How often the player looks, as the daemon does while something moves.
"""
WITHIN_S = 4.0
HOLD_S = 2.0
MAX_HOLD_S = 4.0
"""
What was said before the last screen has to be said for so long, to be believed.
"""
LATER_S = 3.0
"""
So long after the last screen of its past a case's own screen follows.
"""

Case = Mapping[str, Any]


@dataclass
class Seen:
    """
    What was said from the last screen on: (seconds after it, finding), and what before it.
    """

    before: str = ""
    looks: list[tuple[float, Found]] = field(default_factory=list)

    @property
    def last(self) -> Found:
        """
        What was found at the end.
        """
        return self.looks[-1][1]


def read_case(path: Path) -> Case:
    """
    Return the case in a file.
    """
    case: Case = json.loads(path.read_text())
    return case


def play_case(case: Case, registry: Registry) -> Seen:
    """
    Show a case's screens on a virtual clock; return what was said of the last one.
    """
    if case.get("extra"):
        registry = registry.extend((_find_program(case),))
    watch = open_blank_pane(registry, case["cols"], case["rows"])
    past = [dict(one) for one in case.get("history", ())]
    came_at = case.get("at", past[-1]["t"] + LATER_S) if past else 0.0
    frames = [*past, {**case, "t": came_at}]
    wait = case["expect"].get("within_s", WITHIN_S) + max(
        case["expect"].get("hold_s", HOLD_S), MAX_HOLD_S
    )
    seen = Seen()
    watch.feed(_draw(frames[0], case["cols"], 0, 0.0))
    watch.processes = (Process(2, 1, _find_program(case), _find_program(case)),)
    shown, tick = frames[0], 0
    for at in _count(came_at + wait):
        due = [one for one in frames if one["t"] <= at][-1]
        tick = 0 if due is not shown else tick + 1
        if due is not shown or due.get("spin"):
            watch.feed(_draw(due, case["cols"], tick, at - due["t"]))
        shown = due
        watch.look(at)
        found = watch.look(at)
        if due is frames[-1]:
            seen.looks.append((at - came_at, found))
        else:
            seen.before = found.status.state
    return seen


def find_faults(case: Case, seen: Seen) -> list[str]:
    """
    Return what is wrong with what was said, against what the case expects.
    """
    expect, status = case["expect"], seen.last.status
    faults = list(_find_late(expect, seen))
    if status.agent is None or status.agent.kind != case["agent"]:
        faults.append(f"it is taken for {status.agent}")
    for at, found in seen.looks:
        if at > expect.get("within_s", WITHIN_S) and found.status.state in expect.get("never", ()):
            faults.append(f"says {found.status.state} at {at} s")
    asks = [one.status.ask for at, one in seen.looks if at > WITHIN_S]
    if expect.get("stable") and len({ask.fingerprint for ask in asks if ask}) > 1:
        faults.append("its fingerprint changes")
    flags = {flag.value for flag in status.flags}
    if not flags >= set(expect.get("flags", ())) or flags & set(expect.get("no_flags", ())):
        faults.append(f"its flags are {sorted(flags)}")
    faults += _find_wrong_ask(expect, seen.last)
    return [*faults, *_find_wrong_answers(expect, seen.last)]


def _find_late(expect: Case, seen: Seen) -> Iterator[str]:
    """
    Tell of a state that is none of the right ones, or came too late to hold long enough.
    """
    right, status = expect["state"], seen.last.status
    since = None
    for at, found in seen.looks:
        since = (at if since is None else since) if found.status.state in right else None
    if since is None:
        yield f"says {status.state} ({status.rule}), right is {' or '.join(right)}"
    elif since > expect.get("within_s", WITHIN_S):
        yield f"says {status.state} only after {since} s"


def _find_wrong_ask(expect: Case, found: Found) -> Iterator[str]:
    status = found.status
    ask = status.ask
    have = [(one.key, one.label) for one in ask.options] if ask else []
    want = expect.get("ask_options")
    if want is not None and not _is_alike(have, want):
        yield f"offers {have}, right is {want}"
    if expect.get("no_digit_keys") and any(key.isdigit() for key, _ in have):
        yield f"offers digits: {have}"
    for part in ("command", "question"):
        if expect.get(part, "") not in (getattr(ask, part) if ask else ""):
            yield f"{part} is {getattr(ask, part, None)!r}, right is {expect[part]!r}"
    if expect.get("reason", "") not in status.reason:
        yield f"reason is {status.reason!r}, right is {expect['reason']!r}"
    if expect.get("no_reason", "\n") in status.reason:
        yield f"reason is {status.reason!r}"


def _is_alike(have: Sequence[tuple[str, str]], want: Sequence[Any]) -> bool:
    return len(have) == len(want) and all(
        label.startswith(one)
        if isinstance(one, str)
        else key == one[0] and label.startswith(one[1])
        for (key, label), one in zip(have, want, strict=True)
    )


def _find_wrong_answers(expect: Case, found: Found) -> Iterator[str]:
    for choice in expect.get("refuse", ()):
        if choice == "send" and not found.status.ask:
            free = found.winner and found.winner.state in {"idle", "error", "limited"}
            if free and found.regions.get("box"):
                yield "a message would be sent"
        elif choice != "send" and _choose(found, choice):
            yield f"{choice} would choose {_choose(found, choice)}"
    for choice, right in expect.get("sends", {}).items():
        chosen = _choose(found, choice)
        if right.isdigit() and chosen != right:
            yield f"{choice} would choose {chosen}, right is {right}"
    for choice, wrong in expect.get("not_sends", {}).items():
        if _choose(found, choice) in wrong:
            yield f"{choice} would choose {_choose(found, choice)}"


def _choose(found: Found, choice: str) -> str:
    ask = found.winner.ask if found.winner else None
    try:
        return find_option(ask, choice).key if ask else ""
    except UnclearError:
        return ""


def _find_program(case: Case) -> str:
    kind = str(case["agent"])
    return str(case.get("process", PROGRAMS.get(kind, kind)))


def _count(end: float) -> Iterator[float]:
    yield from (number * STEP_S for number in range(int(end / STEP_S) + 1))


def _draw(scene: Case, cols: int, tick: int, age: float) -> bytes:
    """
    Return what a terminal is told to show a scene; from the second time on over the first.
    """
    rows = _turn(scene, tick, age)
    out = [] if tick else ["\x1b[?25l\x1b[m\x1b[2J"]
    for y, row in enumerate(rows):
        rest = " " * max(0, cols - _measure(row)) if tick else ""
        out.append(f"\x1b[{y + 1};1H\x1b[m{row}\x1b[m{rest}")
    cursor = scene.get("cursor")
    if cursor:
        shown = len(cursor) < 3 or cursor[2]
        out.append(f"\x1b[{cursor[1] + 1};{cursor[0] + 1}H" + ("\x1b[?25h" if shown else ""))
    if not tick:
        title = scene.get("title")
        out += [f"\x1b]2;{title}\x1b\\" if title is not None else "", scene.get("raw", "")]
    return "".join(out).encode("utf-8", "surrogateescape")


def _turn(scene: Case, tick: int, age: float) -> list[str]:
    """
    Return the rows of a scene, with what moves in it `tick` steps on.
    """
    rows, spin = list(scene["screen"]), scene.get("spin") or {}
    if "stream" in spin:
        lines, at = spin["stream"], spin["at"]
        shown = [lines[i % len(lines)] for i in range(tick + 1)][-spin["rows"] :]
        rows[at : at + len(shown)] = shown
        return rows
    signs: list[str] = spin.get("words") or list(spin.get("signs", ""))
    for y, row in enumerate(rows):
        sign = min((one for one in signs if one in row), key=row.index, default="")
        if sign and spin.get("row", "") in row:
            new = signs[(signs.index(sign) + tick) % len(signs)]
            turned = row.replace(sign, new, 1)
            rows[y] = _count_on(turned, int(age)) if spin.get("count") else turned
            break
    return rows


def _count_on(row: str, age: int) -> str:
    """
    Return a row with its first time in brackets `age` seconds later.
    """

    def later(match: re.Match[str]) -> str:
        whole = int(match[1] or 0) * 60 + int(match[2]) + age
        return f"({whole // 60}m {whole % 60}s" if whole >= 60 else f"({whole}s"

    return re.sub(r"\((?:(\d+)m )?0?(\d+)s", later, row, count=1)


def _measure(text: str) -> int:
    wide = (unicodedata.east_asian_width(char) in "WF" for char in SGR.sub("", text))
    return sum(1 + one for one in wide)

"""When a limit ends, as the screen shows it: the words, and their time."""

import functools
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone, tzinfo

from agent_status.model import State, Status

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = {"UTC": 0, "GMT": 0, "Z": 0, "PST": -8, "PDT": -7, "MST": -7, "MDT": -6, "CST": -6} | {
    "CDT": -5,
    "EST": -5,
    "EDT": -4,
    "CET": 1,
    "CEST": 2,
}
"""Hours that a zone is ahead, by the short names that agents use."""
SPAN = r"\d+\ ?(?:w|d|h|m|s)[a-z]*"
ISO = r"\d{4}-\d\d-\d\d[T\ ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
RESET = re.compile(
    rf"""(?ix)\b(?:resets?|try\ again|retry|available\ again|renews)\b:?\ (?:
    (?:in|after)\ (?P<span>{SPAN}(?:(?:,|\ and)?\ ?{SPAN})*)\b
    |(?:(?:at|on)\ )?(?P<iso>{ISO})
    |(?:(?:at|on)\ )?(?:(?P<weekday>{"|".join(DAYS)})[a-z]*,?\ )?
     (?:(?P<month>{"|".join(MONTHS)})[a-z]*\.?\ (?P<day>\d{{1,2}})(?:st|nd|rd|th)?
       (?:,?\ (?P<year>\d{{4}}))?,?\ )?(?:at\ )?
     (?P<hour>\d{{1,2}})(?::(?P<minute>\d\d)(?::\d\d)?)?(?:\ ?(?P<half>[ap])\.?m\b\.?)?
     (?<!\ \d)(?<!\ \d\d)
     (?:\ \(?(?P<zone>(?-i:[A-Z][A-Za-z_]+(?:/[\w+-]+)+|[A-Z]{{3,4}}\b))\)?)?
    )"""
)
"""A clock time has minutes, or says which half of the day it means."""
MAX_SOON_S = 60.0
"""A clock time that has passed so lately is the one of today."""

FindZone = Callable[[str], tzinfo | None]
"""Returns the zone of a name such as `Europe/Berlin`; of the empty name that of this machine."""


@functools.lru_cache(64)
def find_reset(text: str) -> str:
    """Return the last words that say when a limit ends, such as `resets 6:47pm (UTC)`."""
    found = [match[0] for match in RESET.finditer(" ".join(text.split()))]
    return found[-1] if found else ""


def add_reset(status: Status, text: str) -> Status:
    """Return `status`, of a limit, with the words of the screen on when it ends in its reason."""
    if status.state is not State.LIMITED or find_reset(status.reason):
        return status
    reset = find_reset(text)
    reason = f"{status.reason} · {reset}" if status.reason else reset
    return replace(status, reason=reason) if reset else status


def parse_reset(words: str, said_at: float, find_zone: FindZone) -> float | None:
    """Return the Unix time of such words, shown at Unix `said_at`; None if unclear."""
    found = RESET.search(words)
    if found is None:
        return None
    try:
        if found["span"]:
            return said_at + _sum_span(found["span"])
        if found["iso"]:
            return _read_iso(found["iso"], find_zone)
        return _read_clock(found, said_at, find_zone)
    except (ValueError, OverflowError, OSError):
        return None


def _sum_span(text: str) -> float:
    pairs = re.findall(r"(\d+) ?([wdhms])", text, re.IGNORECASE)
    return float(sum(int(count[:6]) * UNITS_S[unit.lower()] for count, unit in pairs))


def _read_iso(text: str, find_zone: FindZone) -> float:
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=find_zone(""))).timestamp()


def _read_clock(found: re.Match[str], said_at: float, find_zone: FindZone) -> float | None:
    name = found["zone"] or ""
    hours = ZONES.get(name)
    zone = find_zone(name) if hours is None else timezone(timedelta(hours=hours))
    if zone is None:
        return None
    written = datetime.fromtimestamp(said_at, zone)
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + 12 * (found["half"].lower() == "p")
    clock = written.replace(hour=hour, minute=int(found["minute"] or 0), second=0, microsecond=0)
    if found["month"]:
        return _place_date(clock, found, written).timestamp()
    if found["weekday"]:
        days = (DAYS.index(found["weekday"].lower()) - written.weekday()) % 7
        clock += timedelta(days=days)
    late = written.timestamp() - clock.timestamp() > MAX_SOON_S
    return (clock + timedelta(days=7 if found["weekday"] else 1) * late).timestamp()


def _place_date(clock: datetime, found: re.Match[str], written: datetime) -> datetime:
    """Return the day that is named, of this year or, where that is long over, of the next."""
    month = MONTHS.index(found["month"].lower()) + 1
    year = int(found["year"] or written.year)
    placed = clock.replace(year=year, month=month, day=int(found["day"]))
    over = not found["year"] and written - placed > timedelta(days=180)
    return placed.replace(year=year + 1) if over else placed

"""When a limit ends: read from the screen, kept as a number, counted down in every row."""

import math
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from agent_status.chooser.draw.rows import REASON
from agent_status.cli.table import render_table
from agent_status.detect.reset_time import find_reset, parse_reset
from agent_status.features.limits.feature import LimitsFeature, find_zone
from agent_status.model import Agent, Pane, PaneId, Sighting, State, Status
from agent_status.model.attention import describe_reset, rank
from agent_status.protocol.convert import decode
from agent_status.protocol.report import build_report
from agent_status.protocol.rows import Report
from agent_status.recordings.replay import parse_command
from tests.support.chooser_lab import read_agents
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane

RULE = "─" * 80
MENU = f"""❯ go on
  ⎿  You've hit your session limit · resets 6:47pm (UTC)

✻ Cooked for 1m 23s

❯ /rate-limit-options
{RULE}
 What do you want to do?

 ❯ 1. Stop and wait for limit to reset
   2. Upgrade your plan

 Enter to confirm · Esc to cancel"""
NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HERE = timezone(timedelta(hours=1))


def zone_of(name: str) -> tzinfo | None:
    """
    The zones of the tests; this machine is an hour ahead of UTC.
    """
    return {"": HERE, "America/Los_Angeles": ZoneInfo("America/Los_Angeles")}.get(name)


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("hit your limit · resets 6:47pm (UTC)", "resets 6:47pm (UTC)", "11-30 18:47"),
        ("resets 5pm (America/Los_Angeles)", "resets 5pm (America/Los_Angeles)", "12-01 01:00"),
        ("resets 5pm\n (America/Los_Angeles)", "resets 5pm (America/Los_Angeles)", "12-01 01:00"),
        ("limit resets at 3:00 AM", "resets at 3:00 AM", "12-01 02:00"),
        ("Your limit resets 18:47.", "resets 18:47", "11-30 17:47"),
        ("resets Dec 2, 9am (UTC)", "resets Dec 2, 9am (UTC)", "12-02 09:00"),
        ("resets on Jan 3 at 12am UTC", "resets on Jan 3 at 12am UTC", "01-03 00:00"),
        ("resets Thu 9:00 AM (UTC)", "resets Thu 9:00 AM (UTC)", "12-03 09:00"),
        ("try again at Dec 2nd, 2026 6:47 PM", "try again at Dec 2nd, 2026 6:47 PM", "12-02 17:47"),
        ("try again in 2 hours 5 minutes.", "try again in 2 hours 5 minutes", "11-30 14:05"),
        ("resets in 3d 4h", "resets in 3d 4h", "12-03 16:00"),
        ("Access resets at 11:00 PM PST", "resets at 11:00 PM PST", "12-01 07:00"),
        ("resets 2026-11-30T18:47:00Z", "resets 2026-11-30T18:47:00Z", "11-30 18:47"),
        ("old: resets 1pm (UTC)\nnew: resets 2pm (UTC)", "resets 2pm (UTC)", "11-30 14:00"),
        ("resets 11:59am (UTC)", "resets 11:59am (UTC)", "11-30 11:59"),
        ("resets 11am (UTC)", "resets 11am (UTC)", "12-01 11:00"),
        ("resets 5pm (Nowhere/Land)", "resets 5pm (Nowhere/Land)", None),
        ("resets 25:70 (UTC)", "resets 25:70 (UTC)", None),
        ("try again in 999999999999 weeks", "try again in 999999999999 weeks", "?"),
    ],
)  # fmt: skip
def test_words_on_the_end_of_a_limit_mean_a_time(text: str, words: str, wanted: str | None) -> None:
    """
    The next such time, in its zone or in that of this machine, counted from when it was said.
    """
    assert words == find_reset(text)
    found = parse_reset(words, NOON.timestamp(), zone_of)
    told = found and datetime.fromtimestamp(min(found, 4e9), UTC).strftime("%m-%d %H:%M")
    assert wanted in {told, "?"}


@pytest.mark.parametrize("text", ["", "resets 5 counters", "it resets the board", "try again"])
def test_other_words_mean_none(text: str) -> None:
    """
    A number alone is no time of day.
    """
    assert not find_reset(text)
    assert parse_reset(text, 0.0, zone_of) is None


def test_zones_are_those_of_the_system() -> None:
    """
    A name that is none, or leads elsewhere, is not known.
    """
    assert find_zone("")
    assert [None, None] == [find_zone("Nowhere/Land"), find_zone("../../etc/passwd")]


def test_the_reset_above_a_menu_is_in_the_reason() -> None:
    """
    Claude's menu itself does not say it.
    """
    watch = open_blank_pane(KNOWLEDGE, 80, 24)
    watch.processes = parse_command("claude")
    watch.feed(MENU.replace("\n", "\r\n").encode())

    status = watch.look(1.0).status

    assert State.LIMITED is status.state
    assert "usage limit reached · resets 6:47pm (UTC)" == status.reason


def make_limited(reason: str, since: float = 10.0, pane: str = "%1") -> Sighting:
    """
    An agent that hit a limit.
    """
    status = Status(Agent("claude", "Claude"), State.LIMITED, since, reason)
    return Sighting(Pane(PaneId(pane)), status)


def test_the_end_is_told_once_and_the_same_after_a_restart() -> None:
    """
    Counted from when the limit began; words that count down do not move it, others do.
    """
    wall = NOON.timestamp()
    first, second = (LimitsFeature(lambda: wall + 100.0) for _ in "ab")

    def read(clock: LimitsFeature, reason: str, now: float) -> float | None:
        (found,) = clock.enrich([make_limited(reason)], now)
        return found.status.resets_at

    assert 3610.0 == read(first, "try again in 1 hour", 110.0)
    assert 3610.0 == read(second, "try again in 1 hour", 110.0)
    assert 3610.0 == read(first, "try again in 58m", 110.0 + 70.0)
    assert 110.0 + 7200.0 == read(first, "try again in 2 hours", 110.0)
    assert read(first, "usage limit reached", 110.0) == 110.0 + 7200.0
    assert not first.enrich([], 120.0)
    assert read(first, "usage limit reached", 110.0) is None


def test_a_row_counts_down_and_is_raised_when_the_limit_has_ended() -> None:
    """
    In the report as data, in `list` and in the chooser as words; until then it does not age.
    """
    wall = NOON.timestamp()
    (limited,) = LimitsFeature(lambda: wall).enrich([make_limited("try again in 1 hour")], 10.0)
    failed = Sighting(
        Pane(PaneId("%2")), Status(Agent("pi", "pi"), State.FINISHED, 3500.0, "its turn is over")
    )
    early, late = (
        build_report(rank([limited, failed], now), now, wall + now - 10.0, "s")
        for now in (3550.0, 3611.0)
    )

    assert [["%2", "%1"], ["%1", "%2"]] == [
        [one["pane"] for one in report["agents"]] for report in (early, late)
    ]
    row = early["agents"][1]
    assert wall + 3600.0 == row["resets_at"]
    assert early["agents"][0]["resets_at"] is None
    assert "resets in 1m" in row["attention"]["words"]
    assert "resets in 1m · try again in 1 hour" in render_table(decode(Report, early), 200)
    assert "the limit has reset · try again" in render_table(decode(Report, late), 200)
    entry = read_agents(early)[1]
    assert "resets in 1m · try again in 1 hour" == REASON.say(entry, early["at"], None)  # type: ignore[arg-type]
    assert "" == describe_reset(math.inf, 0.0) == describe_reset(None, 0.0)

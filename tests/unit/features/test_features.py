"""Plug-ins of the daemon: facts and decisions, in one pass, and what is shown of them."""

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent_status.chooser.draw.detail import draw_detail
from agent_status.chooser.draw.rows import FACTS, Pen, choose_columns, describe_where, draw_row
from agent_status.chooser.state.agents import find_words
from agent_status.chooser.state.moves import update_agents
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import View
from agent_status.cli.table import render_table
from agent_status.daemon.features import FEATURES, Row
from agent_status.doctor import examine_features
from agent_status.errors import RefusedError
from agent_status.features.base import DiagnosisInput, Feature, FeatureSet, share_op
from agent_status.model import Agent, Facet, Pane, PaneId, Sighting, State, Status
from agent_status.model.finding import Finding
from agent_status.protocol.convert import decode
from agent_status.protocol.report import build_report, read_content
from agent_status.protocol.rows import Report
from tests.support.chooser_lab import read_agents

SCHEMA = json.loads((files("agent_status.protocol") / "report.schema.json").read_text("utf-8"))
LOG = logging.getLogger(__name__)
FINE = Finding("second", "all is well")
NOW, CLOCK = 100.0, 1_700_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tide(Facet):
    """A fact that no output has heard of."""

    name = "tide"
    turns_at: float
    ports: tuple[str, ...] = ()
    height: float = float("inf")


class TideFeature(Feature):
    """Adds the tide to every agent."""

    def __init__(self, words: str = "high tide", lines: Sequence[str] = ("turns at noon",)) -> None:
        self.facet = Tide(turns_at=NOW + 60.0, ports=("Hull",), words=words, lines=tuple(lines))

    def find_facet(self, sighting: Sighting, now: float) -> Facet | None:  # noqa: ARG002
        """Return the same tide for all."""
        return self.facet


class Decides(Feature):
    """Makes of one state another one."""

    def __init__(self, before: State, after: State) -> None:
        self.before, self.after = before, after

    def decide(self, sighting: Sighting) -> Status:
        """Return the other state."""
        status = sighting.status
        return replace(status, state=self.after) if status.state is self.before else status


class Breaks(Feature):
    """Fails wherever it is called."""

    def find_facet(self, sighting: Sighting, now: float) -> Facet | None:  # noqa: ARG002
        """Raise."""
        raise ZeroDivisionError

    def decide(self, sighting: Sighting) -> Status:  # noqa: ARG002
        """Raise."""
        raise ZeroDivisionError


def see(state: State = State.IDLE) -> Sighting:
    """Return an agent."""
    status = Status(Agent("claude", "Claude Code", 7), state, 90.0)
    return Sighting(Pane(PaneId("%1"), "work", folder="/home/u/api"), status)


def report(*members: Feature) -> dict[str, Any]:
    """Return the report of one agent after these plug-ins, as it is on the wire."""
    sightings = FeatureSet(members, LOG).enrich([see()], NOW)
    found = json.loads(json.dumps(build_report(sightings, NOW, CLOCK, "/run/tmux")))
    jsonschema.validate(found, SCHEMA)
    assert isinstance(found, dict)
    return found


def test_report_holds_every_field_of_a_facet() -> None:
    """Times are Unix seconds, and what JSON does not know is null."""
    expected = {
        "words": "high tide",
        "lines": ["turns at noon"],
        "news": "",
        "turns_at": CLOCK + 60.0,
        "ports": ["Hull"],
        "height": None,
    }

    assert {"tide": expected} == report(TideFeature())["agents"][0]["facets"]


def test_facet_is_published_when_its_words_change() -> None:
    """Otherwise a watcher would not hear of it."""
    low, high = (FeatureSet([TideFeature(words)], LOG).enrich([see()], NOW) for words in "ab")

    assert read_content(low) != read_content(high)
    assert read_content(low) == read_content(
        FeatureSet([TideFeature("a")], LOG).enrich([see()], NOW)
    )


def test_facet_is_shown_in_row_detail_and_list() -> None:
    """None of them knows the feature."""
    found = report(TideFeature())
    (entry,) = read_agents(found)
    pen = Pen(Theme(), CLOCK)

    row = draw_row(entry, choose_columns([entry], 120, pen), pen).plain
    detail = [line.plain for line in draw_detail(update_agents(View(), (entry,)), 60, 20, Theme())]

    assert "high tide" in row
    assert "high tide" in describe_where(entry, 80)
    assert "tide     turns at noon" in detail
    assert "high tide" in find_words(entry)
    head, line = render_table(decode(Report, found), 120).splitlines()
    assert head.endswith("FACTS")
    assert line.endswith("high tide")


def test_list_and_row_have_no_column_for_facts_without_any() -> None:
    """As before there were any."""
    found = report()

    assert render_table(decode(Report, found), 120).splitlines()[0].endswith("WHERE")
    assert FACTS not in [
        slot.column for slot in choose_columns(read_agents(found), 200, Pen(Theme(), CLOCK))
    ]


def test_facet_text_is_inert_where_it_is_drawn() -> None:
    """Escape sequences lose their head; a style of tmux is only text there."""
    hostile = "\x1b]0;owned\x07#[fg=red]\u202e"
    found = report(TideFeature(hostile, [hostile]))
    (entry,) = read_agents(found)
    pen = Pen(Theme(), CLOCK)

    drawn = [
        render_table(decode(Report, found), 120),
        draw_row(entry, choose_columns([entry], 120, pen), pen).plain,
        *(line.plain for line in draw_detail(update_agents(View(), (entry,)), 60, 20, Theme())),
    ]

    assert "#[fg=red]" in drawn[0]
    assert not any(character in text for text in drawn for character in "\x1b\x07\u202e")


@pytest.mark.parametrize("facets", [None, [], {"tide": 3}, {"": {"words": 1, "lines": "x"}}])
def test_chooser_reads_any_facets(facets: Any) -> None:
    """Those of another version or host may have any shape."""
    found = report()
    found["agents"][0]["facets"] = facets

    (entry,) = read_agents(found)

    assert "" == entry.facts
    assert draw_detail(update_agents(View(), (entry,)), 60, 20, Theme())


def test_decisions_are_made_in_order_and_seen_by_later_features() -> None:
    """One decides on what those before it have decided."""
    members = Decides(State.IDLE, State.REVIEW), Decides(State.REVIEW, State.STUCK)

    (found,) = FeatureSet(members, LOG).enrich([see()], NOW)

    assert State.STUCK is found.status.state
    assert State.STUCK is FeatureSet(members, LOG).decide(see()).state
    assert State.REVIEW is FeatureSet(members[::-1], LOG).decide(see()).state


def test_feature_that_fails_spoils_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """Its failure is logged once."""
    features = FeatureSet([Breaks(), TideFeature(), Decides(State.IDLE, State.REVIEW)], LOG)

    found = [features.enrich([see()], NOW)[0] for _ in range(2)]

    assert [State.REVIEW] * 2 == [one.status.state for one in found]
    assert ["tide"] == [facet.name for facet in found[0].facets]
    assert 1 == sum("Breaks failed" in line for line in caplog.messages)
    assert State.REVIEW is features.decide(see()).state


@pytest.mark.parametrize("name", FEATURES)
def test_diagnosis_needs_neither_tmux_nor_daemon(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It finds what can be known without them, and changes nothing."""
    monkeypatch.setenv("HOME", str(tmp_path))
    seen = DiagnosisInput(tmp_path / "config", tmp_path / "state")

    found = list(FEATURES[name].diagnose(seen))

    assert all(one.what and one.found for one in found)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("library", ["textual", "tree_sitter", "tree_sitter_bash"])
def test_doctor_works_without_a_library(library: str) -> None:
    """One that is missing is what it has to report."""
    script = (
        f"import sys; sys.modules['{library}'] = None\n"
        "from agent_status.doctor import examine\n"
        "print([one.what for one in examine(None, '/gone', None) if one.problem])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert "'tmux'" in done.stdout


def test_doctor_reports_a_diagnosis_that_fails() -> None:
    """The findings of the others are needed most then."""
    rows = {"first": Row(diagnose=lambda _: 1 // 0), "second": Row(diagnose=lambda _: [FINE])}  # type: ignore[arg-type, return-value]

    first, second = examine_features(rows, DiagnosisInput(Path("/gone"), Path("/gone")))

    assert first.problem
    assert "ZeroDivisionError" in first.problem.what
    assert FINE == second


def refuse(request: object) -> str:
    """
    Refuse every request.
    """
    raise RefusedError(str(request))


def test_op_of_several_features_is_refused_only_if_all_refuse() -> None:
    """
    The first answer counts.
    """
    assert share_op([refuse, lambda _: "first", lambda _: "second"])("x") == "first"
    with pytest.raises(RefusedError, match="x"):
        share_op([refuse, refuse])("x")

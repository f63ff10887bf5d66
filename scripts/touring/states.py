"""The chooser with an agent in every state, some of them for seconds, others for days."""

from dataclasses import replace
from pathlib import Path

from agent_status.agents.files import load_agents
from agent_status.chooser.frame.frame import draw_frame
from agent_status.chooser.state.agents import list_agents
from agent_status.chooser.state.moves import set_shot, update_agents
from agent_status.chooser.state.preview import draw_screen
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import View
from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.policy import grade_ask, make_working_dir
from agent_status.features.risk.table_files import read_risk_files
from agent_status.model import (
    Agent,
    Changes,
    Pane,
    PaneId,
    Screen,
    Sighting,
    State,
    Status,
    Triage,
)
from agent_status.model.attention import rank
from agent_status.options import Options
from agent_status.protocol.convert import decode
from agent_status.protocol.report import build_report
from agent_status.protocol.rows import Report
from agent_status.recordings.replay import iterate_ticks, open_pane
from agent_status.terminal.asciicast import open_recording
from touring.film import Frame, draw_film

NOWHERE = Path("/nonexistent")
RECORDINGS = Path(__file__).resolve().parents[2] / "tests" / "recordings"
RECORDING = RECORDINGS / "claude" / "risky_shell-60x20.cast.gz"
WIDTH, HEIGHT = 120, 41
NOW = 1_800_000_000.0
MINUTE, HOUR, DAY = 60, 3600, 86400
HOME = "/home/ada"

ROWS = (
    (State.APPROVAL, 4 * MINUTE, "claude", "shop:0.0", "main", ""),
    (State.QUESTION, 2 * MINUTE, "opencode", "shop:1.0", "orders", "Which database for the tests?"),
    (State.PLAN, 50, "claude", "infra:0.0", "vpc", "move the subnets into one module"),
    (State.SETUP, 42, "gemini", "web:0.0", "main", "Do you trust this folder?"),
    (State.ERROR, 31 * MINUTE, "codex", "docs:0.0", "main", "API Error: 401 invalid key"),
    (State.LIMITED, 50 * MINUTE, "claude", "docs:1.0", "spelling", "limit reached, resets 8:50pm"),
    (State.STUCK, 26 * MINUTE, "qwen", "ml:0.0", "train", "nothing has moved for 26 minutes"),
    (State.REVIEW, HOUR + 12 * MINUTE, "codex", "words:0.0", "tabs", ""),
    (State.FINISHED, 19 * MINUTE, "copilot", "words:1.0", "main", ""),
    (State.UNKNOWN, 3 * HOUR, "goose", "lab:0.0", "main", ""),
    (State.WORKING, 8, "claude", "words:2.0", "docs", "Pondering"),
    (State.IDLE, 2 * DAY, "gemini", "lab:1.0", "main", ""),
)
"""State, age, agent, place, branch and reason; the first one is what the recording asks."""

FACETS = {
    State.LIMITED: {"triage": Triage(snoozed_until=10.0 * MINUTE)},
    State.REVIEW: {
        "changes": Changes("/home/ada/words", files=3, added=40, removed=12, touched=("wc.py",))
    },
    State.WORKING: {"triage": Triage(note="only the pages")},
}
"""What is known of them beside their state."""


def find_request() -> tuple[Status, Screen]:
    """Return the status and the screen of an agent that asks, from a recording."""
    recording = open_recording(RECORDING)
    watch = open_pane(recording, load_agents(NOWHERE)[0])
    for _, status in iterate_ticks(watch, recording.read_events()):
        if status.ask:
            return status, watch.screen
    message = f"nothing is asked in {RECORDING.name}"
    raise ValueError(message)


def list_sightings(asking: Status) -> list[Sighting]:
    """Return an agent in each state; the first one is `asking`."""
    names = {agent.kind: agent.name for agent in load_agents(NOWHERE)[0].agents}
    tables = parse_tables(read_risk_files(NOWHERE).tables)[0]
    found = []
    for number, (state, age_s, kind, place, branch, reason) in enumerate(ROWS):
        session, _, window = place.partition(":")
        folder = f"{HOME}/{session}"
        pane = Pane(PaneId(f"%{number}"), session, window_index=int(window[0]), folder=folder)
        status = Status(Agent(kind, names[kind]), state, -float(age_s), reason)
        if state is asking.state and asking.ask:
            risk = grade_ask(asking.ask, make_working_dir(folder, folder, HOME), tables)
            status = replace(asking, since=-float(age_s), risk=risk)
        sighting = Sighting(pane, status, branch)
        found.append(replace(sighting, **FACETS.get(state, {})))
    return found


def draw_states() -> str:
    """Return the picture."""
    asking, screen = find_request()
    report = build_report(rank(list_sightings(asking), 0.0), 0.0, NOW, "")
    view = update_agents(View(now=NOW), list_agents(decode(Report, report), HOME))
    view = set_shot(view, draw_screen(view.selected, screen))
    lines = draw_frame(view, WIDTH, HEIGHT, Theme(Options()))
    return draw_film([Frame(lines)])

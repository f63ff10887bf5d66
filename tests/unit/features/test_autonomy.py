"""How much an agent does without asking: by its screen, its session file, its command line."""

from dataclasses import replace

import pytest

from agent_status.agents.files import read_packaged
from agent_status.agents.loader import parse_agents
from agent_status.detect.identify import name_process
from agent_status.detect.layout import Layout
from agent_status.detect.match import find_flags, find_mode
from agent_status.features.autonomy.feature import AutonomyFeature
from agent_status.model import Activity, Agent, Autonomy, Flag, Process, Sighting, State
from tests.support.journal_lab import make_sighting
from tests.support.screens import draw

AGENTS = {agent.kind: agent for agent in parse_agents(read_packaged())[0]}
RULE = "─" * 60
CLAUDE = f"● Done.\n\n{RULE}\n❯ \n{RULE}\n  {{}}"
QWEN = f"● Done.\n\n{RULE}\n>   Type your message or @path/to/file\n{RULE}\n  {{}}"


@pytest.mark.parametrize(
    ("kind", "screen", "mode"),
    [
        ("claude", CLAUDE.format("⏵⏵ bypass permissions on (shift+tab to cycle)"), "bypass"),
        ("claude", CLAUDE.format("⏵⏵ accept edits on (shift+tab to cycle)"), "edits"),
        ("claude", CLAUDE.format("⏵⏵ auto mode on (shift+tab to cycle)"), "auto"),
        ("claude", CLAUDE.format("⏸ plan mode on (shift+tab to cycle)"), "plan"),
        ("claude", CLAUDE.format("⏸ manual mode on"), "asks"),
        ("claude", CLAUDE.format("? for shortcuts"), ""),
        ("claude", "● ⏵⏵ bypass permissions on\n\n" + CLAUDE.format("? for shortcuts"), ""),
        ("qwen", QWEN.format("⏸ Ask permissions (shift + tab to cycle)"), "asks"),
        ("qwen", QWEN.format("YOLO mode (shift + tab to cycle)"), "bypass"),
        ("qwen", QWEN.format("Auto mode (shift + tab to cycle)"), "auto"),
        ("vibe", f"Done.\n{'─' * 40} accept edits ─\n> \n{RULE}\n~/demo", "edits"),
        ("codex", "│ permissions: YOLO mode │", "bypass"),
    ],
)
def test_screen_tells_the_mode(kind: str, screen: str, mode: str) -> None:
    """
    Only where the agent itself writes it; the old flag is set where it does not ask.
    """
    layout = Layout(draw(screen), AGENTS[kind])

    assert find_mode(layout) == mode
    assert (Flag.AUTO in find_flags(layout)) is (mode in {"edits", "auto", "bypass"})


@pytest.mark.parametrize(
    ("kind", "args", "mode"),
    [
        ("claude", "claude --dangerously-skip-permissions", "bypass"),
        ("claude", "claude --permission-mode acceptEdits -c", "edits"),
        ("claude", "claude --permission-mode=plan", "plan"),
        ("claude", "claude --dangerously-skip-permissions-not", ""),
        ("claude", "claude", ""),
        ("codex", "codex --dangerously-bypass-approvals-and-sandbox", "bypass"),
        ("codex", "codex -a never", "bypass"),
        ("codex", "codex --full-auto", "auto"),
        ("codex", "codex -a untrusted --sandbox workspace-write", "asks"),
        ("gemini", "node /usr/bin/gemini --yolo", "bypass"),
        ("gemini", "gemini --approval-mode=auto_edit", "edits"),
        ("qwen", "qwen --approval-mode yolo", "bypass"),
        ("qwen", "qwen --approval-mode auto-edit", "edits"),
        ("qwen", "qwen --approval-mode auto", "auto"),
        ("copilot", "copilot --allow-all-tools", "bypass"),
        ("amp", "amp --dangerously-allow-all", "bypass"),
        ("aider", "aider --yes-always", "bypass"),
        ("kimi", "kimi --yolo", "bypass"),
        ("continuecli", "cn --readonly", "plan"),
    ],
)
def test_command_line_tells_the_mode(kind: str, args: str, mode: str) -> None:
    """
    As whole words.
    """
    assert name_process(AGENTS[kind], Process(7, 1, kind, args)).autonomy == mode


def see(
    screen: str = "", session: str = "", argv: str = "", state: State = State.WORKING, pid: int = 1
) -> Sighting:
    """
    An agent whose sources say these modes.
    """
    sighting = make_sighting(state)
    agent = Agent("claude", "Claude Code", pid, autonomy=Autonomy(argv))
    status = replace(sighting.status, agent=agent, autonomy=Autonomy(screen))
    activity = Activity(autonomy=Autonomy(session))
    return replace(sighting, status=status, activity=activity)


@pytest.mark.parametrize(
    ("looks", "mode", "source"),
    [
        ([see("auto", "asks", "bypass")], "auto", "its screen"),
        ([see("", "asks", "bypass")], "asks", "its session file"),
        ([see("", "", "bypass")], "bypass", "its command line"),
        ([see()], "", ""),
        ([see("auto"), see(session="asks", state=State.APPROVAL)], "auto", "its screen"),
        ([see("auto"), see(session="asks")], "asks", "its session file"),
        (
            [see("auto"), see(session="asks"), see(session="asks", state=State.APPROVAL)],
            "asks",
            "its session file",
        ),
        ([see("auto"), see(state=State.APPROVAL, pid=2)], "", ""),
    ],
)
def test_screen_wins_and_is_remembered_while_a_dialog_covers_it(
    looks: list[Sighting], mode: str, source: str
) -> None:
    """
    But not of an agent that has ended, nor once the screen says nothing any more.
    """
    feature = AutonomyFeature()
    for look in looks:
        (found,) = feature.enrich([look], 0.0)
    facet = feature.find_facet(found, 0.0)

    assert (found.autonomy, facet.source if facet else "") == (mode, source)


@pytest.mark.parametrize(
    ("mode", "words", "line"),
    [
        ("bypass", "bypass", "bypass: it asks for nothing (by its screen)"),
        ("asks", "", "asks: it asks before it runs or changes something (by its screen)"),
    ],
)
def test_row_names_the_mode_unless_it_asks(mode: str, words: str, line: str) -> None:
    """
    The detail says what it means.
    """
    feature = AutonomyFeature()
    (found,) = feature.enrich([see(mode)], 0.0)
    facet = feature.find_facet(found, 0.0)

    assert facet is not None
    assert (facet.words, facet.lines) == (words, (line,))

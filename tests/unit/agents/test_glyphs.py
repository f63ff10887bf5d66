"""A new version draws its frames and prompts with other signs, and is read as before."""

from dataclasses import replace
from functools import lru_cache

import pytest

from agent_status.agents.glyphs import EQUIVALENT, normalize_glyphs
from agent_status.recordings.replay import iterate_changes, iterate_ticks
from agent_status.terminal.asciicast import open_recording
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane
from tests.support.places import RECORDINGS

OTHERS = {
    "as it is": {},
    "heavy": str.maketrans("╭╮╰╯─❯›", "┏┓┗┛━»❱"),
    "square": str.maketrans("╭╮╰╯┌┐└┘❯›", "┌┐└┘╭╮╰╯›❯"),
}
"""What another version may draw."""


@lru_cache
def play(name: str, signs: str) -> list[tuple[str, str]]:
    """
    Return the states and rules that a recording leads to, with these signs in place of others.
    """
    recording = open_recording(RECORDINGS / f"{name}.cast.gz")
    watch = open_blank_pane(KNOWLEDGE, recording.width, recording.height)
    events = [
        replace(one, data=one.data.translate(OTHERS[signs])) if one.code == "o" else one
        for one in recording.read_events()
    ]
    lines = iterate_changes(iterate_ticks(watch, events))
    return [(line["state"], line["rule"]) for line in lines]


@pytest.mark.parametrize(
    "name",
    [
        "claude/shell_permission-60x20",
        "codex/shell_permission-60x20",
        "copilot/edit_permission-200x50",
        "hermes/shell_permission-60x20",
        "kimi/risky_shell-100x30",
        "openhands/edit_permission-60x20",
        "qwen/shell_permission-60x20",
    ],
)
@pytest.mark.parametrize("signs", ["heavy", "square"])
def test_other_signs_change_nothing(name: str, signs: str) -> None:
    """
    Boxes, edges, items and dialogs are found by what kind of sign stands there.
    """
    assert play(name, "as it is") == play(name, signs)


def test_folded_text_has_every_character_where_it_was() -> None:
    """
    A place in it is the same place in the text.
    """
    text = "".join(f"{one}{others}" for one, others in EQUIVALENT.items()) + "aé⠙🌑"

    folded = normalize_glyphs(text)

    assert len(text) == len(folded)
    assert folded == normalize_glyphs(folded)
    assert set(EQUIVALENT) | set("aé⠙🌑") == set(folded)

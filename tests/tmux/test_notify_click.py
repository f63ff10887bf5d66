"""A click on the summary opens the chooser, and every other click does what it did."""

import re
from dataclasses import replace

import pytest

from agent_status.features.badges import formats
from agent_status.features.badges.placement import EARLIER, FORMATS, SUMMARY, remove_fragment
from agent_status.install import plugin
from agent_status.options import PREFIX
from agent_status.tmux.changes import Change
from agent_status.tmux.client import Tmux, Version
from agent_status.tmux.server_state import CLICK, Server, read_server
from tests.support.tmux_lab import Lab, wait_for

PROGRAM = ("/bin/agent-status",)
BEFORE = f'bind-key -T root {CLICK} select-window -t = \\; display-message "a \\; b"'
LISTS = (("list-keys",), ("list-keys", "-N"), ("show-options", "-g"))


def make_server(version: Version) -> Server:
    """
    Return what a server of that version would tell.
    """
    return Server(version=version, formats=dict.fromkeys(FORMATS, ""), length="40", click=BEFORE)


def list_clicks(changes: tuple[Change, ...]) -> list[str]:
    """
    Return the commands that touch the click.
    """
    lines = (line for change in changes for line in change.commands)
    return [line for line in lines if CLICK in line and "@agent-status-saved" not in line]


def read_all(lab: Lab) -> str:
    """
    Return every binding, with its note, and every option.
    """
    return "\n".join(lab.tmux(*words) for words in LISTS)


@pytest.mark.parametrize(
    ("version", "expected"), [((3, 2), 0), ((3, 3, "a"), 0), ((3, 4), 1), ((3, 7, "c"), 1)]
)
def test_only_a_tmux_that_tells_the_place_is_asked(version: tuple[int, int], expected: int) -> None:
    """
    Before 3.4 no click is told from another, so none is touched.
    """
    server = make_server(Version(*version))

    assert expected == len(list_clicks(plugin.plan_load(server, PROGRAM)))


def test_it_can_be_turned_off() -> None:
    """
    Then no binding of the root table is touched.
    """
    server = replace(make_server(Version(3, 4)), options={f"{PREFIX}click": "off"})

    assert not list_clicks(plugin.plan_load(server, PROGRAM))


def test_the_old_binding_stands_within_the_new_one() -> None:
    """
    What divides its commands is written as braces want it, but not within its texts.
    """
    (line,) = list_clicks(plugin.plan_load(make_server(Version(3, 4)), PROGRAM))

    assert "#{==:#{mouse_status_range},agent-status}" in line
    assert '{ select-window -t = ; display-message "a \\; b" }' in line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"bind-key -T root {CLICK} select-window -t =", "select-window -t ="),
        (f"bind-key -r -N 'x' -T root {CLICK} a \\; b", "a ; b"),
        (f'bind-key -T root {CLICK} a "\\"x\\" \\; \'" \\; b', 'a "\\"x\\" \\; \'" ; b'),
        (f"bind-key -T root {CLICK} a 'x \\; \"' c\\;d", "a 'x \\; \"' c\\;d"),
        (f"bind-key -T root {CLICK} if -F x {{ a ; b }}", "if -F x { a ; b }"),
        (f'bind-key -T root {CLICK} a "torn', 'a "torn'),
        ("", ""),
    ],
)
def test_a_command_keeps_all_its_characters(line: str, expected: str) -> None:
    """
    Only what divides commands changes its form.
    """
    assert expected == plugin.find_command(line)


def test_a_memory_that_runs_something_else_is_refused() -> None:
    """
    Only a binding is ever given back.
    """
    text = '{"keys": {}, "length": null, "click": "run-shell reboot"}'

    assert "" == formats.parse_saved(text).click


def test_what_an_earlier_version_placed_is_taken_out() -> None:
    """
    An update leaves one summary, not two.
    """
    assert "%H" == remove_fragment(f"{EARLIER[0]}{SUMMARY}%H")


@pytest.mark.parametrize(
    "before",
    [
        None,
        (),
        (CLICK, "display-message", "a ; #{q:x} $HOME 'c'", "\\;", "kill-pane"),
        ("-r", CLICK, "if-shell", "-F", "1", "{ select-window -t = ; display-message 'x' }"),
    ],
)
def test_loading_and_unloading_leaves_every_binding(
    lab: Lab, before: tuple[str, ...] | None
) -> None:
    """
    With tmux's own binding, none, and one of the user's, twice loaded, all is as it was.
    """
    if before is not None:
        lab.tmux("unbind-key", "-q", "-T", "root", CLICK)
    if before:
        lab.tmux("bind-key", "-T", "root", *before)
    was = read_all(lab)

    for _ in range(2):
        plugin.load(Tmux(lab.inner), PROGRAM)
    server = read_server(Tmux(lab.inner), FORMATS, formats.SAVED)
    bound = bool(re.search("mouse_status_range.*agent-status", server.click))
    plugin.unload(Tmux(lab.inner))

    assert server.version
    assert bound == ((server.version.major, server.version.minor) >= plugin.CLICKABLE)
    assert was == read_all(lab)


def test_the_summary_is_drawn_the_same_by_a_tmux_that_knows_no_range(lab: Lab) -> None:
    """
    The words of the range are never to be seen, and what follows keeps its place.
    """
    lab.tmux("set-option", "-g", "status-right", f"{SUMMARY}END")
    lab.tmux("set-option", "-g", "@agent-status-summary", "#[fg=red]two agents")
    lab.attach()

    line = wait_for(lambda: next((one for one in lab.drawn().splitlines() if "END" in one), ""))

    assert line.endswith("two agents END")
    assert "range" not in line


def click(lab: Lab, text: str) -> None:
    """
    Press and release the mouse on a text of the status line.
    """
    lines = lab.drawn().splitlines()
    row, column = len(lines), lines[-1].index(text) + 2
    for end in "Mm":
        lab.press("-l", f"\x1b[<0;{column};{row}{end}")


def test_a_click_on_the_summary_opens_the_chooser_and_one_beside_it_does_not(lab: Lab) -> None:
    """
    The rest of the status line, on both sides of it, does what it did.
    """
    version = Tmux(lab.inner).read_version()
    if version is None or (version.major, version.minor) < plugin.CLICKABLE:
        pytest.skip("this tmux does not tell where the status line was clicked")
    opened, program = lab.folder / "opened", lab.folder / "program"
    program.write_text(f'#!/bin/sh\n[ "$1" = choose ] && echo x >> {opened}\n', "utf-8")
    program.chmod(0o755)
    lab.tmux("set-option", "-g", "mouse", "on")
    lab.tmux("set-option", "-g", "status-right", "END")
    lab.tmux("bind-key", "-T", "root", "MouseDown1StatusRight", "set-option", "-g", "@right", "x")
    lab.tmux("new-window", "-d", "-n", "other", "cat")
    plugin.load(Tmux(lab.inner), (str(program),))
    lab.tmux("set-option", "-g", "@agent-status-summary", "#[fg=red]two agents")
    lab.attach()
    wait_for(lambda: "two agents END" in lab.drawn())

    click(lab, "other")
    wait_for(lambda: "other" == lab.tmux("display-message", "-p", "#{window_name}").strip())
    click(lab, "END")
    wait_for(lambda: "x" == lab.tmux("display-message", "-p", "#{@right}").strip())
    assert not opened.exists()
    click(lab, "two agents")
    wait_for(lambda: opened.exists() and opened.read_text("utf-8"))

    assert ["x"] == opened.read_text("utf-8").split()

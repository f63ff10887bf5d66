"""Hooks in agents' own settings: put in, found, taken out, and nobody else's touched."""

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from agent_status.cli import main
from agent_status.hooks.agents import KINDS, Hooks
from agent_status.hooks.files import list_kept
from agent_status.hooks.forms import JsonLists, TomlTables, find_commands
from agent_status.hooks.install import Condition, Place, examine, find_place, install, remove
from agent_status.hooks.json_text import SettingsError, drop_items, insert_item, parse_text
from agent_status.infer.rules import parse_agents
from agent_status.sense.agent_files import read_packaged

CLAUDE = KINDS["claude"]
COMMAND = "/opt/bin/agent-status event"
DEEP = "[" * 100_000
THEIRS = """\
{
    "model": "opus",   "theme": "dark",
    "hooks": {
        "Stop": [
            { "hooks": [ { "type": "command", "command": "say done" } ] }
        ]
    },
    "permissions": { "allow": [] }
}
"""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def make_home(folder: Path, hooks: Hooks) -> Place:
    """
    Return a home folder in which the agent was started once.
    """
    place = Place(COMMAND, folder, {})
    (hooks.find_home(place.env, folder) / hooks.library).mkdir(parents=True)
    return place


def test_an_agent_that_would_wait_for_the_network_is_left_alone(tmp_path: Path) -> None:
    """
    Where opencode has not got its library for plugins yet, a plugin would delay each start.
    """
    place = make_home(tmp_path, KINDS["opencode"])
    library = KINDS["opencode"].find_home({}, tmp_path) / KINDS["opencode"].library
    library.rmdir()

    left = install(KINDS["opencode"], place)

    assert not left.done
    assert "start opencode once while you are online" in left.words
    assert str(library) in left.words
    assert not left.path.exists()


def write(hooks: Hooks, place: Place, text: str) -> Path:
    """
    Let the agent's settings hold `text`.
    """
    path = hooks.find_file(place.env, place.home)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("hooks", KINDS.values(), ids=list(KINDS))
def test_an_agent_without_settings_is_left_as_it_was(hooks: Hooks, tmp_path: Path) -> None:
    """
    Install and remove leave not even an empty file behind.
    """
    place = make_home(tmp_path, hooks)
    before = sorted(tmp_path.rglob("*"))

    done = install(hooks, place)

    assert (Condition.INSTALLED, True) == (done.condition, done.done)
    assert Condition.INSTALLED is examine(hooks, place).condition
    assert 0o600 == stat.S_IMODE(done.path.stat().st_mode)
    assert Condition.ABSENT is remove(hooks, place).condition
    assert before == sorted(tmp_path.rglob("*"))


@pytest.mark.parametrize("hooks", KINDS.values(), ids=list(KINDS))
def test_installing_twice_is_installing_once(hooks: Hooks, tmp_path: Path) -> None:
    """
    The second time nothing is written, and nothing is kept.
    """
    place = make_home(tmp_path, hooks)
    path = install(hooks, place).path
    before = path.stat()

    install(hooks, place)

    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert () == list_kept(path)


@pytest.mark.parametrize("hooks", KINDS.values(), ids=list(KINDS))
def test_a_program_that_moved_is_outdated_until_it_is_installed_again(
    hooks: Hooks, tmp_path: Path
) -> None:
    """
    The old entries give way to the new ones.
    """
    place = make_home(tmp_path, hooks)
    path = install(hooks, Place("/old/agent-status event", tmp_path, {})).path
    assert Condition.OUTDATED is examine(hooks, place).condition

    install(hooks, place)

    assert Condition.INSTALLED is examine(hooks, place).condition
    assert "/old/" not in path.read_text()
    remove(hooks, place)
    assert not path.exists()


@pytest.mark.parametrize(
    "text",
    [
        THEIRS,
        THEIRS.replace("\n", "\r\n"),
        "\N{ZERO WIDTH NO-BREAK SPACE}" + THEIRS,
        THEIRS.rstrip("\n"),
        "{}",
        "{ }\n",
        "{\n}\n",
        '{"model":"opus"}',
        '{"hooks": {"Stop": [ ]}}\n',
        '{\n\t"hooks": {\n\t\t"PreToolUse": [],\n\t\t"Stop": []\n\t}\n}\n',
        '{"hooks": {}, "note": "a \\" { quote \\u00e9 é"}',
    ],
)
def test_remove_gives_every_byte_back(text: str, tmp_path: Path) -> None:
    """
    Whatever the indentation, the line ends and the order are.
    """
    place = make_home(tmp_path, CLAUDE)
    path = write(CLAUDE, place, text)

    install(CLAUDE, place)
    installed = json.loads(path.read_bytes().decode("utf-8-sig"))
    remove(CLAUDE, place)

    assert set(CLAUDE.events) <= installed["hooks"].keys()
    assert text.encode() == path.read_bytes()


def test_what_was_there_keeps_its_place_and_its_look(tmp_path: Path) -> None:
    """
    Ours stand behind theirs, in their indentation; no other line differs.
    """
    place = make_home(tmp_path, CLAUDE)
    path = write(CLAUDE, place, THEIRS)

    install(CLAUDE, place)

    text = path.read_text()
    assert text.startswith('{\n    "model": "opus",   "theme": "dark",\n    "hooks": {\n')
    assert text.endswith('    "permissions": { "allow": [] }\n}\n')
    assert '            { "hooks": [ { "type": "command", "command": "say done" } ] },\n' in text
    stop = json.loads(text)["hooks"]["Stop"]
    assert ["say done", COMMAND] == [group["hooks"][0]["command"] for group in stop]


def test_what_changed_since_stays_changed(tmp_path: Path) -> None:
    """
    Only our entries go when the user has edited the file in between.
    """
    place = make_home(tmp_path, CLAUDE)
    path = write(CLAUDE, place, THEIRS)
    install(CLAUDE, place)
    path.write_text(path.read_text().replace('"opus"', '"sonnet"'))

    remove(CLAUDE, place)

    assert THEIRS.replace('"opus"', '"sonnet"') == path.read_text()


def test_a_command_that_joined_our_group_stays(tmp_path: Path) -> None:
    """
    A group goes only when none but ours was in it.
    """
    place = make_home(tmp_path, CLAUDE)
    ours, theirs = {"type": "command", "command": COMMAND}, {"type": "command", "command": "bell"}
    mixed = {"hooks": {"Stop": [{"hooks": [ours, theirs]}, {"matcher": "x", "hooks": [ours]}]}}
    path = write(CLAUDE, place, json.dumps(mixed, indent=1))

    assert Condition.CHANGED is examine(CLAUDE, place).condition
    remove(CLAUDE, place)

    assert {"hooks": {"Stop": [{"hooks": [theirs]}]}} == json.loads(path.read_text())


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("claude", '{\n  // mine\n  "model": "opus"\n}\n'),
        ("claude", '{"model": "opus",}'),
        ("claude", "[]"),
        ("claude", '{"hooks": []}'),
        ("claude", '{"hooks": {"Stop": {}}}'),
        ("claude", "[" * 100_000),
        ("deepagents", '{"hooks": {}}'),
        ("kimi", "hooks = []\n"),
        ("kimi", "[["),
        ("opencode", "// a plugin of mine\n"),
    ],
)
def test_what_cannot_be_edited_is_left_alone(kind: str, text: str, tmp_path: Path) -> None:
    """
    Comments and surprises are refused, and what to add by hand is told.
    """
    hooks = KINDS[kind]
    place = make_home(tmp_path, hooks)
    path = write(hooks, place, text)

    done = install(hooks, place)

    assert (Condition.UNREADABLE, False) == (done.condition, done.done)
    assert COMMAND in done.words
    assert text == path.read_text()
    assert () == list_kept(path)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("opencode", 'const EVENTS = new Set(["a",])\nconst COMMAND = "agent-status event"\n'),
        ("opencode", f'const EVENTS = new Set([{DEEP}])\nconst COMMAND = "agent-status event"\n'),
        ("opencode", 'const EVENTS = new Set([])\nconst COMMAND = "agent-status event\\"\n'),
        ("kimi", f"port = {'1' * 5000}\n"),
        ("kimi", f"port = 0x{'f' * 5000}\n\x00"),
        ("claude", f'{{"port": {"1" * 5000}}}'),
    ],
)
def test_one_odd_file_leaves_the_other_agents_alone(kind: str, text: str, tmp_path: Path) -> None:
    """
    Whatever our readers make of it, it is told of as one that cannot be read.
    """
    place = make_home(tmp_path, KINDS[kind])
    path = write(KINDS[kind], place, text)

    for act in (examine, install, remove):
        outcome = act(KINDS[kind], place)
        assert (Condition.UNREADABLE, False) == (outcome.condition, outcome.done)
    assert text == path.read_text()


@pytest.mark.parametrize("kind", ["claude", "kimi", "opencode"])
def test_a_link_to_itself_is_told_of(kind: str, tmp_path: Path) -> None:
    """
    Links in a circle lead to no file.
    """
    place = make_home(tmp_path, KINDS[kind])
    path = KINDS[kind].find_file({}, tmp_path)
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(path)

    for act in (examine, install, remove):
        outcome = act(KINDS[kind], place)
        assert (Condition.UNREADABLE, False) == (outcome.condition, outcome.done)
    assert path.is_symlink()


@pytest.mark.parametrize("events", ["5", "[]", "null", '"Stop"', "{}"])
def test_an_entry_of_ours_is_found_whatever_its_events_are(events: str, tmp_path: Path) -> None:
    """
    It goes, so that nothing runs us when we are taken away.
    """
    hooks = KINDS["deepagents"]
    place = make_home(tmp_path, hooks)
    text = json.dumps({"hooks": [{"command": ["sh", "-c", COMMAND], "events": "E"}, {"x": 1}]})
    path = write(hooks, place, text.replace('"E"', events))

    assert Condition.CHANGED is examine(hooks, place).condition
    assert remove(hooks, place).done
    assert {"hooks": [{"x": 1}]} == json.loads(path.read_text())


@given(
    text=st.text(max_size=60),
    value=VALUES,
    hooks=st.sampled_from(tuple(KINDS.values())),
)
def test_any_file_is_read_or_refused(text: str, value: Any, hooks: Hooks) -> None:
    """
    Also one that holds our command where nobody would have put it.
    """
    odd = json.dumps({"hooks": [{"command": COMMAND, "events": value, "event": value}]})
    plugin = f'EVENTS = new Set([{text}])\nconst COMMAND = "agent-status event{text}"\n'

    for said in (text, odd, plugin, f"hooks = [{{command = '{COMMAND}', event = {text}}}]"):
        with suppress(SettingsError):
            hooks.form.list_ours(said)
            hooks.form.add(hooks.form.drop(said), hooks.events, COMMAND)


def test_an_agent_that_never_ran_is_refused(tmp_path: Path) -> None:
    """
    No folder of settings is made for an agent that is not there.
    """
    done = install(CLAUDE, Place(COMMAND, tmp_path, {}))

    assert not done.done
    assert "start claude once" in done.words
    assert [] == list(tmp_path.iterdir())


def test_links_and_modes_stay(tmp_path: Path) -> None:
    """
    A link into a folder of dotfiles is written through; the copy stands beside the link.
    """
    place = make_home(tmp_path, CLAUDE)
    real = tmp_path / "dotfiles" / "claude.json"
    real.parent.mkdir()
    real.write_text(THEIRS)
    real.chmod(0o640)
    path = CLAUDE.find_file({}, tmp_path)
    path.symlink_to(real)

    install(CLAUDE, place)

    assert path.is_symlink()
    assert Condition.INSTALLED is examine(CLAUDE, place).condition
    assert 0o640 == stat.S_IMODE(real.stat().st_mode)
    (kept,) = list_kept(path)
    assert (THEIRS, 0o600) == (kept.read_text(), stat.S_IMODE(kept.stat().st_mode))
    assert [real] == list(real.parent.iterdir())


def test_what_the_agent_saves_at_the_same_time_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Also when it saves at the last moment, while ours waits for the disk.
    """
    place = make_home(tmp_path, CLAUDE)
    path = write(CLAUDE, place, THEIRS)
    saved = THEIRS.replace('"opus"', '"sonnet"')
    monkeypatch.setattr(os, "fsync", lambda _: path.write_text(saved))

    done = install(CLAUDE, place)

    assert not done.done
    assert "changed at the same time" in done.words
    assert saved == path.read_text()
    assert {path, *list_kept(path)} == set(path.parent.iterdir())


@pytest.mark.parametrize("hooks", KINDS.values(), ids=list(KINDS))
def test_an_empty_file_of_the_users_stays(hooks: Hooks, tmp_path: Path) -> None:
    """
    What was there before goes by no removal, however little it holds.
    """
    place = make_home(tmp_path, hooks)
    path = write(hooks, place, "")

    install(hooks, place)
    remove(hooks, place)

    assert path.read_bytes() == b""


def test_what_is_no_file_of_the_user_is_refused(tmp_path: Path) -> None:
    """
    A device behind a link is neither read nor replaced.
    """
    place = make_home(tmp_path, CLAUDE)
    CLAUDE.find_file({}, tmp_path).symlink_to(os.devnull)

    done = install(CLAUDE, place)

    assert not done.done
    assert "not a file of yours" in done.words


@pytest.mark.parametrize(
    ("kind", "variable", "below"),
    [
        ("claude", "CLAUDE_CONFIG_DIR", "settings.json"),
        ("codex", "CODEX_HOME", "hooks.json"),
        ("gemini", "GEMINI_CLI_HOME", ".gemini/settings.json"),
        ("opencode", "XDG_CONFIG_HOME", "opencode/plugins/agent-status.js"),
        ("copilot", "COPILOT_HOME", "hooks/agent-status.json"),
    ],
)
def test_an_agent_that_was_moved_is_found(kind: str, variable: str, below: str) -> None:
    """
    The variables that agents themselves obey are obeyed.
    """
    env = {variable: "/moved"}

    assert Path("/moved", below) == KINDS[kind].find_file(env, Path("/home/me"))


@pytest.mark.parametrize("text", ["hooks = []\n", "hooks = [{ event = 'Stop' }]\n", "hooks = 1\n"])
def test_hooks_in_another_form_of_toml_are_told_of(text: str, tmp_path: Path) -> None:
    """
    It is TOML, only no table can be added to it.
    """
    hooks = KINDS["kimi"]
    place = make_home(tmp_path, hooks)
    path = write(hooks, place, text)

    left = install(hooks, place)

    assert left.words.startswith("its hooks are not tables [[hooks]]: write them as such first")
    assert text == path.read_text()


def test_tables_of_others_stay_in_toml(tmp_path: Path) -> None:
    """
    Comments, order and other tables are as they were, also when the file was edited since.
    """
    hooks = KINDS["kimi"]
    place = make_home(tmp_path, hooks)
    theirs = '# mine\nmodel = "k2"\n\n[[hooks]]\nevent = "Stop"\ncommand = "bell"\n'
    path = write(hooks, place, theirs)
    install(hooks, place)
    path.write_text(path.read_text() + "\n# later\n[loop]\nsteps = 3\n")

    remove(hooks, place)

    assert theirs + "\n# later\n[loop]\nsteps = 3\n" == path.read_text()


@given(
    data=st.dictionaries(st.text(max_size=5).filter(lambda key: key != "hooks"), VALUES),
    listed=st.dictionaries(
        st.sampled_from(CLAUDE.events), st.lists(VALUES, min_size=1, max_size=3)
    ),
    indent=st.sampled_from([None, 1, 4, "\t"]),
)
def test_any_settings_come_back(data: dict[str, Any], listed: dict[str, Any], indent: Any) -> None:
    """
    Adding changes nothing but our entries, and dropping them gives the same text again.
    """
    whole = data | ({"hooks": listed} if listed else {})
    before = json.dumps(whole, indent=indent)

    after = CLAUDE.form.add(before, CLAUDE.events, COMMAND)

    assert {(event, COMMAND) for event in CLAUDE.events} == CLAUDE.form.list_ours(after)
    assert data == {key: value for key, value in json.loads(after).items() if key != "hooks"}
    assert whole == json.loads(CLAUDE.form.drop(after) or "{}")
    if whole:
        assert before == CLAUDE.form.drop(after)


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """
    Garbage never raises anything but the one error, and never parses where Python's JSON would not.
    """
    try:
        node = parse_text(text)
    except SettingsError:
        return
    assert node.value == json.loads(text)


def test_every_row_is_of_an_agent_that_is_known() -> None:
    """
    A hook that wakes us at a pane that nobody reads would be for nothing.
    """
    known = {agent.kind for agent in parse_agents(read_packaged())[0]}

    assert KINDS.keys() - known <= {"cursor"}


def test_the_command_is_quoted_silent_and_never_fails() -> None:
    """
    Codex and Copilot take an exit code of 2 for a denial, and Gemini takes output for an answer.
    """
    place = find_place(("/a path/it's/agent-status",), {"HOME": "/h"})

    assert """'/a path/it'"'"'s/agent-status' event >/dev/null 2>&1 || :""" == place.command
    assert [place.command] == list(find_commands([{"hooks": [{"command": place.command}]}]))


def run(monkeypatch: pytest.MonkeyPatch, home: Path, *words: str) -> tuple[int, str]:
    """
    Run a command with a home folder of its own.
    """
    for hooks in KINDS.values():
        for variable in filter(None, (hooks.variable, hooks.base)):
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(home))
    done = CliRunner().invoke(main, ["hooks", *words])
    return done.exit_code, done.output


def test_the_commands_say_what_they_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    One line an agent, with its file; 1 where one was left alone, 2 for an unknown one.
    """
    (tmp_path / ".claude").mkdir()
    path = tmp_path / ".claude" / "settings.json"

    assert (0, f"claude      installed  {path}\n") == run(
        monkeypatch, tmp_path, "install", "claude"
    )
    assert (0, f"claude      installed  {path}\n") == run(monkeypatch, tmp_path, "status", "claude")
    code, said = run(monkeypatch, tmp_path, "install", "claude", "codex")
    assert (1, True) == (code, "start codex once before" in said)
    code, said = run(monkeypatch, tmp_path, "remove")
    assert (0, len(KINDS)) == (code, said.count("absent"))
    assert not path.exists()
    code, said = run(monkeypatch, tmp_path, "install", "nobody")
    assert (2, True) == (code, "claude, codex" in said)


@pytest.mark.parametrize("form", [JsonLists(lambda command: {"command": command}), TomlTables()])
def test_dropping_from_what_has_none_of_ours_changes_nothing(form: Any) -> None:
    """
    Remove is idempotent.
    """
    text = '{"a": 1}' if isinstance(form, JsonLists) else "a = 1\n"

    assert text == form.drop(text)


def test_items_are_cut_wherever_they_stand() -> None:
    """
    At the beginning, in the middle and at the end of a list, with the comma that belongs to each.
    """
    for place in range(3):
        items = ['"a"', '"b"']
        items.insert(place, '{"mine": 1}')
        text = '{"hooks": {"x": [' + " , ".join(items) + "]}}"
        left = drop_items(text, "hooks", lambda item: item.get("mine") == 1)
        assert {"hooks": {"x": ["a", "b"]}} == json.loads(left)
    assert '{"hooks": {"x": [1]}}' == insert_item('{"hooks": {}}', ("hooks", "x"), 1)

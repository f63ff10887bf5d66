"""Hooks in agents' own settings: put in, found, taken out, and nobody else's touched."""

import json
import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from agent_status.agents.files import read_packaged
from agent_status.agents.loader import parse_agents
from agent_status.cli import main
from agent_status.features.hooks import install as hooking
from agent_status.features.hooks.agents import KINDS, Hooks
from agent_status.features.hooks.files import list_kept
from agent_status.features.hooks.formats import JsonLists, TomlTables, find_commands
from agent_status.features.hooks.install import (
    Condition,
    HookContext,
    Outcome,
    find_target,
    list_targets,
    make_context,
)
from agent_status.features.hooks.json_text import drop_items, insert_item, parse_text
from agent_status.features.hooks.parts import SettingsError
from agent_status.features.hooks.records import read_records

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


def make_lab(folder: Path, command: str = COMMAND, **env: str) -> HookContext:
    """
    Return a place whose home folder is `folder`.
    """
    return HookContext(command, folder, env, folder.with_name(f"{folder.name}-state") / "hooks")


def make_home(folder: Path, hooks: Hooks) -> HookContext:
    """
    Return a home folder in which the agent was started once.
    """
    context = make_lab(folder)
    (hooks.find_home(context.env, folder) / hooks.library).mkdir(parents=True)
    return context


def install(hooks: Hooks, context: HookContext) -> Outcome:
    """
    Install where the agent looks for its settings.
    """
    return hooking.install(find_target(hooks, context), context)


def examine(hooks: Hooks, context: HookContext) -> Outcome:
    """
    Look where the agent looks for its settings.
    """
    return hooking.examine(find_target(hooks, context), context)


def remove(hooks: Hooks, context: HookContext) -> Outcome:
    """
    Remove from where the agent looks for its settings.
    """
    return hooking.remove(find_target(hooks, context), context)


def find_file(hooks: Hooks, context: HookContext) -> Path:
    """
    Return the agent's settings.
    """
    return find_target(hooks, context).path


def test_an_agent_that_will_wait_for_the_network_is_told(tmp_path: Path) -> None:
    """
    Where opencode has not got its library for plugins yet, a plugin delays its start.
    """
    context = make_home(tmp_path, KINDS["opencode"])
    library = KINDS["opencode"].find_home({}, tmp_path) / KINDS["opencode"].library

    assert "" == install(KINDS["opencode"], context).words
    library.rmdir()
    done = install(KINDS["opencode"], context)

    assert (Condition.INSTALLED, True) == (done.condition, done.done)
    assert "opencode downloads its library for plugins at its next start" in done.words
    assert str(library) in done.words


def write(hooks: Hooks, context: HookContext, text: str) -> Path:
    """
    Let the agent's settings hold `text`.
    """
    path = find_file(hooks, context)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("hooks", KINDS.values(), ids=list(KINDS))
def test_an_agent_without_settings_is_left_as_it_was(hooks: Hooks, tmp_path: Path) -> None:
    """
    Install and remove leave not even an empty file behind.
    """
    context = make_home(tmp_path, hooks)
    before = sorted(tmp_path.rglob("*"))

    done = install(hooks, context)

    assert (Condition.INSTALLED, True) == (done.condition, done.done)
    assert Condition.INSTALLED is examine(hooks, context).condition
    assert 0o600 == stat.S_IMODE(done.path.stat().st_mode)
    assert Condition.ABSENT is remove(hooks, context).condition
    assert before == sorted(tmp_path.rglob("*"))


@pytest.mark.parametrize("hooks", KINDS.values(), ids=list(KINDS))
def test_installing_twice_is_installing_once(hooks: Hooks, tmp_path: Path) -> None:
    """
    The second time nothing is written, and nothing is kept.
    """
    context = make_home(tmp_path, hooks)
    path = install(hooks, context).path
    before = path.stat()

    install(hooks, context)

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
    context = make_home(tmp_path, hooks)
    path = install(hooks, make_lab(tmp_path, "/old/agent-status event")).path
    assert Condition.OUTDATED is examine(hooks, context).condition

    install(hooks, context)

    assert Condition.INSTALLED is examine(hooks, context).condition
    assert "/old/" not in path.read_text()
    remove(hooks, context)
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
    context = make_home(tmp_path, CLAUDE)
    path = write(CLAUDE, context, text)

    install(CLAUDE, context)
    installed = json.loads(path.read_bytes().decode("utf-8-sig"))
    remove(CLAUDE, context)

    assert set(CLAUDE.events) <= installed["hooks"].keys()
    assert text.encode() == path.read_bytes()


@pytest.mark.parametrize("text", ["{}\n", "", "\n\n", '{"hooks": {}}', '{"hooks": {"Stop": []}}'])
def test_what_was_made_for_the_hooks_goes_after_an_upgrade(text: str, tmp_path: Path) -> None:
    """
    Although another tool had its hooks in the same lists while the program moved.
    """
    context = make_home(tmp_path, CLAUDE)
    path = write(CLAUDE, context, text)
    install(CLAUDE, make_lab(tmp_path, "/old/agent-status event"))
    other = {"hooks": [{"type": "command", "command": "other-tool"}]}
    path.write_text(insert_item(path.read_text(), ("hooks", "Stop"), other))

    install(CLAUDE, context)
    data = json.loads(path.read_text())
    data["hooks"]["Stop"].remove(other)
    path.write_text(json.dumps(data))
    remove(CLAUDE, context)

    assert text.strip() == path.read_text().strip()


def test_what_was_there_keeps_its_place_and_its_look(tmp_path: Path) -> None:
    """
    Ours stand behind theirs, in their indentation; no other line differs.
    """
    context = make_home(tmp_path, CLAUDE)
    path = write(CLAUDE, context, THEIRS)

    install(CLAUDE, context)

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
    context = make_home(tmp_path, CLAUDE)
    path = write(CLAUDE, context, THEIRS)
    install(CLAUDE, context)
    path.write_text(path.read_text().replace('"opus"', '"sonnet"'))

    remove(CLAUDE, context)

    assert THEIRS.replace('"opus"', '"sonnet"') == path.read_text()


def test_a_command_that_joined_our_group_stays(tmp_path: Path) -> None:
    """
    A group goes only when none but ours was in it.
    """
    context = make_home(tmp_path, CLAUDE)
    ours, theirs = {"type": "command", "command": COMMAND}, {"type": "command", "command": "bell"}
    mixed = {"hooks": {"Stop": [{"hooks": [ours, theirs]}, {"matcher": "x", "hooks": [ours]}]}}
    path = write(CLAUDE, context, json.dumps(mixed, indent=1))

    assert Condition.REPEATED is examine(CLAUDE, context).condition
    remove(CLAUDE, context)

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
        ("kimi", "hooks = 1\n"),
        ("kimi", "[["),
        ("opencode", "// a plugin of mine\n"),
    ],
)
def test_what_cannot_be_edited_is_left_alone(kind: str, text: str, tmp_path: Path) -> None:
    """
    Comments and surprises are refused, and what to add by hand is told.
    """
    hooks = KINDS[kind]
    context = make_home(tmp_path, hooks)
    path = write(hooks, context, text)

    done = install(hooks, context)

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
    context = make_home(tmp_path, KINDS[kind])
    path = write(KINDS[kind], context, text)

    for act in (examine, install, remove):
        outcome = act(KINDS[kind], context)
        assert (Condition.UNREADABLE, False) == (outcome.condition, outcome.done)
    assert text == path.read_text()


@pytest.mark.parametrize("kind", ["claude", "kimi", "opencode"])
def test_a_link_to_itself_is_told_of(kind: str, tmp_path: Path) -> None:
    """
    Links in a circle lead to no file.
    """
    context = make_home(tmp_path, KINDS[kind])
    path = find_file(KINDS[kind], context)
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(path)

    for act in (examine, install, remove):
        outcome = act(KINDS[kind], context)
        assert (Condition.UNREADABLE, False) == (outcome.condition, outcome.done)
    assert path.is_symlink()


@pytest.mark.parametrize("events", ["5", "[]", "null", '"Stop"', "{}"])
def test_an_entry_of_ours_is_found_whatever_its_events_are(events: str, tmp_path: Path) -> None:
    """
    It goes, so that nothing runs us when we are taken away.
    """
    hooks = KINDS["deepagents"]
    context = make_home(tmp_path, hooks)
    text = json.dumps({"hooks": [{"command": ["sh", "-c", COMMAND], "events": "E"}, {"x": 1}]})
    path = write(hooks, context, text.replace('"E"', events))

    assert Condition.CHANGED is examine(hooks, context).condition
    assert remove(hooks, context).done
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


@pytest.mark.parametrize("hooks", KINDS.values(), ids=lambda hooks: hooks.kind)
def test_hooks_come_before_the_first_start(hooks: Hooks, tmp_path: Path) -> None:
    """
    File and folders are made for their owner alone, and go again as long as nothing else is there.
    """
    context = make_lab(tmp_path / "home")

    done = install(hooks, context)

    assert (Condition.INSTALLED, True) == (done.condition, done.done)
    assert 0o600 == stat.S_IMODE(done.path.stat().st_mode)
    assert {0o700} == {stat.S_IMODE(one.stat().st_mode) for one in context.home.rglob("*/")}
    install(hooks, make_lab(tmp_path / "home", "/moved/agent-status event"))
    remove(hooks, context)
    assert [] == list(tmp_path.iterdir()) or [context.records.parent] == list(tmp_path.iterdir())


def test_what_the_agent_made_since_stays(tmp_path: Path) -> None:
    """
    Its first start fills the folder that was made for the hooks.
    """
    context = make_lab(tmp_path / "home")
    path = install(CLAUDE, context).path
    (path.parent / "history.jsonl").touch()

    remove(CLAUDE, context)

    assert [path.parent / "history.jsonl"] == list(path.parent.iterdir())


def test_a_comment_in_a_file_of_ours_keeps_it(tmp_path: Path) -> None:
    """
    The user wrote it into the file that was made for the hooks.
    """
    context = make_lab(tmp_path / "home")
    path = install(KINDS["gemini"], context).path
    path.write_text(f"// mine\n{path.read_text()}")

    remove(KINDS["gemini"], context)

    assert "// mine\n{}" == path.read_text().rstrip()


def test_an_empty_folder_of_the_user_stays(tmp_path: Path) -> None:
    """
    Only a folder that was made for the hooks goes with them.
    """
    hooks = KINDS["copilot"]
    context = make_home(tmp_path, hooks)
    folder = find_file(hooks, context).parent
    folder.mkdir()

    install(hooks, context)
    remove(hooks, context)

    assert [] == list(folder.iterdir())


def test_an_install_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Neither folders nor what is remembered.
    """
    context = make_lab(tmp_path / "home")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hooking, "write_settings", fail)
    done = install(CLAUDE, context)

    assert not done.done
    assert "No space left" in done.words
    assert not context.home.exists()
    assert () == read_records(context.records)


@pytest.mark.parametrize("part", [".claude/settings.json", ".claude"])
def test_a_link_to_nothing_is_told_and_kept(part: str, tmp_path: Path) -> None:
    """
    A repository of dotfiles may have another branch checked out: nothing is made in its place.
    """
    context = make_lab(tmp_path / "home")
    link = context.home / part
    link.parent.mkdir(parents=True)
    link.symlink_to("../gone/dotfiles")

    for act in (examine, install, remove):
        outcome = act(CLAUDE, context)
        assert (Condition.UNREADABLE, False) == (outcome.condition, outcome.done)
        assert "is a link to ../gone/dotfiles, which does not exist" in outcome.words
    assert [link] == [one for one in tmp_path.rglob("*") if one.is_symlink() or one.is_file()]


@pytest.mark.parametrize(
    ("kind", "variable"),
    [(row.kind, row.variable) for row in KINDS.values() if row.variable],
)
def test_every_folder_that_hooks_went_into_is_found_again(
    kind: str, variable: str, tmp_path: Path
) -> None:
    """
    The shell that removes them may have other variables than the one that installed them.
    """
    hooks, context = KINDS[kind], make_lab(tmp_path / "home")
    moved = [make_lab(tmp_path / "home", **{variable: str(tmp_path / name)}) for name in ("a", "b")]
    paths = [install(hooks, one).path for one in (*moved, context)]

    found = [hooking.examine(target, context) for target in list_targets(hooks, context)]
    assert {(path, Condition.INSTALLED) for path in paths} == {
        (one.path, one.condition) for one in found
    }

    assert set(paths) == {one.path for one in hooking.remove_all(context) if one.done}
    assert not any(path.exists() for path in paths)
    assert () == read_records(context.records)
    assert () == hooking.remove_all(context)


def test_a_folder_that_is_gone_is_told_once(tmp_path: Path) -> None:
    """
    Its owner deleted it with all that was in it.
    """
    moved = make_lab(tmp_path / "home", CLAUDE_CONFIG_DIR=str(tmp_path / "second"))
    path = install(CLAUDE, moved).path
    path.unlink()
    path.parent.rmdir()
    context = make_lab(tmp_path / "home")

    (gone,) = hooking.remove_all(context)

    assert (f"{path.parent} no longer exists: forgotten", True) == (gone.words, gone.done)
    assert () == hooking.remove_all(context)


def test_what_is_left_in_a_folder_is_told(tmp_path: Path) -> None:
    """
    Uninstall says so of a file that cannot be edited any more, also if it was edited by hand.
    """
    context = make_home(tmp_path, CLAUDE)
    path = write(CLAUDE, context, f'// mine\n{{"hooks": {{"Stop": [{{"command": "{COMMAND}"}}]}}}}')

    (left,) = hooking.remove_all(context)

    assert (path, False) == (left.path, left.done)
    path.write_text("// none of theirs\n{}")
    assert () == hooking.remove_all(context)


def test_records_are_private_and_odd_ones_are_passed_over(tmp_path: Path) -> None:
    """
    Nothing but their owner may say which files are edited.
    """
    context = make_home(tmp_path, CLAUDE)
    install(CLAUDE, context)
    (record,) = context.records.iterdir()
    assert (0o600, 0o700) == tuple(
        stat.S_IMODE(p.stat().st_mode) for p in (record, context.records)
    )
    for name, text in enumerate(("", "[]", '{"kind": 1}', DEEP, "\udcff")):
        (context.records / f"{name}.json").write_bytes(text.encode(errors="surrogateescape"))
    (context.records / "link.json").symlink_to(record)

    assert ["claude"] == [one.kind for one in read_records(context.records)]
    assert Condition.INSTALLED is examine(CLAUDE, context).condition


@pytest.mark.parametrize("kind", [row.kind for row in KINDS.values() if not row.library])
def test_a_hook_that_stands_there_twice_becomes_one(kind: str, tmp_path: Path) -> None:
    """
    It is told, and gone after the next installation.
    """
    hooks, context = KINDS[kind], make_home(tmp_path, KINDS[kind])
    path = install(hooks, context).path
    path.write_text(hooks.form.add(path.read_text(), hooks.events, COMMAND))

    twice = examine(hooks, context)
    assert (Condition.REPEATED, True) == (twice.condition, "more than once" in twice.words)
    assert Condition.INSTALLED is install(hooks, context).condition
    assert len(hooks.events) == len(hooks.form.list_ours(path.read_text()))
    remove(hooks, context)
    assert not path.exists()


def test_copies_go_with_the_last_hook(tmp_path: Path) -> None:
    """
    As long as the file is what it was; else they are all that is left of it.
    """
    context = make_home(tmp_path, CLAUDE)
    path = write(CLAUDE, context, THEIRS)
    install(CLAUDE, make_lab(tmp_path, "/old/agent-status event"))
    install(CLAUDE, context)
    remove(CLAUDE, context)
    assert [path] == list(path.parent.iterdir())

    install(CLAUDE, context)
    path.write_text(path.read_text().replace('"opus"', '"sonnet"'))
    remove(CLAUDE, context)

    assert THEIRS in [kept.read_text() for kept in list_kept(path)]


def test_links_and_modes_stay(tmp_path: Path) -> None:
    """
    A link into a folder of dotfiles is written through; the copy stands beside the link.
    """
    context = make_home(tmp_path, CLAUDE)
    real = tmp_path / "dotfiles" / "claude.json"
    real.parent.mkdir()
    real.write_text(THEIRS)
    real.chmod(0o640)
    path = find_file(CLAUDE, context)
    path.symlink_to(real)

    install(CLAUDE, context)

    assert path.is_symlink()
    assert Condition.INSTALLED is examine(CLAUDE, context).condition
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
    context = make_home(tmp_path, CLAUDE)
    path = write(CLAUDE, context, THEIRS)
    saved = THEIRS.replace('"opus"', '"sonnet"')
    monkeypatch.setattr(os, "fsync", lambda _: path.write_text(saved))

    done = install(CLAUDE, context)

    assert not done.done
    assert "changed at the same time" in done.words
    assert saved == path.read_text()
    assert {path, *list_kept(path)} == set(path.parent.iterdir())


@pytest.mark.parametrize("hooks", KINDS.values(), ids=list(KINDS))
def test_an_empty_file_of_the_users_stays(hooks: Hooks, tmp_path: Path) -> None:
    """
    What was there before goes by no removal, however little it holds.
    """
    context = make_home(tmp_path, hooks)
    path = write(hooks, context, "")

    install(hooks, context)
    remove(hooks, context)

    assert path.read_bytes() == b""


def test_what_is_no_file_of_the_user_is_refused(tmp_path: Path) -> None:
    """
    A device behind a link is neither read nor replaced.
    """
    context = make_home(tmp_path, CLAUDE)
    find_file(CLAUDE, context).symlink_to(os.devnull)

    done = install(CLAUDE, context)

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

    assert Path("/moved", below) == find_file(KINDS[kind], make_lab(Path("/home/me"), **env))


@pytest.mark.parametrize("text", ["hooks = 1\n", "hooks = {}\n", "[hooks]\n", "hooks.a = []\n"])
def test_hooks_in_another_form_of_toml_are_told_of(text: str, tmp_path: Path) -> None:
    """
    It is TOML, only nothing can be added to it.
    """
    hooks = KINDS["kimi"]
    context = make_home(tmp_path, hooks)
    path = write(hooks, context, text)

    left = install(hooks, context)

    assert left.words.startswith("its hooks are neither tables [[hooks]] nor a list of them")
    assert text == path.read_text()


def test_tables_of_others_stay_in_toml(tmp_path: Path) -> None:
    """
    Comments, order and other tables are as they were, also when the file was edited since.
    """
    hooks = KINDS["kimi"]
    context = make_home(tmp_path, hooks)
    theirs = '# mine\nmodel = "k2"\n\n[[hooks]]\nevent = "Stop"\ncommand = "bell"\n'
    path = write(hooks, context, theirs)
    install(hooks, context)
    path.write_text(path.read_text() + "\n# later\n[loop]\nsteps = 3\n")

    remove(hooks, context)

    assert theirs + "\n# later\n[loop]\nsteps = 3\n" == path.read_text()


OTHER = {"hooks": [{"type": "command", "command": "other-tool"}]}
EVENTS = st.sampled_from((*CLAUDE.events, "PreToolUse"))
JSON_SETTINGS = st.builds(
    lambda data, listed: data | ({} if listed is None else {"hooks": listed}),
    st.dictionaries(st.text(max_size=5).filter(lambda key: key != "hooks"), VALUES, max_size=3),
    st.none() | st.dictionaries(EVENTS, st.lists(VALUES | st.just(OTHER), max_size=3)),
)
COMMENTS = st.sampled_from(("", " ", "\n", "/* , ] */", "// a, }\n", ' // "\n  ', "\r\n"))


@st.composite
def draw_json(draw: st.DrawFn, comments: st.SearchStrategy[str]) -> str:
    """
    Return settings, perhaps with comments between any two of their words.
    """
    indent = draw(st.sampled_from([None, 1, 4, "\t"]))
    text = json.dumps(draw(JSON_SETTINGS), indent=indent)
    words = re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\[\]{},:"]+', text)
    return "".join(draw(comments) + word for word in words) + draw(comments)


@given(
    st.tuples(draw_json(st.just("")), st.sampled_from(["gemini", "cursor"]))
    | st.tuples(draw_json(COMMENTS), st.just("gemini"))
)
@example(('{"hooks": {"Stop": [\n"http://x"\n]}}', "gemini"))
@example((" { }", "cursor"))
def test_any_settings_come_back(settings: tuple[str, str]) -> None:
    """
    Adding changes nothing but our entries, and dropping them gives the same text again.
    """
    before, form = settings[0], KINDS[settings[1]].form

    after = form.add(before, CLAUDE.events, COMMAND)

    assert {(event, COMMAND) for event in CLAUDE.events} == set(form.list_ours(after))
    data, whole = parse_text(after).value, parse_text(before).value
    assert {"version": 1, **data, "hooks": 0} == {"version": 1, **whole, "hooks": 0}
    assert before == form.drop(after, form.describe(before))


@given(before=draw_json(st.just("")) | draw_json(COMMENTS), event=EVENTS)
def test_another_tool_may_come_and_go_in_any_order(before: str, event: str) -> None:
    """
    What it leaves is what it would have left without us, but for blanks where it wrote.
    """
    form = KINDS["gemini"].form
    state = form.describe(before)
    alone = insert_item(before, ("hooks", event), OTHER)
    hooked = insert_item(form.add(before, CLAUDE.events, COMMAND), ("hooks", event), OTHER)

    left = form.drop(hooked, state)
    assert parse_text(alone).value == parse_text(left).value
    assert parse_text(before).find_comments(before) == parse_text(left).find_comments(left)

    rewritten = parse_text(hooked).value
    rewritten["hooks"][event].pop()
    if not rewritten["hooks"][event] and f"hooks/{event}" not in state:
        del rewritten["hooks"][event]
    assert parse_text(before).value == parse_text(form.drop(json.dumps(rewritten), state)).value


@pytest.mark.parametrize("inside", ["", " ", "\n    "])
@pytest.mark.parametrize("order", ["other first", "other last", "other within"])
def test_an_empty_list_of_the_user_comes_back(inside: str, order: str, tmp_path: Path) -> None:
    """
    Wherever another tool's coming and going fall, also into the very list.
    """
    context = make_home(tmp_path, CLAUDE)
    text = '{\n  "hooks": {\n    "Stop": [%s],\n    "Notification": [%s]\n  }\n}\n'
    path = write(CLAUDE, context, text % (inside, inside))

    def edit(change: Callable[[list[Any]], object]) -> None:
        data = json.loads(path.read_text())
        change(data["hooks"].setdefault("Stop", []))
        path.write_text(json.dumps(data, indent=2) + "\n")

    if order == "other first":
        edit(lambda stop: stop.append(OTHER))
    install(CLAUDE, context)
    if order != "other first":
        edit(lambda stop: stop.append(OTHER))
    if order == "other last":
        remove(CLAUDE, context)
    edit(lambda stop: stop.remove(OTHER))
    remove(CLAUDE, context)

    left = path.read_text()
    assert {"hooks": {"Stop": [], "Notification": []}} == json.loads(left)
    assert (text % ("", "")).splitlines() == re.sub(r"\[\s+\]", "[]", left).splitlines()


@given(
    lines=st.lists(
        st.sampled_from(
            (
                "a = 1",
                "# [[hooks]]",
                "",
                'b = """\n[[hooks]]\ncommand = "agent-status event"\n"""',
                "c = [\n  [1, 2],\n  # ]\n  [3],\n]",
                "d.e = { f = '[' }",
            )
        ),
        unique=True,
    ),
    hooks=st.sampled_from(
        (
            "",
            "hooks = []",
            "hooks = [ ]",
            "hooks = [\n]",
            '"hooks" = [ # none, yet\n  ] # ,',
            "hooks = [{ event = 'Stop', command = 'x' }]",
            "hooks = [\n  { event = 'Stop', command = 'x' }, # x\n  {},\n]",
            "[[hooks]]",
            '[[hooks]]\nevent = "Stop"\ncommand = "x" # mine',
            '[[ hooks ]]\nevent = "Stop"\n\n[[hooks]]\n',
        )
    ),
    later=st.sampled_from(
        (
            "",
            "[loop]\nsteps = 3",
            "[[loop]]\nhooks = []\n",
            "[[m]]\nx = [\n[1]]\n[n]\n[[ m ]]\ny = 2",
            "# end",
        )
    ),
    line=st.sampled_from(("\n", "\r\n")),
    end=st.booleans(),
)
def test_any_toml_comes_back(
    lines: list[str], hooks: str, later: str, line: str, *, end: bool
) -> None:
    """
    Also what only looks like a hook of ours, and also when a table was added since.
    """
    form = KINDS["kimi"].form
    parts = [*lines, hooks, later]
    before = line.join("\n".join(parts).split("\n")) + (line if end else "")
    if not before.strip():
        return

    after = form.add(before, ("A", "B"), COMMAND)

    assert (("A", COMMAND), ("B", COMMAND)) == form.list_ours(after)
    assert before == form.drop(after, form.describe(before))
    more = f'{line}[[hooks]]{line}event = "C"{line}command = "other"{line}'
    if not hooks.replace('"', "").startswith("hooks ="):
        whole = before if before.endswith("\n") else before + line
        assert whole + more == form.drop(after + more, form.describe(before))


@pytest.mark.parametrize("comment", ["// mine\n", "/* mine */", "// mine\r\n"])
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("[{C1}, {O}]", "[{C1}]"),
        ("[1, {C}{O}]", "[1 {C}]"),
        ("[{C}{O}]", "[{C}]"),
        ("[1, {C}{O}, {C}2]", "[1, {C}{C}2]"),
        ("[{O} {C}, 2]", "[ {C}2]"),
        ("[1, {C}{O}, {C}{O} {C}]", "[1 {C}{C} {C}]"),
    ],
)
def test_comments_stay_comments(text: str, left: str, comment: str) -> None:
    """
    Wherever a line ends after one, it still does, and none goes with what stands beside it.
    """
    ours = json.dumps({"command": COMMAND})
    said = text.replace("{C}", comment).replace("{C1}", f"{comment}1").replace("{O}", ours)
    form = KINDS["gemini"].form

    gone = form.drop(f'{{"hooks": {{"Stop": {said}}}}}')

    found = parse_text(gone).value["hooks"]["Stop"]
    assert json.loads(left.replace("{C1}", "1").replace("{C}", "")) == found
    assert said.count(comment.strip()) == gone.count(comment.strip())


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """
    Garbage never raises anything but the one error, and never parses where Python's JSON would not.
    """
    try:
        node = parse_text(text)
    except SettingsError:
        return
    if not node.find_comments(text):
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
    context = make_context(("/a path/it's/agent-status",), {"HOME": "/h"})

    assert """'/a path/it'"'"'s/agent-status' event >/dev/null 2>&1 || :""" == context.command
    assert [context.command] == list(find_commands([{"hooks": [{"command": context.command}]}]))


def run(monkeypatch: pytest.MonkeyPatch, home: Path, *words: str) -> tuple[int, str]:
    """
    Run a command with a home folder of its own.
    """
    for hooks in KINDS.values():
        for variable in filter(None, (hooks.variable, hooks.base)):
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    done = CliRunner().invoke(main, ["hooks", *words])
    return done.exit_code, done.output


def test_the_commands_say_what_they_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    One line an agent, with its file; 1 where one was left alone, 2 for an unknown one.
    """
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".codex").symlink_to("gone")
    path = tmp_path / ".claude" / "settings.json"

    assert (0, f"claude      installed  {path}\n") == run(
        monkeypatch, tmp_path, "install", "claude"
    )
    assert (0, f"claude      installed  {path}\n") == run(monkeypatch, tmp_path, "status", "claude")
    code, said = run(monkeypatch, tmp_path, "install", "claude", "codex")
    assert (1, True) == (code, "is a link to gone" in said)
    (tmp_path / ".codex").unlink()
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
    for context in range(3):
        items = ['"a"', '"b"']
        items.insert(context, '{"mine": 1}')
        text = '{"hooks": {"x": [' + " , ".join(items) + "]}}"
        left = drop_items(text, "hooks", lambda item: item.get("mine") == 1)
        assert {"hooks": {"x": ["a", "b"]}} == json.loads(left)
    assert '{"hooks": {"x": [1]}}' == insert_item('{"hooks": {}}', ("hooks", "x"), 1)

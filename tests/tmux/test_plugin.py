"""What is put into a tmux server, and that all of it can be taken back."""

import re
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_status.features.badges import formats
from agent_status.features.badges.placement import (
    BADGE,
    FORMATS,
    FRAGMENTS,
    STYLED_BADGE,
    SUMMARY,
    find_placed,
    insert_fragment,
    remove_fragment,
)
from agent_status.install import plugin
from agent_status.options import TABLE
from agent_status.paths import find_runtime
from agent_status.tmux.client import Tmux, parse_version
from agent_status.tmux.server_state import Server, read_server
from tests.support.tmux_lab import Lab, RecordingTmux, wait_for

PROGRAM = ("/a folder/it's#{q:here}/agent-status",)
WINDOW = "window-status-format"
LINES = (
    ("show-options", "-s"),
    ("show-options", "-g"),
    ("show-options", "-gw"),
    ("show-options", "-t", "work"),
    ("show-options", "-w", "-t", "work"),
    ("show-options", "-p", "-t", "work"),
    ("show-hooks", "-g"),
    ("show-environment", "-g", "-h"),
    ("list-keys",),
    ("list-keys", "-N"),
)
"""Everything in a server that we could have changed."""


def read_all(lab: Lab) -> str:
    """
    Return every option, hook and binding of the server.
    """
    return "\n".join(lab.tmux(*words) for words in LINES)


def read_option(lab: Lab, name: str) -> str:
    """
    Return a global option, of windows too.
    """
    return lab.tmux("display-message", "-p", f"#{{{name}}}").removesuffix("\n")


def read_key(lab: Lab, key: str) -> str:
    """
    Return what the key does after the prefix.
    """
    return next(
        (line for line in lab.tmux("list-keys", "-T", "prefix").splitlines() if f" {key} " in line),
        "",
    )


def load(lab: Lab) -> None:
    """
    Load the plugin without a daemon.
    """
    plugin.load(Tmux(lab.inner), PROGRAM)


def unload(lab: Lab) -> None:
    """
    Take it back.
    """
    plugin.unload(Tmux(lab.inner))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "#I:#W#{?window_flags,#{window_flags}, }",
            f"#I:#W{BADGE}#{{?window_flags,#{{window_flags}}, }}",
        ),
        ("#I #{window_name} |", f"#I #{{window_name}}{BADGE} |"),
        ("#{=20:window_name}", f"#{{=20:window_name}}{BADGE}"),
        ("#{=/9/x:window_name}| ", f"#{{=/9/x:window_name}}{BADGE}| "),
        ("#{?window_active,#{?a,#W,b},#W} >", f"#{{?window_active,#{{?a,#W,b}},#W}}{BADGE} >"),
        ("#(a (b) '#W') |", f"#(a (b) '#W'){BADGE} |"),
        ("#(a | b)#[range=user|#W]#W |", f"#(a | b)#[range=user|#W]#W{STYLED_BADGE} |"),
        ("#[fg=red]#I #W#[default] ", f"#[fg=red]#I #W{STYLED_BADGE}#[default] "),
        ("#[fg=red]#I#[none,default]#W ", f"#[fg=red]#I#[none,default]#W{BADGE} "),
        ("#{?window_active,#[bold],}#W", f"#{{?window_active,#[bold],}}#W{STYLED_BADGE}"),
        ("##W #W", f"##W #W{BADGE}"),
        ("#I #T", f"#I #T{BADGE}"),
        ("", BADGE),
    ],
)
def test_a_badge_stands_behind_the_name(text: str, expected: str) -> None:
    """
    Or behind what the name is inside of, at the end if it is nowhere; the style goes on behind it.
    """
    assert expected == insert_fragment(WINDOW, text)


@given(st.text(alphabet="#W{},?I[]:=ab @", max_size=40), st.sampled_from(sorted(FRAGMENTS)))
def test_what_was_put_in_can_be_taken_out(text: str, name: str) -> None:
    """
    Any format comes back as it was, however often ours was put in.
    """
    once = insert_fragment(name, text)

    assert text == remove_fragment(once)
    assert once == insert_fragment(name, once)
    assert 1 == sum(once.count(form) for form in FRAGMENTS[name])


@pytest.mark.parametrize(
    ("text", "is_placed"),
    [
        ("#{@agent-status-window}", True),
        ("#{?#{@agent-status-session},x,}", True),
        ("#{E:@agent-status-summary}", True),
        ("#{=20:@agent-status-pane}", True),
        ("#{@agent-status-summary-width}", False),
        (SUMMARY + "%H:%M", False),
        (f"#W{BADGE}", False),
        ("#{@other-status-window}", False),
    ],
)
def test_only_what_the_user_placed_counts(text: str, is_placed: bool) -> None:  # noqa: FBT001
    """
    Our own fragment is no reason to leave the formats alone.
    """
    assert (("status-left",) if is_placed else ()) == find_placed({"status-left": text}, {})


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("A", "A"),
        ("a", "a"),
        ("^A", "C-a"),
        ("space", "Space"),
        ("PgUp", "PPage"),
        (";", ";"),
        ("0x62", "b"),
        ("S-Up", "S-Up"),
        ("M-A", "M-A"),
        ("C-Left", "C-Left"),
    ],
)
def test_a_key_is_called_as_tmux_calls_it(key: str, name: str, lab: Lab) -> None:
    """
    However it is written, what it was bound to is found; nothing is left of the question.
    """
    lab.tmux("bind-key", "-T", "prefix", key.replace(";", "\\;"), "display-message", "it")
    lab.tmux("set-option", "-g", "@agent-status-next-key", key.replace(";", "\\;"))
    before = read_all(lab)

    server = read_server(Tmux(lab.inner), FORMATS, formats.SAVED)

    assert name == server.name_key(key)
    assert "display-message it" in server.bindings[name]
    assert before == read_all(lab)


@pytest.mark.parametrize("key", ["space", "PgUp", "^O", "C-O", "C-M-x", "M-C-x"])
def test_a_key_by_another_name_comes_back(key: str, lab: Lab) -> None:
    """
    To load twice, as one sources a configuration, does not take our own binding for the user's.
    """
    before = read_all(lab)
    lab.tmux("set-option", "-g", "@agent-status-back-key", key)

    load(lab)
    load(lab)
    server = read_server(Tmux(lab.inner), FORMATS, formats.SAVED)
    assert {"A", "N", server.name_key(key)} == set(plugin.find_bound(server))
    unload(lab)

    lab.tmux("set-option", "-gu", "@agent-status-back-key")
    assert before == read_all(lab)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"keys": 3, "length": null}', '{"keys": {"A": 1}}', '{"length": [1, 2]}'],
)
def test_a_broken_memory_is_none(text: str) -> None:
    """
    What is remembered may be anything by now; it is never run unless it binds a key.
    """
    assert formats.Saved() == formats.parse_saved(text)


def test_only_a_binding_is_given_back_as_it_was_saved() -> None:
    """
    Nobody can have us run another command by writing into the memory.
    """
    text = '{"keys": {"A": "run-shell reboot", "B": "bind-key -T prefix B x"}, "length": null}'

    assert {"B": "bind-key -T prefix B x"} == formats.parse_saved(text).keys


def test_all_comes_back_of_a_server_with_defaults(lab: Lab) -> None:
    """
    Options, hooks, bindings and their notes are byte for byte what they were.
    """
    before = read_all(lab)

    load(lab)
    assert before != read_all(lab)
    unload(lab)

    assert before == read_all(lab)


def test_all_comes_back_of_a_server_with_a_theme(lab: Lab) -> None:
    """
    Quotes, newlines, notes and repeats of the user's come back as they were.
    """
    lab.tmux("set-option", "-g", "status-right", "it's\n\"#W\"; \\x $HOME %H { 'ä' ")
    lab.tmux("set-option", "-g", "window-status-format", "#{?window_active,#[bold]#W,#W};")
    lab.tmux("set-option", "-g", "status-right-length", "55")
    lab.tmux("set-option", "-g", "@agent-status-key", "A")
    lab.tmux("set-option", "-g", "@agent-status-next-key", '"')
    lab.tmux("set-option", "-g", "@agent-status-back-key", "\\;")
    lab.tmux("set-hook", "-g", "client-attached", "display-message hello")
    lab.tmux("bind-key", "-r", "-N", "it's a note", "A", "display-message", "a ; #{q:x} $HOME 'c'")
    before = read_all(lab)

    load(lab)
    assert 3 <= read_all(lab).count("AGENT_STATUS_CLIENT=")
    load(lab)
    unload(lab)

    assert before == read_all(lab)


@pytest.mark.parametrize(
    ("wanted", "taken"), [("", True), ("", False), ("N", True), ("none", False), ("n", True)]
)
def test_the_key_of_next_is_only_taken_where_it_is_free(
    wanted: str,
    taken: bool,  # noqa: FBT001
    lab: Lab,
) -> None:
    """
    Whoever names a key has it; what it was bound to comes back.
    """
    if taken:
        lab.tmux("bind-key", "N", "display-message", "mine")
    if wanted:
        lab.tmux("set-option", "-g", "@agent-status-next-key", wanted)
    before = read_all(lab)

    load(lab)
    load(lab)

    server = read_server(Tmux(lab.inner), FORMATS, formats.SAVED)
    expected = {"none": set(), "n": {"n"}, "N": {"N"}, "": set() if taken else {"N"}}[wanted]
    assert {"A", *expected} == set(plugin.find_bound(server))
    assert not re.search("BAD .*@agent-status-next-key", lab.run("doctor").stdout)
    unload(lab)
    assert before == read_all(lab)


def test_loading_twice_is_loading_once(lab: Lab) -> None:
    """
    To source the configuration again changes nothing twice.
    """
    load(lab)
    once = read_all(lab)

    load(lab)

    assert once == read_all(lab)


def test_it_takes_one_read_and_one_write(lab: Lab) -> None:
    """
    A start of tmux waits for two invocations of ours, no more.
    """
    tmux = RecordingTmux(lab.inner)

    plugin.load(tmux, PROGRAM)

    assert 2 == len(tmux.scripts)


def test_formats_that_the_configuration_set_again_get_theirs_again(lab: Lab) -> None:
    """
    Sourcing the configuration resets formats; the load that follows it mends that.
    """
    load(lab)
    lab.tmux("set-option", "-g", "status-right", "%H:%M")

    load(lab)

    assert f"{SUMMARY}%H:%M" == read_option(lab, "status-right")
    unload(lab)
    assert "%H:%M" == read_option(lab, "status-right")


@pytest.mark.parametrize(
    "words",
    [
        ("-g", "status-left", "#{@agent-status-summary}"),
        ("-t", "work", "status-right", "#{@agent-status-session}"),
        ("-w", "-t", "work", "window-status-format", "#W#{@agent-status-window}"),
        ("-g", "status-format[1]", "#{@agent-status-summary}"),
        ("-gw", "pane-border-format", "#{@agent-status-pane}"),
        ("-g", "@agent-status-auto", "off"),
    ],
)
def test_a_user_who_places_them_is_left_alone(lab: Lab, words: tuple[str, ...]) -> None:
    """
    One placeholder anywhere, or the option, and no format or length is touched.
    """
    load(lab)
    lab.tmux("set-option", *words)

    load(lab)

    texts = {name: read_option(lab, name) for name in FORMATS}
    assert not [name for name, text in texts.items() if BADGE in text or SUMMARY in text]
    assert "40" == read_option(lab, "status-right-length")


def test_the_right_side_grows_by_the_summary(lab: Lab) -> None:
    """
    It has its own room, and a length that is long enough stays.
    """
    load(lab)
    grown = read_option(lab, "status-right-length")
    lab.tmux("set-option", "-g", "status-right-length", "150")
    load(lab)

    assert ("101", "150") == (grown, read_option(lab, "status-right-length"))


def test_another_key_gives_the_first_one_back(lab: Lab) -> None:
    """
    What the first key did before is there again after the option has changed.
    """
    lab.tmux("bind-key", "A", "display-message", "mine")
    lab.tmux("set-option", "-g", "@agent-status-key", "A")
    load(lab)
    assert "display-popup" in read_key(lab, "A")

    lab.tmux("set-option", "-g", "@agent-status-key", "B")
    load(lab)

    assert "display-message mine" in read_key(lab, "A")
    assert "display-popup" in read_key(lab, "B")
    lab.tmux("set-option", "-g", "@agent-status-key", "none")
    load(lab)
    assert "" == read_key(lab, "B")


def test_a_binding_that_the_user_made_later_comes_back(lab: Lab) -> None:
    """
    The configuration binds the key again: that is what uninstall gives back.
    """
    lab.tmux("set-option", "-g", "@agent-status-key", "A")
    load(lab)
    lab.tmux("bind-key", "A", "display-message", "later")

    load(lab)
    assert "display-popup" in read_key(lab, "A")
    unload(lab)

    assert "display-message later" in read_key(lab, "A")


@pytest.mark.parametrize("loads", [1, 2])
def test_a_key_that_nobody_chose_is_left_to_who_has_it(lab: Lab, loads: int) -> None:
    """
    Also one that we had before them; the problem says what to do.
    """
    load(lab)
    for _ in range(loads):
        lab.tmux("bind-key", "A", "command-prompt", "rename-window '%%'")
        _, problems = plugin.load(Tmux(lab.inner), PROGRAM)

    (problem,) = problems
    assert "command-prompt" in read_key(lab, "A")
    assert "prefix A is bound already, to command-prompt" in problem.what
    assert "set -g @agent-status-key to another key" in problem.hint


def test_a_key_that_an_earlier_version_took_is_given_back(lab: Lab) -> None:
    """
    It had chosen A over what the user had there.
    """
    lab.tmux("bind-key", "A", "display-message", "mine")
    lab.tmux("set-option", "-g", "@agent-status-key", "A")
    load(lab)
    lab.tmux("set-option", "-gu", "@agent-status-key")

    load(lab)

    assert "display-message mine" in read_key(lab, "A")


def test_a_key_that_the_user_took_back_is_left_to_them(lab: Lab) -> None:
    """
    Uninstall removes only bindings of ours.
    """
    load(lab)
    lab.tmux("bind-key", "A", "display-message", "later")

    unload(lab)

    assert "display-message later" in read_key(lab, "A")


def test_a_hostile_option_is_never_run(lab: Lab) -> None:
    """
    Option values that look like commands are refused, and told; only a path may look like that.
    """
    trap = lab.folder / "trap"
    hostile = f"x' ; run-shell 'touch {trap}"
    for name, _ in TABLE:
        lab.tmux("set-option", "-g", name, hostile)

    _, problems = plugin.load(Tmux(lab.inner), PROGRAM)

    refused = [name for name, _ in TABLE if name != "@agent-status-python"]
    assert refused == [problem.where for problem in problems]
    assert "display-popup" in read_key(lab, "A")
    assert not trap.exists()


@pytest.mark.parametrize("name", ["program", "it's #{pid} #W $HOME;x~\\n"])
def test_a_popup_runs_its_words_for_the_client_that_asked(lab: Lab, name: str) -> None:
    """
    Whatever its path, and whatever shell the user has; each popup knows its own client.
    """
    program = lab.folder / name
    program.write_text('#!/bin/sh\necho "[$AGENT_STATUS_CLIENT] $1"\nexec cat\n')
    program.chmod(0o755)
    lab.tmux("new-session", "-d", "-s", "two", "exec cat")
    lab.tmux("set-option", "-g", "default-shell", shutil.which("false") or "")
    plugin.load(Tmux(lab.inner), (str(program),))

    for session in ("work", "two"):
        lab.attach(session=session)
        form = f"#{{?#{{==:#{{session_name}},{session}}},#{{client_name}},}}"
        client = wait_for(lambda: lab.tmux("list-clients", "-F", form).strip())  # noqa: B023
        lab.press("C-b", "A")
        wait_for(lambda: f"[{client}] choose" in lab.drawn())  # noqa: B023


@pytest.mark.parametrize(
    ("width", "height", "drawn"),
    [
        ("120", "40", (80, 24)),
        ("120", "50%", (80, 12)),
        ("40", "60", (40, 24)),
        ("40", "9", (40, 9)),
    ],
)
def test_a_popup_that_does_not_fit_fills_the_terminal(
    lab: Lab, width: str, height: str, drawn: tuple[int, int]
) -> None:
    """
    No key opens nothing. Of the whole, tmux 3.2 leaves a row and column free.
    """
    program = lab.folder / "program"
    program.write_text("#!/bin/sh\necho chosen\nexec cat\n")
    program.chmod(0o755)
    lab.tmux("set-option", "-g", "@agent-status-popup-width", width)
    lab.tmux("set-option", "-g", "@agent-status-popup-height", height)
    plugin.load(Tmux(lab.inner), (str(program),))
    lab.attach(height=24)

    lab.press("C-b", "A")

    wait_for(lambda: "chosen" in lab.drawn())
    lines = [line for line in lab.drawn().splitlines() if "│" in line]
    (top,) = (line.strip() for line in lab.drawn().splitlines() if "┌" in line)
    size = (len(top), len(lines) + 2)
    assert size in {drawn, (79, min(drawn[1], 23))}


def test_an_old_tmux_is_refused_before_anything_is_written(lab: Lab) -> None:
    """
    The message names the version that is needed.
    """
    old = lab.folder / "old-tmux"
    old.write_text("#!/bin/sh\ntmux \"$@\" | sed 's/^[a-z-]*3\\.[2-9].*/3.1c/'\n")
    old.chmod(0o755)
    before = read_all(lab)

    with pytest.raises(plugin.OldTmuxError, match=r"needs tmux 3\.2 or newer"):
        plugin.load(Tmux(lab.inner, str(old)), PROGRAM)

    assert before == read_all(lab)


def test_the_plan_is_pure() -> None:
    """
    The same server gives the same commands, and nothing is asked of tmux.
    """
    server = Server(
        version=parse_version("3.3a"),
        formats=dict.fromkeys(FORMATS, "#W"),
        length="40",
        panes=(("%0", "@0", "$0"),),
    )

    assert plugin.plan_load(server, PROGRAM) == plugin.plan_load(server, PROGRAM)
    commands = [line for change in plugin.plan_unload(server) for line in change.commands]
    assert "set-option -qu -p -t '%0' @agent-status-pane" in commands


def test_load_starts_a_daemon_and_uninstall_ends_it(lab: Lab) -> None:
    """
    After the two commands the server and the runtime folder are as they were.
    """
    before = read_all(lab)

    loaded = lab.run("load")
    assert (0, "", "") == (loaded.returncode, loaded.stdout, loaded.stderr)
    assert lab.ask("ping")
    gone = lab.run("uninstall")

    assert 0 == gone.returncode, gone.stderr
    assert before == read_all(lab)
    assert not lab.ask("ping")
    assert not list((lab.folder / "run").rglob("*.sock"))


def test_uninstall_clears_what_a_killed_daemon_left(lab: Lab) -> None:
    """
    A daemon that was killed cannot take its badges back; uninstall does.
    """
    before = read_all(lab)
    plugin.load(Tmux(lab.inner), PROGRAM)
    daemon = lab.spawn_daemon()
    daemon.send_signal(signal.SIGKILL)
    wait_for(lambda: daemon.poll() is not None)
    lab.tmux("set-option", "-p", "-t", "work", "@agent-status-pane", "left")
    lab.tmux("set-option", "-w", "-t", "work", "@agent-status-window", "left")
    lab.tmux("set-option", "-t", "work", "@agent-status-session", "left")
    for name in ("summary", "summary-24", "summary-format", "window-format"):
        lab.tmux("set-option", "-g", f"@agent-status-{name}", "left")

    gone = lab.run("uninstall")

    assert 0 == gone.returncode, gone.stderr
    assert before == read_all(lab)
    assert not list((lab.folder / "run").rglob("*"))


def test_purge_deletes_our_folders_and_no_others(lab: Lab) -> None:
    """
    Environments and logs go; the user's own rules stay.
    """
    ours = [lab.folder / "data" / "agent-status", lab.folder / "state" / "agent-status"]
    others = [lab.folder / "config" / "agent-status", lab.folder / "data" / "other"]
    for folder in (*ours, *others):
        (folder / "x").mkdir(parents=True)

    gone = lab.run("uninstall", "--purge")

    assert 0 == gone.returncode, gone.stderr
    assert [False, False, True, True] == [folder.exists() for folder in (*ours, *others)]


def test_a_folder_that_purge_cannot_delete_is_told(lab: Lab) -> None:
    """
    A link may lead to a folder that holds more than what is ours.
    """
    elsewhere = lab.folder / "elsewhere"
    (elsewhere / "x").mkdir(parents=True)
    link = lab.folder / "data" / "agent-status"
    link.symlink_to(elsewhere)

    gone = lab.run("uninstall", "--purge")

    assert (1, "") == (gone.returncode, gone.stdout)
    assert f"Error: {link} could not be deleted" in gone.stderr
    assert (elsewhere / "x").exists()


def test_without_a_server_it_says_so() -> None:
    """
    The exit code is that of no tmux server.
    """
    lab = Lab()
    try:
        for command in ("load", "uninstall"):
            done = lab.run(command)
            assert 3 == done.returncode
            assert "no tmux server" in done.stderr
    finally:
        lab.close()


def test_user_options_stay_after_uninstall(lab: Lab) -> None:
    """
    They are the user's configuration.
    """
    lab.tmux("set-option", "-g", "@agent-status-icons", "ascii")
    load(lab)

    unload(lab)

    assert "ascii" == read_option(lab, "@agent-status-icons")
    assert not Path(find_runtime(lab.inner), "daemon.sock").exists()

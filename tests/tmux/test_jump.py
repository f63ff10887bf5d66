"""Jumps take a client across sessions and windows, and back; whatever is wrong is said."""

import os
import signal
from collections.abc import Iterator

import pytest

from agent_status.actions.jump import (
    NowhereError,
    Trail,
    advance_trail,
    find_client,
    jump_back,
    jump_to,
    read_trails,
    show_message,
)
from agent_status.actions.round import Stop, choose_stop
from agent_status.cli.commands.next import ROUND_OVER
from agent_status.model import PaneId
from agent_status.model.ref import AgentRef, make_ref
from agent_status.tmux.client import PaneGoneError, Tmux
from tests.support.tmux_lab import Lab, open_lab, run_daemon, wait_for
from tests.support.word_tracker import WordTracker

A, B, C = PaneId("%0"), PaneId("%1"), PaneId("%2")


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    Two sessions: `work` with one pane, `far` with two panes in its second window.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        lab.tmux("new-session", "-d", "-s", "far", "-x", "80", "-y", "12", "exec cat")
        lab.tmux("new-window", "-t", "far", "exec cat")
        lab.tmux("split-window", "-t", "far:1", "exec cat")
        lab.tmux("select-window", "-t", "far:0")
        yield lab


def read_place(lab: Lab) -> str:
    """
    Where the client is.
    """
    form = "#{session_name}:#{window_index}.#{pane_index}"
    return lab.tmux("list-clients", "-F", form).strip()


def draw_bottom(lab: Lab) -> str:
    """
    The last line that the client draws.
    """
    return lab.drawn().rstrip("\n").split("\n")[-1]


def test_a_jump_crosses_sessions_windows_and_panes(lab: Lab) -> None:
    """
    The client is in the right pane of the right window of the right session.
    """
    lab.attach()

    done = jump_to(Tmux(lab.inner), AgentRef(pane=C))

    assert "far:1.0" == read_place(lab)
    assert done.client == lab.tmux("list-clients", "-F", "#{client_name}").strip()


def test_a_zoomed_window_stays_zoomed(lab: Lab) -> None:
    """
    Only another pane of it fills the window.
    """
    lab.attach()
    lab.tmux("resize-pane", "-Z", "-t", "far:1.1")

    jump_to(Tmux(lab.inner), AgentRef(pane=C))

    assert "far:1.0" == read_place(lab)
    assert "1" == lab.tmux("display-message", "-p", "-t", "far:1", "#{window_zoomed_flag}").strip()


def test_back_leads_to_where_the_first_jump_began(lab: Lab) -> None:
    """
    Several jumps in a row are one way; going back twice returns to the last of them.
    """
    lab.attach()
    tmux = Tmux(lab.inner)
    jump_to(tmux, AgentRef(pane=B))
    jump_to(tmux, AgentRef(pane=C))

    assert A == jump_back(tmux).ref.pane
    assert "work:0.0" == read_place(lab)
    assert C == jump_back(tmux).ref.pane
    assert "far:1.0" == read_place(lab)


def test_there_is_nowhere_to_go_back_to_without_a_jump(lab: Lab) -> None:
    """
    Neither without a client, nor for one that was never taken anywhere.
    """
    tmux = Tmux(lab.inner)
    with pytest.raises(NowhereError):
        jump_back(tmux)
    lab.attach()
    with pytest.raises(NowhereError):
        jump_back(tmux)


def test_a_place_that_is_gone_is_said(lab: Lab) -> None:
    """
    The pane that the jump began in, or that it leads to, was closed.
    """
    lab.attach()
    tmux = Tmux(lab.inner)
    lab.tmux("split-window", "-t", "work", "exec cat")
    jump_to(tmux, AgentRef(pane=B))
    lab.tmux("kill-pane", "-t", "work:0.1")

    with pytest.raises(PaneGoneError):
        jump_back(tmux)
    with pytest.raises(PaneGoneError):
        jump_to(tmux, make_ref("%77"))


def test_without_a_client_the_pane_becomes_the_current_one(lab: Lab) -> None:
    """
    Whoever attaches next sees it.
    """
    done = jump_to(Tmux(lab.inner), AgentRef(pane=C))

    assert "" == done.client
    assert "%2" == lab.tmux("display-message", "-p", "-t", "far", "#{pane_id}").strip()


def test_a_linked_window_is_shown_in_the_client_s_own_session(lab: Lab) -> None:
    """
    Nobody is taken to another session for a window that their own has too.
    """
    lab.tmux("link-window", "-d", "-s", "far:1", "-t", "work:7")
    lab.attach()

    jump_to(Tmux(lab.inner), AgentRef(pane=C))

    assert "work:7.0" == read_place(lab)


def test_the_named_client_is_taken_else_the_last_used(lab: Lab) -> None:
    """
    A client that has gone meanwhile is no error.
    """
    tmux = Tmux(lab.inner)
    assert find_client(tmux) is None
    lab.attach()
    name = lab.tmux("list-clients", "-F", "#{client_name}").strip()

    assert find_client(tmux, name) == find_client(tmux, "/dev/nobody") == find_client(tmux)


@pytest.mark.parametrize("text", ["{", "[]", "[1]", '{"a":1}', '{"a":[1]}', "#(touch x)", "null"])
def test_a_strange_memory_is_no_memory(lab: Lab, text: str) -> None:
    """
    The option may have been set by anybody.
    """
    lab.tmux("set-option", "-g", "@agent-status-back", text)

    assert {} == read_trails(Tmux(lab.inner))


def test_trails_keep_their_beginning() -> None:
    """
    Only a jump from somewhere else than the last one led to begins anew.
    """
    first = advance_trail(None, A, B)

    assert Trail(A, B) == first
    assert Trail(A, C) == advance_trail(first, B, C)
    assert Trail(C, B) == advance_trail(first, C, B)


def test_a_message_is_drawn_literally(lab: Lab) -> None:
    """
    Neither formats, programs, styles nor times in it mean anything to tmux.
    """
    lab.attach()
    client = lab.tmux("list-clients", "-F", "#{client_name}").strip()
    lab.tmux("set-option", "-g", "display-time", "0")
    words = f"#(touch {lab.folder}/gone) #[bg=red]#{{pid}} %H:%M 5%"

    show_message(Tmux(lab.inner), client, words)

    wait_for(lambda: words == draw_bottom(lab).rstrip())
    assert not (lab.folder / "gone").exists()
    show_message(Tmux(lab.inner), "/dev/nobody", "in vain")


def test_the_command_jumps_and_counts_as_seen(lab: Lab) -> None:
    """
    `jump` takes ids and places, and what waits there is acknowledged.
    """
    lab.tmux("set-option", "-p", "-t", "%2", "@agent-status-agent", "word")
    lab.tmux("send-keys", "-t", "%2", "-l", "finished\n")
    lab.attach()
    with run_daemon(lab, WordTracker):
        wait_for(lambda: (lab.ask("list") or {"agents": []})["agents"])
        wait_for(lambda: lab.ask("list")["agents"][0]["state"] == "finished")

        assert 0 == lab.run("jump", "far:1.0").returncode
        assert "far:1.0" == read_place(lab)
        wait_for(lambda: lab.ask("list")["agents"][0]["state"] == "idle")


def test_next_goes_to_who_needs_you_first(lab: Lab) -> None:
    """
    Then to the next one; and says so when there is none.
    """
    for pane in ("%1", "%2"):
        lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "word")
    lab.attach()
    with run_daemon(lab, WordTracker):
        wait_for(lambda: len((lab.ask("list") or {"agents": []})["agents"]) == 2)
        assert "No agent needs you.\n" == lab.run("next").stdout
        lab.tmux("send-keys", "-t", "%1", "-l", "error x\n")
        lab.tmux("send-keys", "-t", "%2", "-l", "approval rm\n")
        wait_for(lambda: all(agent["needs_you"] for agent in lab.ask("list")["agents"]))

        assert ("", 0) == (lab.run("next").stderr, 0)
        assert "far:1.0" == read_place(lab)
        lab.run("next")
        assert "far:0.0" == read_place(lab)
        lab.run("back")
        assert "work:0.0" == read_place(lab)


@pytest.mark.parametrize(
    ("states", "panes"),
    [
        ("approval approval approval", "%1 %2 %3"),
        ("finished finished finished", "%1 %2 %3"),
        ("error approval finished", "%2 %1 %3"),
        ("finished error question", "%3 %2 %1"),
    ],
)
def test_next_goes_round(lab: Lab, states: str, panes: str) -> None:
    """
    To each agent once, in the order of the list; then it says so, and starts over.
    """
    lab.tmux("new-window", "-d", "-t", "work", "exec cat")
    wanted = dict(zip(("%1", "%2", "%3"), states.split(), strict=True))
    for pane in wanted:
        lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "word")
    lab.attach()
    with run_daemon(lab, WordTracker):
        for pane, state in wanted.items():
            lab.tmux("send-keys", "-t", pane, "-l", f"{state} x\n")
        wait_for(lambda: find_states(lab) == wanted)

        visited = []
        for _ in wanted:
            assert ("", 0) == ((done := lab.run("next")).stdout, done.returncode)
            visited.append(lab.tmux("list-clients", "-F", "#{pane_id}").strip())
        assert panes.split() == visited
        left = [pane for pane in visited if wanted[pane] != "finished"]
        assert (ROUND_OVER if left[:-1] else "No") in lab.run("next").stdout
        assert panes.split()[-1:] == lab.tmux("list-clients", "-F", "#{pane_id}").split()
        lab.run("next")
        assert (left or panes.split()[-1:])[:1] == lab.tmux(
            "list-clients", "-F", "#{pane_id}"
        ).split()


def find_states(lab: Lab) -> dict[str, str]:
    """
    The state in each pane that holds an agent.
    """
    return {one["pane"]: one["state"] for one in (lab.ask("list") or {"agents": []})["agents"]}


def stop(pane: PaneId, need: str = "approval") -> Stop:
    """
    A stop of a round.
    """
    return Stop(AgentRef(pane=pane), need)


def test_what_is_asked_anew_comes_again_after_the_others() -> None:
    """
    Nobody waits for ever behind an agent that asks again and again.
    """
    visited = (stop(A).mark, stop(B).mark)
    waiting = (stop(A, "other"), stop(B), stop(C))

    assert (stop(C), (*visited, stop(C).mark)) == choose_stop(waiting, visited, B)
    after = (*visited, stop(C).mark)
    assert (stop(A, "other"), (*after, "%0 other")) == choose_stop(waiting, after, C)


def test_a_round_ends_where_it_led_last_and_nowhere_else() -> None:
    """
    Who has gone elsewhere since wants the first one again, without a word.
    """
    waiting = (stop(A), stop(B))
    visited = (stop(A).mark, stop(B).mark)

    assert (None, ()) == choose_stop(waiting, visited, B)
    assert (stop(A), (stop(A).mark,)) == choose_stop(waiting, visited, C)
    assert (stop(B), visited) == choose_stop(waiting, (), A)


def test_a_key_s_errors_are_told_in_the_status_line(lab: Lab) -> None:
    """
    What a key binding runs has no terminal: its client shows the words, and no exit code.
    """
    lab.attach()
    client = lab.tmux("list-clients", "-F", "#{client_name}").strip()
    lab.tmux("set-option", "-g", "display-time", "0")

    done = lab.run("jump", "%77", AGENT_STATUS_CLIENT=client)

    assert ("", "", 0) == (done.stdout, done.stderr, done.returncode)
    wait_for(lambda: "agent-status: there is no pane %77" in draw_bottom(lab))


def test_a_tmux_that_does_not_answer_is_not_waited_for(lab: Lab) -> None:
    """
    Neither `next` nor `back` hangs; without a tmux to run they say so, as its server lives.
    """
    pid = int(lab.tmux("display-message", "-p", "#{pid}"))
    os.kill(pid, signal.SIGSTOP)
    try:
        slow = [lab.run(*words.split()) for words in ("next", "back", "jump %0")]
    finally:
        os.kill(pid, signal.SIGCONT)
    missing = [lab.run(word, PATH="/nowhere") for word in ("next", "back")]

    assert [(1, "tmux did not answer in 2 s\n")] * 3 == [
        (one.returncode, one.stderr) for one in slow
    ]
    assert [1, 1] == [one.returncode for one in missing]
    assert all("tmux cannot be run" in one.stderr for one in missing), missing


def test_on_a_terminal_errors_have_words_and_codes(lab: Lab) -> None:
    """
    1 for what cannot be done, 3 without a tmux server.
    """
    gone = lab.run("jump", "%77")
    nowhere = lab.run("back")
    lab.tmux("kill-server")
    wait_for(lambda: lab.run("jump", "%0").returncode == 3)
    serverless = lab.run("jump", "%0")

    assert ("there is no pane %77\n", 1) == (gone.stderr, gone.returncode)
    assert 1 == nowhere.returncode
    assert "nowhere to go back to" in nowhere.stderr
    assert 3 == serverless.returncode
    assert "there is no tmux server" in serverless.stderr

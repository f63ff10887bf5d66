"""Sending text and interrupting on a real tmux: one message, into the prompt, or nothing at all."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent_status.actions.interrupt import interrupt
from agent_status.actions.send import MAX_TEXT, clean_text, send_text
from agent_status.protocol.outcome import Outcome
from tests.support.acting_lab import (
    Fake,
    Stage,
    hurry,
    linger,
    meddle,
    meddle_typing,
    nothing,
    open_stage,
)
from tests.support.places import RECORDINGS
from tests.support.tmux_lab import open_lab, wait_for

BEGIN, END = b"\x1b[200~", b"\x1b[201~"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """
    One tmux server with a daemon for all tests of this file; each starts agents of its own.
    """
    patch = pytest.MonkeyPatch()
    with open_lab(patch.setenv) as lab, open_stage(lab) as stage:
        yield stage
    patch.undo()


def send(stage: Stage, fake: Fake, text: str, *deeds: Callable[[], object]) -> Outcome:
    """
    Send a text, while the deeds happen after each look.
    """
    return send_text(meddle(stage.desk, *deeds), fake.ref, text)


def find_print(stage: Stage, fake: Fake) -> str:
    """
    The fingerprint of what a fake asks now, empty for nothing.
    """
    ask = stage.look(fake.pane)["live"]["ask"]
    return str(ask["fingerprint"]) if ask else ""


def list_buffers(stage: Stage) -> str:
    """
    The names of tmux's paste buffers.
    """
    return stage.lab.tmux("list-buffers", "-F", "#{buffer_name}")


@pytest.mark.parametrize(
    "text",
    [
        "go on",
        "first\nsecond\n\n  third",
        "naïve ✓ 日本語 👩‍💻",
        "-l --help; #{pane_id} #(id) 'x' \\",
    ],
)
def test_a_text_arrives_as_one_message(stage: Stage, text: str) -> None:
    """
    Whatever its lines and signs are: one bracketed paste, one Enter, and the box is empty again.
    """
    fake = stage.add("idle")

    outcome = send(stage, fake, text)

    assert "sent" == outcome.kind, outcome
    assert BEGIN + text.encode() + END + b"\r" == fake.got
    assert not list_buffers(stage)


@pytest.mark.parametrize("folder", sorted(RECORDINGS.iterdir()), ids=lambda folder: folder.name)
def test_every_recorded_agent_asks_for_pastes_in_brackets(folder: Path) -> None:
    """
    Tmux does not tell before 3.7 whether a program has; several lines are sent all the same.
    A report is drawn from captures, which do not tell either.
    """
    for path in folder.glob("*.cast.gz"):
        text = gzip.decompress(path.read_bytes()).decode()
        assert "\\u001b[?2004h" in text or "agent-status report of" in text.partition("\n")[0], path


def test_a_very_long_text_arrives_whole(stage: Stage) -> None:
    """
    More than a command line of tmux's could hold.
    """
    fake = stage.add("idle")
    text = "\n".join(f"line {i} of a long story" for i in range(4000))

    outcome = send(stage, fake, text)

    assert "sent" == outcome.kind, outcome
    assert BEGIN + text.encode() + END + b"\r" == fake.got


def test_no_sequence_in_a_text_survives(stage: Stage) -> None:
    """
    An end mark of a paste, with a command behind it, arrives as plain text inside the paste.
    """
    fake = stage.add("idle")

    outcome = send(stage, fake, "a\x1b[201~\r\x03rm -rf /\x1b[A\x1b]0;t\x07\x9b201~\x00b\x7f")

    assert "sent" == outcome.kind, outcome
    assert BEGIN + b"a\nrm -rf /b" + END + b"\r" == fake.got


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\x1b\x1b[201~x", "x"),
        ("\x1b[20\x1b[201~1~x", "201~x"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
        ("\u2028x\ud800", "x"),
        ("\x1bPq\x1b\\x\x1b_y\x1b\\z", "xz"),
        ("\x1b", ""),
    ],
)
def test_cleaning_leaves_characters_only(text: str, clean: str) -> None:
    """
    Sequences go as a whole, and no end of one can be put together by what is left.
    """
    assert clean == clean_text(text)
    assert "\x1b" not in clean_text(text)


@pytest.mark.parametrize(
    ("scene", "word"),
    [("ask", "request"), ("busy", "busy"), ("list", "request"), ("deaf", "request")],
)
def test_an_agent_that_is_not_at_its_prompt_gets_no_text(
    stage: Stage, scene: str, word: str
) -> None:
    """
    Neither a dialog nor an agent at work is typed into.
    """
    fake = stage.add(scene, "mover" if scene == "list" else "claude")

    outcome = send(stage, fake, "yes")

    assert "refused" == outcome.kind
    assert word in outcome.words
    assert b"" == fake.got


def test_a_half_typed_text_is_left_alone(stage: Stage) -> None:
    """
    What the user has typed into the box is neither sent nor added to.
    """
    fake = stage.add("idle")
    stage.lab.tmux("send-keys", "-t", fake.pane, "-l", "my dra")
    wait_for(lambda: "my dra" in fake.shown)

    outcome = send(stage, fake, "hello")

    assert "refused" == outcome.kind
    assert "half-typed" in outcome.words
    assert b"my dra" == fake.got


def test_a_draft_begun_under_the_finger_is_left_alone(stage: Stage) -> None:
    """
    The user begins to type between look and paste.
    """
    fake = stage.add("idle")

    def begin() -> None:
        stage.lab.tmux("send-keys", "-t", fake.pane, "-l", "w")
        wait_for(lambda: "❯ w" in fake.shown)

    outcome = send(stage, fake, "hello", begin)

    assert "refused" == outcome.kind
    assert b"w" == fake.got
    assert not list_buffers(stage)


def test_a_dialog_that_comes_up_before_the_paste_gets_nothing(stage: Stage) -> None:
    """
    Between look and paste the agent asks something.
    """
    fake = stage.add("idle")

    outcome = send(stage, fake, "yes", lambda: fake.show("ask"))

    assert "refused" == outcome.kind
    assert b"" == fake.got
    assert not list_buffers(stage)


def test_a_dialog_that_comes_up_before_enter_is_not_answered(stage: Stage) -> None:
    """
    The text is in the box when a dialog takes its place: no Enter, and the user is told.
    """
    fake = stage.add("mute")

    desk = meddle_typing(stage.desk, nothing, lambda: fake.show("ask"))

    outcome = send_text(desk, fake.ref, "yes")

    assert "failed" == outcome.kind, outcome
    assert "pasted" in outcome.words
    assert BEGIN + b"yes" + END == fake.got


def test_a_shell_gets_no_text(stage: Stage) -> None:
    """
    The agent leaves between look and paste: the shell's prompt stays empty.
    """
    fake = stage.add_in_shell("idle")

    outcome = send(stage, fake, "rm -rf /", lambda: fake.leave(end=True))

    assert outcome.kind in {"gone", "refused"}, outcome
    assert b"" == fake.got
    assert fake.is_at_shell


def test_a_text_that_is_not_taken_is_told(stage: Stage) -> None:
    """
    Enter does nothing: the text stands in the box, and Enter was pressed once.
    """
    fake = stage.add("mute")

    desk = hurry(stage.desk, lambda: fake.got.endswith(b"\r"))

    outcome = send_text(desk, fake.ref, "hello")

    assert "ignored" == outcome.kind
    assert BEGIN + b"hello" + END + b"\r" == fake.got


@pytest.mark.parametrize("text", ["", " \n ", "\x1b[A", "x" * (MAX_TEXT + 1)])
def test_a_text_that_is_none_is_refused(stage: Stage, text: str) -> None:
    """
    Nothing, blanks, only sequences, and one that is too long.
    """
    fake = stage.add("idle")

    assert "refused" == send(stage, fake, text).kind
    assert b"" == fake.got


def test_copy_mode_gets_no_text(stage: Stage) -> None:
    """
    Tmux's own mode is left alone, and the buffer is taken away.
    """
    fake = stage.add("idle")
    stage.lab.tmux("copy-mode", "-t", fake.pane)

    outcome = send(stage, fake, "hello")

    assert "refused" == outcome.kind
    assert b"" == fake.got
    assert not list_buffers(stage)


def test_work_is_interrupted_with_one_key(stage: Stage) -> None:
    """
    Escape, once, and it is seen to stop.
    """
    fake = stage.add("busy")

    outcome = interrupt(stage.desk, fake.ref, find_print(stage, fake))

    assert "sent" == outcome.kind, outcome
    assert b"\x1b" == fake.got


def test_an_ask_is_interrupted_too(stage: Stage) -> None:
    """
    Its own key ends the dialog.
    """
    fake = stage.add("ask")

    outcome = interrupt(stage.desk, fake.ref, find_print(stage, fake))

    assert "sent" == outcome.kind, outcome
    assert b"\x1b" == fake.got


def test_an_ask_that_was_not_seen_is_not_interrupted(stage: Stage) -> None:
    """
    It came up after the user saw the work, or took the place of the ask that they saw.
    """
    fake = stage.add("ask")
    seen = stage.expect(fake)
    fake.show("other")

    unseen = interrupt(stage.desk, fake.ref, "")
    swapped = interrupt(stage.desk, fake.ref, seen)

    assert ("changed", "changed") == (unseen.kind, swapped.kind), (unseen, swapped)
    assert "rm -rf /" in unseen.words
    assert b"" == fake.got


def test_work_that_goes_on_after_an_ask_is_not_interrupted_for_it(stage: Stage) -> None:
    """
    What the user saw was answered elsewhere.
    """
    fake = stage.add("ask")
    seen = stage.expect(fake)
    fake.show("busy")

    outcome = interrupt(stage.desk, fake.ref, seen)

    assert "gone" == outcome.kind, outcome
    assert b"" == fake.got


def test_a_dialog_that_comes_up_between_two_presses_is_left_alone(stage: Stage) -> None:
    """
    The first press leads to a question: the second one would deny it.
    """
    fake = stage.add("asks", "mover")

    outcome = interrupt(linger(stage.desk), fake.ref, "")

    assert "it asks now" in outcome.words, outcome
    assert b"\x1b" == fake.got


def test_an_agent_at_its_prompt_is_not_interrupted(stage: Stage) -> None:
    """
    There the key would mean something else.
    """
    fake = stage.add("idle")

    assert "refused" == interrupt(stage.desk, fake.ref, find_print(stage, fake)).kind
    assert b"" == fake.got


def test_work_that_ends_under_the_finger_is_not_interrupted_twice(stage: Stage) -> None:
    """
    An agent that wants two presses stops after the first: the second is not sent.
    """
    fake = stage.add("busy", "mover")

    outcome = interrupt(linger(stage.desk), fake.ref, "")

    assert "sent" == outcome.kind, outcome
    assert b"\x1b" == fake.got


def test_work_that_goes_on_is_told(stage: Stage) -> None:
    """
    Both presses do nothing: no third one.
    """
    fake = stage.add("dogged", "mover")

    outcome = interrupt(hurry(stage.desk), fake.ref, "")

    assert "ignored" == outcome.kind
    assert b"\x1b\x1b" == wait_for(lambda: fake.got if len(fake.got) > 1 else b"")


def test_the_shell_commands_say_what_they_did(stage: Stage) -> None:
    """
    `answer` without a fingerprint shows the ask; with it, it answers; then `send` and `interrupt`.
    """
    fake, run = stage.add("ask"), stage.lab.run
    expect = stage.expect(fake)

    shown = run("answer", fake.pane, "--option", "n")
    wrong = run("answer", fake.pane, "--option", "n", "--expect", "0" * 16)
    assert (5, 5, b"") == (shown.returncode, wrong.returncode, fake.got), (shown, wrong)
    assert f"--expect {expect}" in shown.stdout
    assert "make test" in shown.stdout
    right = run("answer", fake.pane, "--option", "n", "--expect", expect)
    assert (0, b"3") == (right.returncode, fake.got), right
    sent = run("send", fake.pane, "go on")
    assert (0, b"3" + BEGIN + b"go on" + END + b"\r") == (sent.returncode, fake.got), sent
    stopped = run("interrupt", fake.pane)
    assert 0 == stopped.returncode, stopped
    again = run("interrupt", fake.pane)
    assert 6 == again.returncode
    assert "refused" in again.stderr

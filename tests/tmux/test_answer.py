"""Answering an ask on a real tmux: the right key into the right dialog, or none at all."""

import itertools
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from agent_status.actions.after import TIMEOUT_S
from agent_status.actions.answer import answer_ask
from agent_status.actions.context import open_context
from agent_status.actions.grid import pin_rows
from agent_status.actions.target import MIN_AGE_S
from agent_status.agents.loader import parse_agent
from agent_status.chooser.app.daemon_source import DaemonSource
from agent_status.chooser.panels.approve_all import ApproveAll
from agent_status.chooser.state.effects import Answer
from agent_status.features.journal import find_journal, open_journal
from agent_status.model import Ask, Keys, Option, Pick, State
from agent_status.model.choice import UnclearError, find_option
from agent_status.model.ref import make_ref
from agent_status.paths import find_state
from agent_status.protocol.outcome import Outcome
from agent_status.system import platforms
from agent_status.system.foreground import Keyboard, find_keyboard
from agent_status.system.platforms import ask_ps, read_stat
from agent_status.tmux.client import TmuxGoneError, TmuxSlowError, quote
from agent_status.toml_tables import TableError
from tests.support.acting_lab import (
    BrokenTmux,
    Fake,
    Stage,
    hurry,
    linger,
    meddle,
    meddle_typing,
    open_stage,
    watch_keyboard,
)
from tests.support.tmux_lab import DEADLINE_S, open_lab, wait_for


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """
    One tmux server with a daemon for all tests of this file; each starts agents of its own.
    """
    patch = pytest.MonkeyPatch()
    with open_lab(patch.setenv) as lab, open_stage(lab) as stage:
        yield stage
    patch.undo()


def answer(stage: Stage, fake: Fake, choice: str, *deeds: Callable[[], object]) -> Outcome:
    """
    Answer what a fake asks now; the deeds happen between a look and its key, one for each key.
    """
    return answer_ask(meddle_typing(stage.desk, *deeds), fake.ref, choice, stage.expect(fake))


@pytest.mark.parametrize(("choice", "key"), [("y", b"1"), ("2", b"2"), ("n", b"3"), ("3", b"3")])
def test_one_key_answers_and_the_ask_is_seen_to_go(stage: Stage, choice: str, key: bytes) -> None:
    """
    Approve, deny and any option: exactly that key, once, and `sent` when it is gone.
    """
    fake = stage.add("ask")

    outcome = answer(stage, fake, choice)

    assert "sent" == outcome.kind, outcome
    assert outcome.done
    assert key == fake.got


def test_what_was_decided_is_in_the_journal(stage: Stage) -> None:
    """
    The ask word for word, the key, what became of it, and who it was.
    """
    fake = stage.add("ask")
    answer(stage, fake, "n")

    with open_journal(find_journal(find_state()), stage.lab.inner) as journal:
        entries = journal.read_log(fake.pane)

    told = "\n".join(map(repr, entries))
    assert "make test" in told
    assert "sent" in told
    assert stage.desk.who in told


def test_an_ask_that_changed_before_is_not_answered(stage: Stage) -> None:
    """
    The fingerprint is of another ask: nothing is sent, and the words say what is there now.
    """
    fake = stage.add("ask")
    expect = stage.expect(fake)
    fake.show("other")

    outcome = answer_ask(stage.desk, fake.ref, "y", expect)

    assert "changed" == outcome.kind
    assert "rm -rf /" in outcome.words
    assert b"" == fake.got


def test_an_ask_swapped_under_the_finger_gets_no_key(stage: Stage) -> None:
    """
    Between the look and the key another dialog comes up: tmux itself holds the key back.
    """
    fake = stage.add("ask")

    outcome = answer(stage, fake, "y", lambda: fake.show("other"))

    assert "changed" == outcome.kind
    assert b"" == fake.got


def test_an_ask_that_is_over_gets_no_key(stage: Stage) -> None:
    """
    Between the look and the key it was answered elsewhere.
    """
    fake = stage.add("ask")

    outcome = answer(stage, fake, "y", lambda: fake.show("idle"))

    assert "gone" == outcome.kind
    assert b"" == fake.got


def test_an_ask_that_ignores_the_key_is_not_answered_twice(stage: Stage) -> None:
    """
    The same dialog stays: one key was sent, and the user is told that it did not help.
    """
    fake = stage.add("deaf")

    outcome = answer_ask(hurry(stage.desk), fake.ref, "y", stage.expect(fake))

    assert "ignored" == outcome.kind
    assert f"{TIMEOUT_S:g} s" in outcome.words
    assert b"1" == wait_for(lambda: fake.got)


def test_a_slow_redraw_is_waited_for(stage: Stage) -> None:
    """
    The dialog stands for a while after the key, and goes: sent, with one key.
    """
    fake = stage.add("slow")

    outcome = answer(stage, fake, "y")

    assert "sent" == outcome.kind
    assert b"1" == fake.got


def test_of_two_answers_at_once_one_is_sent(stage: Stage) -> None:
    """
    While the agent has not reacted to the first key, its screen asks the second one too.
    """
    fake = stage.add("slow")
    expect = stage.expect(fake)
    words = ("answer", fake.pane, "--option", "y", "--expect", expect)
    command = [sys.executable, "-m", "agent_status", *words]

    both = [subprocess.Popen(command, env=stage.lab.inside) for _ in range(2)]

    assert [0, 5] == sorted(one.wait(30) for one in both)
    assert b"1" == fake.got


def test_a_blank_frame_is_no_answer(stage: Stage) -> None:
    """
    A redraw that blanks the dialog for one look after the key does not count as gone.
    """
    fake = stage.add("deaf")
    drawn: list[str] = []

    def redraw() -> None:
        if fake.got and len(drawn) < len(frames):
            drawn.append(frames[len(drawn)])
            fake.order(show=drawn[-1])
            wait_for(lambda: ("Do you want" in fake.shown) == (drawn[-1] == "deaf"))

    frames = ["blank", "deaf"]
    desk = meddle(stage.desk, *[redraw] * 50)

    outcome = answer_ask(desk, fake.ref, "y", stage.expect(fake))

    assert frames == drawn
    assert "ignored" == outcome.kind
    assert b"1" == wait_for(lambda: fake.got)


def test_the_next_ask_of_a_row_is_told(stage: Stage) -> None:
    """
    One answer leads to the next dialog, which is named and left alone.
    """
    fake = stage.add("row")

    outcome = answer(stage, fake, "y")

    assert "sent" == outcome.kind
    assert "next it asks" in outcome.words
    assert "rm -rf /" in outcome.words
    assert b"1" == fake.got


def test_an_answer_that_ends_the_agent_is_an_answer(stage: Stage) -> None:
    """
    `No, exit` ends the program: the ask is gone, and the shell gets nothing.
    """
    fake = stage.add_in_shell("leave")

    outcome = answer(stage, fake, "n")

    assert "sent" == outcome.kind
    assert "ended" in outcome.words
    assert b"3" == fake.got


def test_a_shell_never_gets_the_key(stage: Stage) -> None:
    """
    The agent leaves between look and key; its dialog still stands above the shell's prompt.
    """
    fake = stage.add_in_shell("ask")

    outcome = answer(stage, fake, "y", lambda: fake.leave(end=True))

    assert outcome.kind in {"gone", "refused"}, outcome
    assert b"" == fake.got
    assert fake.is_at_shell


def test_a_suspended_agent_gets_no_key(stage: Stage) -> None:
    """
    ctrl+z gives the keyboard to the shell, though the agent lives and its dialog is in view.
    """
    fake = stage.add_in_shell("ask")
    expect = stage.expect(fake)
    fake.leave(stop=True)

    outcome = answer_ask(stage.desk, fake.ref, "y", expect)

    assert outcome.kind in {"gone", "refused"}, outcome
    assert b"" == fake.got
    assert fake.is_at_shell


@pytest.mark.parametrize(
    ("command", "undo", "word"),
    [
        (("copy-mode",), ("send-keys", "-X", "cancel"), "copy mode"),
        (("set-option", "-p", "synchronize-panes", "on"), (), "synchronize-panes"),
        (("select-pane", "-d"), (), "no input"),
    ],
)
def test_a_pane_that_would_not_take_the_key_is_refused(
    stage: Stage, command: tuple[str, ...], undo: tuple[str, ...], word: str
) -> None:
    """
    In copy mode, with synchronised panes, and with its input off: refused, in words.
    """
    fake = stage.add("ask")
    head, *rest = command
    stage.lab.tmux(head, "-t", fake.pane, *rest)

    outcome = answer(stage, fake, "y")

    assert "refused" == outcome.kind
    assert word in outcome.words
    assert "nothing was sent" in outcome.words
    if undo:
        stage.lab.tmux(*undo[:1], "-t", fake.pane, *undo[1:])
    assert b"" == fake.got


def test_copy_mode_that_begins_under_the_finger_holds_the_key_back(stage: Stage) -> None:
    """
    The user scrolls between look and key.
    """
    fake = stage.add("ask")

    outcome = answer(stage, fake, "y", lambda: stage.lab.tmux("copy-mode", "-t", fake.pane))

    assert "refused" == outcome.kind
    assert b"" == fake.got


def test_a_killed_pane_is_gone(stage: Stage) -> None:
    """
    The pane is killed between look and key, and no other pane gets it.
    """
    fake, other = stage.add("ask"), stage.add("ask")

    outcome = answer(stage, fake, "y", lambda: stage.lab.tmux("kill-pane", "-t", fake.pane))

    assert "gone" == outcome.kind
    assert b"" == fake.got == other.got


@pytest.mark.parametrize("answers", [0, 1])
def test_an_agent_that_ends_between_two_looks_at_its_keyboard_is_gone(
    stage: Stage, answers: int
) -> None:
    """
    Nobody else has its keyboard: its process is no more, while tmux still lists its pane.
    """
    fake = stage.add("ask")
    facts = [Keyboard.HELD] * answers

    outcome = answer_ask(watch_keyboard(stage.desk, facts), fake.ref, "y", stage.expect(fake))

    assert "gone" == outcome.kind, outcome
    assert [] == facts
    assert b"" == fake.got


def test_a_mark_is_moved_step_by_step_and_seen(stage: Stage) -> None:
    """
    A list without numbers: arrow keys until the mark is on the option, then Enter.
    """
    fake = stage.add("list", "mover")

    outcome = answer(stage, fake, "Green")

    assert "sent" == outcome.kind, outcome
    assert b"\x1b[B\r" == fake.got.replace(b"\x1bOB", b"\x1b[B")


def test_a_mark_that_the_user_moves_is_followed(stage: Stage) -> None:
    """
    The user presses Down while we do: Enter comes only when the mark is on the wanted option.
    """
    fake = stage.add("list", "mover")

    def press_down() -> None:
        stage.lab.tmux("send-keys", "-t", fake.pane, "Down")
        wait_for(lambda: "❯ Green" in fake.shown)

    outcome = answer(stage, fake, "2", press_down)

    assert "sent" == outcome.kind, outcome
    assert 1 == fake.got.count(b"\r")
    assert wait_for(lambda: "Pondering" in fake.shown)


def test_boxes_are_ticked_one_by_one_and_submitted(stage: Stage) -> None:
    """
    Each answer changes the ask, which is told; `submit` leads on, and only where boxes are.
    """
    fake, other = stage.add("boxes"), stage.add("ask")

    ticked = answer(stage, fake, "2")
    submitted = answer(stage, fake, "submit")

    assert ("sent", "sent") == (ticked.kind, submitted.kind), (ticked, submitted)
    assert "next it asks" in ticked.words
    assert "make test" in submitted.words
    assert b"2\x1b[C" == fake.got.replace(b"\x1bOC", b"\x1b[C")
    assert "refused" == answer(stage, other, "submit").kind
    assert b"" == other.got


def test_a_digit_is_not_typed_into_a_text_field(stage: Stage) -> None:
    """
    With the mark on an option that takes words, the mark is moved away from it first.
    """
    fake = stage.add("field")

    outcome = answer(stage, fake, "y")

    assert "sent" == outcome.kind, outcome
    assert b"\x1b[A\x1b[A\r" == fake.got.replace(b"\x1bOA", b"\x1b[A")


def test_an_option_that_is_not_there_is_refused(stage: Stage) -> None:
    """
    A key that the dialog does not have, and `y` where nothing plainly approves.
    """
    fake, chooser = stage.add("ask"), stage.add("list", "mover")

    assert "refused" == answer(stage, fake, "7").kind
    assert "refused" == answer(stage, chooser, "y").kind
    assert b"" == fake.got == chooser.got


def test_a_daemon_that_is_gone_fails_without_a_key(stage: Stage) -> None:
    """
    Nobody looks again: nothing is sent.
    """
    fake = stage.add("ask")
    expect = stage.expect(fake)
    with open_context(stage.lab.inner, "test") as closed:
        desk = replace(stage.desk, daemon=closed.daemon)

    outcome = answer_ask(desk, fake.ref, "y", expect)

    assert "failed" == outcome.kind
    assert "nothing was sent" in outcome.words
    assert b"" == fake.got


@pytest.mark.parametrize(
    ("error", "words"),
    [(TmuxGoneError("no server"), "nothing was sent"), (TmuxSlowError("slow"), "not known")],
)
def test_a_tmux_that_fails_is_told_as_it_is(stage: Stage, error: Exception, words: str) -> None:
    """
    A tmux that is gone got nothing; of one that did not answer in time it is not known.
    """
    fake = stage.add("ask")
    desk = replace(stage.desk, tmux=BrokenTmux(error))

    outcome = answer_ask(desk, fake.ref, "y", stage.expect(fake))

    assert "failed" == outcome.kind
    assert words in outcome.words


def test_only_harmless_asks_are_approved_together(stage: Stage) -> None:
    """
    Each is looked at again: one that is not graded harmless, or not the same, gets no key.
    """
    fakes = [stage.add(scene) for scene in ("safe", "other", "safe")]
    asks = tuple((fake.ref, stage.expect(fake)) for fake in fakes)
    fakes[2].show("other")

    outcome = ApproveAll(asks).type(DaemonSource(stage.lab.inner, str))

    assert not outcome.done
    assert outcome.words.startswith(f"Approved 1 of 3. {fakes[1].pane}: not harmless"), outcome
    assert f"; {fakes[2].pane}: the request changed" in outcome.words
    assert [b"1", b"", b""] == [fake.got for fake in fakes]


def test_what_is_dangerous_is_answered_only_when_that_is_said(stage: Stage) -> None:
    """
    The command line wants a flag of its own, beside the fingerprint.
    """
    fake = stage.add("other")
    words = ("answer", fake.pane, "--option", "y", "--expect", stage.expect(fake))

    refused = stage.lab.run(*words)
    assert (6, b"") == (refused.returncode, fake.got), refused
    assert "dangerous" in refused.stderr
    done = stage.lab.run(*words, "--yes-dangerous")
    assert (0, b"1") == (done.returncode, fake.got), done


@pytest.mark.parametrize("choice", ["1", "2"])
def test_a_numbered_option_is_graded_as_y_is(choice: str, stage: Stage) -> None:
    """
    The command line never takes a number for a confirmation.
    """
    fake = stage.add("other")

    options = stage.look(fake.pane)["live"]["ask"]["options"]
    label = next(one["label"] for one in options if one["key"] == choice)

    done = stage.lab.run("answer", fake.pane, "--option", choice, "--expect", stage.expect(fake))

    denies = label.startswith("No")
    assert (0 if denies else 6, choice.encode() if denies else b"") == (done.returncode, fake.got)


def test_a_denial_needs_no_flag(stage: Stage) -> None:
    """
    What is dangerous is refused by `n`, whatever it is.
    """
    fake = stage.add("other")

    done = stage.lab.run("answer", fake.pane, "--option", "n", "--expect", stage.expect(fake))

    assert 0 == done.returncode, done
    assert fake.got not in {b"", b"1"}


def test_to_look_is_no_failure(stage: Stage) -> None:
    """
    It prints what to answer with; an option without a fingerprint sends nothing, and says so.
    """
    fake = stage.add("ask")

    looked = stage.lab.run("answer", fake.pane)
    unsure = stage.lab.run("answer", fake.pane, "--option", "y")
    calm = stage.lab.run("answer", stage.add("idle").pane)

    assert (0, "") == (looked.returncode, looked.stderr)
    assert f"--expect {stage.expect(fake)}\n" in looked.stdout
    assert (5, looked.stdout) == (unsure.returncode, unsure.stdout)
    assert "nothing was sent: give --expect" in unsure.stderr
    assert (5, "") == (calm.returncode, calm.stdout)
    assert b"" == fake.got


def test_danger_is_told_of_the_very_request_that_would_get_the_key(stage: Stage) -> None:
    """
    A request that was not there at the first look, as in a redraw, is graded when it is.
    """
    fake = stage.add("other")
    expect = stage.expect(fake)
    fake.order(show="blank")
    wait_for(lambda: not stage.look(fake.pane)["live"]["ask"])
    desk = meddle(stage.desk, lambda: fake.show("other"))

    first = answer_ask(desk, fake.ref, "y", expect)
    again = answer_ask(desk, fake.ref, "y", expect)

    assert ("gone", "refused") == (first.kind, again.kind), (first, again)
    assert "dangerous" in again.words
    assert "nothing was sent" in again.words
    assert b"" == fake.got


def test_the_chooser_sends_what_is_dangerous_once_that_was_confirmed(stage: Stage) -> None:
    """
    Its second key is in the effect; without it, a request that became dangerous gets no key.
    """
    fake = stage.add("other")
    source = DaemonSource(stage.lab.inner, str)
    effect = Answer(fake.ref, "y", stage.expect(fake))

    refused = effect.type(source)
    assert (False, b"") == (refused.done, fake.got)
    assert refused.words.startswith("dangerous (")
    assert (True, b"1") == (replace(effect, dangerous=True).type(source).done, fake.got)


def test_to_deny_needs_no_further_word(stage: Stage) -> None:
    """
    Nothing is at stake.
    """
    fake = stage.add("other")

    outcome = answer(stage, fake, "3")

    assert "sent" == outcome.kind, outcome
    assert b"3" == fake.got


def test_a_young_request_is_waited_for(stage: Stage) -> None:
    """
    Nobody has read what came up a moment ago.
    """
    fake = stage.add("idle")
    expect = stage.expect(stage.add("ask"))
    clock = stage.desk.clock
    typed_at: list[float] = []
    desk = meddle_typing(stage.desk, lambda: typed_at.append(clock.read_monotonic()))

    shown_at = clock.read_monotonic()
    fake.show("ask")
    outcome = answer_ask(desk, fake.ref, "y", expect)

    assert "sent" == outcome.kind, outcome
    assert MIN_AGE_S <= typed_at[0] - shown_at


def test_a_screen_that_moves_is_answered_between_two_frames(stage: Stage) -> None:
    """
    A spinner above the dialog turns ten times a second, and a clock runs below it.
    """
    fake = stage.add("ask")
    expect = stage.expect(fake)
    tty = Path(stage.lab.tmux("display-message", "-pt", fake.pane, "#{pane_tty}").strip())
    ended = Event()

    def turn() -> None:
        for frame in itertools.count():
            with tty.open("w") as screen:
                screen.write(f"\x1b7\x1b[1;60H{'⠋⠙⠹⠸'[frame % 4]}\x1b[20;1H{frame // 10} s\x1b8")
            if ended.wait(0.1):
                return

    spinner = Thread(target=turn)
    spinner.start()
    try:
        outcome = answer_ask(linger(stage.desk, 0.3), fake.ref, "y", expect)
    finally:
        ended.set()
        spinner.join()

    assert "sent" == outcome.kind, outcome
    assert b"1" == fake.got


def test_a_screen_that_was_not_the_one_that_was_seen_is_told(stage: Stage) -> None:
    """
    A row that is there twice became another one that is there, too: tmux can't tell them apart.
    """
    fake = stage.add("twins")

    def swap() -> None:
        fake.order(show="swapped twins")
        wait_for(lambda: fake.shown.startswith("one\ntwo\ntwo\n"))

    outcome = answer(stage, fake, "y", swap)

    assert "surprise" == outcome.kind, outcome
    assert not outcome.done
    assert "said two where it had said one" in outcome.words
    assert b"1" == fake.got
    with open_journal(find_journal(find_state()), stage.lab.inner) as journal:
        assert "said two where it had said one" in repr(journal.read_log(fake.pane))


def test_a_request_that_goes_away_right_after_the_key_is_told(stage: Stage) -> None:
    """
    The key may have answered what came up at that very moment.
    """
    fake = stage.add("row")
    looks: list[bool] = []

    def end_soon() -> None:
        looks.append(bool(fake.got) and "rm -rf" in fake.shown)
        if sum(looks) == END_AFTER:
            fake.show("busy")

    outcome = answer_ask(meddle(stage.desk, *[end_soon] * 50), fake.ref, "y", stage.expect(fake))

    assert "surprise" == outcome.kind, outcome
    assert "rm -rf /" in outcome.words


END_AFTER = 4
"""
Looks at the next request.
"""


def test_a_look_captures_its_pane_alone(stage: Stage) -> None:
    """
    `sense` captures an unchanged pane too, and no other; its version grows with the screen.
    """
    fake, other = stage.add("ask"), stage.add("idle")
    before = stage.look(fake.pane)["version"]

    fake.show("other")
    scripts = len(stage.daemon_tmux.scripts)
    after = stage.look(fake.pane)["version"]
    again = stage.look(fake.pane)["version"]

    assert before < after == again
    captured = [
        re.findall(r"capture-pane .*(%\d+)", script)
        for script in stage.daemon_tmux.scripts[scripts:]
    ]
    assert 2 <= captured.count([fake.pane])
    assert other.pane != fake.pane


def test_what_is_sensed_has_the_rows_that_tmux_finds(stage: Stage) -> None:
    """
    Colours, links, letters that are drawn as lines, tabs, wide and combining characters.
    """
    fake = stage.add("ask")
    tty = Path(stage.lab.tmux("display-message", "-pt", fake.pane, "#{pane_tty}").strip())
    link = "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"
    text = f"\x1b[1;31mred\x1b[m {link} \x1b(0qqx\x1b(B a\tb 日本 n\u0303 👩‍💻 \x1b[7m  \x1b[m"

    with tty.open("w") as screen:
        screen.write(f"\x1b[18;1H{text}\x1b[H")
    wait_for(lambda: "red link" in fake.shown)

    shown = [row.rstrip(" \t") for row in fake.shown.split("\n")[:-1]]
    assert shown == stage.look(fake.pane)["rows"]
    for row in filter(None, shown):
        (pin,) = pin_rows([row])
        found = stage.desk.tmux.feed(f"display-message -pt {fake.pane} {quote(pin[0])}\n")
        assert f"{shown.index(row) + 1}\n" == found, row


def test_a_pane_that_never_was_is_gone(stage: Stage) -> None:
    """
    An id of no pane.
    """
    assert "gone" == answer_ask(stage.desk, make_ref("%999"), "y", "0" * 16).kind


def make_ask(*labels: str) -> Ask:
    """
    An ask with these options, numbered.
    """
    options = tuple(Option(str(i), label) for i, label in enumerate(labels, 1))
    return Ask(State.APPROVAL, options=options)


@pytest.mark.parametrize(
    ("labels", "yes", "no"),
    [
        (("Yes", "Yes, and don’t ask again for: make *", "No"), "1", "3"),
        (("Yes, and use auto mode", "Yes, manually approve edits", "No, keep planning"), "2", "3"),
        (("Allow once", "Allow always", "Reject"), "1", "3"),
        (("Allow once", "Allow for this session", "No, suggest changes (esc)"), "1", "3"),
        (("Approve (y)", "Enable Auto for this thread (a)", "Reject (n)"), "1", "3"),
        (("Yes, proceed (y)", "No, and tell Codex what to do differently (esc)"), "1", "2"),
        (("Yes, always", "Never"), "", ""),
        (("(Y)es", "(N)o", "(A)ll", "(S)kip all", "(D)on't ask again"), "1", "2"),
        (("Yes, now", "Yes, later", "No"), "", "3"),
        (("Whitespace", "Lines"), "", ""),
        (("Yes", "No", "No, with feedback"), "1", "2"),
        ((), "", ""),
    ],
)
def test_y_and_n_mean_the_plain_option_or_none(labels: tuple[str, ...], yes: str, no: str) -> None:
    """
    Never one that approves more than what is asked; where it is not plain, none.
    """
    assert (yes, no) == (find_meant(labels, "y"), find_meant(labels, "n"))


def test_n_is_escape_where_the_screen_says_so_and_shows_no_denial() -> None:
    """
    A list that is cut off by a small pane, with the key that cancels below it.
    """
    cut = replace(make_ask("Yes, proceed (y)", "Yes, always"), text="enter or esc to cancel")

    assert "esc" == find_option(cut, "n").key
    assert "1" == find_option(cut, "y").key
    assert "3" == find_option(replace(make_ask("Yes", "All", "No"), text=cut.text), "n").key


def find_meant(labels: tuple[str, ...], choice: str) -> str:
    """
    The key that `choice` means, empty if it can't be told.
    """
    try:
        return find_option(make_ask(*labels), choice).key
    except UnclearError:
        return ""


def test_a_dialog_full_of_tmux_signs_is_answered_as_any(stage: Stage) -> None:
    """
    Nothing on the screen is obeyed by tmux, and every line is still recognised.
    """
    fake = stage.add("hostile")

    outcome = answer(stage, fake, "y")

    assert "sent" == outcome.kind, outcome
    assert b"1" == fake.got
    assert not list(stage.lab.folder.rglob("pwned"))


def test_the_keyboard_belongs_to_who_is_in_the_foreground(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A living agent has it, one that ended is told apart; both ways to ask say the same.
    """
    fake = stage.add("ask")
    pid = int(stage.look(fake.pane)["pane_pid"])
    assert Keyboard.HELD is find_keyboard(pid)
    monkeypatch.setattr(platforms, "TIMEOUT_S", DEADLINE_S)
    assert pid == ask_ps(pid) == read_stat(pid)

    stage.lab.tmux("kill-pane", "-t", fake.pane)

    wait_for(lambda: find_keyboard(pid) is Keyboard.ENDED)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('pick = "guess"', "none of key, line, move"),
        ('next = "Down; kill-server"', "not a key"),
        ("interrupt = 'Escape'", "not a list"),
        ("interrupt = ['#(x)']", "not a key"),
        ("press = 'x'", "unknown key"),
    ],
)
def test_keys_that_are_none_are_refused(line: str, word: str) -> None:
    """
    An agent's table of keys is held to tmux's names, and the line is named.
    """
    with pytest.raises(TableError, match=word):
        parse_agent("mine", f'name = "Mine"\n[keys]\n{line}\n')


def test_a_rule_may_have_keys_of_its_own() -> None:
    """
    Buttons side by side want other arrows than lists.
    """
    rules = parse_agent("mine", OWN_KEYS)

    assert Keys(next="Right") == rules.find_keys("mine/buttons")
    assert Keys(pick=Pick.KEY) == rules.find_keys("mine/dialog")


OWN_KEYS = """
name = "Mine"
[keys]
pick = "key"
[[rule]]
id = "buttons"
says = "approval"
region = "dialog"
keys = { next = "Right" }
"""

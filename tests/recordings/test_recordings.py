"""Recordings of real agents: what their own markers claim, and what the agents asked."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import pytest

from agent_status.detect.evidence import find_presence
from agent_status.model import Agent, Ask, State
from agent_status.model.choice import UnclearError, find_option
from agent_status.protocol.convert import decode
from agent_status.protocol.rows import ReportedAsk
from tests.support.labels import ASKING, Label, iterate_faults, read_changes, read_labels
from tests.support.replays import Replay, find_kind, list_recordings, replay_recording
from tests.support.share import sample, takes_all

KINDS = sorted({find_kind(path) for path in list_recordings()})
Check = Callable[[Replay], Iterator[str]]
"""Yields what is wrong with a replay."""


@pytest.fixture(scope="module", params=KINDS)
def replays(request: pytest.FixtureRequest) -> list[Replay]:
    """Return an agent's recordings, replayed; all tests of that agent share them."""
    return [replay_recording(path) for path in sample(list_recordings(request.param))]


def check_labels(replay: Replay) -> Iterator[str]:
    """
    No request is missed or late, no state wrong beyond the grace, nothing flickers.
    """
    yield from iterate_faults(read_changes(replay.changes), replay.labels)
    kinds = {change["agent"] for change in replay.changes} - {None}
    if kinds != {find_kind(replay.path)}:
        yield f"the agent is {kinds}"


def list_faults(replays: list[Replay], checks: Mapping[str, Check]) -> list[str]:
    """
    Return what the check of each recording's scenario finds; `*` checks every recording.
    """
    return [
        f"{replay.name}: {fault}"
        for replay in replays
        for scenario in {replay.scenario, "*"} & set(checks)
        for fault in checks[scenario](replay)
    ]


def test_recordings_are_read_as_they_are_labelled(replays: list[Replay]) -> None:
    """
    The markers of a recording are its specification.
    """
    assert [] == list_faults(replays, {"*": check_labels})


LONG = (
    "find . -name '*.py' -not -path './build/*' -print0 | xargs -0 grep -n \"def count\" "
    "| sort | uniq -c | sort -rn | head -20 && git push --force origin main"
)
ASKED = {
    "shell_permission": ("command", "make slow-test"),
    "risky_shell": ("command", "rm -rf build && git push --force origin main"),
    "long_command": ("command", LONG),
    "two_permissions": ("command", "make slow-test"),
    "edit_permission": ("file", "wc.py"),
    "question": ("question", "Which counter should be the default?"),
}
"""What the scripted model asked for, by scenario."""
FOUR = ("claude", "codex", "gemini", "opencode")


def check_words(replay: Replay) -> Iterator[str]:
    """
    Command, file and question are the model's own, at every width; at most one choice is marked.
    """
    if find_kind(replay.path) not in FOUR:
        return
    (part, asked), ask = ASKED[replay.scenario], replay.asks[-1]
    cut = part == "command" and ask["hidden"]
    if not cut and asked != ask[part].removeprefix("/home/dev/demo/"):
        yield f"{part} is {ask[part]}"
    if len(ask["options"]) < 2 or sum(option["selected"] for option in ask["options"]) > 1:
        yield f"options are {ask['options']}"


SEVERAL = {
    "blank_command": "ls\n\nrm -rf src",
    "marks_command": "ls #\n---\n│ echo x\n╌╌╌╌╌╌╌╌\n1. Yes\n2. No\nrm -rf src",
    "heredoc_command": "cat > notes.txt <<'EOF'\nline 1\n\n  two  blanks\nEOF\nmake test",
    "long_word_command": "cat /" + "a" * 130 + "/.env.local && echo " + "b " * 59 + "b",
    "question_command": "rm -rf src # do you want to create a.txt?",
    "tall_command": "rm -rf src\n" + "\n".join(f"echo {i}" for i in range(1, 61)),
}
"""Commands that end where a hasty reader would not think so."""
CUT = {
    *("auggie/long_word-100", "auggie/tall-100"),
    "droid/marks-60",
    *("goose/" + name for name in ("heredoc-60", "long_word-60", "marks-60", "tall-60")),
    *("aider/tall-100", "continuecli/tall-100", "openhands/tall-100"),
    *("cline/" + name for name in ("blank-100", "heredoc-100", "marks-100", "long_word-60")),
    *("deepagents/marks-100", "vibe/tall-100", "vibe/tall-60"),
    *("kimi/heredoc-100", "kimi/tall-60"),
    *("kimi_legacy/" + name for name in ("heredoc-100", "long_word-60", "tall-60")),
    *("claude/" + name for name in ("heredoc-60", "long_word-60", "tall-100", "tall-60")),
    *("claude-2.1.332/" + name for name in ("heredoc-60", "long_word-60", "tall-100", "tall-60")),
    *("codex-0.171/" + name for name in ("long_word-60", "tall-100", "tall-60")),
    *("copilot/" + name for name in ("blank-60", "heredoc-60", "long_word-60")),
    *("copilot/" + name for name in ("tall-100", "tall-60")),
    *("gemini/" + name for name in ("heredoc-60", "tall-100", "tall-60")),
    *("opencode/" + name for name in ("heredoc-60", "long_word-100", "long_word-60", "marks-100")),
    *("qwen/" + name for name in ("blank-60", "heredoc-60", "tall-100", "tall-60")),
}
"""Requests of which these agents show a part at that width, or do not tell that it is all."""


def check_lines(replay: Replay) -> Iterator[str]:
    """
    Blank lines, rules, numbered lines and broken words are its own; what is cut is never trusted.
    """
    short = replay.name.replace("_command", "").rpartition("x")[0]
    asks = [change["ask"] for change in replay.changes if change["state"] == "approval"]
    for ask in asks:
        if (short in CUT) != bool(ask["hidden"]):
            yield f"hidden is {ask['hidden']!r}"
        if short not in CUT and ask["command"]:
            if ask["command"] != SEVERAL[replay.scenario]:
                yield f"command is {ask['command']}"
        elif "part of it is not shown" not in ask["hidden"] and "/.env.local" not in ask["subject"]:
            yield f"subject is {ask['subject']}"


def check_fingerprints(replay: Replay) -> Iterator[str]:
    """
    Of two edits of one file, the question is the same, the lines are not.
    """
    questions = {ask["question"] for ask in replay.asks}
    if len(questions) != 1 or len({ask["fingerprint"] for ask in replay.asks}) < 2:
        yield f"two edits are asked as {questions}"


def check_tool(replay: Replay) -> Iterator[str]:
    """
    Name, arguments and address are all of what is asked; what an agent leaves out is hidden.
    """
    ask = replay.asks[-1]
    words = "".join(ask["subject"].split())
    whole = "ops@example.com" in words and "token=abc123" in words
    if replay.scenario == "mcp_call" and not ("send" in words.lower() and (ask["hidden"] or whole)):
        yield f"subject is {words}"
    if (
        replay.scenario == "fetch_url"
        and "https://example.com/search?q=word+count&key=abc123" not in words
    ):
        yield f"subject is {words}"


CHECKS: Mapping[str, Check] = {
    **dict.fromkeys(ASKED, check_words),
    **dict.fromkeys(SEVERAL, check_lines),
    **dict.fromkeys(("mcp_call", "fetch_url"), check_tool),
    "two_edits": check_fingerprints,
}
"""What is known of the requests of a scenario, beside what its labels say."""


def test_requests_are_read_as_they_were_made(replays: list[Replay]) -> None:
    """
    Each scenario with a check of its own keeps to it, in every agent, version and width.
    """
    assert [] == list_faults(replays, CHECKS)


MEANT = {
    "aider": {
        "(Y)es | (N)o",
    },
    "amp": {
        "? | ?",
    },
    "auggie": {
        "? | ?",
        "[A]llow | [D]eny",
    },
    "claude": {
        "? | ?",
        "? | Cancel",
        "? | cancel",
        "Yes | No",
        "Yes | No (recommended)",
        "Yes | No (recommended) ✔",
        "Yes | No, and tell Claude what to do different",
        "Yes | cancel",
        "Yes, I trust this folder | No, exit",
        "Yes, and manually approve edits | ?",
        "Yes, and manually approve edits | No, keep planning",
        "Yes, manually approve edits | ?",
    },
    "cline": {
        "? | ?",
        "Approve | Deny",
    },
    "codex": {
        "Allow | Cancel",
        "? | ?",
        "Trust and continue | ?",
        "Yes | No, provide feedback",
        "Yes, implement this plan | No, stay in Plan mode",
        "Yes, proceed (y) | No, and tell Codex what to do differentl",
        "Yes, proceed (y) | cancel",
        "Yes, proceed | No, and tell Codex what to do differentl",
    },
    "continuecli": {
        "? | ?",
        "Continue (tab) | No, and tell Continue what to do differe",
    },
    "copilot": {
        "? | cancel",
        "Yes | No (Esc)",
        "Yes | No, and tell Copilot what to do differen",
    },
    "deepagents": {
        "Approve (y) | Reject (n)",
    },
    "droid": {
        "? | ?",
        "Yes, allow | No, cancel",
        "Yes, allow | cancel",
    },
    "gemini": {
        "? | ?",
        "? | Don't trust",
        "? | cancel",
        "Allow once | No, suggest changes (esc)",
        "Yes, allow once | No, suggest changes (esc)",
        "Yes, manually accept edits | cancel",
    },
    "goose": {
        "Allow | ?",
    },
    "grok": {
        "Yes | No",
    },
    "hermes": {
        "? | ?",
        "Allow once | Deny",
    },
    "kilocode": {
        "? | cancel",
        "Allow once | Reject",
    },
    "kimi": {
        "? | ?",
        "? | Cancel",
        "? | cancel",
        "Approve once | Reject",
        "Approve | Reject",
    },
    "kimi_legacy": {
        "? | ?",
        "Approve once | Reject",
    },
    "opencode": {
        "? | cancel",
        "Allow once | Reject",
        "accept | deny",
    },
    "openhands": {
        "Yes | No",
    },
    "pi": {
        "? | ?",
        "? | cancel",
        "Yes | No",
    },
    "qwen": {
        "? | ?",
        "? | No, keep planning (esc)",
        "Yes, allow once | No, suggest changes (esc)",
    },
    "vibe": {
        "? | ?",
        "? | cancel",
        "Allow once | Deny",
    },
}
"""What `y` and `n` mean in the dialogs of each agent; `?` where it cannot be told."""
WIDTH = 40
"""Of a label in that table."""


def find_label(ask: Ask, choice: str) -> str:
    """
    Return the label of what `choice` means.
    """
    try:
        return find_option(ask, choice).label[:WIDTH]
    except UnclearError:
        return "?"


def test_y_and_n_mean_what_the_table_says(replays: list[Replay]) -> None:
    """
    `y` is never an option that allows more than what is asked, nor `n` one that allows anything.
    """
    asks = [decode(ReportedAsk, told) for replay in replays for told in replay.asks]
    meant = {f"{find_label(ask, 'y')} | {find_label(ask, 'n')}" for ask in asks}

    known = MEANT[find_kind(replays[0].path)]
    assert meant == known if takes_all() else meant <= known
    assert [] == [ask.text for ask in asks if ask.blocked]


PERMANENT = {"deepagents/prompt", "opencode/prompt", "openhands/prompt"}
"""Input boxes that stay in work and in requests, which outweigh them."""


def test_rules_that_say_something_change_with_the_state(replays: list[Replay]) -> None:
    """
    A rule that matches alike in work, in a request and at the prompt is no evidence.
    """
    newest = {one.path.parent: one for one in replays if one.scenario == "shell_permission"}
    for replay in newest.values():
        spent, shown = replay.holding.spent, replay.holding.shown
        names = {"working", "permission", "done"}
        rules = {rule for rule, _ in shown}
        alike = {
            rule for rule in rules if all(shown[rule, name] * 2 > spent[name] for name in names)
        }
        assert names <= set(spent), replay.name
        assert alike <= PERMANENT


WORKING, ASKED_FOR, IDLE = "working", "asked", "idle"
HOMES = {
    "working": WORKING,
    **dict.fromkeys(ASKING, ASKED_FOR),
    **dict.fromkeys(("ready", "done", "typing", "interrupted"), IDLE),
}
"""Labels that say one thing only, each with it."""
MAX_SHARE = 0.5
"""A rule that holds for more than this share of each of the three says nothing about them."""
OUTWEIGHED = {
    "deepagents/prompt": "deepagents/waits",
    "openhands/prompt": "openhands/elsewhere",
}
"""Input boxes that look the same whatever goes on, and the rule that stops them in a dialog."""


def count_times(replays: list[Replay]) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """
    Return the time by home, and the time by rule and home in which the rule held.
    """
    spent, held = Counter[str](), Counter[tuple[str, str]]()
    for replay in replays:
        for name, time in replay.holding.spent.items():
            if name in HOMES:
                spent[HOMES[name]] += time
        for (rule, name), time in replay.holding.rules.items():
            if name in HOMES:
                held[rule, HOMES[name]] += time
    return spent, held


def test_no_rule_holds_in_every_state(replays: list[Replay]) -> None:
    """
    Not in work, in a request and at rest alike; one that has to is outweighed.
    """
    if not takes_all():
        pytest.skip("needs all recordings: pytest --all")
    spent, held = count_times(replays)
    kind = find_kind(replays[0].path)
    homes = (WORKING, ASKED_FOR, IDLE)
    if not all(spent[home] for home in homes):
        pytest.skip(f"no recording of {kind} has work, a request and a rest")
    constant = {
        rule
        for rule, _ in held
        if all(held[rule, home] > MAX_SHARE * spent[home] for home in homes)
    }

    beside = {find_presence(Agent(kind, kind)).rule, f"{kind}/report"}
    assert {rule for rule in OUTWEIGHED if rule.startswith(f"{kind}/")} == constant - beside
    for rule in constant & set(OUTWEIGHED):
        assert held[OUTWEIGHED[rule], ASKED_FOR] == pytest.approx(spent[ASKED_FOR], rel=0.1)


def test_recordings_show_every_state_at_three_sizes() -> None:
    """
    What is measured covers what is promised.
    """
    paths = list_recordings()
    sizes = {path.name.removesuffix(".cast.gz").rpartition("-")[2] for path in paths}
    missing = set(State) - {State.STUCK, State.REVIEW, State.FINISHED, State.UNKNOWN}
    for path in paths:
        missing -= {state for label in read_labels(path) for state in label.right}
        if not missing:
            break

    assert set() == missing
    assert {"60x20", "100x30", "200x50"} <= sizes


LABELS = (
    Label("working", 0.0, 5.0, 0.5, 0.0, frozenset({State.WORKING})),
    Label("permission", 5.0, 10.0, 0.5, 0.0, frozenset({State.APPROVAL})),
)


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ([(0.0, State.WORKING), (5.25, State.APPROVAL)], []),
        ([(0.0, State.WORKING)], ["5.00 permission: missed", "5.50-10.00 permission: working"]),
        (
            [(0.0, State.WORKING), (7.0, State.APPROVAL)],
            ["5.00 permission: 2.00 s late", "5.50-7.00 permission: working"],
        ),
        (
            [(0.0, State.WORKING), (2.0, State.IDLE), (2.2, State.WORKING), (5.0, State.APPROVAL)],
            ["0.00 working: left 1 times"],
        ),
        (
            [(0.0, State.WORKING), (5.0, State.QUESTION)],
            ["5.00 permission: missed", "5.50-10.00 permission: question"],
        ),
    ],
)
def test_the_judge_sees_each_fault(changes: list[tuple[float, State]], faults: list[str]) -> None:
    """
    The measure can fail.
    """
    assert faults == list(iterate_faults(changes, LABELS))

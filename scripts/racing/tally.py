"""What the trials came to: a table, how long the window was that no test can close, and faults."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from racing.trials import AGAIN, Trial

OUTCOMES = ("sent", "changed", "gone", "refused", "ignored", "surprise", "failed")
KEYS = ("right", "unseen", "again", "prompt", "unread", "PARSED", "SHELL")
MIN_SENT = 0.9
"""The part of the answers that must get through where nothing happens."""
CALM = ("nothing", "spinner")


def find_places(trial: Trial) -> Iterator[str]:
    """
    Yield where each key went.

    `right` is the request that was answered. `unseen` had taken its place in the agent's memory,
    but not on the screen, and `again` has the same words: no test can tell these. `prompt` is the
    agent that had just given its request up; `unread` was left behind by one that ended. `PARSED`
    was on the screen, and `SHELL` had the keyboard.
    """
    for program, *screen in trial.screens:
        if program != "claude":
            yield "SHELL"
        elif not shows_only(screen, trial.command):
            yield "PARSED"
    for event in trial.events:
        if event["event"] == "shell":
            yield "unread"
        elif event["event"] == "key":
            yield find_place(trial, event["id"])


def find_place(trial: Trial, name: str) -> str:
    """Return what the agent had in its memory when it read a key."""
    if name == trial.name:
        return "right"
    if name.endswith(AGAIN):
        return "again"
    asked = [event for event in trial.events if event["event"] == "asks" and event["id"] == name]
    return "prompt" if trial.kind in {"retract", "again"} or not asked else "unseen"


def shows_only(screen: Sequence[str], command: str) -> bool:
    """Return whether this is the only command that a screen asks for."""
    rules = [y for y, row in enumerate(screen) if row.startswith("╌")]
    asked = [
        "\n".join(screen[top + 1 : end]) for top, end in zip(rules[::2], rules[1::2], strict=False)
    ]
    return [f" {command}"] == asked


def measure_windows(trials: Iterable[Trial]) -> list[float]:
    """
    Return how many milliseconds each unseen request had been in the agent's memory.

    That of an agent that takes its time to draw is its own.
    """
    found = []
    for trial in trials:
        if trial.kind == "lag":
            continue
        asked_at = {one["id"]: one["at"] for one in trial.events if one["event"] == "asks"}
        for event in trial.events:
            if event["event"] == "key" and find_place(trial, event["id"]) in {"unseen", "prompt"}:
                since = asked_at.get(event["id"], event["at"])
                found.append(1000 * (event["at"] - since))
    return sorted(found)


def find_faults(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield what must not be."""
    for trial in trials:
        for place in find_places(trial):
            if place.isupper():
                facts = f"{trial.kind} after {trial.delay_ms:.0f} ms, option {trial.choice}"
                yield f"{place}: {facts}: {trial.outcome.words}: {trial.events}"
    for kind in CALM:
        kinds = [one.outcome.kind for one in trials if one.kind == kind]
        if len(kinds) - kinds.count("sent") > max(1, (1 - MIN_SENT) * len(kinds)):
            yield f"{kind}: only {kinds.count('sent')} of {len(kinds)} answers got through"


def render_table(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield the lines of the report."""
    yield f"{'':10} {'tried':>8}" + "".join(f"{name:>9}" for name in (*OUTCOMES, *KEYS))
    for kind in (*sorted({trial.kind for trial in trials}), ""):
        some = [trial for trial in trials if kind in {trial.kind, ""}]
        counts = Counter(one.outcome.kind for one in some)
        counts += Counter(place for one in some for place in find_places(one))
        cells = "".join(f"{counts[name] or '.':>9}" for name in (*OUTCOMES, *KEYS))
        yield f"{kind or 'all':10} {len(some):8}{cells}"
    windows = measure_windows(trials)
    if windows:
        spread = _tell_spread(windows)
        yield f"unseen: {len(windows)} keys, {spread} ms after the agent's memory changed"
    took = sorted(1000 * one.took_s for one in trials if one.kind in CALM)
    if took:
        yield f"an answer took {_tell_spread(took)} ms where nothing else was asked"


def _tell_spread(values: Sequence[float]) -> str:
    middle, late = (values[int(part * (len(values) - 1))] for part in (0.5, 0.95))
    return f"{middle:.0f} (median), {late:.0f} (95 %), {values[-1]:.0f} (most)"

"""Labels in files: markers in a recording, or a sidecar beside it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from agent_status.errors import AgentStatusError
from agent_status.recordings.accuracy.claims import DEFAULT_GRACE_S, HOMES, Label
from agent_status.terminal.asciicast import Event, Recording, RecordingError

END = "end"
"""The marker that ends the last label."""
MAX_S = 3600.0


class LabelError(AgentStatusError):
    """A marker isn't a valid label; the message says why, and lists the names."""


def parse_label(text: str, start: float, end: float) -> Label:
    """Return `name [grace=S] [lag=S] [accept=a,b]` as a label; raise LabelError."""
    name, *words = text.split() or [""]
    values = dict(word.partition("=")[::2] for word in words)
    unknown = values.keys() - {"grace", "lag", "accept"}
    if unknown:
        message = f"a label has no {', '.join(sorted(unknown))}; it has grace, lag, accept"
        raise LabelError(message)
    accept = tuple(filter(None, values.get("accept", "").split(",")))
    for word in (name, *accept):
        if word not in HOMES:
            message = f"{word!r} is no label; there are {', '.join(HOMES)}, and {END}"
            raise LabelError(message)
    grace = _parse_seconds("grace", values.get("grace", str(DEFAULT_GRACE_S)))
    return Label(name, start, end, grace, _parse_seconds("lag", values.get("lag", "0")), accept)


def _parse_seconds(name: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_S:
        message = f"{name}={text}: not a number of seconds from 0 to {MAX_S:g}"
        raise LabelError(message)
    return seconds


def render_label(label: Label) -> str:
    """Return the label as the text of a marker."""
    parts = [label.name, f"grace={label.grace:g}"]
    if label.lag:
        parts.append(f"lag={label.lag:g}")
    if label.accept:
        parts.append(f"accept={','.join(label.accept)}")
    return " ".join(parts)


def find_labels(events: Iterable[Event]) -> tuple[Label, ...]:
    """Return the labels in the markers among `events`; other markers are left out."""
    marks: list[tuple[float, str]] = []
    last = 0.0
    for event in events:
        last = event.at
        if event.code == "m" and _is_label(event.data):
            marks.append((event.at, event.data))
    marks.append((last, END))
    return tuple(
        parse_label(text, start, end)
        for (start, text), (end, _) in pairwise(marks)
        if text != END and end > start
    )


def _is_label(text: str) -> bool:
    return text == END or text.partition(" ")[0] in HOMES


def find_sidecar(path: Path) -> Path:
    """Return the path of a recording's sidecar."""
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".cast") + ".json")


def read_sidecar(path: Path) -> Mapping[str, Any] | None:
    """Return the sidecar of the recording at `path`, None if it has no labels."""
    sidecar = find_sidecar(path)
    try:
        data = json.loads(sidecar.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        message = f"{sidecar}: not JSON that can be read: {error}"
        raise RecordingError(message) from error
    return data if isinstance(data, Mapping) and isinstance(data.get("labels"), list) else None


def parse_sidecar(data: Mapping[str, Any], events: Sequence[Event]) -> tuple[Label, ...]:
    """Return the labels in a sidecar, corrected for a busy machine."""
    labels = [
        Label(
            str(one["label"]),
            float(one["t"]),
            float(one["end"]),
            float(one.get("grace", DEFAULT_GRACE_S)),
            float(one.get("lag", 0.0)),
            tuple(one.get("accept") or ()),
        )
        for one in data["labels"]
    ]
    requests = [
        float(one["t"])
        for one in data.get("mock_events", ())
        if one.get("ev") == "request" and one.get("lane") == "main"
    ]
    return correct_labels(labels, events, requests)


BIG = 100
"""Characters at once that a program prints when it draws itself for the first time."""
SOON_S = 0.3
SLOW_S = 1.0
LATE_GRACE_S = 1.5


def correct_labels(
    labels: Sequence[Label], events: Sequence[Event], requests: Sequence[float]
) -> tuple[Label, ...]:
    """
    Return the labels without the effects of a busy machine.

    A prompt that was claimed before the program had drawn anything still belongs to its start. Work
    that was sent at once, but accepted at one of its `requests` more than a second later, lags as
    long.
    """
    drawn = [event.at for event in events if event.code == "o" and len(event.data) >= BIG]
    mended: list[Label] = []
    shown = 0.0
    for label in labels:
        if label.name == "starting":
            shown = next((at for at in drawn if at > label.start), 0.0)
        before = mended[-1] if mended else None
        early = label.name in {"ready", "typing"} and shown > label.start + SOON_S
        if early and before and before.name == "starting":
            mended[-1] = replace(before, end=min(shown, label.end))
            if label.end > shown:
                mended.append(replace(label, start=shown, grace=max(LATE_GRACE_S, label.grace)))
            continue
        mended.append(_add_lag(label, before, requests))
    return tuple(mended)


def _add_lag(label: Label, before: Label | None, requests: Sequence[float]) -> Label:
    follows = before is not None and before.name in {"typing", "ready", "starting"}
    if label.name != "working" or not follows:
        return label
    first = next((at for at in requests if label.start <= at < label.end), label.start)
    lag = first - label.start
    return replace(label, lag=lag, grace=label.grace + lag) if lag > SLOW_S else label


VERSION = re.compile(r"\d+(?:\.\d+)+")


def find_version(recording: Recording, sidecar: Mapping[str, Any] | None) -> str:
    """Return the version of the recorded program; empty if unknown."""
    version = (sidecar or {}).get("version") or recording.header.get("agent_version") or ""
    found = VERSION.search(str(version))
    return found[0] if found else ""

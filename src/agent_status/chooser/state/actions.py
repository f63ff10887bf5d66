"""What the keys of the list that open no panel make of the view, and which effect they have."""

from collections.abc import Callable
from dataclasses import replace

from agent_status.chooser.state.effects import Answer, DaemonRequest, Interrupt, StartDaemon
from agent_status.chooser.state.text import reveal_cells
from agent_status.chooser.state.view import (
    NO_MESSAGE,
    Effect,
    Exit,
    Pending,
    Step,
    Undo,
    View,
    refuse,
    show_message,
)
from agent_status.model import Option
from agent_status.model.choice import UnclearError, find_option, is_denial
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import (
    Acknowledge,
    ChangeTriage,
    TriageState,
    Unreview,
)
from agent_status.protocol.rows import AgentRow

GUARD_S = 0.4
"""A key that comes so soon after a change of what it is meant for was meant for something else."""

JUST_CHANGED = "The request has just changed: read it, then press again."
BUSY = "The last key is still on its way there."
AT_WORK = "It has not finished: there is nothing to count as reviewed yet."
NO_RESULT = "Nothing there waits for review."
NO_UNDO = "There is nothing to undo."
CANCELLED = "Cancelled: nothing was sent."
GONE = "Its pane is gone: d shows what it changed, a marks that as reviewed."
STARTING = "Starting it…"


def answer(view: View, choice: str, key: str = "") -> Step:
    """Answer the ask of the selected agent, or ask for a second key if that is dangerous."""
    found = _find_answer(view, choice)
    if isinstance(found, str):
        return Step(refuse(_restart_wait(view, found), found))
    effect, words, danger = found
    if effect.dangerous:
        again = f"y again sends {words}. {danger}"
        return Step(_suspend(view, Pending(effect, key or choice, again, view.now)))
    return send(view, effect, f"Sending {words} …")


def pick(view: View, choice: str) -> Step:
    """Mark the option that was clicked; a second click, or `y`, sends it."""
    found = _find_answer(view, choice)
    if isinstance(found, str):
        return Step(refuse(_restart_wait(view, found), found))
    effect, words, danger = found
    if view.pending and view.pending.effect == effect:
        return confirm(view, view.pending.key)
    again = f"click again, or press y, to send {words}. {danger}".rstrip()
    return Step(_suspend(view, Pending(effect, "click", again, view.now, grave=effect.dangerous)))


def _find_answer(view: View, choice: str) -> tuple[Answer, str, str] | str:
    """
    Return the answer, its option in words, and why it is dangerous; empty if it is not.

    A single text says why no key may answer now; empty if nothing is selected.
    """
    entry = view.entry
    reason = _find_obstacle(view, entry)
    if reason or entry is None or entry.ask is None:
        return reason
    try:
        option = find_option(entry.ask, choice)
    except UnclearError as error:
        return f"Nothing was sent: {error}."
    grave = entry.is_dangerous and not is_denial(option)
    effect = Answer(entry.ref, choice, entry.fingerprint, grave)
    return effect, describe_option(option), _describe_danger(entry) if grave else ""


def confirm(view: View, key: str) -> Step:
    """Do what is pending if `key` confirms it, and did not come too soon; else drop it."""
    pending = view.pending
    if pending is None:
        return Step(view)
    if key not in {"y", pending.key}:
        return Step(show_message(replace(view, pending=None), CANCELLED))
    if view.now - pending.at < GUARD_S:
        return Step(replace(view, pending=replace(pending, at=view.now)))
    return send(replace(view, pending=None), pending.effect, "Sending …")


def interrupt(view: View) -> Step:
    """Ask for a second key that interrupts the selected agent."""
    entry = view.entry
    if entry is None or entry.ref in view.busy:
        return Step(refuse(view, BUSY) if entry else view)
    words = f"i again interrupts {entry.title}"
    effect = Interrupt(entry.ref, entry.fingerprint)
    return Step(_suspend(view, Pending(effect, "i", words, view.now)))


def pin(view: View) -> Step:
    """Pin the selected agent to the top, or unpin it."""
    entry = view.entry
    request = ChangeTriage(entry.ref, pin="toggle") if entry else None
    return _toggle(view, request, "Pinned.", ("pinned", "Not pinned any more."), _unpin)


def mute(view: View) -> Step:
    """Mute the selected agent, or unmute it."""
    entry = view.entry
    request = ChangeTriage(entry.ref, mute="toggle") if entry else None
    return _toggle(view, request, "Muted.", ("muted", "Not muted any more."), _unmute)


def _unpin(state: TriageState) -> tuple[ChangeTriage, str]:
    words = "Undone: not pinned any more." if state.pinned else "Undone: pinned again."
    return ChangeTriage(state.ref, pin=not state.pinned), words


def _unmute(state: TriageState) -> tuple[ChangeTriage, str]:
    words = "Undone: not muted any more." if state.muted else "Undone: muted again."
    return ChangeTriage(state.ref, mute=not state.muted), words


def acknowledge(view: View) -> Step:
    """Count the changes of the selected agent as reviewed, if it has a result."""
    entry = view.entry
    if entry is None:
        return Step(view)
    if not entry.has_result:
        return Step(refuse(view, AT_WORK if entry.works or entry.ask else NO_RESULT))
    effect = DaemonRequest(
        Acknowledge(entry.ref), "Marked as reviewed.", inverse=lambda _: take_back(entry.ref)
    )
    return Step(replace(view, reviewed=entry.ref), effect)


def unreview(view: View) -> Step:
    """Count what was reviewed last as not reviewed, also of a row that is gone by that."""
    ref = view.entry.ref if view.entry else view.reviewed
    if ref is None or not ref:
        return Step(view)
    last = next((one for one in reversed(view.undos) if _takes_back(one, ref)), None)
    undos = tuple(one for one in view.undos if one is not last)
    return Step(replace(view, undos=undos), DaemonRequest(*take_back(ref)))


def take_back(ref: AgentRef) -> tuple[Unreview, str]:
    """Return the request that undoes the last review of an agent, and what to say then."""
    return Unreview(ref), "Its changes wait for review again."


def _takes_back(undo: Undo, ref: AgentRef) -> bool:
    effect = undo.effect
    is_review = isinstance(effect, DaemonRequest) and isinstance(effect.request, Unreview)
    return is_review and undo.ref == ref


def undo(view: View) -> Step:
    """Take the last action back that can be: a review, a pin, a mute, a snooze."""
    if not view.undos:
        return Step(refuse(view, NO_UNDO))
    *left, last = view.undos
    return Step(replace(view, undos=tuple(left)), last.effect)


def toggle_screens(view: View) -> Step:
    """Show the screens of agents that wait for review, or their changes again."""
    words = "Screens are shown." if not view.screens else "Changes are shown."
    return Step(show_message(replace(view, screens=not view.screens, start=None), words))


def send(view: View, effect: Effect, words: str) -> Step:
    """Show `words` while `effect` is on its way, and keep other keys from its agents."""
    return Step(show_message(replace(view, busy=view.busy | effect.refs), words), effect)


def jump(view: View) -> Step:
    """Leave for the selected agent, if it is still there."""
    entry = view.entry
    if entry and entry.ref.is_here:
        return Step(view, exit=Exit(entry.ref))
    return Step(refuse(view, GONE) if entry else view)


def close(view: View) -> Step:
    """Leave for nowhere."""
    return Step(view, exit=Exit())


def start_daemon(view: View) -> Step:
    """Start the daemon, as there is none."""
    return Step(replace(view, note=STARTING), StartDaemon())


def describe_option(option: Option) -> str:
    """Return an option's key and label."""
    return option.label if option.key == option.label else f"{option.key} ({option.label})"


def _find_obstacle(view: View, entry: AgentRow | None) -> str:
    """Return why no key may answer now; empty if one may."""
    if entry is None or not entry.ask:
        return "There is no request." if entry else ""
    if entry.ref in view.busy:
        return BUSY
    return JUST_CHANGED if view.now - view.asked_at < GUARD_S else ""


def _restart_wait(view: View, reason: str) -> View:
    """Return the view that waits again after a key that came too soon, as a held key does."""
    return replace(view, asked_at=view.now) if reason in {BUSY, JUST_CHANGED} else view


def _describe_danger(entry: AgentRow) -> str:
    """Return why it is dangerous, and the command or file at stake, word for word."""
    ask = entry.ask
    stake = (ask.command or ask.subject or ask.file or ask.question) if ask else ""
    reasons = "; ".join(entry.risk.reasons) if entry.risk else ""
    return f"Dangerous ({reasons or 'no reason given'}): {reveal_cells(stake)}"


def _suspend(view: View, pending: Pending) -> View:
    return replace(view, pending=pending, message=NO_MESSAGE)


def _toggle(
    view: View,
    request: ChangeTriage | None,
    words: str,
    unless: tuple[str, str],
    inverse: Callable[[TriageState], tuple[ChangeTriage, str]],
) -> Step:
    """Have the daemon turn what is true there: what is in sight here may be older."""
    effect = DaemonRequest(request, words, unless, inverse) if request else None
    return Step(view, effect)

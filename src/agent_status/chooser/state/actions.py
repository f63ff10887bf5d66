"""What each key that does something makes of the view, and the deed that it asks for."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from agent_status.chooser.state.drafts import add_reply
from agent_status.chooser.state.effects import (
    Answer,
    ApproveAll,
    Deed,
    Interrupt,
    ReadLog,
    Run,
    Send,
    Tend,
    list_panes,
)
from agent_status.chooser.state.entry import Entry
from agent_status.chooser.state.field import fill
from agent_status.chooser.state.panel import Chronicle, Compose, Crowd, Nap, Page, Purpose
from agent_status.chooser.state.text import clean_cells
from agent_status.chooser.state.view import SILENCE, Pending, View, refuse, tell
from agent_status.model import Grade, Option
from agent_status.model.choice import UnclearError, find_option, is_denial

GUARD_S = 0.4
"""A key that comes so soon after a change of what it is meant for was meant for something else."""

JUST_CHANGED = "The request has just changed: read it, then press again."
BUSY = "The last key is still on its way there."
NOT_WHOLE = "The requests do not fit on the screen: answer them one by one. Nothing was sent."
AT_WORK = "It has not finished: there is nothing to count as reviewed yet."
NO_RESULT = "Nothing there waits for review."
NO_CHANGES = "It has changed nothing since your last review."
CANCELLED = "Cancelled: nothing was sent."


@dataclass(frozen=True, slots=True)
class Step:
    """The view after a key, and what is to be done in the world, if anything."""

    view: View
    deed: Deed | None = None


def answer(view: View, choice: str, key: str = "") -> Step:
    """Answer the ask of the selected agent, or ask for a second key if that is dangerous."""
    entry = view.entry
    reason = _find_obstacle(view, entry)
    if reason or entry is None or entry.ask is None:
        return Step(refuse(_wait_anew(view, reason), reason))
    try:
        option = find_option(entry.ask.ask, choice)
    except UnclearError as error:
        return Step(refuse(view, f"Nothing was sent: {error}."))
    grave = entry.risk.is_dangerous and not is_denial(option)
    deed = Answer(entry.pane, choice, entry.fingerprint, grave)
    if grave:
        words = f"y again sends {tell_option(option)}. {_tell_danger(entry)}"
        return Step(_suspend(view, Pending(deed, key or choice, words, view.now)))
    return _send(view, deed, f"Sending {tell_option(option)} …")


def pick(view: View, choice: str) -> Step:
    """Mark the option that was clicked; a second click, or `y`, sends it."""
    entry = view.entry
    reason = _find_obstacle(view, entry)
    if reason or entry is None or entry.ask is None:
        return Step(refuse(_wait_anew(view, reason), reason))
    try:
        option = find_option(entry.ask.ask, choice)
    except UnclearError as error:
        return Step(refuse(view, f"Nothing was sent: {error}."))
    grave = entry.risk.is_dangerous and not is_denial(option)
    deed = Answer(entry.pane, choice, entry.fingerprint, grave)
    if view.pending and view.pending.deed == deed:
        return confirm(view, view.pending.key)
    why = f" {_tell_danger(entry)}" if grave else ""
    words = f"click again, or press y, to send {tell_option(option)}.{why}"
    return Step(_suspend(view, Pending(deed, "click", words, view.now, grave=grave)))


def confirm(view: View, key: str) -> Step:
    """Do what is pending if `key` confirms it, and did not come too soon; else drop it."""
    pending = view.pending
    if pending is None:
        return Step(view)
    if key not in {"y", pending.key}:
        return Step(tell(replace(view, pending=None), CANCELLED))
    if view.now - pending.at < GUARD_S:
        return Step(replace(view, pending=replace(pending, at=view.now)))
    return _send(replace(view, pending=None), pending.deed, "Sending …")


def interrupt(view: View) -> Step:
    """Ask for a second key that interrupts the selected agent."""
    entry = view.entry
    if entry is None or entry.pane in view.busy:
        return Step(refuse(view, BUSY) if entry else view)
    words = f"i again interrupts {entry.title}"
    deed = Interrupt(entry.pane, entry.fingerprint)
    return Step(_suspend(view, Pending(deed, "i", words, view.now)))


def deny(view: View) -> Step:
    """Deny the ask of the selected agent; where nothing is asked, write its note."""
    return answer(view, "n") if view.entry and view.entry.ask else note(view)


def reply(view: View) -> Step:
    """Open the box for a reply to the selected agent, with what was begun before."""
    entry = view.entry
    if entry is None:
        return Step(view)
    if entry.ask or entry.works:
        why = "It asks something" if entry.ask else "It works"
        return Step(refuse(view, f"{why}: a reply goes to an agent at its prompt."))
    draft = dict(view.drafts).get(entry.pane, "")
    panel = Compose(entry.pane, Purpose.REPLY, fill(draft))
    return Step(replace(view, panel=panel, told=SILENCE))


def note(view: View) -> Step:
    """Open the box for the note beside the selected agent."""
    entry = view.entry
    if entry is None:
        return Step(view)
    panel = Compose(entry.pane, Purpose.NOTE, fill(entry.care.note))
    return Step(replace(view, panel=panel, told=SILENCE))


def gather(view: View) -> Step:
    """Show all agents that ask the same harmless thing as the selected one."""
    entry = view.entry
    alike = find_alike(view)
    if entry is None or not entry.ask:
        return Step(refuse(view, "There is no request."))
    if not alike:
        grade = entry.risk.grade or "not graded"
        return Step(refuse(view, f"Only what is harmless is approved together; this is {grade}."))
    if len(alike) == 1:
        return Step(refuse(view, "No other agent has the same request."))
    asks = tuple((one.pane, one.fingerprint) for one in alike)
    return Step(replace(view, panel=Crowd(asks, view.now), told=SILENCE))


def approve_crowd(view: View, crowd: Crowd) -> Step:
    """Approve those of the crowd that still ask the same; no key may come too soon, or unseen."""
    if view.now - crowd.at < GUARD_S:
        return Step(replace(view, panel=replace(crowd, at=view.now)))
    if not crowd.whole:
        return Step(refuse(replace(view, panel=None), NOT_WHOLE))
    live = {(entry.pane, entry.fingerprint) for entry in view.entries}
    asks = tuple(ask for ask in crowd.asks if ask in live)
    closed = replace(view, panel=None)
    return _send(closed, ApproveAll(asks), f"Approving {len(asks)} …") if asks else Step(closed)


def find_alike(view: View) -> tuple[Entry, ...]:
    """Return the agents that ask the same harmless thing as the selected one, with it."""
    chosen = view.entry
    if chosen is None or not _is_harmless(chosen):
        return ()
    return tuple(
        entry
        for entry in view.entries
        if _is_harmless(entry) and entry.ask and chosen.ask and entry.ask.stake == chosen.ask.stake
    )


def _is_harmless(entry: Entry) -> bool:
    """Return whether what it asks was read whole, and only looks."""
    ask = entry.ask
    read = ask is not None and not (ask.hidden or ask.blocked)
    return read and bool(entry.fingerprint) and entry.risk.grade is Grade.HARMLESS


def pin(view: View) -> Step:
    """Pin the selected agent to the top, or let it go."""
    return _toggle(view, "pin", "Pinned.", ("pinned", "Not pinned any more."))


def mute(view: View) -> Step:
    """Mute the selected agent, or let it be heard."""
    return _toggle(view, "mute", "Muted.", ("muted", "Not muted any more."))


def snooze(view: View) -> Step:
    """Ask for how long the selected agent is not to need the user."""
    return Step(replace(view, panel=Nap(view.selected), told=SILENCE) if view.entry else view)


def acknowledge(view: View) -> Step:
    """Count the changes of the selected agent as reviewed, if it has a result."""
    entry = view.entry
    if entry and not entry.has_result:
        return Step(refuse(view, AT_WORK if entry.works or entry.ask else NO_RESULT))
    kept = replace(view, reviewed=entry.pane) if entry else view
    return _tend(kept, "seen", {}, "Marked as reviewed.")


def unreview(view: View) -> Step:
    """Count what was reviewed last as not reviewed, also of a row that is gone by that."""
    pane = view.entry.pane if view.entry else view.reviewed
    words = "Its changes wait for review again."
    return Step(view, Tend(pane, "unreview", (), words) if pane else None)


def diff(view: View) -> Step:
    """Look whether the selected agent has changed anything at all; `seek_diff` goes on."""
    entry = view.entry
    if entry is None:
        return Step(view)
    return Step(tell(view, "Looking …"), Run(("diff", "--json", entry.pane)))


def seek_diff(view: View, pane: str, code: int, text: str) -> View | None:
    """Return the view that says why there is nothing to show; None if the diff is to be shown."""
    if pane != view.selected or view.panel or view.pending:
        return view
    if code:
        return refuse(view, text.strip().removeprefix("Error: ") or f"exit code {code}")
    try:
        files = json.loads(text)["files"]
    except (ValueError, TypeError, KeyError):
        files = True
    return None if files else refuse(view, NO_CHANGES)


def explain(view: View) -> Step:
    """Show why the selected agent is in its state."""
    return _open_page(view, "explain", "Why")


def conflicts(view: View) -> Step:
    """Show who is in the selected agent's way."""
    return _open_page(view, "conflicts", "Conflicts")


def report(view: View) -> Step:
    """Write a report of the selected agent, and show where it is and what is masked in it."""
    return _open_page(view, "report", "Report, in your home folder")


def take_page(view: View, words: tuple[str, ...], text: str) -> View:
    """Return the view with what a command printed, if its page is still open."""
    page = view.panel
    if not isinstance(page, Page) or page.words != words:
        return view
    lines = tuple(clean_cells(line) for line in text.splitlines())
    return replace(view, panel=replace(page, lines=lines or ("It printed nothing.",)))


def read_log(view: View) -> Step:
    """Show what was decided about the selected agent."""
    entry = view.entry
    return _read_log(view, entry.pane, f"Decisions: {entry.title}") if entry else Step(view)


def read_whole_log(view: View) -> Step:
    """Show what was decided about all agents."""
    return _read_log(view, "", "Decisions: all agents")


def end_deed(view: View, deed: Deed, words: str) -> View:
    """Return the view once a deed was done as it should be."""
    fresh = tell(replace(view, busy=view.busy - list_panes(deed)), words)
    if isinstance(deed, Send):
        drafts = tuple(draft for draft in view.drafts if draft != (deed.pane, deed.text))
        return replace(fresh, drafts=drafts, replies=add_reply(view.replies, deed.text))
    return fresh


def fail_deed(view: View, deed: Deed, words: str) -> View:
    """
    Return the view once a deed was not done, or not with the effect that it should have.

    A note that was not kept is in its box again.
    """
    failed = refuse(replace(view, busy=view.busy - list_panes(deed)), words)
    if isinstance(deed, Tend) and deed.op == "note" and view.panel is None:
        text = str(dict(deed.wish).get("text", ""))
        return replace(failed, panel=Compose(deed.pane, Purpose.NOTE, fill(text)))
    return failed


def tell_option(option: Option) -> str:
    """Return an option's key and label."""
    return option.label if option.key == option.label else f"{option.key} ({option.label})"


def _find_obstacle(view: View, entry: Entry | None) -> str:
    """Return why no key may answer now; empty if one may."""
    if entry is None or not entry.ask:
        return "There is no request." if entry else ""
    if entry.pane in view.busy:
        return BUSY
    return JUST_CHANGED if view.now - view.asked_at < GUARD_S else ""


def _wait_anew(view: View, reason: str) -> View:
    """Let a key that came too soon begin the wait anew: one that is held down answers nothing."""
    return replace(view, asked_at=view.now) if reason in {BUSY, JUST_CHANGED} else view


def _tell_danger(entry: Entry) -> str:
    """Return why it is dangerous, and the command or file at stake, word for word."""
    ask = entry.ask
    stake = (" ".join(ask.command or ask.subject) or ask.file or ask.question) if ask else ""
    return f"Dangerous ({'; '.join(entry.risk.reasons) or 'no reason given'}): {stake}"


def _suspend(view: View, pending: Pending) -> View:
    return replace(view, pending=pending, told=SILENCE)


def _send(view: View, deed: Deed, words: str) -> Step:
    return Step(tell(replace(view, busy=view.busy | list_panes(deed)), words), deed)


def _tend(view: View, op: str, wish: dict[str, object], words: str) -> Step:
    entry = view.entry
    if entry is None:
        return Step(view)
    return Step(view, Tend(entry.pane, op, tuple(wish.items()), words))


def _toggle(view: View, name: str, words: str, unless: tuple[str, str]) -> Step:
    """Have the daemon turn what is true there: what is in sight here may be older."""
    entry = view.entry
    if entry is None:
        return Step(view)
    return Step(view, Tend(entry.pane, "care", ((name, "toggle"),), words, unless))


def _open_page(view: View, command: str, title: str) -> Step:
    entry = view.entry
    if entry is None:
        return Step(view)
    page = Page(f"{title}: {entry.title}", (command, entry.pane))
    return Step(replace(view, panel=page, told=SILENCE), Run(page.words))


def _read_log(view: View, pane: str, title: str) -> Step:
    return Step(replace(view, panel=Chronicle(pane, title), told=SILENCE), ReadLog(pane))


DECISIONS: dict[str, Callable[[View], Step]] = {
    "allow": lambda view: answer(view, "y"),
    "deny": deny,
    "reply": reply,
    "note": note,
    "interrupt": interrupt,
    "gather": gather,
    "pin": pin,
    "mute": mute,
    "snooze": snooze,
    "diff": diff,
    "explain": explain,
    "conflicts": conflicts,
    "report": report,
    "acknowledge": acknowledge,
    "unreview": unreview,
    "log": read_log,
    "whole_log": read_whole_log,
}
"""The actions of the table of keys that ask for something to be done."""

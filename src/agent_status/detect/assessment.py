"""The assessment of one observation, before time is considered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from agent_status.detect.activity import STILL_S
from agent_status.detect.console import Stage, advance_stage, drop_past, find_work
from agent_status.detect.evidence import find_presence, fuse_evidence, is_firm, weigh
from agent_status.detect.layout import Layout
from agent_status.detect.lifecycle import COMMAND, SHOWN, Life, Signal, find_signal
from agent_status.detect.match import Findings, find_flags, find_mode
from agent_status.detect.observation import NEVER
from agent_status.detect.side_signals import LOST_WEIGHT, SideSignals, find_side_evidence
from agent_status.model import ASKS, Agent, Autonomy, Evidence, Flag, State, Status

OFFERED = re.compile(r"[\s│┃|]*(?:[❯›>▶●] *)?(/[a-z][\w:-]*)(?:\s{2,}|\s*[│┃|]?\s*$)")
"""A row of a menu of commands, such as `│ ❯ /model      Switch model │`."""

BUSY = ASKS | {State.WORKING}
"""States whose end a sure evidence may publish without a hold."""

MENUS = frozenset({Signal.CHOICES, Signal.OPENED})
"""Signals of a dialog that a rule takes for a menu of the user's."""

UNREPORTED = MENUS | {Signal.DIALOG}
"""Signals of a dialog that is what the state before makes of it."""

MAX_TYPED = 2
"""A command may leave the box for a look before the menu that it opens is there."""

STARTING_S = 5.0
"""A program that has just begun moves without working."""

LOADED_S = 20.0
"""What a program that has just begun does for longer is no start."""

BANNER_S = 2.5
"""An agent that starts prints text for so long after it shows its prompt."""

RESTED_S = 2.0
"""Nothing that an agent does unasked at its start begins after so long a rest."""

TASKED = ASKS - {State.SETUP}
"""States of an agent that has a task."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """
    One assessment; `says` is the state by the screen alone, and `since` its time.

    `typed` is what the user had typed in the last few observations, newest first; `titled` is True
    if the title has ever shown anything but rest.
    """

    agent: Agent | None
    signal: Signal
    winner: Evidence | None = None
    losers: tuple[Evidence, ...] = ()
    flags: frozenset[Flag] = frozenset()
    findings: Findings | None = None
    says: State | None = None
    since: float = NEVER
    typed: tuple[str, ...] = ()
    titled: bool = False
    stage: Stage = Stage.AWAY

    @property
    def autonomy(self) -> Autonomy:
        """How much the agent does without asking, as its screen says."""
        return find_mode(self.findings.layout) if self.findings else Autonomy.UNKNOWN

    @property
    def draft(self) -> str:
        """The text that the user has typed into the input box."""
        return self.findings.layout.draft if self.findings else ""

    @property
    def is_lost(self) -> bool:
        """True if neither screen nor session file shows a state."""
        return self.winner is None or self.winner.weight < LOST_WEIGHT


NO_ASSESSMENT = Assessment(None, Signal.GONE)


def assess(
    agent: Agent, found: Findings, side: SideSignals, before: Assessment, at: float
) -> Assessment:
    """Return the assessment of a screen with its side signals, after the one `before`."""
    titled = before.titled or any(map(_is_busy_title, found.evidence))
    seen = tuple(_weigh_title(one, found.layout, titled=titled) for one in found.evidence)
    seen = tuple(map(_weigh_still_title, seen)) if side.still_title else seen
    seen = tuple(drop_past(before.stage, found.layout, seen, flows=side.flows))
    shown, _ = fuse_evidence(seen)
    says = shown.state if shown else None
    since = NEVER
    if shown:
        same = says is before.says and before.since > NEVER
        since = before.since if same else at
    stage = advance_stage(before.stage, found.layout, says)
    sent = before.typed[0] if before.typed else ""
    others = (
        *find_work(stage, found.layout, sent),
        *find_side_evidence(side, agent, since, prompts=found.layout.box is not None),
    )
    winner, losers = fuse_evidence((*seen, *others, find_presence(agent)))
    flags = find_flags(found.layout)
    held = (find_command(found.layout) or found.layout.draft,) if found.layout.box else ()
    typed = (*held, *before.typed)[:MAX_TYPED]
    signal = find_signal(winner, losers, typed)
    return Assessment(
        agent, signal, winner, losers, flags, found, says, since, typed, titled, stage
    )


def find_command(layout: Layout) -> str:
    """Return the command that a menu below the input box offers first, or an empty string."""
    found = (OFFERED.match(line.text) for line in layout.find("below-box"))
    return next((match[1] for match in found if match), "")


def _is_busy_title(evidence: Evidence) -> bool:
    return evidence.source == "title" and evidence.state is not State.IDLE


def _weigh_title(evidence: Evidence, layout: Layout, *, titled: bool) -> Evidence:
    """
    Return the weight of a title at rest: low if the input box isn't on the screen.

    It may be above a dialog that no rule knows; and one that isn't `titled` never changes.
    """
    if evidence.source != "title" or evidence.state is not State.IDLE:
        return evidence
    if titled and (layout.box or not layout.agent.boxes):
        return evidence
    source = "bare title" if titled else "same title"
    reason = "its title says so, but " + (
        "no input box is there" if titled else "never said anything else"
    )
    return replace(evidence, weight=weigh(source, State.IDLE), sure=False, reason=reason)


def _weigh_still_title(evidence: Evidence) -> Evidence:
    """Return the weight of evidence in a title that has stopped moving."""
    if not evidence.turns or evidence.state is None:
        return evidence
    weight = weigh("still title", evidence.state)
    return replace(evidence, weight=weight, reason="its title says so, but stands still")


def find_due_signal(assessment: Assessment, life: Life, came_at: float, at: float) -> Signal:
    """
    Return the signal that counts: signals beside the screen have to wait.

    There is none for an agent that came just now at `came_at`, nor before its screen was lost.
    """
    if (
        assessment.winner is None
        or not assessment.is_lost
        or assessment.signal in {Signal.UNKNOWN, Signal.MENU}
    ):
        return assessment.signal
    ready = life.state is State.UNKNOWN and at - came_at >= STARTING_S
    return (
        assessment.signal
        if ready or life.state.value == assessment.signal.value
        else Signal.UNKNOWN
    )


def choose_evidence(
    assessment: Assessment, before: State, after: State, shown: Evidence | None
) -> Evidence | None:
    """
    Return the evidence to show, if the state changed from `before` to `after`.

    It is the winner; but a dialog that no rule knows is shown as classified, and evidence that has
    to wait isn't shown. `shown` is the evidence shown so far.
    """
    winner = assessment.winner
    if winner and assessment.is_lost and winner.state is not after:
        return next((one for one in assessment.losers if one.state is after), winner)
    if winner and winner.state is None and assessment.signal in UNREPORTED:
        winner = next(filter(is_firm, assessment.losers))
    known = shown is not None and shown.source == "dialog"
    dialog = assessment.signal in UNREPORTED and (known or before is not after)
    if winner and winner.ask and dialog:
        return replace(winner, state=after, ask=replace(winner.ask, kind=after))
    return winner


def build_status(
    assessment: Assessment, life: Life, shown: Evidence | None, asked_at: float
) -> Status:
    """Return the status of a life with the evidence `shown`, whose request came at `asked_at`."""
    if life.state is State.NONE or assessment.agent is None:
        return Status(None, State.NONE, life.since)
    current = shown if shown and shown.state is life.state else None
    return Status(
        agent=assessment.agent,
        state=life.state,
        since=max(life.since, asked_at) if current and current.ask else life.since,
        reason=current.reason if current else "",
        rule=current.rule if current else "",
        source=current.source if current else "",
        ask=current.ask if current else None,
        flags=assessment.flags,
        autonomy=assessment.autonomy,
    )


def is_prompted(before: Life, life: Life, assessment: Assessment) -> bool:
    """
    Return True if the agent got a prompt, on the way from the life `before` to `life`.

    The user has typed one, which no command is; or it asks, as it has a task; or a row on its
    screen says that it works after it has rested: what is pasted and sent at once is not seen.
    """
    prompts = any(text and not text.startswith(COMMAND) for text in assessment.typed)
    rested = before.state is State.IDLE and life.since - before.since >= RESTED_S
    shown = assessment.winner is not None and assessment.winner.source == "screen"
    begins = life.state is State.WORKING and rested and shown
    return prompts or begins or life.state in TASKED


def is_banner(life: Life, at: float) -> bool:
    """Return True if text that comes now may be what an agent prints at its start."""
    return life.state is not State.WORKING and at - life.since < BANNER_S


def outweighs_flow(assessment: Assessment) -> bool:
    """Return True if the screen is so clear that flowing text adds nothing."""
    winner = assessment.winner
    if winner is None or winner.source not in SHOWN:
        return False
    return winner.state is State.WORKING or winner.weight > weigh("flow", State.WORKING)


def is_turn(life: Life, assessment: Assessment, at: float, *, worked: bool, prompted: bool) -> bool:
    """
    Return True if the work of `life` is a turn, as `worked` says it was known to be before.

    What follows a request is one. An agent that starts works, too, or looks so: unless it was
    `prompted` since, only what lasts is a turn, as it may have been given its task by its command
    line. A sign that turns in the title alone, for a moment and with nothing typed before, is
    never one.
    """
    if life.state in TASKED:
        return True
    if life.state is not State.WORKING or worked:
        return life.state is State.WORKING
    if not prompted:
        return at - life.since >= LOADED_S
    works = assessment.winner is not None and assessment.winner.state is State.WORKING
    shown = assessment.winner is not None and assessment.winner.source != "title"
    return any(assessment.typed) or (works and (shown or at - life.since >= STILL_S))


def is_sure(assessment: Assessment) -> bool:
    """Return True if the winner, or a loser with the same state, is certain at once."""
    state = assessment.winner.state if assessment.winner else None
    return any(one.sure and one.state is state for one in _list_evidence(assessment))


def _list_evidence(assessment: Assessment) -> Iterator[Evidence]:
    if assessment.winner:
        yield assessment.winner
    yield from assessment.losers

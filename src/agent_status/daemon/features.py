"""The features of the daemon, in order: a feature is a folder, and a row here."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from agent_status.daemon.program import Program
from agent_status.daemon.reload import AgentRuleFiles
from agent_status.features.base import Feature
from agent_status.features.journal import find_journal
from agent_status.features.journal.feature import JournalFeature
from agent_status.features.limits.feature import LimitsFeature
from agent_status.features.notify.feature import NotifyFeature
from agent_status.features.review.feature import ReviewFeature
from agent_status.features.risk.feature import RiskFeature, RiskRules, find_home
from agent_status.features.standby.feature import StandbyChooser
from agent_status.features.triage.feature import TriageFeature
from agent_status.paths import find_state
from agent_status.tmux.client import Tmux


@dataclass(frozen=True, slots=True)
class Parts:
    """What features are made of."""

    tmux: Tmux
    log: logging.Logger
    agent_rules: AgentRuleFiles
    risk_rules: RiskRules
    stop: Callable[[], None]
    """Ends the daemon soon."""


FEATURES: dict[str, Callable[[Parts], Feature]] = {
    "risk": lambda parts: RiskFeature(parts.risk_rules.stakes, find_home(), parts.risk_rules),
    "limits": lambda _: LimitsFeature(),
    "review": lambda parts: ReviewFeature(
        parts.tmux.socket, find_state(), lambda: parts.risk_rules.stakes.paths
    ),
    "triage": lambda parts: TriageFeature(parts.tmux),
    "journal": lambda parts: JournalFeature(
        find_journal(find_state()),
        parts.tmux,
        parts.log,
        denial_ends=parts.agent_rules.ends_by_denial,
    ),
    "notify": lambda parts: NotifyFeature(parts.tmux, parts.log),
    "standby": lambda parts: StandbyChooser(parts.tmux.socket, parts.log),
    "program": lambda parts: Program(parts.stop, parts.log),
}
"""Each adds its facts to the sightings after those before it."""


def make_features(parts: Parts) -> tuple[Feature, ...]:
    """Return every feature, in the order of the table."""
    return tuple(make(parts) for make in FEATURES.values())

"""The one table of features, in order: a feature is a folder, and a row here."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent_status.daemon.program import Program
from agent_status.daemon.reload import AgentRuleFiles
from agent_status.features.autonomy.feature import AutonomyFeature
from agent_status.features.badges.diagnosis import diagnose as diagnose_badges
from agent_status.features.base import Diagnosis, Feature
from agent_status.features.bounds.feature import BoundsFeature
from agent_status.features.checks.diagnosis import diagnose as diagnose_checks
from agent_status.features.checks.feature import ChecksFeature
from agent_status.features.checks.loader import CheckRules
from agent_status.features.hooks.diagnosis import diagnose as diagnose_hooks
from agent_status.features.journal import find_journal
from agent_status.features.journal.diagnosis import diagnose as diagnose_journal
from agent_status.features.journal.feature import JournalFeature
from agent_status.features.limits.feature import LimitsFeature
from agent_status.features.notify.diagnosis import diagnose as diagnose_notify
from agent_status.features.notify.feature import NotifyFeature
from agent_status.features.progress.feature import ProgressFeature
from agent_status.features.ran.feature import RanFeature
from agent_status.features.review.content import ContentReader
from agent_status.features.review.diagnosis import diagnose as diagnose_review
from agent_status.features.review.feature import ReviewFeature
from agent_status.features.risk.diagnosis import diagnose as diagnose_risk
from agent_status.features.risk.feature import RiskFeature, RiskRules, find_home
from agent_status.features.sessions.diagnosis import diagnose as diagnose_sessions
from agent_status.features.standby.diagnosis import diagnose as diagnose_standby
from agent_status.features.standby.feature import StandbyChooser
from agent_status.features.triage.feature import TriageFeature
from agent_status.paths import find_config, find_state
from agent_status.system.processes import read_origin
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


@dataclass(frozen=True, slots=True)
class Row:
    """A feature's plug-in for the daemon, and what `doctor` asks it; either may be missing."""

    make: Callable[[Parts], Feature] | None = None
    diagnose: Diagnosis = lambda _: ()


FEATURES: Mapping[str, Row] = {
    "risk": Row(
        lambda parts: RiskFeature(parts.risk_rules.tables, find_home(), parts.risk_rules),
        diagnose_risk,
    ),
    "ran": Row(lambda _: RanFeature(find_state())),
    "limits": Row(lambda _: LimitsFeature()),
    "sessions": Row(diagnose=diagnose_sessions),
    "review": Row(
        lambda parts: ReviewFeature(
            parts.tmux.socket, find_state(), lambda: parts.risk_rules.tables.paths
        ),
        diagnose_review,
    ),
    "checks": Row(
        lambda parts: ChecksFeature(
            parts.tmux,
            find_state(),
            CheckRules(find_config()),
            ContentReader(find_state() / "review"),
            lambda pid: read_origin(pid, ()),
        ),
        diagnose_checks,
    ),
    "autonomy": Row(lambda _: AutonomyFeature()),
    "triage": Row(lambda parts: TriageFeature(parts.tmux)),
    "journal": Row(
        lambda parts: JournalFeature(
            find_journal(find_state()),
            parts.tmux,
            parts.log,
            denial_ends=parts.agent_rules.ends_by_denial,
        ),
        diagnose_journal,
    ),
    "progress": Row(lambda _: ProgressFeature()),
    "bounds": Row(lambda _: BoundsFeature()),
    "badges": Row(diagnose=diagnose_badges),
    "notify": Row(lambda parts: NotifyFeature(parts.tmux, parts.log), diagnose_notify),
    "standby": Row(lambda parts: StandbyChooser(parts.tmux.socket, parts.log), diagnose_standby),
    "hooks": Row(diagnose=diagnose_hooks),
    "program": Row(lambda parts: Program(parts.stop, parts.log)),
}
"""Each adds its facts to the sightings after those before it."""


def make_features(parts: Parts) -> tuple[Feature, ...]:
    """Return the plug-in of every feature that has one, in the order of the table."""
    return tuple(row.make(parts) for row in FEATURES.values() if row.make)

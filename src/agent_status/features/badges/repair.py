"""Restores badges and summary in formats that another program overwrote."""

import logging
import time
from collections.abc import Callable, Sequence

from agent_status.features.badges.formats import (
    SAVED,
    ChangingError,
    apply_until_stable,
    is_overwritten,
    parse_saved,
    plan_repair,
)
from agent_status.features.badges.placement import FRAGMENTS
from agent_status.options import Options
from agent_status.tmux.client import PartialError, Tmux, quote
from agent_status.tmux.server_state import LENGTH

CHECK_INTERVAL_S = 2.0
"""Between two looks at the formats."""
CHECKED_OPTIONS = (SAVED, *FRAGMENTS, LENGTH)
STOPPED = (
    "agent-status: something keeps overwriting the formats of the status line, so badges are no"
    " longer restored: agent-status doctor"
)
MESSAGE_MS = 15000


class FormatRepair:
    """
    Checks the formats of one server, and repairs them once two checks find the same texts.

    At the first check, a theme may still be setting them. Every method may raise TmuxError. `now`
    is monotonic; `read_epoch` returns Unix seconds.
    """

    def __init__(
        self, tmux: Tmux, log: logging.Logger, read_epoch: Callable[[], float] = time.time
    ) -> None:
        self._tmux = tmux
        self._log = log
        self._read_epoch = read_epoch
        self._checked_at = float("-inf")
        self._overwritten: tuple[str, ...] = ()
        self._is_due = False

    def plan(self, nonce: str, now: float) -> str:
        """Return the commands for this tick, if any; they print F records."""
        if not self._overwritten and now - self._checked_at < CHECK_INTERVAL_S:
            return ""
        self._checked_at = now
        shows = (f"show-options -gqv {quote(name)}" for name in CHECKED_OPTIONS)
        return "".join(f"display-message -p {nonce}:F\n{show}\n" for show in shows)

    def check(self, texts: Sequence[str]) -> None:
        """Compare the printed texts, in the order of CHECKED_OPTIONS, with what was placed."""
        if len(texts) != len(CHECKED_OPTIONS):
            return
        seen = dict(zip(CHECKED_OPTIONS, texts, strict=True))
        saved = parse_saved(seen[SAVED])
        if saved.has_stopped or not is_overwritten(saved, seen, seen[LENGTH]):
            self._overwritten = ()
            return
        self._is_due = self._overwritten == tuple(texts)
        self._overwritten = tuple(texts)

    def repair(self, options: Options) -> None:
        """Restore overwritten formats if due and wanted; tell the user when repairs stop."""
        if not self._is_due:
            return
        self._is_due, self._overwritten = False, ()
        if not options.auto:
            return
        now = self._read_epoch()
        try:
            apply_until_stable(self._tmux, lambda server: plan_repair(server, options, now))
        except (ChangingError, PartialError) as error:
            self._log.warning("formats were not repaired: %s", error)
            return
        if not parse_saved(self._tmux.feed(f"show-options -gqv {SAVED}\n")).has_stopped:
            self._log.warning("restored badges in formats that something else had overwritten")
            return
        self._log.warning("formats were overwritten again; they are left alone until the next load")
        self._tmux.feed(f"display-message -d {MESSAGE_MS} {quote(STOPPED)}\n")

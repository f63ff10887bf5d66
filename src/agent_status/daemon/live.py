"""The live taps within the daemon: bytes go to the terminals of their panes."""

import logging
import select
from collections.abc import Sequence

from agent_status.daemon.differences import DifferenceStore
from agent_status.daemon.pane import Live, TrackedPane
from agent_status.daemon.panes import TrackedPanes
from agent_status.daemon.verify import INTERVAL_S, CheckCounts, Verifier
from agent_status.detect.pace import LOOK_S, READ_S, find_live_look
from agent_status.model import PaneId
from agent_status.model.finding import Finding
from agent_status.tmux.tap_policy import TapMode
from agent_status.tmux.taps import Taps


class LiveInput:
    """
    Feeds the panes that have a tap. Times are monotonic seconds.

    Every `check_s` the emulator of a pane is compared with a capture.
    """

    def __init__(
        self,
        taps: Taps,
        log: logging.Logger,
        store: DifferenceStore,
        check_s: float = INTERVAL_S,
    ) -> None:
        self._taps = taps
        self._log = log
        self._store = store
        self._check_s = check_s
        self.counts = CheckCounts()
        self._read_at = float("-inf")

    @property
    def fileno(self) -> int | None:
        """The file that can be read once there is news; None while no pane has a tap."""
        return self._taps.fileno

    def begin_tick(self, panes: TrackedPanes, now: float) -> tuple[PaneId, ...]:
        """Return the panes that the next tick taps, which it has to capture."""
        self.read(panes, now)
        tracked = panes.list_tracked()
        self._taps.sync([one.pane for one in tracked if one.can_be_tapped], now)
        return self._taps.list_due(now)

    def plan(self, nonce: str, now: float) -> str:
        """Return the commands that open taps, to stand before the captures of a tick."""
        return self._taps.plan(nonce, now)

    def check(self, records: Sequence[str], nonce: str, now: float) -> None:
        """Take what these commands printed."""
        self._taps.check(records, nonce, now)

    def update(self, panes: TrackedPanes, now: float) -> bool:
        """Let each pane know how it is followed; return True if one has to be captured from now."""
        followed = self._taps.find_changed()
        if followed is None:
            return False
        falls_back = False
        for one in panes.list_tracked():
            mode, opening = followed.get(one.pane.id, (TapMode.CAPTURE, False))
            live = Live.OPENING if opening else Live.CAPTURED
            live = Live.EMULATED if mode is TapMode.EMULATE else live
            one.rings = mode is TapMode.RING
            if live is not one.live:
                one.modes = self._taps.find_opening_modes(one.pane.id)
                one.follow(live, self._make_verifier(now) if live is Live.EMULATED else None)
                falls_back = falls_back or live is Live.CAPTURED
        panes.refresh_live()
        return falls_back

    def _make_verifier(self, now: float) -> Verifier:
        return Verifier(now, self.counts, self._check_s)

    @property
    def next_read_at(self) -> float:
        """When bytes may be taken again."""
        return self._read_at + READ_S

    def read(self, panes: TrackedPanes, now: float) -> bool:
        """Take what has come; return True if a pane is to be captured at once."""
        self._read_at = now
        news = self._taps.read(now)
        rings = self.update(panes, now)
        for pane, each in news.items():
            self.counts.lost_bytes += each.lost
            one = panes.get(pane)
            if one and one.live is Live.EMULATED:
                one.feed(each.data, now)
            elif one:
                rings = one.hear(each.data + each.tail, now) or rings
        for difference in panes.take_differences():
            self._store.keep(difference, self._taps.read_ring(difference.pane))
        return rings

    def await_bytes(self, seconds: float) -> None:
        """Wait until bytes can be read, for so long at most."""
        files = [] if self.fileno is None else [self.fileno]
        select.select(files, [], [], seconds)

    def resync(self, pane: PaneId) -> None:
        """Open a pane's tap again, as its emulator can't be trusted."""
        self._taps.resync(pane)

    def lend(self, pane: PaneId, until: float) -> bool:
        """Leave a pane's pipe to another program of ours until then; return True if we had it."""
        return self._taps.lend(pane, until)

    def take_options(self, live: str) -> None:
        """Follow `@agent-status-live`."""
        self._taps.take_options(live)

    def describe(self) -> tuple[Finding, ...]:
        """Return what a diagnosis says about taps and comparisons."""
        found = (*self._taps.describe(), *self._store.describe())
        if not self.counts.rows:
            return found
        return (*found, Finding("live check", _describe_counts(self.counts)))

    def find_status(self, pane: PaneId) -> str:
        """Return how a pane is followed, in words."""
        status = self._taps.find_status(pane)
        return f"{status.mode.value}: {status.why}" if status.why else status.mode.value

    def kill_stopped_reader(self) -> None:
        """End a reader that was stopped; for a handler of SIGCHLD."""
        self._taps.kill_stopped_reader()

    def forget(self) -> None:
        """Start over, as with another server."""
        self._taps.forget()

    def close(self) -> None:
        """Close every tap. Idempotent."""
        self._taps.close()


def _describe_counts(counts: CheckCounts) -> str:
    share = 100 * counts.equal_rows / counts.rows
    return f"{share:.3f} % of {counts.rows} rows equal, {counts.repairs} repairs"


def find_look(panes: TrackedPanes, now: float) -> float:
    """Return when the next look at a tapped pane is due; infinite for never."""
    return min((_find_due(one, now) for one in panes.live), default=float("inf"))


def list_due(panes: TrackedPanes, now: float) -> list[TrackedPane]:
    """Return the tapped panes to look at now."""
    return [one for one in panes.live if _find_due(one, now) <= now]


def _find_due(one: TrackedPane, now: float) -> float:
    calm = one.observed is not None and one.observed.throttle.is_calm(now)
    due = find_live_look(one.arrival, one.compared_at, one.moved_at, now, calm=calm)
    waits = one.is_held or (one.verifier is not None and one.verifier.capture is not None)
    return min(due, one.compared_at + LOOK_S) if waits else due

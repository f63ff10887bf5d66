"""
The live taps of one tmux server: the bytes of each pane with an agent, as it prints them.

What a tick has to do, in this order: `read`; `sync` with the panes that hold agents; `list_due`,
and capture those panes in the tick; `plan`, whose commands stand before the captures in the same
tmux invocation; `check` with what they printed. What `read` returns from then on joins up exactly
with that capture. In between, `read` whenever `fileno` can be read.

A pane is emulated only while its mode is EMULATE; in any other mode its screen is captured.
"""

import logging
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent_status.fastpath.tap_wire import CLOSED, DATA, ENDED, LOST, OPENED
from agent_status.model import Pane, PaneId
from agent_status.model.finding import Finding
from agent_status.terminal import DEFAULT_MODES, Modes
from agent_status.tmux.tap_findings import describe_taps
from agent_status.tmux.tap_keys import find_pipe_key, read_script
from agent_status.tmux.tap_link import READER, News, ReaderGoneError, TapLink
from agent_status.tmux.tap_pane import HELD, IN_FLIGHT, OPEN_S, PaneTap, Phase
from agent_status.tmux.tap_policy import (
    AUTO,
    OFF,
    RateLimits,
    TapMode,
    TapStatus,
    find_refusal,
)
from agent_status.tmux.tap_ring import Heard
from agent_status.tmux.tap_script import (
    TapAnswer,
    parse_answers,
    parse_keys,
    render_keys,
    render_memory,
    render_open,
    render_question,
)

HELPER = Path(__file__).parent.parent / "fastpath" / "tap_helper.py"
MAX_OPENING = 4
"""Taps that are opened at once: each forks tmux and starts a program for some milliseconds."""
KEYS_S = 60.0
"""Between two looks at what the user has bound to keys."""
FIRST_PAUSE_S, MAX_PAUSE_S = 1.0, 600.0
"""A reader that ends is started again after ever longer pauses."""
IDLE_S = 60.0
"""A reader without a pipe ends after so long."""
TOKEN_SIZE = 16
DEFAULT_LIMITS = RateLimits()


@dataclass(frozen=True, slots=True)
class TapNews:
    """What came from a pane since the last `read`."""

    data: bytes = b""
    """Bytes that join up with those before, in every mode."""
    lost: int = 0
    """How many more were lost after them."""
    tail: bytes = b""
    """The last of the lost ones, for what the program itself says."""


class Taps:
    """
    All taps of one server. `peer` is as of TapLink; `read` returns the text of a user's script.

    Nothing here waits, but for the start of the reader and its end. A tap that can't be had leaves
    a pane as it is without one.
    """

    def __init__(
        self,
        folder: Path,
        log: logging.Logger,
        *,
        peer: Sequence[int] = (),
        limits: RateLimits = DEFAULT_LIMITS,
        reader: Sequence[str] = READER,
        read: Callable[[str], str] = read_script,
    ) -> None:
        self._folder = folder
        self._log = log
        self._peer = tuple(peer)
        self._limits = limits
        self._reader = tuple(reader)
        self._read_script = read
        self._live = AUTO
        self._pipe_key: str | None = None
        self._keys_at = float("-inf")
        self._link: TapLink | None = None
        self._start_at = float("-inf")
        self._pause_s = self._used_at = 0.0
        self._taps: dict[PaneId, PaneTap] = {}
        self._due: tuple[PaneTap, ...] = ()
        self._serial = 0
        self._lent: dict[PaneId, float] = {}
        """Until when pipes are left to programs of ours, also where no agent is yet."""
        self._followed: dict[PaneId, tuple[TapMode, bool]] = {}

    @property
    def fileno(self) -> int | None:
        """The file that can be read once there is news; None while there is no reader."""
        return self._link.fileno if self._link else None

    @property
    def reader_pid(self) -> int | None:
        """The reader's process, if there is one."""
        return self._link.pid if self._link else None

    def take_options(self, live: str) -> None:
        """Follow `@agent-status-live`: `auto`, `on` or `off`."""
        self._live = live
        self._withdraw_if_refused()

    def sync(self, panes: Iterable[Pane], now: float) -> None:
        """Take the panes that hold agents; taps of all others are closed."""
        wanted = {pane.id: pane for pane in panes}
        self._lent = {name: until for name, until in self._lent.items() if until > now}
        for name in self._taps.keys() - wanted.keys():
            self._close_pipe(self._taps.pop(name))
        for pane in wanted.values():
            tap = self._taps.get(pane.id)
            if tap is None:
                size = (pane.width, pane.height)
                tap = PaneTap(pane.id, pane.pid, size, is_dead=pane.dead)
                if pane.id in self._lent:
                    tap.lend(self._lent[pane.id])
                self._taps[pane.id] = tap
            elif tap.update(pane) or tap.is_calm(now, self._limits):
                self._resync(tap)
        for tap in self._taps.values():
            if tap.phase is Phase.STARTING and now - tap.opened_at >= OPEN_S:
                self._fail(tap, now)
        self._end_idle_reader(now)

    def list_due(self, now: float) -> tuple[PaneId, ...]:
        """Return the panes to be tapped by the next `plan`, which the same tick has to capture."""
        due = [tap for tap in self._taps.values() if tap.is_due(now)]
        room = MAX_OPENING - sum(tap.phase in IN_FLIGHT for tap in self._taps.values())
        allowed = due and not find_refusal(self._live, self._pipe_key)
        self._due = tuple(due[: max(0, room)]) if allowed and self._has_reader(now) else ()
        return tuple(tap.pane for tap in self._due)

    def plan(self, nonce: str, now: float) -> str:
        """Return the commands for a tick, to stand before its captures; `check` their answer."""
        lost = [tap for tap in self._taps.values() if tap.phase is Phase.OPENING]
        for tap in lost:  # the answer never came, and with it no capture
            self._resync(tap)
        return "".join((*self._plan_keys(nonce, now), *self._plan_taps(nonce, now)))

    def check(self, records: Sequence[str], nonce: str, now: float) -> None:
        """Take what the commands of `plan` printed: the records of the tick, cut at its nonce."""
        keys = parse_keys(records)
        if keys is not None:
            self._keys_at = now
            self._pipe_key = find_pipe_key(keys, self._read_script)
            self._withdraw_if_refused()
        for answer in parse_answers(records, nonce):
            tap = self._taps.get(answer.pane)
            if tap:
                self._take_answer(tap, answer, now)
        for tap in self._taps.values():
            if tap.phase is Phase.OPENING:
                self._fail(tap, now)

    def read(self, now: float) -> Mapping[PaneId, TapNews]:
        """Return what came since the last call; never waits."""
        found: dict[PaneId, TapNews] = {}
        try:
            for news in self._link.receive() if self._link else ():
                self._take_news(news, now, found)
        except ReaderGoneError as error:
            self._lose_reader()
            self._delay(str(error), now)
        return found

    def find_status(self, pane: PaneId) -> TapStatus:
        """Return how a pane is followed."""
        tap = self._taps.get(pane)
        if tap is None:
            return TapStatus(why="no agent is in it")
        refusal = find_refusal(self._live, self._pipe_key)
        why = "" if tap.mode is TapMode.EMULATE else refusal or _describe(tap)
        is_left = tap.left is not None
        return TapStatus(tap.mode, why, is_left, tap.rate.per_s, tap.dropped, tap.resyncs)

    def describe(self) -> tuple[Finding, ...]:
        """Return what a diagnosis says."""
        return describe_taps({name: self.find_status(name) for name in self._taps})

    def find_modes(self) -> Mapping[PaneId, TapMode]:
        """Return the mode of each pane that holds an agent."""
        return {name: tap.mode for name, tap in self._taps.items()}

    def find_changed(self) -> Mapping[PaneId, tuple[TapMode, bool]] | None:
        """Return each pane's mode and whether its tap is being opened; None if all is as before."""
        followed = {name: (tap.mode, tap.phase in IN_FLIGHT) for name, tap in self._taps.items()}
        if followed == self._followed:
            return None
        self._followed = followed
        return followed

    def find_opening_modes(self, pane: PaneId) -> Modes:
        """Return the modes that a pane had when its tap was opened, to join its bytes to them."""
        tap = self._taps.get(pane)
        return tap.modes if tap else DEFAULT_MODES

    def read_ring(self, pane: PaneId, after: int = 0) -> Sequence[Heard]:
        """Return the pane's last bytes behind a number, in every mode; see ByteRing."""
        tap = self._taps.get(pane)
        return tap.ring.read(after) if tap else ()

    def lend(self, pane: PaneId, until: float) -> bool:
        """
        Leave a pane's pipe to a program of ours, such as `record`; ask again to prolong it.

        Return True if our tap held the pipe, which is free in a moment.
        """
        self._lent[pane] = until
        tap = self._taps.get(pane)
        if tap is None:
            return False
        was_ours = tap.phase in HELD or tap.phase is Phase.CLOSING
        self._close_pipe(tap)
        tap.lend(until)
        return was_ours

    def resync(self, pane: PaneId) -> None:
        """Open a pane's tap again with a capture, as its bytes no longer join up with a screen."""
        tap = self._taps.get(pane)
        if tap:
            self._resync(tap)

    def kill_stopped_reader(self) -> None:
        """End a reader that was stopped; to be called by a handler of SIGCHLD."""
        if self._link:
            self._link.kill_if_stopped()

    def forget(self) -> None:
        """Start over, as with another server at the same socket."""
        self.sync((), 0.0)
        self._pipe_key = None
        self._keys_at = float("-inf")

    def close(self) -> None:
        """Close every tap and end the reader. Idempotent."""
        self._taps.clear()
        if self._link:
            self._link.close()
        self._link = None

    def _plan_keys(self, nonce: str, now: float) -> Iterator[str]:
        if self._taps and self._live == AUTO and now - self._keys_at >= KEYS_S:
            yield render_keys(nonce)

    def _plan_taps(self, nonce: str, now: float) -> Iterator[str]:
        for tap in self._taps.values():
            if tap.phase is Phase.ENDED:
                yield render_question(nonce, tap.pane, tap.pid)
            elif tap.left and not tap.is_saved:
                tap.is_saved = True
                yield render_memory(tap.pane, tap.left.value)
        due, self._due = self._due, ()
        for tap in due:
            if self._link:
                yield self._open(self._link, tap, nonce, now)

    def _open(self, link: TapLink, tap: PaneTap, nonce: str, now: float) -> str:
        self._serial += 1
        token = secrets.token_bytes(TOKEN_SIZE)
        link.expect(tap.pane, self._serial, token)
        tap.begin(self._serial, now)
        hello = (tap.pane.removeprefix("%"), str(self._serial), token.hex())
        command = (sys.executable, "-I", "-S", str(HELPER), str(link.door), *hello)
        return render_open(nonce, tap.pane, command)

    def _take_answer(self, tap: PaneTap, answer: TapAnswer, now: float) -> None:
        left = answer.left
        if left is None:
            tap.accept(answer.modes, now)
            return
        if tap.phase is Phase.OPENING:
            self._close_pipe(tap)
            tap.refuse(left, now)
        elif tap.phase is Phase.ENDED:
            tap.leave(left)
            tap.is_saved = True
        if tap.phase is Phase.LEFT:
            self._log.info("pane %s is left alone: %s", tap.pane, left.words)

    def _take_news(self, news: News, now: float, found: dict[PaneId, TapNews]) -> None:
        tap = self._taps.get(news.pane)
        if tap is None or tap.serial != news.serial:
            return
        if news.kind == CLOSED and tap.phase is Phase.CLOSING:
            tap.phase = Phase.WAITING
        elif news.kind == OPENED and tap.phase is Phase.STARTING:
            tap.start()
        elif news.kind == ENDED:
            tap.end()
        elif news.kind in {DATA, LOST} and tap.phase is Phase.OPEN:
            tap.count(news.size, now, self._limits)
            found[tap.pane] = _take_bytes(found.get(tap.pane), tap, news, now)

    def _resync(self, tap: PaneTap) -> None:
        if tap.phase in HELD:
            self._close_pipe(tap)
            tap.resync()

    def _fail(self, tap: PaneTap, now: float) -> None:
        self._close_pipe(tap)
        tap.fail(now)
        self._log.warning("no tap of pane %s could be opened; next try later", tap.pane)

    def _close_pipe(self, tap: PaneTap) -> None:
        if self._link and tap.phase in HELD:
            self._link.close_pipe(tap.pane, tap.serial)

    def _withdraw_if_refused(self) -> None:
        """Close all taps where the user doesn't want any."""
        if self._pipe_key is None and self._live != OFF:
            return
        if find_refusal(self._live, self._pipe_key):
            for tap in self._taps.values():
                self._resync(tap)

    def _has_reader(self, now: float) -> bool:
        """Return whether there is a reader that helpers can reach; start one if need be."""
        if self._link and not self._link.is_reachable():
            self._lose_reader()
        if self._link is None and now >= self._start_at:
            try:
                self._link = TapLink(self._folder, self._peer, self._reader)
                self._used_at = now
            except OSError as error:
                self._delay(f"the reader of the taps can't be started: {error}", now)
        return self._link is not None

    def _end_idle_reader(self, now: float) -> None:
        if any(tap.phase in HELD for tap in self._taps.values()):
            self._used_at = now
        elif self._link and now - self._used_at >= IDLE_S:
            self._lose_reader()

    def _lose_reader(self) -> None:
        if self._link:
            self._link.close()
        self._link = None
        for tap in self._taps.values():
            tap.lose_reader()

    def _delay(self, why: str, now: float) -> None:
        """Wait before the next start, longer each time."""
        calm = now - self._start_at > MAX_PAUSE_S
        self._pause_s = FIRST_PAUSE_S if calm else min(MAX_PAUSE_S, 4 * self._pause_s)
        self._start_at = now + self._pause_s
        self._log.warning("%s; next try in %g s", why, self._pause_s)


def _take_bytes(before: TapNews | None, tap: PaneTap, news: News, now: float) -> TapNews:
    """Return what has come from a pane with one more message."""
    data = before.data if before else b""
    if news.kind == DATA:
        tap.ring.append(now, news.data)
        return TapNews(data + news.data)
    tap.lose(news.size, now)
    return TapNews(data, news.size + (before.lost if before else 0), news.data)


def _describe(tap: PaneTap) -> str:
    """Return why a pane is not emulated."""
    if tap.left:
        return tap.left.words
    if tap.is_lent:
        return "its pipe is lent to a recording"
    if tap.mode is TapMode.RING:
        return "it prints so much that captures are cheaper, or bytes were lost"
    return "its tap could not be opened" if tap.failures else "its tap is being opened"

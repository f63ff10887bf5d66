"""What tmux is asked in a tick: about all panes at times, else about those that matter."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from agent_status.daemon.panes import TrackedPanes
from agent_status.model import PaneId
from agent_status.tmux.client import Tmux, TmuxError
from agent_status.tmux.query import (
    OPTIONS,
    Tick,
    build_short_tick,
    build_tick,
    find_there,
    parse_short_tick,
    parse_tick,
)

LIST_S = 2.9
"""Between two lists of all panes; in between, of those without an agent only who is there."""
OPTIONS_S = 3.0
"""Between two looks at the user's options."""


class Poller:
    """
    Asks one tmux server, and remembers what it need not ask again. Times are monotonic.

    `plan` returns, for the tick's nonce and time, the commands of others that ride along; `check`
    takes the records of the answer, the nonce and the time.
    """

    def __init__(
        self,
        tmux: Tmux,
        clock: Callable[[], float],
        plan: Callable[[str, float], str],
        check: Callable[[Sequence[str], str, float], None],
    ) -> None:
        self._tmux = tmux
        self._clock = clock
        self._plan = plan
        self._check = check
        self._server_pid = 0
        self._version = ""
        self._listed_at = float("-inf")
        self._options_at = float("-inf")
        self.homes: Mapping[PaneId, tuple[str, ...]] = {}
        """The ids of the sessions that each pane is in, as of the last list."""

    def forget(self) -> None:
        """List all panes the next time."""
        self._listed_at = float("-inf")

    def probe(
        self,
        panes: TrackedPanes,
        captured: Sequence[PaneId],
        text_only: Sequence[PaneId] = (),
        above: Sequence[PaneId] = (),
    ) -> tuple[Tick, float]:
        """
        Return what tmux says, and the Unix time at which it was asked; raise TmuxError.

        It says it of all panes if others are there than `panes` knows, or another server.
        """
        looked_at = time.time()
        tick = self._glance(panes, captured, text_only, above)
        if tick is None:
            looked_at = time.time()
            tick = self._list(captured, text_only, above)
        elif not self._is_whole_server(tick, panes):
            tick = self._add_list(tick)
        self._version = tick.version
        if tick.options is not None:
            self._options_at = self._clock()
        return tick, looked_at

    def _glance(
        self,
        panes: TrackedPanes,
        captured: Sequence[PaneId],
        text_only: Sequence[PaneId],
        above: Sequence[PaneId],
    ) -> Tick | None:
        """Return what the known panes show; None if it is time for a list of all."""
        now = self._clock()
        if now - self._listed_at >= LIST_S:
            return None
        known = panes.list_panes()
        agents = tuple(dict.fromkeys((*panes.list_queried(now), *captured, *above)))
        nonce, options, aside = self._begin()
        script = build_short_tick(nonce, agents, captured, options, text_only, above, self._version)
        answer = self._ask(nonce, aside + script)
        return _require_whole(parse_short_tick(answer, nonce, known))

    def _is_whole_server(self, tick: Tick, panes: TrackedPanes) -> bool:
        """Return True if the panes that were known before are all that there are."""
        known = panes.list_panes().values()
        return tick.there == find_there(known) and tick.server_pid == self._server_pid

    def _add_list(self, first: Tick) -> Tick:
        """
        Return a list of all panes, with what the first tick captured.

        Bytes of taps that it opened go on from its captures, not from later ones.
        """
        tick = self._list((), (), ())
        if tick.server_pid != first.server_pid:
            return tick
        stamps = {pane: first.stamps[pane] for pane in first.captures if pane in first.stamps}
        return replace(
            tick,
            captures=first.captures,
            texts=first.texts,
            aboves=first.aboves,
            stamps={**tick.stamps, **stamps},
            options=tick.options if first.options is None else first.options,
        )

    def _list(
        self, captured: Sequence[PaneId], text_only: Sequence[PaneId], above: Sequence[PaneId]
    ) -> Tick:
        nonce, options, aside = self._begin()
        script = build_tick(nonce, captured, options, text_only, above, self._version)
        answer = self._ask(nonce, aside + script)
        tick = _require_whole(parse_tick(answer, nonce))
        self._listed_at, self._server_pid = self._clock(), tick.server_pid
        self.homes = tick.homes
        return tick

    def _ask(self, nonce: str, script: str) -> str:
        answer = self._tmux.feed(script)
        self._check(answer.split(f"{nonce}:")[1:], nonce, self._clock())
        return answer

    def _begin(self) -> tuple[str, Sequence[str], str]:
        """Return a nonce, the options to read, and what others have to run."""
        now, nonce = self._clock(), secrets.token_hex(8)
        options = OPTIONS if now - self._options_at >= OPTIONS_S else ()
        return nonce, options, self._plan(nonce, now)


def _require_whole(tick: Tick) -> Tick:
    if not tick.whole:
        message = "tmux's answer was torn"
        raise TmuxError(message)
    return tick

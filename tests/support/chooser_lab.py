"""A daemon's socket and a source that say what a test wants, and the sample that they say."""

import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Thread
from typing import Any

from rich.text import Text

from agent_status.chooser.panels.approve_all import ApproveAll, ApproveAllPanel
from agent_status.chooser.panels.compose import ComposePanel, Purpose, Send
from agent_status.chooser.panels.log import LogPanel
from agent_status.chooser.panels.page import PagePanel
from agent_status.chooser.panels.snooze import SnoozePanel
from agent_status.chooser.state.drafts import Drafts, merge_drafts
from agent_status.chooser.state.effects import Answer, DaemonRequest, Interrupt
from agent_status.chooser.state.entry import parse_report
from agent_status.chooser.state.field import fill
from agent_status.chooser.state.moves import take_entries, take_shot
from agent_status.chooser.state.preview import parse_screen
from agent_status.chooser.state.source import DeniedError, NoDaemonError, NoScreenError
from agent_status.chooser.state.view import Effect, Grouping, Pending, Told, View
from tests.support.places import CHOOSER_FRAMES

FOLDER = CHOOSER_FRAMES
HOME = "/home/ada"
HOSTILE = (
    "\x1b[31mred\x1b[0m #[bg=red] #(touch x) [bold]no[/] "
    "\u202etxt\u2066 a\tb\x9b5m\x00 漢字 👩\u200d👩\u200d👧 🇩🇪 e\u0301"
)


def read_sample(name: str) -> Any:
    """Return the data of one of the files beside the frames."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


REPORT = read_sample("report")
SCREEN = read_sample("screen")
NOW = float(REPORT["at"])
REPLY = fill("Looks good, but keep the old name\nand add a test.")
LOG = (
    "15 Jan 08:51:50  ask         approval (writes): wc.py",
    "15 Jan 08:52:10  answer      1 Yes [sent] by ada chooser: wc.py",
    "15 Jan 08:52:11  state       approval → working: Pondering",
)
WHY = (
    "%4 words:0.1: approval since 4m12s",
    "",
    "  claude/edit-dialog  approval  dialog: Do you want to make this edit to wc.py?",
    *(f"  screen row {number}" for number in range(1, 25)),
)


OPEN: dict[str, dict[str, Any]] = {
    "reply": {"panel": ComposePanel("%8", Purpose.REPLY, REPLY), "selected": "%8", "index": 8},
    "snooze": {"panel": SnoozePanel("%4")},
    "alike": {"panel": ApproveAllPanel((("%4", "0011223344556677"), ("%9", "0011223344556688")))},
    "why": {"panel": PagePanel("Why: Claude Code words:0.1", ("explain", "%4"), WHY)},
    "log": {"panel": LogPanel("%4", "Decisions: Claude Code words:0.1", LOG)},
    "grouped": {"grouping": Grouping.REPOSITORY},
    "help": {"help": True},
    "told": {"told": Told("Nothing was sent: something else is asked there now.", good=False)},
    "danger": {
        "selected": "%9",
        "index": 1,
        "pending": Pending(
            Answer("%9", "y", "0011223344556688"),
            "y",
            "y again sends y (Yes, proceed). Dangerous (force push; rewrites the history of main): "
            "git push --force-with-lease origin main",
            NOW,
        ),
    },
}
"""What can be open in the chooser, as what it changes of the sample's view."""


def order_agents(*panes: str) -> Any:
    """Return the sample report with only the agents in `panes`, in that order."""
    agents = {agent["pane"]: agent for agent in REPORT["agents"]}
    return REPORT | {"agents": [deepcopy(agents[pane]) for pane in panes]}


def make_view(report: Any = REPORT, screen: Any = SCREEN) -> View:
    """Return the view that a chooser begins with."""
    view = take_entries(View(now=NOW), parse_report(report, HOME))
    return take_shot(view, parse_screen(view.selected, screen))


def join_lines(lines: list[Text]) -> str:
    """Return what lines say, without the blanks at their ends."""
    return "".join(f"{line.plain.rstrip()}\n" for line in lines)


class LiteralSource:
    """A source of literal data: a report goes to whoever watches, None ends the daemon."""

    def __init__(self, report: Any = REPORT) -> None:
        self.report = report
        self.screens: dict[str, Any] = {agent["pane"]: SCREEN for agent in REPORT["agents"]}
        self.started = 0
        self.refusal = ""
        self.on_start: Callable[[], None] = lambda: None
        self.effects: list[Effect] = []
        self.outcome = (True, "Sent.")
        self.log: Any = {"entries": []}
        self.history: dict[str, tuple[str, ...]] = {}
        self.replies: tuple[str, ...] = ()
        self.drafts: Drafts = ()
        self.grouping = ""
        self.ran: list[tuple[str, ...]] = []
        self.printed = (0, "")
        self._news: SimpleQueue[Any] = SimpleQueue()

    def say(self, report: Any) -> None:
        """Tell a new report; None for the end of the daemon."""
        self.report = report
        self._news.put(report)

    def read_report(self) -> Any:
        """Return the report of now."""
        if self.report is None:
            raise NoDaemonError
        return self.report

    def watch_reports(self) -> Iterator[Any]:
        """Yield what is said until None is."""
        yield self.read_report()
        while (news := self._news.get()) is not None:
            yield news
        raise NoDaemonError

    def read_screen(self, pane: str) -> Any:
        """Return the pane's screen."""
        if pane not in self.screens:
            message = f"there is no pane {pane}"
            raise NoScreenError(message)
        return self.screens[pane]

    def answer(self, pane: str, choice: str, expect: str, *, dangerous: bool) -> tuple[bool, str]:
        """Remember the answer, and say what the test wants."""
        return self._do(Answer(pane, choice, expect, dangerous))

    def approve_all(self, requests: Sequence[tuple[str, str]]) -> tuple[bool, str]:
        """Remember the approval, and say what the test wants."""
        return self._do(ApproveAll(tuple(requests)))

    def interrupt(self, pane: str, expect: str) -> tuple[bool, str]:
        """Remember the interrupt, and say what the test wants."""
        return self._do(Interrupt(pane, expect))

    def send(self, pane: str, text: str) -> tuple[bool, str]:
        """Remember the reply, and say what the test wants."""
        return self._do(Send(pane, text))

    def request(self, op: str, pane: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Remember the request; refuse it if the test wants that."""
        good, words = self._do(DaemonRequest(pane, op, tuple(args.items())))
        if not good:
            raise DeniedError(words)
        return {}

    def read_log(self, pane: str) -> Any:
        """Return the entries of a pane, or all."""
        if self.log is None:
            message = "the journal is off"
            raise DeniedError(message)
        entries = self.log["entries"]
        return {"entries": [one for one in entries if pane in {"", one["pane"]}]}

    def read_history(self, pane: str) -> tuple[str, ...]:
        """Return what has scrolled off a pane."""
        return self.history.get(pane, ())

    def read_replies(self) -> tuple[str, ...]:
        """Return the replies of before."""
        return self.replies

    def read_drafts(self) -> Drafts:
        """Return the drafts of before."""
        return self.drafts

    def keep_drafts(self, before: Drafts, after: Drafts) -> None:
        """Keep them."""
        self.drafts = merge_drafts(self.drafts, before, after)

    def read_grouping(self) -> str:
        """Return the grouping of before."""
        return self.grouping

    def keep_grouping(self, grouping: str) -> None:
        """Keep it."""
        self.grouping = grouping

    def run(self, words: Sequence[str]) -> tuple[int, str]:
        """Remember the command, and say what the test wants."""
        self.ran.append(tuple(words))
        return self.printed

    def _do(self, effect: Effect) -> tuple[bool, str]:
        self.effects.append(effect)
        return self.outcome

    def start_daemon(self) -> str:
        """Count it, do what the test wants, and say what went wrong."""
        self.started += 1
        self.on_start()
        return self.refusal


class LiteralDaemon:
    """A daemon's socket that answers with literal data, which may change while it is open."""

    def __init__(self, path: Path) -> None:
        self.report: Any = REPORT
        self.screen: Any = SCREEN
        self.seen: list[str] = []
        self._changed = Condition()
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self._open = [self._socket]
        Thread(target=self._serve, daemon=True).start()

    def say(self, report: Any) -> None:
        """Tell everyone who watches a new report."""
        with self._changed:
            self.report = report
            self._changed.notify_all()

    def die(self) -> None:
        """Close every connection, as the end of a daemon does. Idempotent."""
        self._path.unlink(missing_ok=True)
        while self._open:
            one = self._open.pop()
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._open.append(connection)
                Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection.makefile("rb") as requests:
            for request in map(json.loads, requests):
                if request["op"] == "watch":
                    self._repeat(connection)
                if request["op"] == "seen":
                    self.seen.append(request["pane"])
                answers = {"list": self.report, "screen": self.screen, "seen": {}}
                _send(connection, answers[request["op"]])

    def _repeat(self, connection: socket.socket) -> None:
        with self._changed:
            while True:
                _send(connection, self.report)
                self._changed.wait()


def _send(connection: socket.socket, data: Any) -> None:
    connection.sendall(json.dumps({"ok": True, "data": data}).encode() + b"\n")

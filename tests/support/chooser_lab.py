"""A daemon's socket and a source that say what a test wants, and the sample that they say."""

import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Thread
from typing import Any, TypeVar, cast

from rich.text import Text

from agent_status.chooser.panels.approve_all import ApproveAll, ApproveAllPanel
from agent_status.chooser.panels.changes import ChangesPanel
from agent_status.chooser.panels.compare import ComparePanel
from agent_status.chooser.panels.compose import ComposePanel, Purpose, Send
from agent_status.chooser.panels.log import LogPanel
from agent_status.chooser.panels.page import PagePanel
from agent_status.chooser.panels.snooze import SnoozePanel
from agent_status.chooser.state.agents import list_agents
from agent_status.chooser.state.drafts import Drafts, merge_drafts
from agent_status.chooser.state.effects import Answer, DaemonRequest, Interrupt
from agent_status.chooser.state.field import fill
from agent_status.chooser.state.moves import set_shot, update_agents
from agent_status.chooser.state.patch import make_stamp, parse_patch
from agent_status.chooser.state.preview import Shot, draw_screen
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.view import Effect, Grouping, Message, Pending, View
from agent_status.errors import DaemonGoneError, RefusedError
from agent_status.model import Grade, Screen
from agent_status.model.ref import AgentRef, make_ref
from agent_status.protocol.convert import ConvertError, decode
from agent_status.protocol.messages import (
    ChangeTriage,
    Done,
    List,
    LogPart,
    Look,
    ReadLog,
    Request,
    ScreenShot,
    ShowScreen,
    TriageState,
)
from agent_status.protocol.outcome import Outcome
from agent_status.protocol.rows import AgentRow, Report
from tests.support.places import CHOOSER_FRAMES

T = TypeVar("T")
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


CHANGED = make_ref("%8")
"""The agent of the sample whose changes wait for review in some of the frames."""


def make_changed_report(**more: Any) -> Any:
    """Return the sample report with changes of an agent that is done."""
    report = deepcopy(REPORT)
    row = next(agent for agent in report["agents"] if agent["pane"] == CHANGED.pane)
    touched = [file["path"] for file in read_sample("patch")["files"]]
    counts = {"files": 4, "added": 7, "removed": 3, "touched": touched, "tree": "2" * 40}
    row |= {"state": "review", "reason": "4 files +7 -3", "changes": row["changes"] | counts} | more
    return report


def make_changed(**changes: Any) -> dict[str, Any]:
    """Return what makes of the sample's view one with that agent selected, its diff read."""
    entries = list_agents(decode(Report, make_changed_report()), HOME)
    index = next(at for at, entry in enumerate(entries) if entry.ref == CHANGED)
    text = json.dumps(read_sample("patch"))
    patch = parse_patch(make_stamp(entries[index]), 0, text)
    draft = ((CHANGED, "src/cart.py:43: cents = sum\nWhy not a property?"),)
    shown = {"entries": entries, "selected": CHANGED, "index": index, "top": 1, "patch": patch}
    return shown | {"drafts": draft} | changes


OPEN: dict[str, dict[str, Any]] = {
    "reply": {
        "panel": ComposePanel(make_ref("%8"), Purpose.REPLY, REPLY),
        "selected": make_ref("%8"),
        "index": 8,
    },
    "snooze": {"panel": SnoozePanel(make_ref("%4"))},
    "alike": {
        "panel": ApproveAllPanel(
            ((make_ref("%4"), "0011223344556677"), (make_ref("%9"), "0011223344556688"))
        )
    },
    "why": {"panel": PagePanel("Why: Claude Code words:0.1", ("explain", "%4"), WHY)},
    "log": {"panel": LogPanel(make_ref("%4"), "Decisions: Claude Code words:0.1", LOG)},
    "compare": {
        "panel": ComparePanel(
            (make_ref("%4"), make_ref("%8"), make_ref("%9")),
            (
                ("agent", "Claude Code", "Gemini CLI", "Codex"),
                ("branch", "feature/words", "main", "split"),
                ("state", "approval", "idle", "approval"),
                ("worked", "12m", "1h4m", "3m"),
                ("files", "2 +40 -12", "1 +3 -1", "7 +310 -0"),
                ("only here", "", "docs/a.md", "tests/test_split.py, src/split.py, setup.cfg"),
                ("checks", "pytest ok 6m", "", "not tested"),
                ("waits", "3, 4m in all", "0", "1, 12s in all"),
                ("denied", "1", "0", "0"),
                ("dangerous", "0", "0", "rm -rf build"),
                ("delicate", "", "", "CI pipeline: .github/workflows/ci.yml"),
            ),
            "Counted since 1a2b3c4d5e6f.",
            2,
        ),
        "marked": frozenset({make_ref("%4"), make_ref("%9")}),
    },
    "grouped": {"grouping": Grouping.REPOSITORY},
    "preview": make_changed(),
    "changes": make_changed(panel=ChangesPanel(CHANGED, 18, "src/cart.py", "2" * 40)),
    "comment": make_changed(
        panel=ChangesPanel(
            CHANGED, 18, "src/cart.py", "2" * 40, top=2, field=fill("Why not a property?")
        )
    ),
    "help": {"help": True},
    "told": {
        "message": Message("Nothing was sent: something else is asked there now.", good=False)
    },
    "danger": {
        "selected": make_ref("%9"),
        "index": 1,
        "pending": Pending(
            Answer(make_ref("%9"), "y", "0011223344556688"),
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
    view = update_agents(View(now=NOW), read_agents(report))
    return set_shot(view, draw_screen(view.selected, read_screen(screen)))


def read_agents(report: Any, home: str = HOME) -> tuple[AgentRow, ...]:
    """Return the agents of a report's JSON data."""
    return list_agents(decode(Report, report), home)


def read_screen(screen: Any) -> Screen:
    """Return the screen of JSON data that may lack a size."""
    return decode(Screen, {"width": 0, "height": 0} | screen)


def read_any_agents(report: Any) -> tuple[AgentRow, ...]:
    """Return the agents of any JSON data; none if it is no report."""
    return read_agents(report) if isinstance(report, dict) else ()


def shoot_any(ref: AgentRef, screen: Any) -> Shot:
    """Return the picture of any JSON data; nothing if it is no screen."""
    found = isinstance(screen, dict) and isinstance(screen.get("rows"), list)
    try:
        return draw_screen(ref, read_screen(screen)) if found else Shot(ref)
    except ConvertError:
        return Shot(ref)


def shoot(pane: str, screen: Any) -> Shot:
    """Return the picture of a pane."""
    return draw_screen(make_ref(pane), read_screen(screen))


def join_lines(lines: list[Text]) -> str:
    """Return what lines say, without the blanks at their ends."""
    return "".join(f"{line.plain.rstrip()}\n" for line in lines)


class LiteralActions:
    """What is done to one agent, as effects; its outcome is what the test wants."""

    def __init__(self, source: "LiteralSource", ref: AgentRef) -> None:
        self._source = source
        self._ref = ref

    def answer(self, choice: str, expect: str, most: Grade) -> Outcome:
        """Remember the answer, or the approval with others."""
        if most is Grade.HARMLESS:
            return self._source.do(ApproveAll(((self._ref, expect),)))
        return self._source.do(Answer(self._ref, choice, expect, most is Grade.DANGEROUS))

    def interrupt(self, expect: str | None = None) -> Outcome:
        """Remember the interrupt."""
        return self._source.do(Interrupt(self._ref, expect or ""))

    def send(self, text: str) -> Outcome:
        """Remember the reply."""
        return self._source.do(Send(self._ref, text))


class LiteralSource(ChooserSource):
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

    def ask(self, request: Request[T]) -> T:
        """Return what the test wants; keep what changes something."""
        answer: Any = Done()
        if isinstance(request, List):
            answer = self._read_report()
        elif isinstance(request, ShowScreen):
            answer = ScreenShot(request.ref, self._find_screen(request.ref))
        elif isinstance(request, ChangeTriage):
            answer = self._change(request)
        elif isinstance(request, ReadLog):
            answer = self._read_log(request.ref)
        elif not isinstance(request, Look):
            outcome = self.do(DaemonRequest(request))
            if not outcome.done:
                raise RefusedError(outcome.words)
        return cast("T", answer)

    def _change(self, request: ChangeTriage) -> TriageState:
        """Remember the change; whatever was toggled is on now."""
        outcome = self.do(DaemonRequest(request))
        if not outcome.done:
            raise RefusedError(outcome.words)
        return TriageState(request.ref, bool(request.pin), bool(request.mute))

    def watch(self) -> Iterator[Report]:
        """Yield what is said until None is."""
        yield self._read_report()
        while (news := self._news.get()) is not None:
            yield decode(Report, news)
        raise DaemonGoneError

    def open_actions(self, ref: AgentRef) -> LiteralActions:
        """Return what keeps all that is done."""
        return LiteralActions(self, ref)

    def do(self, effect: Effect) -> Outcome:
        """Remember an effect, and return what the test wants."""
        self.effects.append(effect)
        good, words = self.outcome
        return Outcome(done=good, kind="sent" if good else "failed", words=words)

    def _read_report(self) -> Report:
        if self.report is None:
            raise DaemonGoneError
        return decode(Report, self.report)

    def _find_screen(self, ref: AgentRef) -> Screen:
        if ref.pane not in self.screens:
            message = f"there is no pane {ref}"
            raise RefusedError(message)
        return read_screen(self.screens[ref.pane])

    def _read_log(self, ref: AgentRef) -> LogPart:
        if self.log is None:
            message = "the journal is off"
            raise RefusedError(message)
        entries = [one for one in self.log["entries"] if ref.pane in {"", one["pane"]}]
        return decode(LogPart, {"entries": entries})

    def start_daemon(self) -> str:
        """Count it, do what the test wants, and say what went wrong."""
        self.started += 1
        self.on_start()
        return self.refusal

    def run(self, words: Sequence[str]) -> tuple[int, str]:
        """Remember the command, and say what the test wants."""
        self.ran.append(tuple(words))
        return self.printed

    def read_above(self, ref: AgentRef) -> tuple[str, ...]:
        """Return what has scrolled off a pane."""
        return self.history.get(ref.pane, ())

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
                if request["op"] == "acknowledge":
                    self.seen.append(request["pane"])
                answers = {"list": self.report, "screen": self.screen, "acknowledge": {}}
                _send(connection, answers[request["op"]])

    def _repeat(self, connection: socket.socket) -> None:
        with self._changed:
            while True:
                _send(connection, self.report)
                self._changed.wait()


def _send(connection: socket.socket, data: Any) -> None:
    connection.sendall(json.dumps({"ok": True, "data": data}).encode() + b"\n")

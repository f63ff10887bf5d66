"""The day's world: a tmux server with eight agents at work in repositories made for it."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.labels import read_labels
from tests.support.tmux_lab import Lab

from agent_status.terminal.asciicast import Event, open_recording
from touring.scenes import PARTS, Part, make_scenes
from touring.session import Session, open_session

ROOT = Path(__file__).resolve().parents[2]
FAKE = ROOT / "tests" / "support" / "fake_agents.py"
RECORDINGS = ROOT / "tests" / "recordings"
PLUGIN = ROOT / "agent-status.tmux"
WIDTH, HEIGHT = 132, 42
INTO_S = 1.0
"""A recording is shown from so long after the label on: its screen may be behind."""

WHO = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main")
FILES = {
    "shop": {"shop.py": "PRICE = 3\n"},
    "words": {
        "words.py": "def split(text):\n    return text.split(' ')\n",
        "test_words.py": "import words\n\nassert words.split('a b') == ['a', 'b']\n",
    },
    "api": {"users.py": "def check(name, password):\n    return password == find(name)\n"},
    "site": {"index.html": "<h1>Shop</h1>\n"},
    "docs": {"guide.md": "# Guide\n"},
    "search": {"index.py": "INDEX = {}\n"},
}
CONF = """\
set -g default-terminal screen-256color
set -g default-size {width}x{height}
set -g mouse on
set -sg escape-time 0
set -g status-left '#S '
set -g status-right ''
set -g window-status-separator ' '
"""
CHECK = "python3 -B test_words.py"
CHECKS = """\
[project."{home}/words"]
command = "{check}"
"""
"""The user's own check of a project."""
LOAD = """\
set -g @agent-status-back-key B
run-shell {plugin}
"""


@dataclass(frozen=True)
class Recorded:
    """A recording of a real agent: which, where it is shown, and the label that it shows."""

    name: str
    place: str
    folder: str
    label: str
    how: str


RECORDED = (
    Recorded("codex/long_stream-60x20", "shop:docs", "docs", "working", "--loop"),
    Recorded("gemini/plan-60x20", "site:site", "site", "plan", "--hold"),
    Recorded("opencode/question-100x30", "site:search", "search", "question", "--hold"),
)


@dataclass(frozen=True)
class Actor:
    """An agent that takes keys and orders."""

    lab: Lab
    pane: str
    folder: Path
    session: Session

    @property
    def place(self) -> str:
        """Session, window and pane, as the chooser tells them."""
        return self.lab.tmux("display-message", "-p", "-t", self.pane, "#S:#I.#P").strip()

    @property
    def got(self) -> bytes:
        """Every byte that it was sent."""
        return (self.folder / "log").read_bytes()

    def show(self, scene: str) -> None:
        """Send it on to a scene, without waiting for it."""
        with (self.folder / "pipe").open("w") as pipe:
            pipe.write(json.dumps({"show": scene}) + "\n")


class World:
    """The server, the client that another server shows, and the agents; ended by `close`."""

    def __init__(self) -> None:
        self.lab = Lab()
        data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
        self.lab.env["XDG_DATA_HOME"] = data
        self.lab.env |= {"GIT_CONFIG_NOSYSTEM": "1", "LESSHISTFILE": "-"}
        self.home = Path(self.lab.env["HOME"])
        self.actors: dict[str, Actor] = {}
        self.before = ""
        """The server as it was without the plugin."""

    def open(self) -> None:
        """Make the repositories, start the agents, attach, and load the plugin."""
        self._make_checkouts()
        self._configure_check()
        self._start_server()
        for part in PARTS:
            self.actors[part.name] = self._open_actor(part)
        for one in RECORDED:
            self._open_pane(one.place, one.folder, list_player(one, self._write_cast(one)))
        for session in ("shop", "api", "site"):
            self.lab.tmux("kill-window", "-t", f"{session}:hall")
            self.lab.tmux("move-window", "-r", "-t", f"{session}:")
        self.lab.tmux("select-window", "-t", "shop:words")
        self.before = self.describe()
        self.lab.attach(WIDTH, HEIGHT, "shop")
        plugin = shlex.quote(shlex.quote(str(PLUGIN)).replace("#", "##"))
        conf = self._write("plugin.conf", LOAD.format(plugin=plugin))
        self.lab.tmux("source-file", str(conf))

    def close(self) -> None:
        """End everything, and prove that it is gone."""
        self.lab.close()

    def describe(self) -> str:
        """Return every option, key and hook of the server that a plugin could have left."""
        lists = (("show-options", "-g"), ("show-options", "-gw"), ("list-keys",))
        lines = "\n".join(self.lab.tmux(*words) for words in lists).splitlines()
        return "\n".join(line for line in lines if not line.startswith("@agent-status-back-key"))

    def write(self, folder: str, **files: str) -> None:
        """Change files of a checkout, as an agent's tools do; `_` stands for a dot."""
        for name, text in files.items():
            (self.home / folder / name.replace("_", ".")).write_text(text)

    def _make_checkouts(self) -> None:
        for name, files in FILES.items():
            folder = self.home / name
            folder.mkdir()
            for file, text in files.items():
                (folder / file).write_text(text)
            self._git(folder, "init", "-q")
            self._git(folder, "add", "-A")
            self._git(folder, "commit", "-qm", "first")
        login = str(self.home / "api-login")
        self._git(self.home / "api", "worktree", "add", "-q", "-b", "login", login)

    def _configure_check(self) -> None:
        folder = Path(self.lab.env["XDG_CONFIG_HOME"]) / "agent-status"
        folder.mkdir(mode=0o700)
        (folder / "checks.toml").write_text(CHECKS.format(home=self.home, check=CHECK))

    def _git(self, folder: Path, *words: str) -> None:
        command = ["git", "-C", str(folder), *WHO, *words]
        subprocess.run(command, env=self.lab.env, check=True, capture_output=True)

    def _start_server(self) -> None:
        conf = self._write("tmux.conf", CONF.format(width=WIDTH, height=HEIGHT))
        size = ("-x", str(WIDTH), "-y", str(HEIGHT))
        for session in ("shop", "api", "site"):
            self.lab.tmux(
                "-f", str(conf), "new-session", "-d", "-s", session, "-n", "hall", *size, "exec cat"
            )

    def _open_actor(self, part: Part) -> Actor:
        folder = self.lab.folder / "agents" / part.name
        folder.mkdir(parents=True)
        (folder / "scenes").write_text(json.dumps(make_scenes(part)))
        (folder / "log").touch()
        os.mkfifo(folder / "pipe")
        (folder / "claude").symlink_to(FAKE)
        files = [str(folder / name) for name in ("claude", "scenes", "log", "pipe")]
        pane = self._open_pane(part.place, part.folder, [sys.executable, "-SE", *files])
        pid = int(self.lab.tmux("display-message", "-p", "-t", pane, "#{pane_pid}"))
        session = open_session(self.home, self.home / part.folder, part.name, pane, pid)
        return Actor(self.lab, pane, folder, session)

    def _open_pane(self, place: str, folder: str, command: Sequence[str]) -> str:
        session, _, window = place.partition(":")
        words = ("-dPF", "#{pane_id}", "-c", str(self.home / folder), f"exec {shlex.join(command)}")
        windows = self.lab.tmux("list-windows", "-t", session, "-F", "#W").split()
        if window in windows:
            return self.lab.tmux("split-window", "-h", "-t", place, *words).strip()
        return self.lab.tmux("new-window", "-n", window, "-t", f"{session}:", *words).strip()

    def _write_cast(self, one: Recorded) -> Path:
        """Write the part of a recording that is shown, with all before it at once."""
        source = open_recording(RECORDINGS / f"{one.name}.cast.gz")
        label = next(label for label in read_labels(source.path) if label.name == one.label)
        events = cut_events(source.read_events(), label.start + INTO_S, label.end - INTO_S)
        lines = [dict(source.header), *([one.at, one.code, one.data] for one in events)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        return self._write(f"{one.name.replace('/', '-')}.cast", text)

    def _write(self, name: str, text: str) -> Path:
        path = self.lab.folder / name
        path.write_text(text)
        return path


def list_player(one: Recorded, cast: Path) -> list[str]:
    """Return the command line that shows a recording."""
    return [sys.executable, "-m", "agent_status", "play", one.how, str(cast)]


def cut_events(events: Iterator[Event], start: float, end: float) -> Iterator[Event]:
    """Yield what is printed up to `end`, all of it before `start` at once, in one process tree."""
    whole = list(events)
    trees = [one for one in whole if one.code == "p" and one.at <= start]
    yield from (Event(0.0, one.code, one.data) for one in trees[-1:])
    for one in whole:
        if one.code == "o" and one.at < end:
            yield Event(max(0.0, one.at - start), one.code, one.data)
    yield Event(end - start, "m", "end")

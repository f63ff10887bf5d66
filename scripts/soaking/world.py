"""The private world that is soaked: a tmux, an installation of our own, players and fakes in it."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from tests.support.acting_lab import FAKE, SCENES
from tests.support.tmux_lab import Lab

from agent_status.model import State
from soaking.feeder import Feeder
from soaking.moments import Moment, choose_moment

SOURCE = Path(__file__).parents[2] / "src" / "agent_status"
SHIM = Path(__file__).with_name("clock.c")
"""Preloaded into a program, lets the time of the day jump."""
TIMEOUT_S = 30.0
OWN = ("HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME")


@dataclass
class Player:
    """A pane that shows recordings; `right` is None while nothing is known of its screen."""

    pane: str
    pipe: Path
    end: int
    right: frozenset[State] | None = None
    moment: Moment | None = None

    @property
    def program(self) -> str:
        """What runs in the pane."""
        return f"stty raw -echo; exec cat {self.pipe}"


@dataclass
class Fake:
    """A pane with a program that asks and takes answers; `folder` is its own."""

    pane: str
    folder: Path


@dataclass
class Given:
    """An answer that a command of ours has given: where, to what, its exit code and words."""

    pane: str
    fingerprint: str
    at: float
    code: int
    words: str


@dataclass
class World:
    """All of it; `close` ends every process that was started."""

    chance: random.Random
    lab: Lab = field(default_factory=Lab)
    feeder: Feeder = field(default_factory=Feeder)
    players: dict[str, Player] = field(default_factory=dict)
    fakes: dict[str, Fake] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    icons: str = "unicode"
    serial: int = 0

    @property
    def trap(self) -> Path:
        """A file that is there once a name was run as a command."""
        return self.lab.folder / "gone"

    @property
    def clock(self) -> Path:
        """The file with the seconds by which what runs in here is off; only where it can be."""
        return self.lab.folder / "clock"

    def open(self) -> None:
        """Install ourselves, start tmux, its outer one, and the daemon."""
        os.environ.update({name: self.lab.env[name] for name in OWN})
        self.lab.env |= self._fake_clock()
        self._install()
        self.lab.start(width=100, height=30)
        self.lab.tmux("set-option", "-g", "history-limit", "200")
        self.outer("-f", "/dev/null", "new-session", "-d", "-s", "holder", "exec cat")
        self.run("load")

    def _fake_clock(self) -> dict[str, str]:
        """Return what lets programs read the time by the file `clock`; {} without a compiler."""
        compiler = shutil.which("cc")
        if compiler is None or sys.platform != "linux":
            return {}
        library = self.lab.folder / "clock.so"
        words = [compiler, "-shared", "-fPIC", "-o", str(library), str(SHIM), "-ldl"]
        subprocess.run(words, check=True, timeout=TIMEOUT_S)
        self.clock.write_text("0\n")
        return {"LD_PRELOAD": str(library), "SOAK_CLOCK": str(self.clock)}

    def _install(self) -> None:
        """Make an environment that runs a copy of the package, which may be changed."""
        self.copy = self.lab.folder / "copy" / "agent_status"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(SOURCE, self.copy, ignore=ignored)
        home = self.lab.folder / "env"
        words = [sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(home)]
        subprocess.run(words, check=True, timeout=TIMEOUT_S)
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        site = home / "lib" / version / "site-packages"
        (site / "soak.pth").write_text(f"{self.copy.parent}\n{sysconfig.get_path('purelib')}\n")
        self.python = str(home / "bin" / "python")

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command of ours as if in a pane."""
        return subprocess.Popen(
            [self.python, "-m", "agent_status", *words],
            env=self.lab.inside,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str]:
        """Return the exit code and all words of a command of ours."""
        process = self.start(*words)
        try:
            said, _ = process.communicate(timeout=2 * TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            return -1, f"{' '.join(words)} did not end: {said}"
        return process.returncode, said

    def tmux(self, *words: str) -> str:
        """Return what tmux says, nothing where it refuses: panes come and go."""
        with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
            return self.lab.tmux(*words).rstrip("\n")
        return ""

    def outer(self, *words: str) -> str:
        """Return what the outer tmux says, nothing where it refuses."""
        done = subprocess.run(
            ["tmux", "-u", "-S", self.lab.outer, *words],
            env=self.lab.env,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        return done.stdout.decode().rstrip("\n")

    def ask(self, op: str, **args: Any) -> Any:
        """Return the daemon's answer, None where there is none."""
        try:
            return self.lab.ask(op, **args)
        except Exception:  # noqa: BLE001  a refusal is no answer
            return None

    def find_daemon(self) -> psutil.Process | None:
        """Return the daemon's process."""
        found = self.ask("ping")
        with contextlib.suppress(psutil.Error):
            return psutil.Process(found["pid"]) if found else None
        return None

    def list_panes(self) -> list[str]:
        """Return every pane's id."""
        return list(dict.fromkeys(self.tmux("list-panes", "-a", "-F", "#{pane_id}").split()))

    def choose_pane(self) -> str:
        """Return any pane but the first, which keeps the server alive."""
        found = [pane for pane in self.list_panes() if pane != "%0"]
        return self.chance.choice(found) if found else "%0"

    def forget_gone(self) -> None:
        """Close the pipes of panes that are no more."""
        alive = set(self.list_panes())
        for pane in self.players.keys() - alive:
            self.feeder.drop(self.players.pop(pane).end)
        for pane in self.fakes.keys() - alive:
            del self.fakes[pane]

    def add_player(self) -> Player:
        """Open a window with a player that shows nothing yet."""
        self.serial += 1
        pipe = self.lab.folder / f"pipe{self.serial}"
        os.mkfifo(pipe)
        end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        player = Player("", pipe, end)
        player.pane = self.tmux("new-window", "-dPF", "#{pane_id}", "-t", "$0:", player.program)
        self.players[player.pane] = player
        return player

    def play(self, player: Player) -> str:
        """Show a moment on a player, in a window of its own and of the right size."""
        moment = choose_moment(self.chance)
        if self.tmux("display-message", "-pt", player.pane, "#{window_panes}") != "1":
            self.tmux("break-pane", "-d", "-s", player.pane)
        size = ("-x", str(moment.width), "-y", str(moment.height))
        self.tmux("resize-window", "-t", player.pane, *size)
        self.tmux("set-option", "-p", "-t", player.pane, "@agent-status-agent", moment.kind)
        format_ = "#{pane_width}x#{pane_height} #{pane_in_mode} #{pane_dead}"
        shown = self.tmux("display-message", "-pt", player.pane, format_)
        self.feeder.play(player.end, moment.before, moment.steps)
        fits = shown == f"{moment.width}x{moment.height} 0 0"
        player.right = moment.right if fits else None
        player.moment = moment
        return f"{player.pane} {moment.name}"

    def spoil(self, *panes: str) -> None:
        """Know nothing of what these panes show until they play again."""
        for pane in panes:
            if pane in self.players:
                self.players[pane].right = None

    def spoil_window(self, pane: str) -> None:
        """Know nothing of any pane in that one's window."""
        self.spoil(*self.tmux("list-panes", "-t", pane, "-F", "#{pane_id}").split())

    def add_fake(self) -> Fake:
        """Open a window with a program that asks."""
        self.serial += 1
        folder = self.lab.folder / f"fake{self.serial}"
        folder.mkdir()
        scenes = __import__("json").dumps(SCENES | {"first": SCENES["idle"]})
        (folder / "scenes").write_text(scenes)
        (folder / "log").touch()
        os.mkfifo(folder / "pipe")
        (folder / "claude").symlink_to(FAKE)
        words = " ".join(
            [
                sys.executable,
                "-SE",
                *(str(folder / one) for one in ("claude", "scenes", "log", "pipe")),
            ]
        )
        pane = self.tmux("new-window", "-dPF", "#{pane_id}", "-t", "$0:", words)
        fake = self.fakes[pane] = Fake(pane, folder)
        return fake

    def order(self, fake: Fake, scene: str) -> None:
        """Tell a fake what to show, if it still listens."""
        for _ in range(40):
            with contextlib.suppress(OSError):
                end = os.open(fake.folder / "pipe", os.O_WRONLY | os.O_NONBLOCK)
                try:
                    os.write(end, b'{"show": "%s"}\n' % scene.encode())
                finally:
                    os.close(end)
                return
            time.sleep(0.05)

    def list_own(self) -> list[psutil.Process]:
        """Return the processes of our folder that are programs of ours."""
        return [one for one in self._list_all() if "agent_status" in " ".join(one.info["cmdline"])]

    def _list_all(self) -> list[psutil.Process]:
        found = psutil.process_iter(["cmdline"])
        return [one for one in found if str(self.lab.folder) in " ".join(one.info["cmdline"] or [])]

    def close(self) -> list[str]:
        """End everything, by pid where it does not end on its own; return what did not."""
        self.feeder.close()
        server = self.tmux("display-message", "-p", "#{pid}")
        if server:
            with contextlib.suppress(OSError):
                os.kill(int(server), signal.SIGCONT)
        for socket in (self.lab.outer, self.lab.inner):
            subprocess.run(
                ["tmux", "-S", socket, "kill-server"], capture_output=True, check=False, timeout=20
            )
        end = time.monotonic() + TIMEOUT_S
        while (left := self._list_all()) and time.monotonic() < end:
            time.sleep(0.1)
        words = [f"{one.pid} {' '.join(one.info['cmdline'])}" for one in left]
        for one in left:
            with contextlib.suppress(psutil.Error):
                one.kill()
        shutil.rmtree(self.lab.folder, ignore_errors=True)
        return words

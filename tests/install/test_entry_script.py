"""What tmux runs at its start: it returns at once, tells what happens, and mends itself."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.install_lab import Checkout, copy_checkout
from tests.support.tmux_lab import DEADLINE_S, Lab, wait_for
from tests.tmux.test_plugin import read_all, read_key, read_option


class Host(Lab):
    """A lab whose server runs the plugin from a checkout of its own."""

    def __init__(self, clone: Checkout) -> None:
        super().__init__()
        self.checkout = copy_checkout(self.folder, clone)
        self.gate = self.folder / "gate"

    @property
    def entry(self) -> str:
        """The script that tmux runs."""
        return str(self.checkout.root / "agent-status.tmux")

    def source(self) -> None:
        """Run the plugin's line of the configuration; returns when tmux would go on."""
        self.tmux("run-shell", f"'{self.entry}'")

    def is_loaded(self) -> bool:
        """Whether the installation has come to its end."""
        return "/bin/agent-status" in read_key(self, "A") and bool(self.ask("ping"))


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, clone: Checkout) -> Iterator[Host]:
    """
    A server that has never seen the plugin; an installation waits while `gate` is there.
    """
    host = Host(clone)
    fakes = {key: value for key, value in host.checkout.env.items() if key not in host.env}
    host.env |= fakes | {"PATH": host.checkout.env["PATH"], "FAKE_HANGS": str(host.gate)}
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, host.env[name])
    yield host
    host.close()


def test_a_first_start_installs_in_the_background(host: Host) -> None:
    """
    The line returns while nothing is built yet; the key tells, and then opens the chooser.
    """
    host.gate.touch()
    host.start()
    host.attach()

    host.source()
    assert not host.is_loaded()
    wait_for(lambda: "agent-status: installing" in host.drawn())
    wait_for(host.checkout.read_calls)
    host.press("C-b", "A")
    wait_for(lambda: "still being installed" in host.drawn())
    host.gate.unlink()

    wait_for(lambda: "No coding agents" in host.drawn())
    wait_for(host.is_loaded)
    wait_for(lambda: read_option(host, "@agent-status-summary") == "")


def test_sourcing_again_changes_nothing(host: Host) -> None:
    """
    A second run of an installed plugin builds nothing and writes nothing new.
    """
    host.start()
    host.source()
    wait_for(host.is_loaded)
    wait_for(lambda: not read_option(host, "@agent-status-message"))
    before, calls = read_all(host), host.checkout.read_calls()

    host.source()

    wait_for(lambda: not any("--install" in line for line in host.list_processes()))
    assert (before, calls) == (read_all(host), host.checkout.read_calls())


def test_uninstall_after_a_real_load_leaves_nothing(host: Host) -> None:
    """
    The server is what it was before the plugin's line ran.
    """
    host.start()
    before = read_all(host)
    host.source()
    wait_for(host.is_loaded)
    wait_for(lambda: not read_option(host, "@agent-status-message"))

    host.run("uninstall")

    assert before == read_all(host)


def test_the_program_is_found_by_its_name(host: Host) -> None:
    """
    The plugin's line links it; completion works by that name, and uninstall leaves no trace.
    """
    home = Path(host.env["HOME"])
    host.start()
    before = sorted(home.rglob("*"))
    host.source()
    link = home / ".local" / "bin" / "agent-status"
    wait_for(link.is_symlink)
    wait_for(host.is_loaded)

    env = host.env | {"PATH": f"{link.parent}:{host.env['PATH']}"}
    script = (
        'eval "$(_AGENT_STATUS_COMPLETE=bash_source agent-status)"; complete -p agent-status;'
        " COMP_WORDS='agent-status daem' COMP_CWORD=1 _AGENT_STATUS_COMPLETE=bash_complete"
        " agent-status; agent-status uninstall"
    )
    said = subprocess.run(
        ["bash", "-c", script],
        env=env | {"TMUX": f"{host.inner},0,0"},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )

    lines = said.stdout.splitlines()
    assert lines[0].endswith("-F _agent_status_completion agent-status"), said.stderr
    assert "plain,daemon" == lines[1]
    assert before == sorted(home.rglob("*"))


def test_a_failure_is_told_when_somebody_attaches(host: Host) -> None:
    """
    A server that starts without a client tells the first one; formats are untouched.
    """
    host.env["FAKE_SAYS"] = "error sending request"
    host.start(width=150)
    before = host.tmux("show-options", "-gw")
    host.source()
    wait_for(lambda: "agent-status: not installed" == read_option(host, "@agent-status-summary"))

    host.attach(width=150)

    wait_for(lambda: "agent-status: cannot download its packages; check the" in host.drawn())
    assert before == host.tmux("show-options", "-gw")
    assert not host.ask("ping")


def test_an_option_that_is_refused_is_told(host: Host) -> None:
    """
    It is loaded with the default; what was wrong is not lost with the job's output.
    """
    host.start(width=150)
    host.attach(width=150)
    host.tmux("set-option", "-g", "@agent-status-icons", "bogus")

    host.source()

    wait_for(lambda: "agent-status: @agent-status-icons: 'bogus' is not" in host.drawn())
    assert host.is_loaded()


def test_several_problems_are_told_by_their_count(host: Host) -> None:
    """
    The status line has room for one sentence: it names the first, and who tells them all.
    """
    host.start(width=200)
    host.attach(width=200)
    host.tmux("set-option", "-g", "@agent-status-icons", "bogus")
    host.tmux("set-option", "-g", "@agent-status-icon", "ascii")
    host.tmux("bind-key", "A", "display-message", "mine")

    host.source()

    wait_for(lambda: "agent-status: 3 problems, the first: @agent-status-icons" in host.drawn())
    assert "all: agent-status doctor" in host.drawn()
    assert "display-message mine" in read_key(host, "A")


def test_what_is_installed_and_not_loaded_is_not_called_missing(host: Host) -> None:
    """
    The runtime folder is open to others: that is what is told.
    """
    folder = host.folder / "run" / "agent-status"
    folder.mkdir()
    folder.chmod(0o755)
    host.start(width=150)
    host.attach(width=150)

    host.source()

    wait_for(lambda: "agent-status: not loaded" == read_option(host, "@agent-status-summary"))
    wait_for(lambda: "is not a folder of yours alone" in host.drawn())


def test_a_failure_waits_for_somebody_who_draws_it(host: Host) -> None:
    """
    A control client, such as iTerm2's, is sent no message.
    """
    host.env["FAKE_SAYS"] = "error sending request"
    host.start(width=150)
    words = ["tmux", "-u", "-S", host.inner, "-C", "attach", "-t", "work"]
    with subprocess.Popen(
        words, env=host.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as control:
        assert control.stdin
        assert control.stdout
        wait_for(lambda: host.tmux("list-clients"))
        host.source()
        wait_for(
            lambda: "agent-status: not installed" == read_option(host, "@agent-status-summary")
        )
        host.attach(width=150)
        wait_for(lambda: "agent-status: cannot download its packages; check the" in host.drawn())

        control.stdin.close()
        told = control.stdout.read().decode()

    assert "%begin" in told
    assert "%message" not in told


def test_the_key_tells_a_failure_at_full_length(host: Host) -> None:
    """
    The popup stays open with the reason and the mend.
    """
    host.env["FAKE_SAYS"] = "No space left on device"
    host.start(width=150)
    host.source()
    wait_for(lambda: read_option(host, "@agent-status-summary") == "agent-status: not installed")
    host.attach(width=150)

    host.press("C-b", "A")

    wait_for(lambda: "press the key again to try again" in host.drawn())
    assert "free 100 MB" in host.drawn()


def test_a_key_of_the_users_waits_for_the_load(host: Host) -> None:
    """
    While it is being installed, prefix-A still does what the user wants of it.
    """
    host.gate.touch()
    host.start()
    host.tmux("bind-key", "A", "display-message", "mine")
    host.tmux("set-option", "-g", "@agent-status-key", "A")
    host.source()
    wait_for(host.checkout.read_calls)

    assert "display-message mine" in read_key(host, "A")
    host.gate.unlink()

    wait_for(host.is_loaded)
    host.run("uninstall")
    assert "display-message mine" in read_key(host, "A")


@pytest.mark.parametrize(("bound", "chosen"), [("C-a", "^A"), ("Space", "space"), (";", "\\;")])
def test_a_key_of_the_users_is_known_by_any_name(host: Host, bound: str, chosen: str) -> None:
    """
    The option need not call it as tmux does.
    """
    host.gate.touch()
    host.start()
    host.tmux("bind-key", bound.replace(";", "\\;"), "display-message", "mine")
    host.tmux("set-option", "-g", "@agent-status-key", chosen)
    before = host.tmux("list-keys")

    host.source()

    after = host.tmux("list-keys")
    host.gate.unlink()
    assert before == after
    wait_for(lambda: host.ask("ping"))


def test_a_deleted_environment_is_built_again_by_the_key(host: Host) -> None:
    """
    The popup says what it does, and ends in the chooser.
    """
    host.start()
    host.source()
    wait_for(host.is_loaded)
    host.run("daemon", "stop")
    shutil.rmtree(host.checkout.venvs)
    host.attach()

    host.press("C-b", "A")

    wait_for(lambda: "No coding agents" in host.drawn())
    assert host.checkout.venvs.exists()


def test_an_update_that_fails_leaves_the_old_one_at_work(host: Host) -> None:
    """
    At a later start of tmux the old environment serves, and the failure is told.
    """
    host.checkout.bootstrap(XDG_DATA_HOME=host.env["XDG_DATA_HOME"], AGENT_STATUS_PYTHON="")
    with (host.checkout.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    host.env["FAKE_SAYS"] = "kaboom"
    host.start(width=150)
    host.attach(width=150)

    host.source()

    wait_for(
        lambda: "installing its packages failed" in host.drawn() or "failed; see" in host.drawn()
    )
    assert host.is_loaded()


def test_a_tmux_that_cannot_name_a_client_is_told_all_the_same(host: Host) -> None:
    """
    In tmux 3.2 the message's flag for a client is a usage error.
    """
    host.env["FAKE_SAYS"] = "error sending request"
    host.start(width=150)
    host.attach(width=150)
    host.checkout.fake(
        "tmux",
        """#!/bin/sh
PATH=${PATH#*:}
case "$*" in 'display-message -c'*) echo 'usage: display-message' >&2; exit 1 ;; esac
exec tmux "$@"
""",
    )
    host.source()

    wait_for(lambda: "agent-status: cannot download its packages; check the" in host.drawn())


def test_the_end_of_the_server_ends_an_installation_that_waits(host: Host) -> None:
    """
    What waits for somebody to attach does not outlive those who could.
    """
    host.env["FAKE_SAYS"] = "kaboom"
    host.start()
    host.source()
    wait_for(lambda: read_option(host, "@agent-status-summary") == "agent-status: not installed")
    assert host.list_processes()

    host.stop()

    wait_for(lambda: not host.list_processes())


def test_an_old_tmux_is_told_and_left_alone(host: Host) -> None:
    """
    One message names the version; no binding, option or environment is made.
    """
    host.start()
    host.attach()
    host.checkout.fake(
        "tmux",
        """#!/bin/sh
PATH=${PATH#*:}
case "$*" in 'display-message -p #{version}') echo 3.1c ;; *) exec tmux "$@" ;; esac
""",
    )
    host.tmux("set-option", "-g", "display-time", "0")
    before = read_all(host)

    host.source()

    wait_for(lambda: "needs tmux 3.2 or newer, this is 3.1c: upgrade tmux" in host.drawn())
    assert before == read_all(host)
    assert not host.checkout.read_calls()


def test_outside_tmux_it_touches_no_server(host: Host) -> None:
    """
    Without a server of its own it says how to run it.
    """
    done = subprocess.run(
        [host.entry], env=host.env, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )

    assert 1 == done.returncode
    assert "run this from tmux: tmux run-shell" in done.stderr

"""What is done to the world: one table from name to function and how often it is chosen."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import psutil

from soaking.world import Fake, Given, World

Deed = Callable[[World], str | None]
MAX_PLAYERS, MAX_FAKES, MAX_PANES, MAX_CLIENTS = 10, 4, 24, 4
NAMES = ("shop", "##[fg=red]x", "##(touch GONE)", "a;b", "日本語", "-x", "'\"", "${HOME}", "")
"""tmux expands what it is told to call something, so a `#` is doubled."""
OPTIONS = {
    "icons": ("unicode", "ascii", "nerd", "#(date)", "\\", "'"),
    "summary-width": ("60", "20", "0", "-1", "wide"),
    "stand-by": ("on", "off", "perhaps"),
    "review": ("on", "off"),
    "read-transcripts": ("on", "off"),
    "notify": ("off", "all", "approval", "nonsense"),
    "colour-approval": ("brightred", "#ff0000", "#(x)", "]"),
    "journal-days": ("30", "abc", "99999"),
    "extra-agents": ("", "foo", "a" * 5000, "../x"),
    "stuck-after": ("5", "60", "-3"),
}


def open_player(world: World) -> str | None:
    """Open a pane that plays a recording."""
    if len(world.players) >= MAX_PLAYERS:
        return kill_pane(world)
    return world.play(world.add_player())


def play(world: World) -> str | None:
    """Let a player show another moment."""
    if not world.players:
        return open_player(world)
    return world.play(world.chance.choice(list(world.players.values())))


def open_plain(world: World) -> str | None:
    """Open a window or split one, without an agent."""
    if len(world.list_panes()) >= MAX_PANES:
        return kill_pane(world)
    if world.chance.random() < 0.5:  # noqa: PLR2004
        return world.tmux("new-window", "-dPF", "#{pane_id}", "-t", "$0:", "exec cat")
    pane = world.choose_pane()
    world.spoil_window(pane)
    way = world.chance.choice(("-h", "-v"))
    return world.tmux("split-window", way, "-dPF", "#{pane_id}", "-t", pane, "exec cat")


def kill_pane(world: World) -> str | None:
    """Close a pane."""
    pane = world.choose_pane()
    world.spoil_window(pane)
    if pane != "%0":
        world.tmux("kill-pane", "-t", pane)
    return pane


def kill_program(world: World) -> str | None:
    """Kill what runs in a pane, which may stay dead, and sometimes start it again."""
    pane = world.choose_pane()
    if pane == "%0":
        return None
    stays = world.chance.random() < 0.5  # noqa: PLR2004
    world.tmux("set-option", "-w", "-t", pane, "remain-on-exit", "on" if stays else "off")
    pid = world.tmux("display-message", "-pt", pane, "#{pane_pid}")
    world.spoil_window(pane)
    with contextlib.suppress(OSError):
        if pid.isdigit() and int(pid) > 1:
            os.kill(int(pid), signal.SIGKILL)
    if stays and world.chance.random() < 0.5:  # noqa: PLR2004
        player = world.players.get(pane)
        program = player.program if player else "exec cat"
        world.tmux("respawn-pane", "-k", "-t", pane, program)
    return f"{pane} stays={stays}"


def resize(world: World) -> str | None:
    """Give a window another size."""
    pane = world.choose_pane()
    world.spoil_window(pane)
    width, height = world.chance.randint(2, 500), world.chance.randint(2, 200)
    world.tmux("resize-window", "-t", pane, "-x", str(width), "-y", str(height))
    return f"{pane} {width}x{height}"


def rename(world: World) -> str | None:
    """Give a window, a session or a pane a strange name."""
    pane = world.choose_pane()
    name = world.chance.choice(NAMES).replace("GONE", str(world.trap))
    kind = world.chance.choice(("window", "session", "title"))
    if kind == "title":
        world.spoil(pane)
        world.tmux("select-pane", "-t", pane, "-T", name)
    else:
        world.tmux(f"rename-{kind}", "-t", pane if kind == "window" else "$0:", "--", name)
    return f"{kind} {pane} {name}"


def swap(world: World) -> str | None:
    """Swap two panes."""
    one, two = world.choose_pane(), world.choose_pane()
    for pane in (one, two):
        world.spoil_window(pane)
    world.tmux("swap-pane", "-d", "-s", one, "-t", two)
    return f"{one} {two}"


def break_and_join(world: World) -> str | None:
    """Move a pane into a window of its own, or into another's."""
    one, two = world.choose_pane(), world.choose_pane()
    for pane in (one, two):
        world.spoil_window(pane)
    if world.chance.random() < 0.5:  # noqa: PLR2004
        world.tmux("break-pane", "-d", "-s", one)
        return f"break {one}"
    world.tmux("join-pane", "-d", "-s", one, "-t", two)
    return f"join {one} {two}"


def link(world: World) -> str | None:
    """Link a window into another session, or take such a session away."""
    if world.tmux("has-session", "-t", "=guest") or "guest" in world.tmux("list-sessions"):
        if world.chance.random() < 0.5:  # noqa: PLR2004
            world.tmux("kill-session", "-t", "=guest")
            return "kill"
    else:
        world.tmux("new-session", "-d", "-s", "guest", "-x", "90", "-y", "20", "exec cat")
    pane = world.choose_pane()
    world.spoil_window(pane)
    world.tmux("link-window", "-d", "-s", pane, "-t", "guest:")
    return pane


def zoom(world: World) -> str | None:
    """Zoom a pane, or back."""
    pane = world.choose_pane()
    world.spoil_window(pane)
    world.tmux("resize-pane", "-Z", "-t", pane)
    return pane


def copy_mode(world: World) -> str | None:
    """Enter copy mode, or leave it."""
    pane = world.choose_pane()
    world.spoil(pane)
    if world.tmux("display-message", "-pt", pane, "#{pane_in_mode}") == "1":
        world.tmux("send-keys", "-t", pane, "-X", "cancel")
        return f"leave {pane}"
    world.tmux("copy-mode", "-t", pane)
    return pane


def attach(world: World) -> str | None:
    """Attach a client of any size, resize one, or detach one."""
    clients = [
        one
        for one in world.outer("list-sessions", "-F", "#{session_name}").split()
        if one != "holder"
    ]
    size = ("-x", str(world.chance.randint(20, 220)), "-y", str(world.chance.randint(5, 60)))
    if len(clients) >= MAX_CLIENTS or (clients and world.chance.random() < 0.3):  # noqa: PLR2004
        world.outer("kill-session", "-t", f"={clients[0]}")
        return f"detach {clients[0]}"
    if clients and world.chance.random() < 0.5:  # noqa: PLR2004
        world.outer("resize-window", "-t", f"={clients[-1]}:", *size)
        return f"resize {clients[-1]}"
    world.serial += 1
    command = f"env -u TMUX TERM=screen-256color tmux -u -S {world.lab.inner} attach"
    world.outer("new-session", "-d", "-s", f"c{world.serial}", *size, command)
    return f"attach c{world.serial}"


def reload(world: World) -> str | None:
    """Load the plugin again, as a reloaded configuration does."""
    code, words = world.run("load")
    return None if code == 0 else f"load: {code} {words}"


def change_option(world: World) -> str | None:
    """Set one of our options to something good or bad."""
    name = world.chance.choice(list(OPTIONS))
    value = world.chance.choice(OPTIONS[name])
    world.tmux("set-option", "-g", f"@agent-status-{name}", value)
    return f"{name}={value[:20]}"


def hint(world: World) -> str | None:
    """Take the hint from a pane, or give one of an agent that there is not."""
    pane = world.choose_pane()
    world.spoil(pane)
    if world.chance.random() < 0.5:  # noqa: PLR2004
        world.tmux("set-option", "-pu", "-t", pane, "@agent-status-agent")
        return f"{pane} none"
    kind = world.chance.choice(("claude", "codex", "aider"))
    world.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", kind)
    return f"{pane} {kind}"


def kill_daemon(world: World) -> str | None:
    """Kill the daemon as the kernel would, then start it as a user would."""
    daemon = world.find_daemon()
    if daemon:
        with contextlib.suppress(psutil.Error):
            daemon.kill()
    time.sleep(world.chance.random())
    return start_daemon(world)


def start_daemon(world: World) -> str | None:
    """Start the daemon if it does not run."""
    code, words = world.run("daemon", "start")
    return words.strip() if code == 0 else f"VIOLATION daemon start: {code} {words}"


def race_daemons(world: World) -> str | None:
    """Start several at once, by hand and by command."""
    raw = [
        subprocess.Popen(
            [world.python, "-m", "agent_status.daemon", world.lab.inner],
            env=world.lab.inside,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    words = start_daemon(world)
    codes = []
    for one in raw:
        try:
            _, errors = one.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            one.kill()
            one.communicate()
            return f"VIOLATION a second daemon does not end; {words}"
        codes.append(one.returncode)
        if errors:
            return f"VIOLATION a second daemon says {errors.decode()[-300:]}"
    return f"{codes} {words}" if codes == [1, 1] else f"VIOLATION second daemons: {codes}"


def restart_daemon(world: World) -> str | None:
    """End it politely: nothing of it may be left; then start it again."""
    code, words = world.run("daemon", "stop")
    left = world.tmux(
        "list-panes", "-a", "-F", "#{@agent-status-pane}#{@agent-status-window}"
    ).strip()
    if code or left:
        return f"VIOLATION daemon stop: {code} {words} left {left!r}"
    return start_daemon(world)


def upgrade(world: World) -> str | None:
    """Change the installed code: the next start takes the place of the old daemon."""
    before = world.find_daemon()
    world.serial += 1
    with (world.copy / "__init__.py").open("a") as code:
        code.write(f"# {world.serial}\n")
    words = start_daemon(world)
    after = world.find_daemon()
    if before and after and before.pid == after.pid:
        return f"VIOLATION the old daemon was kept: {words}"
    return words


def stop_tmux(world: World) -> str | None:
    """Let the server stand still for some seconds."""
    pid = world.tmux("display-message", "-p", "#{pid}")
    if not pid.isdigit():
        return None
    pause_s = world.chance.uniform(0.3, 6.0)
    os.kill(int(pid), signal.SIGSTOP)
    try:
        time.sleep(pause_s)
    finally:
        os.kill(int(pid), signal.SIGCONT)
    return f"{pause_s:.1f} s"


def stop_daemon_process(world: World) -> str | None:
    """Let the daemon stand still for a while, as a laptop that sleeps."""
    daemon = world.find_daemon()
    if daemon is None:
        return None
    with contextlib.suppress(psutil.Error):
        daemon.suspend()
        time.sleep(world.chance.uniform(0.5, 4.0))
        daemon.resume()
    return None


def set_clock(world: World) -> str | None:
    """Let the time of the day jump, by seconds or hours, ahead or back."""
    if not world.clock.exists():
        return "no compiler"
    jump = world.chance.choice((0, 1, -1, -2, 3600, -3600, 90000, -90000))
    world.clock.write_text(f"{jump}\n")
    return f"{jump} s"


def fill_disk(world: World) -> str | None:
    """Let the daemon write to no file for a while."""
    daemon = world.find_daemon()
    if daemon is None or not hasattr(psutil, "RLIMIT_FSIZE"):
        return None
    with contextlib.suppress(psutil.Error):
        daemon.rlimit(psutil.RLIMIT_FSIZE, (0, -1))
        play(world)
        answer(world)
        time.sleep(2)
        daemon.rlimit(psutil.RLIMIT_FSIZE, (-1, -1))
    return None


def remove_runtime(world: World) -> str | None:
    """Take away the runtime folder, as a cleaner or a logout does."""
    for place in (world.lab.folder / "run").iterdir():
        shutil.rmtree(place, ignore_errors=True)
    time.sleep(world.chance.choice((0.0, 2.0, 8.0)))
    return start_daemon(world)


def answer(world: World) -> str | None:
    """Let fakes ask, and answer them all at once, one of them twice."""
    while len(world.fakes) < 2:  # noqa: PLR2004
        world.add_fake()
    fakes = list(world.fakes.values())[:MAX_FAKES]
    for fake in fakes:
        world.order(fake, world.chance.choice(("ask", "safe", "slow")))
    asks = [(fake, found) for fake in fakes if (found := _wait_ask(world, fake))]
    if not asks:
        return "nobody asks"
    began = time.time()
    asks.append(asks[0])
    started = [
        (
            fake,
            found,
            world.start("answer", fake.pane, "--option", "y", "--expect", found, "--yes-dangerous"),
        )
        for fake, found in asks
    ]
    told = []
    for fake, found, process in started:
        said, _ = process.communicate(timeout=60)
        world.given.append(Given(fake.pane, found, began, process.returncode, said.strip()))
        told.append(str(process.returncode))
    return " ".join(told)


def _wait_ask(world: World, fake: Fake) -> str:
    for _ in range(40):
        seen = world.ask("inspect", pane=fake.pane)
        ask = (seen or {}).get("live", {}).get("ask") if seen and not seen.get("gone") else None
        if ask:
            return str(ask["fingerprint"])
        time.sleep(0.1)
    return ""


def flood(world: World) -> str | None:
    """Let a pane print as fast as it can, then end."""
    pane = world.tmux("new-window", "-dPF", "#{pane_id}", "-t", "$0:", "exec yes $(seq 40)")
    world.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "claude")
    time.sleep(1.5)
    world.tmux("kill-pane", "-t", pane)
    return pane


def flicker(world: World) -> str | None:
    """Open and close windows quickly."""
    for _ in range(15):
        pane = world.tmux("new-window", "-dPF", "#{pane_id}", "-t", "$0:", "exec cat")
        world.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "codex")
        world.tmux("kill-pane", "-t", pane)
    return None


def run_commands(world: World) -> str | None:
    """Ask by the command line: what it lists is a report, and events come at any time."""
    code, words = world.run("list", "--json")
    pane = world.choose_pane()
    world.run("event", "claude")
    world.run("explain", pane)
    world.ask("event", pane=pane)
    return None if code == 0 and words.startswith("{") else f"VIOLATION list: {code} {words[:200]}"


DEEDS: dict[Deed, int] = {
    open_player: 10,
    play: 14,
    open_plain: 4,
    kill_pane: 4,
    kill_program: 3,
    resize: 4,
    rename: 4,
    swap: 3,
    break_and_join: 3,
    link: 2,
    zoom: 2,
    copy_mode: 3,
    attach: 5,
    reload: 1,
    change_option: 5,
    hint: 2,
    kill_daemon: 2,
    race_daemons: 1,
    restart_daemon: 1,
    upgrade: 1,
    stop_tmux: 2,
    stop_daemon_process: 2,
    set_clock: 4,
    fill_disk: 1,
    remove_runtime: 1,
    answer: 3,
    flood: 1,
    flicker: 2,
    run_commands: 2,
}
"""Each deed and its weight."""


def iterate_deeds(world: World) -> Iterator[Deed]:
    """Yield deeds at random, each of them once in the beginning."""
    first = [open_player, open_player, *world.chance.sample(list(DEEDS), len(DEEDS))]
    yield from first
    while True:
        yield from world.chance.choices(list(DEEDS), list(DEEDS.values()), k=20)

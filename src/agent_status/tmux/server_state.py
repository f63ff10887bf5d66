"""The configuration of a tmux server: options, formats, bindings and clients, in one read."""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agent_status.model import TmuxClient
from agent_status.options import TABLE, parse_options
from agent_status.tmux.client import Tmux, TmuxError, Version, parse_version, quote
from agent_status.tmux.clients import FORMAT, parse_clients

LENGTH = "status-right-length"
CLICK = "MouseDown1Status"
"""The key that a click on a range of the status line is."""
STATUS, BORDER = "status", "pane-border-status"
IDS = "#{pane_id} #{window_id} #{session_id}"
WINDOW = "#{session_id}:#{window_id}"
BINDING = re.compile(
    r"bind-key\s+(?P<repeat>-r\s+)?-T (?P<table>\S+)\s+"
    r"(?P<word>\"(?:\\.|[^\"])*\"|\S+)\s+(?P<command>.*)"
)
USER = re.compile(r"(@[\w-]+) ?(.*)")
SCRATCH = "agent-status-names"
"""A table of keys that is there only while tmux is asked how it calls one."""


@dataclass(frozen=True, slots=True)
class Server:
    """The configuration of a tmux server."""

    options: Mapping[str, str] = field(default_factory=dict)
    """Our options as the user has set them."""
    version: Version | None = None
    saved: str = ""
    """What `plugin` remembers in the server."""
    formats: Mapping[str, str] = field(default_factory=dict)
    """The global formats by name."""
    local: Mapping[str, str] = field(default_factory=dict)
    """Formats that a session or window has of its own, by name and where."""
    length: str = ""
    """The most columns of the right side."""
    status: str = ""
    """How many lines tmux's status has: off, on, or a number."""
    border: str = ""
    """Where the borders of panes have a text, or off."""
    users: Mapping[str, str] = field(default_factory=dict)
    """The global options of every scope that begin with @, as tmux lists them."""
    targets: Mapping[str, str] = field(default_factory=dict)
    """For a format, LENGTH, or what is saved: a window in which the global value counts."""
    bindings: Mapping[str, str] = field(default_factory=dict)
    """The prefix table's lines by tmux's name of the key, such that tmux can read them again."""
    names: Mapping[str, str] = field(default_factory=dict)
    """tmux's names of the keys that our options hold, where they may be called otherwise there."""
    click: str = ""
    """The root table's line for CLICK, likewise; empty if it is not bound."""
    panes: tuple[tuple[str, str, str], ...] = ()
    """The ids of every pane, its window and its session."""
    clients: tuple[TmuxClient, ...] = ()

    def name_key(self, key: str) -> str:
        """Return tmux's canonical name of a key: PPage for `pgup`, C-a for `^A`."""
        return self.names.get(key, key)


def read_server(tmux: Tmux, formats: Sequence[str], memory: str) -> Server:
    """
    Return the configuration of the server; `memory` is the option that holds our state.

    By one tmux command, and a second one if an option holds a key of more than one letter. Raises
    TmuxError.
    """
    nonce = secrets.token_hex(8)
    asks = {name: f"show-options -gqv {quote(name)}" for name, _ in TABLE}
    asks |= {name: f"show-options {_find_scope(name)} {quote(name)}" for name in formats}
    names = (*formats, LENGTH)
    fields = "".join(f"#{{{name}}}{nonce}" for name in names)
    asks |= {
        "version": "display-message -p '#{version}'",
        "saved": f"show-options -gqv {memory}",
        LENGTH: f"show-options -gqv {LENGTH}",
        STATUS: f"show-options -gqv {STATUS}",
        BORDER: f"show-options -gwqv {BORDER}",
        "users": "show-options -g",
        "window users": "show-options -gw",
        "server users": "show-options -s",
        "bindings": "list-keys -T prefix",
        "notes": "list-keys -N -P '' -T prefix",
        "clicks": "list-keys -T root",
        "click notes": "list-keys -N -P '' -T root",
        "panes": f"list-panes -a -F {quote(IDS)}",
        "local": f"list-windows -a -F {quote(f'{WINDOW}{nonce}{fields}')}",
        "clients": f"list-clients -F {quote(FORMAT)}",
    }
    script = "".join(f"{ask}\ndisplay-message -p {nonce}-end\n" for ask in asks.values())
    texts = tmux.feed(script).split(f"{nonce}-end\n")
    if len(texts) != len(asks) + 1:
        message = "tmux's answer can't be read"
        raise TmuxError(message)
    answers = {ask: text.removesuffix("\n") for ask, text in zip(asks, texts, strict=False)}
    server = _parse_server(answers, formats, nonce, memory)
    options, _ = parse_options(server.options)
    keys = {options.key, options.next_key, options.back_key} - {"none"}
    return replace(server, names=_read_names(tmux, [key for key in keys if len(key) > 1]))


def _read_names(tmux: Tmux, keys: Sequence[str]) -> dict[str, str]:
    """Return tmux's names of the keys that it knows, by binding each for a moment."""
    nonce = secrets.token_hex(8)
    # tmux 3.7 lists nothing of a table with one key
    others = "".join(f"bind-key -T {SCRATCH} {other} list-keys\n" for other in "ab")
    script = "".join(
        f"{others}bind-key -T {SCRATCH} {quote(key)} display-message {nonce}\n"
        f"list-keys -T {SCRATCH}\ndisplay-message -p {nonce}-end\nunbind-key -aq -T {SCRATCH}\n"
        for key in keys
    )
    texts = tmux.feed(script).split(f"{nonce}-end\n") if keys else ()
    return {
        key: name
        for key, text in zip(keys, texts, strict=False)
        for name, line in _parse_bindings(text, {}).items()
        if line.endswith(nonce)
    }


def _parse_server(
    texts: Mapping[str, str], formats: Sequence[str], nonce: str, memory: str
) -> Server:
    globals_ = {name: texts[name] for name in (*formats, LENGTH)}
    windows = tuple(_parse_windows(texts["local"].split(nonce), tuple(globals_)))
    targets = {
        name: window
        for window, values in reversed(windows)
        for name, text in values.items()
        if text == globals_[name]
    }
    users = (texts[scope].splitlines() for scope in ("server users", "window users", "users"))
    panes = (line.split(" ") for line in texts["panes"].splitlines())
    return Server(
        options={name: texts[name] for name, _ in TABLE},
        version=parse_version(texts["version"]),
        saved=texts["saved"],
        formats={name: globals_[name] for name in formats},
        local={
            f"{name} of {window.partition(':')[2]}": text
            for window, values in windows
            for name, text in values.items()
            if text != globals_[name] and name in formats
        },
        length=texts[LENGTH],
        status=texts[STATUS],
        border=texts[BORDER],
        users={one[1]: one[2] for lines in users for one in map(USER.match, lines) if one},
        targets=targets | ({memory: windows[0][0]} if windows else {}),
        bindings=_parse_bindings(texts["bindings"], _parse_notes(texts["notes"])),
        click=_parse_bindings(texts["clicks"], _parse_notes(texts["click notes"])).get(CLICK, ""),
        panes=tuple((ids[0], ids[1], ids[2]) for ids in panes if len(ids) == len(IDS.split(" "))),
        clients=parse_clients(texts["clients"]),
    )


def _find_scope(name: str) -> str:
    return "-gwqv" if name.startswith(("window", "pane")) else "-gqv"


def _parse_windows(
    fields: Sequence[str], names: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each window with the values of the options `names`, no matter who set them."""
    step = len(names) + 1
    for start in range(0, len(fields) - step, step):
        values = fields[start + 1 : start + step]
        yield fields[start].strip(), dict(zip(names, values, strict=True))


def _parse_bindings(text: str, notes: Mapping[str, str]) -> dict[str, str]:
    bindings: dict[str, str] = {}
    for line in text.splitlines():
        found = BINDING.fullmatch(line)
        if found:
            key = re.sub(r"\\(.)", r"\1", re.sub(r'^"(.+)"$', r"\1", found["word"]))
            flags = "-r " * bool(found["repeat"])
            flags += f"-N {quote(notes[key])} " if key in notes else ""
            bindings[key] = (
                f"bind-key {flags}-T {found['table']} {found['word']} {found['command']}"
            )
    return bindings


def _parse_notes(text: str) -> dict[str, str]:
    pairs = (line.split(None, 1) for line in text.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == len(("key", "note"))}

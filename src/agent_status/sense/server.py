"""What is set up in a tmux server: options, formats, bindings and clients, by one read."""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agent_status.options import TABLE
from agent_status.sense.tmux import Tmux, TmuxError, Version, parse_version, quote

LENGTH = "status-right-length"
CLICK = "MouseDown1Status"
"""The key that a click on a range of the status line is."""
IDS = "#{pane_id} #{window_id} #{session_id}"
VIEWER = "#{client_control_mode} #{client_utf8} #{client_termname} #{client_name}"
BINDING = re.compile(
    r"bind-key\s+(?P<repeat>-r\s+)?-T (?P<table>prefix|root)\s+"
    r"(?P<word>\"(?:\\.|[^\"])*\"|\S+)\s+(?P<command>.*)"
)

KEY_PARTS = re.compile(r"(?P<modifiers>(?:[CMS]-|\^(?=.))*)(?P<name>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A terminal that is attached: its client's name, its TERM, and whether it takes UTF-8."""

    name: str
    term: str
    utf8: bool


@dataclass(frozen=True, slots=True)
class Server:
    """What one read found in a tmux server."""

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
    bindings: Mapping[str, str] = field(default_factory=dict)
    """The prefix table's lines by `name_key`, each such that tmux can read it again."""
    click: str = ""
    """The root table's line for CLICK, likewise; empty if it is not bound."""
    panes: tuple[tuple[str, str, str], ...] = ()
    """The ids of every pane, its window and its session."""
    viewers: tuple[Viewer, ...] = ()


def read_server(tmux: Tmux, formats: Sequence[str], memory: str) -> Server:
    """
    Return what is in the server, by one tmux command; `memory` is the option of what is saved.

    Raises TmuxError.
    """
    nonce = secrets.token_hex(8)
    asks = {name: f"show-options -gqv {quote(name)}" for name, _ in TABLE}
    asks |= {name: f"show-options {_find_scope(name)} {quote(name)}" for name in formats}
    fields = "".join(f"#{{{name}}}{nonce}" for name in formats)
    asks |= {
        "version": "display-message -p '#{version}'",
        "saved": f"show-options -gqv {memory}",
        "length": f"show-options -gqv {LENGTH}",
        "bindings": "list-keys -T prefix",
        "notes": "list-keys -N -P '' -T prefix",
        "clicks": "list-keys -T root",
        "click notes": "list-keys -N -P '' -T root",
        "panes": f"list-panes -a -F {quote(IDS)}",
        "local": f"list-windows -a -F {quote(f'#{{window_id}}{nonce}{fields}')}",
        "viewers": f"list-clients -F {quote(VIEWER)}",
    }
    script = "".join(f"{ask}\ndisplay-message -p {nonce}-end\n" for ask in asks.values())
    texts = tmux.feed(script).split(f"{nonce}-end\n")
    if len(texts) != len(asks) + 1:
        message = "tmux's answer makes no sense"
        raise TmuxError(message)
    answers = {ask: text.removesuffix("\n") for ask, text in zip(asks, texts, strict=False)}
    return _parse_server(answers, formats, nonce)


def name_key(key: str) -> str:
    """Return one name for each key: `^A` and `C-A` are `C-a`, modifiers stand in one order."""
    parts = KEY_PARTS.fullmatch(key)
    if not parts:
        return key
    held = parts["modifiers"].replace("^", "C-")
    name = parts["name"]
    if "C-" in held and len(name) == 1:
        name = name.lower()
    return "".join(one for one in ("C-", "M-", "S-") if one in held) + name


def _parse_server(texts: Mapping[str, str], formats: Sequence[str], nonce: str) -> Server:
    globals_ = {name: texts[name] for name in formats}
    panes = (line.split(" ") for line in texts["panes"].splitlines())
    return Server(
        options={name: texts[name] for name, _ in TABLE},
        version=parse_version(texts["version"]),
        saved=texts["saved"],
        formats=globals_,
        local=dict(_parse_local(texts["local"].split(nonce), globals_)),
        length=texts["length"],
        bindings=_parse_bindings(texts["bindings"], _parse_notes(texts["notes"])),
        click=_parse_bindings(texts["clicks"], _parse_notes(texts["click notes"])).get(CLICK, ""),
        panes=tuple((ids[0], ids[1], ids[2]) for ids in panes if len(ids) == len(IDS.split(" "))),
        viewers=tuple(_parse_viewers(texts["viewers"])),
    )


def _find_scope(name: str) -> str:
    return "-gwqv" if name.startswith(("window", "pane")) else "-gqv"


def _parse_local(fields: Sequence[str], formats: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what differs from the global `formats`: a window's own, or its session's."""
    step = len(formats) + 1
    for start in range(0, len(fields) - step, step):
        window = fields[start].strip()
        for name, text in zip(formats, fields[start + 1 : start + step], strict=True):
            if text != formats[name]:
                yield f"{name} of {window}", text


def _parse_bindings(text: str, notes: Mapping[str, str]) -> dict[str, str]:
    bindings: dict[str, str] = {}
    for line in text.splitlines():
        found = BINDING.fullmatch(line)
        if found:
            key = re.sub(r"\\(.)", r"\1", re.sub(r'^"(.+)"$', r"\1", found["word"]))
            flags = "-r " * bool(found["repeat"])
            flags += f"-N {quote(notes[key])} " if key in notes else ""
            bindings[name_key(key)] = (
                f"bind-key {flags}-T {found['table']} {found['word']} {found['command']}"
            )
    return bindings


def _parse_notes(text: str) -> dict[str, str]:
    pairs = (line.split(None, 1) for line in text.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == len(("key", "note"))}


def _parse_viewers(text: str) -> Iterator[Viewer]:
    for line in text.splitlines():
        control, utf8, term, name = [*line.split(" ", 3), "", "", ""][:4]
        if control != "1" and name:
            yield Viewer(name, term, utf8 == "1")

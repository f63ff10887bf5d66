"""The table of channels: how each shows a notice, and what it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent_status.features.notify.desktop import find_problem, send_desktop
from agent_status.features.notify.message import BELL, Notice, find_lack, render_escape
from agent_status.features.notify.terminal import write_terminal
from agent_status.model import Channel, Problem


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """How a channel sends a notice, and what it needs."""

    send: Callable[[Notice, str, str], None]
    """Shows a notice; takes the device and TERM of the client used last. Raises NotifyError."""
    needs_client: bool = True
    """True if a client must be attached."""
    find_lack: Callable[[str], str] = lambda _: ""
    """Returns why a terminal with this TERM may show no notice; empty if it shows them."""
    find_problem: Callable[[], Problem | None] = lambda: None
    """Returns what is missing on this machine."""


CHANNELS: Mapping[str, ChannelInfo] = {
    Channel.DESKTOP: ChannelInfo(
        lambda notice, _, __: send_desktop(notice.title, notice.body),
        needs_client=False,
        find_problem=find_problem,
    ),
    Channel.TERMINAL: ChannelInfo(
        lambda notice, tty, term: write_terminal(tty, render_escape(notice, term)),
        find_lack=find_lack,
    ),
    Channel.BELL: ChannelInfo(lambda _, tty, __: write_terminal(tty, BELL)),
}

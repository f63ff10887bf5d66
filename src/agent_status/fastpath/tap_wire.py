"""What the daemon and the reader of its taps say to each other over a socket pair."""

from struct import Struct

NEWS = Struct("=cIIQI")
"""From the reader: kind, pane's number, tap's serial, a count, and how many bytes follow."""
OPENED = b"O"
"""The helper has handed over the pipe."""
DATA = b"D"
"""The bytes that follow came from the pane; they join up with those before."""
LOST = b"L"
"""`count` more bytes were dropped; their last ones follow. Nothing joins up from there on."""
ENDED = b"E"
"""tmux has closed the pipe."""
CLOSED = b"C"
"""The pipe was closed as ordered, or was not there any more."""

ORDER = Struct("=cII16s")
"""From the daemon: a kind, the pane's number, the tap's serial, and its token."""
EXPECT = b"e"
"""The helper of that pane will bring this token."""
CLOSE = b"c"
"""Close the pipe of that pane, or expect it no more."""

MAX_PENDING = 256 * 1024
"""Bytes of one pane that wait for the daemon; one that has more is lost."""
MAX_TAIL = 4096
"""The last bytes of what was lost, in which the program's own words may be."""

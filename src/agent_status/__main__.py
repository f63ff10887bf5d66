"""`python -m agent_status`."""

import os
import sys

from agent_status.fastpath.hook_event import send_event


def main() -> None:
    """Run the command line; `event`, and `choose` in a popup, take ways that import none of it."""
    if sys.argv[1:] == ["event"]:
        send_event()
        return
    if sys.argv[1:] == ["choose"] and os.isatty(0):
        from agent_status.fastpath.popup import hand_over_terminal  # noqa: PLC0415

        code = hand_over_terminal()
        if code is not None:
            os._exit(code)
    from agent_status.cli import main as run  # noqa: PLC0415

    run(prog_name="agent-status")


if __name__ == "__main__":
    main()

"""`python -m agent_status`."""

from agent_status.cli import main

main(prog_name="agent-status")

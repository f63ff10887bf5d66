"""The rules of the packaged agents, read once in a process."""

from pathlib import Path

from agent_status.agents.files import load_agents

NOWHERE = Path("/nonexistent")
KNOWLEDGE = load_agents(NOWHERE)[0]

"""What the packaged files about agents teach, and the user's own."""

from pathlib import Path

from agent_status.infer.knowledge import Knowledge
from agent_status.infer.rules import parse_agent, parse_agents
from agent_status.model import Problem
from agent_status.sense.agent_files import read_generic, read_own, read_packaged


def learn(config: Path) -> tuple[Knowledge, tuple[Problem, ...]]:
    """Return what the packaged files and those below `config` teach, and what was refused."""
    own, unreadable = read_own(config)
    agents, refused = parse_agents((*read_packaged(), *own))
    generic = parse_agent("generic", read_generic())
    return Knowledge(agents, generic), (*unreadable, *refused)

"""The rules of the packaged agents, read once in a process."""

from agent_status.recordings.accuracy.trial import read_registry

KNOWLEDGE = read_registry()

"""The machine: processes, git, locks, workers, limits, and what differs by platform."""

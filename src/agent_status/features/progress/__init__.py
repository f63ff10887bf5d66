"""Progress: how far an agent is on its own to-do list."""

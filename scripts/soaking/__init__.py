"""Random deeds done to a real tmux with a daemon, and what must stay true meanwhile."""

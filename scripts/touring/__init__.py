"""A day with eight agents, played in a tmux server of its own: the walk that scripts/tour runs."""

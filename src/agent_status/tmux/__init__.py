"""All that is said to tmux or read from it."""

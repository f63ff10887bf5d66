"""The outside world as values: tmux, processes, terminals, recordings."""

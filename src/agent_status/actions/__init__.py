"""What a key of the user's does to tmux, after sensing again."""

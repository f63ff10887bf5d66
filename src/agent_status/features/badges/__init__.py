"""Badges and summary: the coloured texts in tmux's status lines."""

"""Which of your coding agents in tmux needs you first, and why."""

__version__ = "0.3.0"

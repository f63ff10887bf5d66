"""Recordings that play live beside a real daemon, and whether it sees what tmux shows."""

"""Tests that need no tmux."""

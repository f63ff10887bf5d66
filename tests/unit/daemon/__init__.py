"""Tests of what is said to tmux and read from it."""

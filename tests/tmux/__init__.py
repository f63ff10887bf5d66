"""Tests with a real tmux on a private socket."""

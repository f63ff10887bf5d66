"""The one small process that watches a tmux server."""

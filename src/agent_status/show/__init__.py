"""From statuses to text: badges for tmux, and the one wire format."""
